"""The pool lab on a real PostgreSQL: the same pool holds real connections, and the server is asked how many there are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.connection_pool.database import DatabasePlan, QueryFailed
from labs.experiments.events import Finished, Sample
from labs.live.database_pool import ACTIVITY, ROLE, LiveDatabase
from labs.live.loop import new_loop
from labs.live.run import run_live
from labs.live.world import LiveWorld, RunClock
from labs.patterns.connection_pool import ConnectionPool
from labs.patterns.pooled_connection import ConnectFailed, ConnectionCare
from tests.labs.live.conftest import ends_within, until

PLAN = DatabasePlan(cores=8, contention=0.0, max_connections=4, connect_s=0.0)


def play(scene: Coroutine[Any, Any, None], within_s: float = 60.0) -> None:
    """A server has to come up first, which takes a while on a busy machine."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(asyncio.wait_for(scene, within_s))


def fail(error: Exception) -> None:
    raise AssertionError from error


@asynccontextmanager
async def opened(on_failure: Callable[[Exception], None] = fail) -> AsyncIterator[LiveDatabase]:
    clock = RunClock()
    world = LiveWorld("size-4", seed=1, duration_s=60.0, warm_up_s=10.0, clock=clock, on_failure=on_failure)
    database = LiveDatabase(world, PLAN, on_failure)
    try:
        await database.open()
        clock.start()
        yield database
    finally:
        await world.stop()
        await database.close()


async def at_the_server(database: LiveDatabase) -> int:
    return len(await database._ask(ACTIVITY, (ROLE,)))


def test_connections_carry_queries_that_take_their_time_and_know_what_was_done_to_them() -> None:
    async def scene() -> None:
        async with opened() as database:
            loop = asyncio.get_running_loop()
            first, second = await database.connect(), await database.connect()
            assert [first.number, second.number] == [1, 2]
            began_s = loop.time()
            both = asyncio.gather(first.query(0.3), second.query(0.3))
            await until(lambda: database.active == 2)
            await both
            assert 0.3 <= loop.time() - began_s < 0.6, "side by side, and for as long as was asked"
            assert await at_the_server(database) == 2
            await first.abort()
            with pytest.raises(QueryFailed, match="aborted"):
                await first.query(0.0)
            await first.reset()
            await first.query(0.0)
            database.restart()
            await until(lambda: not (first.alive or second.alive))
            assert not await first.ping()
            with pytest.raises(QueryFailed):
                await first.reset()
            await first.close()
            assert (await database.connect()).number == 1

    play(scene())


def test_the_server_itself_refuses_what_exceeds_its_limit() -> None:
    async def scene() -> None:
        async with opened() as database:
            taken = [await database.connect() for _ in range(4)]
            with pytest.raises(ConnectionRefusedError, match="too many connections"):
                await database.connect()
            database.adjust(replace(PLAN, max_connections=5))
            await asyncio.sleep(0.1)
            taken.append(await database.connect())
            await until(lambda: database.connections == 5)
            await taken[0].close()
            await until(lambda: database.connections == 4)

    play(scene())


def test_the_pool_of_the_page_holds_real_connections_replaces_dead_ones_and_leaves_none() -> None:
    async def scene() -> None:
        async with opened() as database:
            care = ConnectionCare(
                database.connect,
                lambda connection: connection.close(),
                validate=lambda connection: connection.ping(),
                validate_after_s=0.0,
                reset=lambda connection: connection.reset(),
            )
            pool = ConnectionPool(care, minimum=3, maximum=3, acquire_timeout_s=5.0)
            await pool.open()
            assert await at_the_server(database) == 3

            async def borrow() -> None:
                async with await pool.acquire() as connection:
                    await connection.query(0.02)

            await asyncio.gather(*(borrow() for _ in range(12)))
            async with await pool.acquire() as connection:
                await connection.abort()
            await borrow()
            database.restart()
            await until(lambda: database.connections == 0)
            await asyncio.gather(*(borrow() for _ in range(6)))
            assert pool.counts.dead == 3
            assert await at_the_server(database) == 3
            crowd = ConnectionPool(ConnectionCare(database.connect, lambda one: one.close()), minimum=2, maximum=2)
            with pytest.raises(ConnectFailed, match="too many connections"):
                await crowd.open()
            await pool.close()
            await until(lambda: database.connections == 0)

    play(scene())


def test_an_order_that_comes_upon_a_dead_server_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labs.live.database_pool.LOOK_EVERY_S", 3600.0)

    async def scene() -> None:
        failures: list[Exception] = []
        async with opened(failures.append) as database:
            assert await at_the_server(database) == 0, "the watch has looked and sleeps"
            database._server._signal(9)

            def told() -> bool:
                database.restart()  # a backend may carry out one more order before it notices that its server is gone
                return bool(failures)

            await until(told, 0.05)
            assert isinstance(failures[0], OSError)

    play(scene())


def test_leaves_no_server_behind_and_says_when_it_dies() -> None:
    async def scene() -> None:
        failures: list[Exception] = []
        async with opened(failures.append) as database:
            connection, pid = await database.connect(), database._server.pid
            assert pid is not None
            database._server._signal(9)
            await until(lambda: bool(failures))
            assert isinstance(failures[0], OSError)
            with pytest.raises(QueryFailed):
                await connection.query(0.0)
        assert ends_within(pid, 5.0)

    play(scene())


def test_a_live_run_counts_its_connections_at_the_database_and_keeps_to_little_s_law(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(get("connection-pool")), "warm_up_s", 1.0)
    chosen = {"surge": 1.0, "rate_rps": 40.0, "query_mean_s": 0.05, "acquire_timeout_s": 5.0}
    spec = replace(get("connection-pool").spec(parameters=chosen, arms=("size-5",), world="live"), duration_s=4.0)

    async def scene() -> None:
        events = [event async for event in run_live(spec)]
        end = events[-1]
        assert isinstance(end, Finished), end
        found, simulated = end.metrics["size-5"], end.simulated["size-5"]
        assert found["db_connections"] == 5.0
        assert found["error_rate"] == 0.0
        assert found["mean_active"] is not None
        assert simulated["mean_active"] is not None
        assert 0.8 * simulated["mean_active"] <= found["mean_active"] <= 2.0 * simulated["mean_active"]
        pictures = [event.nodes["pool"] for event in events if isinstance(event, Sample)]
        assert len(pictures[-1].members) == 5

    play(scene())
