import asyncio
from collections.abc import Callable, Iterator
from heapq import heapreplace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.simulation.distributions import Exponential
from labs.simulation.faults import Faults
from labs.simulation.primitives import Semaphore, sleep, spawn, timeout
from labs.simulation.service import Failed, Rejected, Service, Unavailable, draws_from
from labs.simulation.worlds import World, new_world, run


def lindley(servers: int, gaps_s: list[float], works_s: list[float]) -> list[float]:
    """Waits by the recursion of Lindley (Kiefer and Wolfowitz for several servers), in absolute times."""
    now_s, free_s, waits = 0.0, [0.0] * servers, []
    for gap_s, work_s in zip(gaps_s, works_s, strict=True):
        now_s += gap_s
        start_s = max(now_s, free_s[0])
        heapreplace(free_s, start_s + work_s)
        waits.append(start_s - now_s)
    return waits


def asking_for(work_s: float) -> tuple[float, float, float]:
    return work_s, 1.0, 1.0


async def outcome(service: Service, request: Any = None, limit_s: float | None = None) -> str:
    try:
        with timeout(limit_s):
            await service.call(request)
    except (Failed, Rejected, Unavailable, TimeoutError) as error:
        return type(error).__name__
    return "ok"


@pytest.mark.parametrize("servers", [1, 2, 8])
@pytest.mark.parametrize("kind", ["service", "semaphore", "asyncio"])
def test_waits_equal_the_lindley_recursion_to_the_last_bit(servers: int, kind: str) -> None:
    rng = Random(servers)
    gaps_s = [rng.expovariate(0.8 * servers) for _ in range(5000)]
    works_s = [rng.expovariate(1.0) for _ in range(5000)]

    async def main(world: World) -> list[float]:
        loop = world.loop
        waits = [0.0] * len(works_s)
        service = Service("queue", asking_for, servers=servers)
        slots: Any = Semaphore(servers) if kind == "semaphore" else asyncio.Semaphore(servers)
        nap = sleep if kind == "semaphore" else asyncio.sleep

        async def customer(number: int) -> None:
            if kind == "service":
                waits[number] = await service.call(works_s[number])
                return
            arrived_s = loop.time()
            async with slots:
                waits[number] = loop.time() - arrived_s
                await nap(works_s[number])

        tasks = []
        for number, gap_s in enumerate(gaps_s):
            await nap(gap_s)
            tasks.append(spawn(customer(number)))
        for task in tasks:
            await task
        return waits

    assert run(main) == lindley(servers, gaps_s, works_s)


def test_queue_and_servers_can_be_watched_at_any_instant() -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=2, queue_limit=2)
        calls = [spawn(outcome(service, 10.0)) for _ in range(5)]
        await asyncio.sleep(1)
        assert (service.busy, service.queued, service.in_system) == (2, 2, 4)
        assert await calls[4] == "Rejected"
        assert service.busy_s == 2.0
        await asyncio.sleep(20)
        assert (service.busy, service.queued, service.served, service.rejected) == (0, 0, 4, 1)
        assert service.busy_s == 40.0

    run(main)


def test_a_caller_that_leaves_frees_its_place_at_once() -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=1)
        calls = [spawn(outcome(service, 10.0, limit)) for limit in (2.0, 1.0, None)]
        await asyncio.sleep(1.5)
        assert (service.busy, service.queued, service.abandoned) == (1, 1, 1)
        assert await calls[0] == "TimeoutError"
        await calls[2]
        assert world.loop.time() == 12.0
        assert (service.abandoned, service.served, service.wasted_s, service.busy_s) == (2, 1, 2.0, 12.0)

    run(main)


def test_who_leaves_the_line_and_comes_back_stands_at_its_end() -> None:
    async def main(world: World) -> list[str]:
        service = Service("db", asking_for)
        ends: list[str] = []

        async def caller(name: str, limits_s: Iterator[float | None]) -> None:
            while await outcome(service, 10.0, next(limits_s)) != "ok":
                pass
            ends.append(name)

        spawn(caller("first", iter([None])))
        await sleep(1.0)
        spawn(caller("restless", iter([1.0, None])))
        await sleep(0.5)
        spawn(caller("patient", iter([None])))
        await sleep(40.0)
        return ends

    assert run(main) == ["first", "patient", "restless"]


def test_a_line_that_nobody_serves_does_not_grow_with_those_who_left() -> None:
    async def main(world: World) -> tuple[int, int]:
        service = Service("db", asking_for, servers=1)
        spawn(service.call(1e9))
        await sleep(0.0)
        for _ in range(5000):
            assert await outcome(service, 1.0, 0.001) == "TimeoutError"
        return service.queued, len(service._line)

    waiting, places = run(main)
    assert waiting == 0
    assert places <= 1001


def test_a_service_that_is_not_told_works_on_for_callers_who_left() -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=1, cancels=False)
        calls = [spawn(outcome(service, 10.0, limit)) for limit in (2.0, 1.0, None)]
        assert await calls[2] == "ok"
        assert world.loop.time() == 30.0
        assert (service.abandoned, service.served, service.wasted_s, service.busy) == (2, 1, 20.0, 0)

    run(main)


@pytest.mark.parametrize("cancels", [True, False])
def test_killing_answers_everyone_inside_and_refuses_until_restart(cancels: bool) -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=1, cancels=cancels)
        calls = [spawn(outcome(service, 10.0, limit)) for limit in (1.0, None, None)]
        await asyncio.sleep(2)
        service.kill()
        assert [await call for call in calls] == ["TimeoutError", "Unavailable", "Unavailable"]
        assert world.loop.time() == 2.0
        assert (service.busy, service.queued) == (0, 0)
        assert await outcome(service, 1.0) == "Unavailable"
        service.restart()
        assert await outcome(service, 1.0) == "ok"
        assert world.loop.time() == 3.0

    run(main)


@pytest.mark.parametrize("cancels", [True, False])
def test_a_service_that_hangs_keeps_its_servers_until_it_is_healed(cancels: bool) -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=2, cancels=cancels)
        service.hang()
        calls = [spawn(outcome(service, 1.0, limit)) for limit in (5.0, None, None)]
        await asyncio.sleep(9)
        assert service.busy == 2
        assert service.queued == (0 if cancels else 1)
        service.heal()
        assert await calls[1] == "ok"
        assert world.loop.time() == 9.0
        assert await calls[2] == "ok"
        assert service.in_system == 0

    run(main)


def test_more_servers_start_on_the_queue_at_once_and_fewer_finish_what_they_are_at() -> None:
    async def main(world: World) -> None:
        service = Service("desk", asking_for, servers=1)
        calls = [spawn(outcome(service, 10.0)) for _ in range(6)]
        await asyncio.sleep(1)
        service.servers = 3
        assert (service.busy, service.queued) == (3, 3)
        service.servers = 1
        await asyncio.sleep(9.5)
        assert (service.busy, service.queued) == (2, 3)
        await asyncio.sleep(1)
        assert (service.busy, service.queued) == (1, 2)
        await calls[-1]
        assert world.loop.time() == 41.0

    run(main)


def test_faults_choose_requests_by_their_own_draws_and_never_shift_the_others() -> None:
    def answers(faults: Faults) -> list[tuple[str, float]]:
        async def main(world: World) -> list[tuple[str, float]]:
            service = Service("desk", draws_from(world.streams, "desk", Exponential(1.0)), servers=1, faults=faults)
            results = []
            for _ in range(300):
                began_s = world.loop.time()
                results.append((await outcome(service), round(world.loop.time() - began_s, 9)))
            return results

        return run(main, seed=3)

    plain, few, many = answers(Faults()), answers(Faults(failure_rate=0.2)), answers(Faults(failure_rate=0.5))
    slow = answers(Faults(slow_rate=0.3, slow_s=7.0, slow_factor=2.0))
    assert [took for _, took in plain] == [took for _, took in few] == [took for _, took in many]
    failed_of_few = {number for number, (result, _) in enumerate(few) if result == "Failed"}
    failed_of_many = {number for number, (result, _) in enumerate(many) if result == "Failed"}
    assert failed_of_few < failed_of_many
    assert 40 < len(failed_of_few) < 80
    extra = [round(late - 2 * took, 6) for (_, late), (_, took) in zip(slow, plain, strict=True)]
    assert set(extra) == {0.0, 7.0}
    assert answers(Faults(failure_rate=1.0, failure_s=0.25)) == [("Failed", 0.25)] * 300


def test_faults_out_of_range_are_refused() -> None:
    for wrong in ({"failure_rate": 1.1}, {"slow_rate": -0.1}, {"slow_s": -1.0}, {"slow_factor": float("nan")}):
        with pytest.raises(ValueError, match="is a"):
            Faults().changed(**wrong)


CALLS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]),
        st.sampled_from([0.0, 0.5, 1.0, 2.5]),
        st.sampled_from([None, 0.5, 1.0, 3.0]),
    ),
    max_size=25,
)
EVENTS = st.lists(
    st.tuples(st.sampled_from([0.5, 1.0, 2.0, 3.0]), st.sampled_from(["kill", "restart", "hang", "heal"])), max_size=4
)


@given(CALLS, EVENTS, st.integers(1, 3), st.sampled_from([None, 0, 2]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_call_is_counted_once_and_no_server_is_lost(
    calls: list[tuple[float, float, float | None]],
    events: list[tuple[float, str]],
    servers: int,
    queue_limit: int | None,
    cancels: bool,
) -> None:
    with new_world(0) as (loop, _):
        service = Service("any", asking_for, servers=servers, queue_limit=queue_limit, cancels=cancels, loop=loop)

        async def caller(at_s: float, work_s: float, limit_s: float | None) -> None:
            await sleep(at_s)
            await outcome(service, work_s, limit_s)

        def watch() -> None:
            assert 0 <= service.busy <= servers
            assert not service.queued or service.busy == servers
            assert queue_limit is None or service.queued <= queue_limit

        def do(event: str) -> Callable[[], None]:
            return getattr(service, event)  # type: ignore[no-any-return]

        for at_s, event in events:
            loop.call_at(at_s, do(event))
        for call in calls:
            loop.spawn(caller(*call))
        for number in range(40):
            loop.advance(number * 0.25)
            watch()
        service.restart()
        service.heal()
        loop.run_forever()
        watch()
        ended = service.served + service.failed + service.rejected + service.unavailable + service.abandoned
        assert service.arrived == len(calls) == ended
        assert service.in_system == 0
        assert not loop.failures


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.one_of(st.none(), st.integers(1, 6))), max_size=20),
    st.integers(1, 4),
)
@settings(max_examples=100, deadline=None)
def test_the_semaphore_is_fair_bounded_and_loses_no_slot(users: list[tuple[int, int, int | None]], slots: int) -> None:
    with new_world(0) as (loop, _):
        semaphore = Semaphore(slots)
        inside = 0
        asked: list[int] = []
        served: list[int] = []
        left: set[int] = set()

        async def user(name: int, at_s: int, work_s: int, limit_s: int | None) -> None:
            nonlocal inside
            await sleep(at_s)
            asked.append(name)
            try:
                with timeout(limit_s):
                    await semaphore.acquire()
            except TimeoutError:
                left.add(name)
                return
            served.append(name)
            inside += 1
            assert inside <= slots
            await sleep(work_s)
            inside -= 1
            semaphore.release()

        for name, plan in enumerate(users):
            loop.spawn(user(name, *plan))
        loop.run_forever()
        assert semaphore.free == slots
        assert semaphore.waiting == 0
        assert served == [name for name in asked if name not in left]
