"""On a real event loop: a bulkhead is of use outside this project."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from labs.patterns.bulkhead import BulkheadFull, Compartment, PoolBulkhead, SemaphoreBulkhead
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted
from labs.patterns.timeout import call_within
from tests.labs.patterns.clock import HandClock, answer, fail, run, settle

Bulkhead = SemaphoreBulkhead | PoolBulkhead
BOTH = pytest.mark.parametrize("build", [SemaphoreBulkhead, PoolBulkhead])
Build = Callable[..., Bulkhead]


class Dependency:
    """Calls wait at it until the door is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = self.most = self.answered = self.cancelled = 0

    async def ask(self, question: str = "") -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1
        self.answered += 1
        return question


def start(*calls: Coroutine[Any, Any, Any]) -> list["asyncio.Task[Any]"]:
    return [asyncio.create_task(call) for call in calls]


@BOTH
def test_never_more_calls_at_a_time_than_slots(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=3, queue_limit=20)
        calls = start(*(bulkhead.call(dependency.ask, str(number)) for number in range(12)))
        await settle()
        assert (bulkhead.busy, bulkhead.queued, dependency.inside) == (3, 9, 3)
        dependency.open.set()
        assert await asyncio.gather(*calls) == [str(number) for number in range(12)]
        await settle()
        assert (bulkhead.busy, bulkhead.queued, dependency.most) == (0, 0, 3)

    run(story())


@BOTH
def test_whoever_finds_it_full_is_told_at_once_and_nothing_is_sent(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build("payments", slots=2, queue_limit=1)
        calls = start(*(bulkhead.call(dependency.ask) for _ in range(3)))
        await settle()
        with pytest.raises(BulkheadFull, match="payments is full: 2 at work, 1 in line") as full:
            await bulkhead.call(dependency.ask)
        assert not full.value.waited
        dependency.open.set()
        await asyncio.gather(*calls)
        assert dependency.answered == 3

    run(story())


@BOTH
def test_no_wait_in_line_is_longer_than_its_limit(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=1, queue_limit=5, max_wait_s=0.002)
        (first,) = start(bulkhead.call(dependency.ask))
        await settle()
        with pytest.raises(BulkheadFull, match=r"no free slot within 0\.002 s") as full:
            await bulkhead.call(dependency.ask)
        assert full.value.waited
        assert (bulkhead.busy, bulkhead.queued) == (1, 0)
        dependency.open.set()
        await first

    run(story())


@BOTH
def test_a_limit_that_is_lifted_meanwhile_still_ends_the_waits_that_began_under_it(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=1, queue_limit=5, max_wait_s=0.002)
        first, second = start(bulkhead.call(dependency.ask), bulkhead.call(dependency.ask))
        await settle()
        bulkhead.max_wait_s = None
        with pytest.raises(BulkheadFull, match=r"no free slot within 0\.002 s"):
            await second
        assert (bulkhead.busy, bulkhead.queued) == (1, 0)
        dependency.open.set()
        await first

    run(story())


@BOTH
def test_slots_go_to_whoever_has_waited_longest(build: Build) -> None:
    async def story() -> None:
        bulkhead, order = build(slots=1, queue_limit=10), []

        async def work(number: int) -> None:
            order.append(number)
            await asyncio.sleep(0)

        await asyncio.gather(*start(*(bulkhead.call(work, number) for number in range(6))))
        assert order == list(range(6))

    run(story())


@BOTH
def test_a_newcomer_does_not_overtake_the_line(build: Build) -> None:
    """Between the moment in which a slot is handed over and the moment in which its new owner runs, nobody slips in."""

    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=1, queue_limit=1)
        calls = start(bulkhead.call(dependency.ask), bulkhead.call(dependency.ask))
        await settle()
        bulkhead.leave()
        assert (bulkhead.busy, bulkhead.queued) == (1, 0)
        bulkhead.queue_limit = 0
        with pytest.raises(BulkheadFull):
            await bulkhead.call(dependency.ask)
        bulkhead.busy += 1
        dependency.open.set()
        await asyncio.gather(*calls)

    run(story())


@BOTH
def test_a_caller_who_leaves_the_line_leaves_no_hole(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=1, queue_limit=5)
        first, second, third = start(*(bulkhead.call(dependency.ask, name) for name in "abc"))
        await settle()
        second.cancel()
        await settle()
        assert bulkhead.queued == 1
        dependency.open.set()
        assert (await first, await third) == ("a", "c")
        await settle()
        assert (bulkhead.busy, second.cancelled(), dependency.answered) == (0, True, 2)

    run(story())


def test_a_slot_that_comes_in_the_instant_of_a_cancellation_passes_on() -> None:
    async def story() -> None:
        compartment = Compartment(slots=1, queue_limit=5)
        await compartment.enter()
        for leaver_goes_first in (True, False):
            leaver, heir = start(compartment.enter(), compartment.enter())
            await settle()
            if leaver_goes_first:
                leaver.cancel()
                compartment.leave()
            else:
                compartment.leave()
                leaver.cancel()
            await settle()
            assert (leaver.cancelled(), heir.done(), compartment.busy, compartment.queued) == (True, True, 1, 0)

    run(story())


@BOTH
def test_an_error_gives_the_slot_back_and_goes_on_to_the_caller(build: Build) -> None:
    async def story() -> None:
        bulkhead = build(slots=1)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await bulkhead.call(fail)
            await settle()
        assert bulkhead.busy == 0

    run(story())


@BOTH
def test_a_call_that_cannot_even_begin_gives_its_slot_back(build: Build) -> None:
    async def story() -> None:
        bulkhead, wrongly_called = build(slots=1), cast(Any, answer)
        with pytest.raises(TypeError):
            await bulkhead.call(wrongly_called, "one", "too many")
        assert bulkhead.busy == 0

    run(story())


def test_a_caller_of_the_pool_leaves_and_the_worker_stays() -> None:
    async def story() -> None:
        dependency, pool = Dependency(), PoolBulkhead(slots=1)
        with pytest.raises(TimeoutError):
            await call_within(0.001, pool.call(dependency.ask))
        assert (pool.busy, dependency.inside, dependency.cancelled) == (1, 1, 0)
        with pytest.raises(BulkheadFull):
            await pool.call(dependency.ask)
        dependency.open.set()
        await settle()
        assert (pool.busy, dependency.answered) == (0, 1)

    run(story())


def test_a_caller_of_the_semaphore_takes_its_call_along() -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), SemaphoreBulkhead(slots=1)
        with pytest.raises(TimeoutError):
            await call_within(0.001, bulkhead.call(dependency.ask))
        assert (bulkhead.busy, dependency.cancelled) == (0, 1)

    run(story())


def test_a_semaphore_cannot_abandon_a_call_that_does_not_hear() -> None:
    """What a blocking call in the caller's own thread is like: the cancellation comes to nothing until the call ends."""

    async def story() -> None:
        dependency, bulkhead = Dependency(), SemaphoreBulkhead(slots=1)
        (caller,) = start(bulkhead.call(deaf, dependency))
        await settle()
        caller.cancel()
        await settle()
        assert (caller.done(), bulkhead.busy) == (False, 1)
        dependency.open.set()
        await settle()
        assert (caller.done(), bulkhead.busy) == (True, 0)

    async def deaf(dependency: Dependency) -> None:
        call = asyncio.create_task(dependency.ask())
        while not call.done():
            try:
                await asyncio.shield(call)
            except asyncio.CancelledError:
                continue

    run(story())


def test_a_late_error_of_an_abandoned_call_is_dropped_quietly() -> None:
    async def story() -> None:
        reported: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
        opened, pool = asyncio.Event(), PoolBulkhead(slots=1)

        async def break_late() -> None:
            await opened.wait()
            raise ConnectionError

        with pytest.raises(TimeoutError):
            await call_within(0.001, pool.call(break_late))
        opened.set()
        await settle()
        assert (pool.busy, reported) == (0, [])

    run(story())


def test_a_worker_that_is_cancelled_before_its_first_step_gives_its_slot_back() -> None:
    async def story() -> None:
        workers: list[asyncio.Task[Any]] = []

        def spawn(call: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
            workers.append(asyncio.create_task(call))
            workers[-1].cancel()
            return workers[-1]

        pool = PoolBulkhead(slots=1, spawn=spawn)
        with pytest.raises(asyncio.CancelledError):
            await pool.call(answer)
        await settle()
        assert pool.busy == 0

    run(story())


@BOTH
def test_more_slots_serve_the_line_at_once_and_fewer_let_calls_finish(build: Build) -> None:
    async def story() -> None:
        dependency, bulkhead = Dependency(), build(slots=1, queue_limit=5)
        calls = start(*(bulkhead.call(dependency.ask) for _ in range(4)))
        await settle()
        bulkhead.slots = 3
        await settle()
        assert (bulkhead.busy, bulkhead.queued) == (3, 1)
        bulkhead.slots = 1
        assert bulkhead.busy == 3
        dependency.open.set()
        await asyncio.gather(*calls)
        assert dependency.answered == 4

    run(story())


def test_one_slow_dependency_leaves_the_others_their_compartments() -> None:
    async def story() -> None:
        slow, walls = Dependency(), {name: SemaphoreBulkhead(name, slots=2) for name in "ac"}
        calls = start(*(walls["c"].call(slow.ask) for _ in range(5)))
        await settle()
        assert await walls["a"].call(answer) == 200
        slow.open.set()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one) for one in ended].count(BulkheadFull) == 3

    run(story())


def test_it_is_a_decorator_and_a_block_and_nests_with_a_breaker() -> None:
    async def story() -> None:
        bulkhead, pool = SemaphoreBulkhead(slots=1), PoolBulkhead(slots=1)
        breaker = CircuitBreaker(minimum_calls=1, clock=HandClock())

        @breaker
        @bulkhead
        async def fetch(status: int) -> int:
            return await answer(status)

        assert await fetch(204) == 204
        assert await pool(answer)(201) == 201
        async with bulkhead.slot():
            with pytest.raises(BulkheadFull):
                await fetch(200)
        with pytest.raises(NotPermitted):
            await fetch(200)

    run(story())
