"""The pool on asyncio's own loop, with connections of cardboard. Time is set by hand where it matters."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from labs.patterns.connection_lease import Lease
from labs.patterns.connection_pool import (
    ConnectionPool,
    PoolClosed,
    PoolExhausted,
    PoolTimeout,
)
from labs.patterns.naive_connection_pool import NaiveConnectionPool
from labs.patterns.pooled_connection import ConnectFailed, ConnectionCare, PoolError
from tests.labs.patterns.clock import HandClock, run, settle

CARE = ("validate", "validate_after_s", "reset", "clean_up_timeout_s", "max_lifetime_s", "clock", "time_limit", "spawn", "rng")


class Wire:
    """A connection."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.alive = True
        self.open_transaction = False
        self.closed = False


class Server:
    """Opens wires; `refuses` so many of them from now on."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.refuses = 0
        self.holds: asyncio.Event | None = None
        self.pings = 0
        self.clock = HandClock()
        self.leaks: list[str] = []

    async def connect(self) -> Wire:
        if self.holds is not None:
            await self.holds.wait()
        await asyncio.sleep(0)
        if self.refuses:
            self.refuses -= 1
            raise OSError("too many clients")
        self.wires.append(Wire(len(self.wires) + 1))
        return self.wires[-1]

    async def close(self, wire: Wire) -> None:
        wire.closed = True

    async def ping(self, wire: Wire) -> bool:
        self.pings += 1
        return wire.alive

    async def rollback(self, wire: Wire) -> None:
        if not wire.alive:
            raise OSError("gone")
        wire.open_transaction = False

    @property
    def open_wires(self) -> int:
        return sum(not wire.closed for wire in self.wires)

    def pool(self, **settings: Any) -> ConnectionPool[Wire]:
        usual: dict[str, Any] = {
            "maximum": 2,
            "acquire_timeout_s": 0.02,
            "validate": self.ping,
            "reset": self.rollback,
            "on_leak": lambda lease: self.leaks.append(lease.borrower),
            "clock": self.clock,
            "rng": Random(1),
        }
        chosen = {**usual, **settings}
        about_the_connection = {name: chosen.pop(name) for name in CARE if name in chosen}
        return ConnectionPool(ConnectionCare(self.connect, self.close, **about_the_connection), **chosen)


Story = Callable[[Server, ConnectionPool[Wire]], Awaitable[None]]


def play(story: Story, **settings: Any) -> Server:
    """The story on an open pool; afterwards the pool is closed and no connection may be left."""

    async def main() -> Server:
        server = Server()
        pool = server.pool(**settings)
        await pool.open()
        await story(server, pool)
        await pool.close(drain_s=0.005)
        assert server.open_wires == 0
        assert pool.size == 0
        return server

    found = run(main())
    assert isinstance(found, Server)
    return found


# Lending


def test_lends_one_borrower_one_connection_and_takes_it_back() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as first, await pool.acquire() as second:
            assert first is not second
            assert (pool.leased, pool.idle, pool.size) == (2, 0, 2)
        assert (pool.leased, pool.idle, pool.size) == (0, 2, 2)
        async with await pool.acquire() as again:
            assert again in (first, second)

    assert len(play(story).wires) == 2


def test_opens_when_asked_and_never_more_than_its_maximum() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        assert server.wires == []

        async def use() -> None:
            async with await pool.acquire():
                await asyncio.sleep(0.0005)

        await asyncio.gather(*(use() for _ in range(12)))

    assert len(play(story, maximum=3, acquire_timeout_s=1.0).wires) == 3


def test_who_asked_first_is_served_first() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        order: list[int] = []

        async def use(number: int) -> None:
            async with await pool.acquire():
                order.append(number)

        lease = await pool.acquire()
        tasks = []
        for number in range(5):
            tasks.append(asyncio.create_task(use(number)))
            await asyncio.sleep(0)
        await lease.release()
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3, 4]

    play(story, maximum=1, acquire_timeout_s=1.0)


def test_nobody_overtakes_those_in_line() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire("first"))
        await asyncio.sleep(0)
        await lease.release()
        newcomer = asyncio.create_task(pool.acquire("second"))
        await asyncio.sleep(0)
        assert (await waiting).borrower == "first"
        assert not newcomer.done()
        await waiting.result().release()
        await (await newcomer).release()

    play(story, maximum=1, acquire_timeout_s=1.0)


# Waiting


def test_waiting_has_an_end_that_names_the_pool() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        leases = [await pool.acquire() for _ in range(2)]
        with pytest.raises(PoolTimeout, match=r"no connection within 0.005 s: 2 of 2 are out"):
            await pool.acquire()
        assert (pool.waiting, pool.counts.timeouts) == (0, 1)
        for lease in leases:
            await lease.release()

    play(story, acquire_timeout_s=0.005)


def test_who_waits_keeps_the_timeout_with_which_he_asked() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        leases = [await pool.acquire() for _ in range(2)]
        turn = asyncio.ensure_future(pool.acquire())
        await settle()
        pool.acquire_timeout_s = None
        with pytest.raises(PoolTimeout, match=r"no connection within 0.005 s"):
            await turn
        for lease in leases:
            await lease.release()

    play(story, acquire_timeout_s=0.005)


def test_a_long_line_turns_newcomers_away_at_once() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        with pytest.raises(PoolExhausted, match="1 wait"):
            await pool.acquire()
        await lease.release()
        await (await waiting).release()

    play(story, maximum=1, max_waiting=1, acquire_timeout_s=1.0)


def test_a_connection_that_comes_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        first, second = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
        await settle()
        await lease.release()
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        await (await second).release()
        assert pool.idle == 1

    play(story, maximum=1, acquire_timeout_s=1.0, reset=None)


def test_without_a_limit_it_waits_for_ever() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0.005)
        assert not waiting.done()
        await lease.release()
        await (await waiting).release()

    play(story, maximum=1, acquire_timeout_s=None)


# The start


def test_opens_its_minimum_at_the_start() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        assert (pool.idle, len(server.wires)) == (2, 2)

    play(story, minimum=2, maximum=5)


def test_a_start_that_fails_leaves_nothing_behind() -> None:
    async def main() -> None:
        server = Server()
        server.refuses = 1
        pool = server.pool(minimum=3, maximum=5)
        with pytest.raises(ConnectFailed, match="too many clients") as caught:
            await pool.open()
        assert isinstance(caught.value.__cause__, OSError)
        assert len(server.wires) == 2
        assert server.open_wires == 0
        with pytest.raises(PoolClosed):
            await pool.acquire()

    run(main())


def test_a_refused_connection_is_told_to_one_borrower_and_the_next_one_tries_again() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        server.refuses = 1
        with pytest.raises(ConnectFailed):
            await pool.acquire()
        async with await pool.acquire():
            assert pool.size == 1
        assert pool.counts.failed_to_open == 1

    play(story)


def test_a_server_that_refuses_all_fails_each_borrower_once() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        server.refuses = 100
        found = await asyncio.gather(*(pool.acquire() for _ in range(6)), return_exceptions=True)
        assert all(isinstance(one, ConnectFailed) for one in found)
        assert server.refuses == 94
        assert pool.size == 0

    play(story, maximum=2, acquire_timeout_s=1.0)


# Checked before use, clean after it


def test_a_dead_connection_that_lay_idle_is_replaced_before_anybody_gets_it() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as wire:
            pass
        wire.alive = False
        server.clock.now_s = 10.0
        async with await pool.acquire() as other:
            assert other is not wire
            assert other.alive
        await settle()
        assert wire.closed
        assert (pool.size, pool.counts.dead) == (1, 1)

    play(story)


def test_one_that_was_in_use_a_moment_ago_is_taken_on_trust() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        for _ in range(5):
            async with await pool.acquire():
                pass
        assert server.pings == 0
        server.clock.now_s = 10.0
        async with await pool.acquire():
            assert server.pings == 1

    play(story)


def test_a_check_that_hangs_ends_with_the_acquire_timeout_and_frees_the_place() -> None:
    async def hang(wire: Wire) -> bool:
        await asyncio.Event().wait()
        return True

    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire():
            pass
        server.clock.now_s = 10.0
        with pytest.raises(PoolTimeout):
            await pool.acquire()
        await settle()
        assert pool.size == 0

    play(story, validate=hang, acquire_timeout_s=0.003)


def test_when_the_replacement_is_refused_the_place_is_free_again() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as wire:
            wire.alive = True
        wire.alive = False
        server.refuses, server.clock.now_s = 1, 10.0
        with pytest.raises(ConnectFailed):
            await pool.acquire()
        async with await pool.acquire():
            assert pool.size == 1

    play(story, maximum=1)


def test_what_a_borrower_left_open_is_ended_before_the_next_one() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as wire:
            wire.open_transaction = True
        async with await pool.acquire() as again:
            assert again is wire
            assert not again.open_transaction

    play(story)


def test_a_connection_that_cannot_be_cleaned_is_closed() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as wire:
            wire.alive = False
        assert pool.size == 0
        await settle()
        assert wire.closed

    play(story)


def test_a_borrower_whose_block_fails_gives_back_too() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        with pytest.raises(ZeroDivisionError):
            async with await pool.acquire():
                raise ZeroDivisionError
        assert pool.idle == 1

    play(story)


def test_given_back_twice_it_is_there_once() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        await lease.release()
        await lease.release()
        assert (pool.idle, pool.size) == (1, 1)
        with pytest.raises(PoolError, match="given back or revoked"):
            _ = lease.connection

    play(story)


# Growing old, lying idle, leaking


def test_a_connection_is_replaced_after_its_lifetime_idle_or_not() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        idle, used = await pool.acquire(), await pool.acquire()
        await idle.release()
        server.clock.now_s = 120.0
        pool.sweep()
        await settle()
        assert server.wires[0].closed
        assert not server.wires[1].closed
        await used.release()
        await settle()
        assert server.open_wires == 0

    play(story, max_lifetime_s=100.0)


def test_lifetimes_are_spread_so_that_not_all_end_at_once() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        for now_s, left in ((89.0, 20), (100.0, None), (111.0, 0)):
            server.clock.now_s = now_s
            pool.minimum = 0
            pool.sweep()
            await settle()
            assert (server.open_wires == left) if left is not None else 0 < server.open_wires < 20

    play(story, minimum=20, maximum=20, max_lifetime_s=100.0)


def test_idle_ones_beyond_the_minimum_are_closed_the_longest_idle_first() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        pool.minimum = 1
        first, second = await pool.acquire(), await pool.acquire()
        await first.release()
        server.clock.now_s = 50.0
        await second.release()
        server.clock.now_s = 61.0
        pool.sweep()
        await settle()
        assert [wire.closed for wire in server.wires] == [True, False]
        server.clock.now_s = 500.0
        pool.sweep()
        await settle()
        assert not server.wires[1].closed

    play(story, idle_timeout_s=60.0, max_lifetime_s=None)


def test_the_house_is_kept_up_to_its_minimum() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        async with await pool.acquire() as wire:
            wire.alive = False
        assert pool.size == 1
        pool.sweep()
        await settle()
        assert (pool.size, pool.idle) == (2, 2)

    play(story, minimum=2, maximum=4)


def test_a_lease_that_is_out_too_long_is_reported_once_by_its_borrower_s_name() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire("checkout")
        for now_s in (29.0, 31.0, 32.0):
            server.clock.now_s = now_s
            pool.sweep()
        assert server.leaks == ["checkout"]
        assert (pool.counts.leaks, pool.leased) == (1, 1)
        await lease.release()

    play(story, leak_after_s=30.0)


def test_a_reclaimed_leak_makes_room_for_those_who_wait() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire("report")
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        server.clock.now_s = 31.0
        pool.sweep()
        await (await waiting).release()
        assert server.wires[0].closed
        with pytest.raises(PoolError, match="revoked"):
            _ = lease.connection
        await lease.release()
        assert pool.size == 1

    play(story, maximum=1, leak_after_s=30.0, reclaim=True, acquire_timeout_s=1.0)


def test_the_house_is_swept_by_itself() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        await pool.acquire("report")
        server.clock.now_s = 31.0
        await asyncio.sleep(0.006)
        assert server.leaks == ["report"]

    play(story, leak_after_s=30.0, sweep_s=0.002)


# Another size, and the end


def test_a_larger_maximum_serves_those_who_wait_at_once() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        lease = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        pool.maximum = 2
        await (await waiting).release()
        await lease.release()

    play(story, maximum=1, acquire_timeout_s=1.0)


def test_a_smaller_maximum_closes_idle_ones_now_and_others_as_they_come_back() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        leases = [await pool.acquire() for _ in range(3)]
        await leases[0].release()
        pool.maximum = 1
        await settle()
        assert pool.size == 2
        await leases[1].release()
        await leases[2].release()
        assert (pool.size, pool.idle) == (1, 1)

    play(story, maximum=3)


def test_closing_sends_the_line_away_waits_for_borrowers_and_leaves_nothing() -> None:
    async def main() -> None:
        server = Server()
        pool = server.pool(maximum=1, acquire_timeout_s=1.0)
        await pool.open()
        lease = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        closing = asyncio.create_task(pool.close(drain_s=1.0))
        await settle()
        with pytest.raises(PoolClosed):
            await waiting
        with pytest.raises(PoolClosed):
            await pool.acquire()
        assert not closing.done()
        assert not server.wires[0].closed, "it is still in use"
        await lease.release()
        await closing
        assert server.open_wires == 0

    run(main())


def test_what_is_still_out_after_the_drain_is_closed_under_its_borrower() -> None:
    async def main() -> None:
        server = Server()
        pool = server.pool()
        await pool.open()
        lease = await pool.acquire()
        await pool.close(drain_s=0.002)
        assert server.open_wires == 0
        await lease.release()
        assert pool.size == 0

    run(main())


def test_a_connection_that_was_being_opened_when_the_pool_closed_is_closed_too() -> None:
    async def main() -> None:
        server = Server()
        server.holds = asyncio.Event()
        pool = server.pool(acquire_timeout_s=1.0)
        await pool.open()
        waiting = asyncio.create_task(pool.acquire())
        await settle()
        closing = asyncio.create_task(pool.close())
        await settle()
        server.holds.set()
        await closing
        with pytest.raises(PoolClosed):
            await waiting
        assert len(server.wires) == 1
        assert server.open_wires == 0

    run(main())


# The naive one, for comparison


def naive(story: Callable[[Server, NaiveConnectionPool[Wire]], Awaitable[None]], size: int = 2) -> None:
    async def main() -> None:
        server = Server()
        pool = NaiveConnectionPool(server.connect, server.close, size)
        await story(server, pool)

    run(main())


def test_the_naive_pool_waits_for_ever_after_a_leak() -> None:
    async def story(server: Server, pool: NaiveConnectionPool[Wire]) -> None:
        await pool.open()
        await pool.borrow()
        await pool.borrow()
        waiting = asyncio.create_task(pool.borrow())
        await asyncio.sleep(0.005)
        assert not waiting.done()
        waiting.cancel()

    naive(story)


def test_the_naive_pool_leaves_connections_behind_when_its_start_fails() -> None:
    async def story(server: Server, pool: NaiveConnectionPool[Wire]) -> None:
        opening = asyncio.create_task(pool.open())
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first is open now
        server.refuses = 1
        with pytest.raises(OSError, match="too many"):
            await opening
        assert server.open_wires == 1

    naive(story)


def test_the_naive_pool_hands_a_dead_and_dirty_connection_round() -> None:
    async def story(server: Server, pool: NaiveConnectionPool[Wire]) -> None:
        await pool.open()
        wire = await pool.borrow()
        wire.alive, wire.open_transaction = False, True
        pool.give_back(wire)
        again = await pool.borrow()
        assert again is wire
        assert again.open_transaction
        assert not again.alive

    naive(story, size=1)


def test_the_naive_pool_puts_a_connection_given_back_twice_in_two_hands() -> None:
    async def story(server: Server, pool: NaiveConnectionPool[Wire]) -> None:
        await pool.open()
        wire = await pool.borrow()
        pool.give_back(wire)
        pool.give_back(wire)
        pool.give_back(None)
        assert await pool.borrow() is await pool.borrow()

    naive(story, size=1)


def test_what_comes_back_to_a_closed_naive_pool_stays_open() -> None:
    async def story(server: Server, pool: NaiveConnectionPool[Wire]) -> None:
        await pool.open()
        wire = await pool.borrow()
        await pool.close()
        pool.give_back(wire)
        assert server.open_wires == 1
        assert pool.idle == 1

    naive(story)


def test_leases_tell_who_has_what_since_when() -> None:
    async def story(server: Server, pool: ConnectionPool[Wire]) -> None:
        server.clock.now_s = 3.0
        lease: Lease[Wire] = await pool.acquire("search")
        assert [(one.borrower, one.taken_s) for one in pool.leases] == [("search", 3.0)]
        await lease.release()

    play(story)
