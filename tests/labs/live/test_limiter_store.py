"""The limiters' store on a real Valkey: decides as the patterns do, in one round trip, and fails as it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import accumulate
from random import Random

import pytest

from labs.experiments.rate_limiter.rules import GCRA, LEAKY_BUCKET, NAIVE_LOG, SLIDING_LOG, Rules, apply, limiter
from labs.experiments.rate_limiter.store import StorePlan
from labs.live.limiter_store import LUA, LiveLimiterStore
from labs.live.world import LiveWorld, RunClock
from tests.labs.live.conftest import Play, ends_within, until

SCRIPTS = sorted(path.stem.replace("_", "-") for path in LUA.glob("*.lua"))
LONG_S = 3600.0


def rules(algorithm: str, limit: int = 5, window_s: float = LONG_S, burst: int = 5) -> Rules:
    return Rules(algorithm, limit, window_s, burst, tick_s=0.001, unique_members=True, take_back=False)


def fail(error: Exception) -> None:
    raise AssertionError from error


@asynccontextmanager
async def opened(which: Rules, on_failure: Callable[[Exception], None] = fail) -> AsyncIterator[LiveLimiterStore]:
    clock = RunClock()
    world = LiveWorld(which.algorithm, seed=1, duration_s=60.0, warm_up_s=10.0, clock=clock, on_failure=on_failure)
    store = LiveLimiterStore(world, StorePlan(which, 0.0), on_failure)
    try:
        await store.open()
        clock.start()
        yield store
    finally:
        await store.close()


async def admitted(store: LiveLimiterStore, calls: int, key: str = "key") -> int:
    found = await asyncio.gather(*(store.check(key, None) for _ in range(calls)))
    return sum(checked.decision.admitted for checked in found)


def test_there_is_a_script_for_every_pattern_but_the_naive_one() -> None:
    assert SCRIPTS == ["fixed-window", "gcra", "leaky-bucket", "sliding-log", "sliding-window-counter", "token-bucket"]


@pytest.mark.parametrize("algorithm", SCRIPTS)
def test_script_and_pattern_decide_alike_on_the_same_calls(play: Play[None], algorithm: str) -> None:
    """Told the time: 400 calls in bursts, by quarters of a millisecond so that both reckon with the same numbers."""
    which = rules(algorithm, limit=6, window_s=1.5, burst=4)
    uniform = Random(3)
    times = list(accumulate(uniform.choice((0, 0, 1, 3, 400, 900, 2500)) * 0.00025 for _ in range(400)))

    async def scene() -> None:
        pattern = limiter(which, lambda: 0.0)
        async with opened(which) as store:
            for at_s in times:
                live, ours = (await store.check("key", at_s)).decision, pattern.check_at("key", at_s)
                assert (live.admitted, live.remaining) == (ours.admitted, ours.remaining), at_s
                assert live.reset_at_s == pytest.approx(ours.reset_at_s, abs=3e-6)
                assert live.retry_after_s == pytest.approx(ours.retry_after_s, abs=3e-6)
                assert live.wait_s == pytest.approx(ours.wait_s, abs=3e-6)

    play(scene())


@pytest.mark.parametrize("algorithm", SCRIPTS)
def test_of_fifty_callers_at_once_exactly_the_limit_is_admitted_at_the_servers_time(play: Play[None], algorithm: str) -> None:
    async def scene() -> None:
        async with opened(rules(algorithm)) as store:
            assert await admitted(store, 50) == 5
            assert await admitted(store, 50, "another") == 5

    play(scene())


def test_a_check_is_one_round_trip_once_the_server_knows_the_script(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(GCRA)) as store:
            await store.check("key", None)
            assert store.round_trips == 2, "by digest, which it did not know, then by source"
            await admitted(store, 10)
            assert store.round_trips == 12

    play(scene())


def test_the_transaction_of_the_naive_log_counts_denied_calls_and_can_take_them_back(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(NAIVE_LOG)) as store:
            assert await admitted(store, 20) == 5
            assert store.round_trips == 20
            await until(lambda: store.key_bytes is not None)
            full = store.key_bytes
        async with opened(replace(rules(NAIVE_LOG), take_back=True)) as store:
            for _ in range(20):
                await store.check("key", None)
            assert store.round_trips == 20 + 15
            await until(lambda: store.key_bytes is not None)
            assert (store.key_bytes or 0) < (full or 0)

    play(scene())


def test_without_unique_members_calls_in_one_tick_are_one_entry(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(replace(rules(NAIVE_LOG), unique_members=False, tick_s=3600.0)) as store:
            assert await admitted(store, 30) >= 29, "all of them, unless the hour has just changed"

    play(scene())


def test_a_killed_store_refuses_and_starts_again_empty(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(SLIDING_LOG)) as store:
            assert await admitted(store, 9) == 5
            first = store._server.pid
            asked = asyncio.ensure_future(store.check("key", None))
            await asyncio.sleep(0)
            store.kill()
            with pytest.raises(ConnectionError):
                await asked
            with pytest.raises(ConnectionError):
                await store.check("key", None)
            store.revive()
            await until(lambda: store.status == "up")
            assert store._server.pid != first
            assert first is not None
            assert ends_within(first, 1.0)
            assert await admitted(store, 9) == 5

    play(scene())


def test_the_last_order_counts_when_a_store_is_killed_while_it_starts(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(GCRA)) as store:
            for order in (store.kill, store.revive, store.kill):
                order()
            await until(lambda: store._steps.empty())
            await asyncio.sleep(0.5)  # longer than a start takes
            assert store.status == "down"
            with pytest.raises(ConnectionError):
                await store.check("key", None)
            store.revive()
            await until(lambda: store.status == "up")
            assert await admitted(store, 9) == 5

    play(scene())


def test_a_frozen_store_answers_nobody_and_then_does_what_was_sent_to_it(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(SLIDING_LOG)) as store:
            assert await admitted(store, 2) == 2
            store.freeze()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.03):
                    await store.check("key", None)
            assert store.waiting > 0
            store.revive()
            assert await admitted(store, 9) == 2, "the call of the one who left was counted"

    play(scene())


def test_a_server_that_dies_by_itself_is_told(play: Play[None]) -> None:
    told: list[Exception] = []

    async def scene() -> None:
        async with opened(rules(GCRA), told.append) as store:
            assert store._server._process is not None
            store._server._process.kill()
            await until(lambda: bool(told))

    play(scene())
    assert isinstance(told[0], ConnectionError)


def test_numbers_can_be_turned_while_it_works(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules(LEAKY_BUCKET, burst=1)) as store:
            assert await admitted(store, 5) == 1
            store.adjust(StorePlan(rules(LEAKY_BUCKET, burst=3), 0.0))
            assert await admitted(store, 5) == 2

    play(scene())


def test_windows_have_their_edges_where_the_runs_clock_has_them(play: Play[None]) -> None:
    async def scene() -> None:
        async with opened(rules("fixed-window", window_s=LONG_S)) as store:
            checked = await store.check("key", None)
            assert checked.at_s < 1.0
            assert checked.decision.reset_at_s == pytest.approx(LONG_S, abs=0.1)

    play(scene())


def test_nothing_is_left_when_it_is_closed_frozen_or_not(play: Play[None]) -> None:
    pids: list[int | None] = []

    async def scene() -> None:
        for freeze in (False, True):
            async with opened(rules(GCRA)) as store:
                pids.append(store._server.pid)
                if freeze:
                    store.freeze()

    play(scene())
    assert len(pids) == 2
    assert all(pid is not None and ends_within(pid, 1.0) for pid in pids)


def test_a_log_whose_limit_was_lowered_tells_when_it_has_shrunk_enough(play: Play[None]) -> None:
    which = rules(SLIDING_LOG, limit=4, window_s=8.0)
    pattern = limiter(which, lambda: 0.0)

    async def scene() -> None:
        async with opened(which) as store:
            for at_s in (0.0, 1.0, 2.0, 3.0):
                await store.check("key", at_s)
                pattern.check_at("key", at_s)
            lowered = replace(which, limit=2)
            store.adjust(StorePlan(lowered, 0.0))
            apply(lowered, pattern)
            live, ours = (await store.check("key", 3.0)).decision, pattern.check_at("key", 3.0)
            assert (live.admitted, live.remaining) == (ours.admitted, ours.remaining) == (False, 0)
            assert live.retry_after_s == pytest.approx(ours.retry_after_s) == 7.0

    play(scene())
