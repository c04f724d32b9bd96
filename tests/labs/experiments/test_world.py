"""What systems get from the simulated world: luck for each try, services that change, traffic on a curve."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from random import Random
from statistics import correlation, fmean, pstdev
from typing import Any, Self

import pytest

from labs.experiments.simulated_world import SimulatedWorld
from labs.experiments.world import Backend, Behaviour, RemoteService, Request, ServicePlan, World
from labs.live.backends import live_backend
from labs.simulation.loop import VirtualLoop
from labs.simulation.randomness import Streams
from labs.simulation.rates import bursts

Scene = Callable[[SimulatedWorld], Coroutine[Any, Any, Any]]


def play(scene: Scene, duration_s: float = 100.0, seed: int = 1) -> SimulatedWorld:
    """Run the scene in a world of its own to the end."""
    loop = VirtualLoop()
    world = SimulatedWorld(loop, Streams(seed), "arm", duration_s, 0.0)
    loop.spawn(scene(world))
    loop.advance(duration_s)
    loop.close()
    return world


def requests(count: int) -> list[Request]:
    uniform = Random(5).random
    return [Request(number, 0.0, uniform(), uniform(), uniform(), uniform()) for number in range(count)]


def test_another_try_has_luck_of_its_own_and_keeps_what_it_asks_for() -> None:
    first, again = requests(4000), [request.redrawn(1) for request in requests(4000)]
    assert [request.key for request in first] == [request.key for request in again]
    for draw in ("fate", "pace", "demand"):
        values = [getattr(request, draw) for request in again]
        assert fmean(values) == pytest.approx(0.5, abs=0.02)
        assert pstdev(values) == pytest.approx(1 / sqrt(12), abs=0.01)
        assert abs(correlation([getattr(request, draw) for request in first], values)) < 0.05


def test_tries_are_independent_of_each_other_and_the_same_every_time() -> None:
    tries = [[request.redrawn(salt).fate for request in requests(4000)] for salt in range(1, 5)]
    assert all(abs(correlation(one, other)) < 0.05 for one, other in pairwise(tries))
    assert abs(correlation(tries[0], [request.redrawn(1).pace for request in requests(4000)])) < 0.05
    assert tries[2] == [request.redrawn(3).fate for request in requests(4000)]
    assert requests(1)[0].redrawn(0) == requests(1)[0]


@pytest.mark.parametrize("cv", [0.0, 0.3, 1.0, 2.0, 4.0])
def test_work_has_the_mean_and_the_spread_of_the_plan(cv: float) -> None:
    plan = ServicePlan(1, None, 0.2, cv)
    works = [plan.work_s((number + 0.5) / 200_000) for number in range(200_000)]
    assert fmean(works) == pytest.approx(0.2, rel=0.005)
    assert pstdev(works) / 0.2 == pytest.approx(cv, rel=0.02, abs=1e-9)


def test_more_slots_begin_on_the_queue_at_once_and_fewer_finish_what_they_are_at() -> None:
    seen: list[tuple[float, int, int]] = []

    async def scene(world: SimulatedWorld) -> None:
        service = world.service("service", ServicePlan(1, None, 10.0, 0.0), Behaviour())
        for request in requests(4):
            world.spawn(service.call(request))
        for slots in (3, 1):
            await world.sleep(1.0)
            service.plan = replace(service.plan, slots=slots)
            seen.append((world.now_s(), service.busy, service.queued))
        await world.sleep(10.0)
        seen.append((world.now_s(), service.busy, service.queued))

    play(scene)
    assert seen == [(1.0, 3, 1), (2.0, 3, 1), (12.0, 1, 0)]


def test_work_that_starts_after_a_change_of_the_plan_has_its_mean() -> None:
    """One under way keeps its ten seconds; the one in line and the one that comes later take two."""
    ends: list[float] = []

    async def call(world: SimulatedWorld, service: RemoteService, request: Request) -> None:
        await service.call(request)
        ends.append(world.now_s())

    async def scene(world: SimulatedWorld) -> None:
        plan = ServicePlan(1, None, 10.0, 0.0)
        service = world.service("service", plan, Behaviour())
        for request in requests(2):
            world.spawn(call(world, service, request))
        await world.sleep(1.0)
        service.plan = replace(plan, mean_s=2.0)
        world.spawn(call(world, service, requests(3)[2]))

    play(scene)
    assert ends == [10.0, 12.0, 14.0]


def test_a_slowed_service_takes_so_many_times_as_long() -> None:
    ends: list[float] = []

    async def scene(world: SimulatedWorld) -> None:
        service = world.service("service", ServicePlan(1, None, 1.0, 0.0), Behaviour(slowdown=3.0))
        await service.call(requests(1)[0])
        ends.append(world.now_s())

    play(scene)
    assert ends == [3.0]


@pytest.mark.parametrize(("notices", "busy_after"), [(True, 0), (False, 1)])
def test_a_service_may_not_notice_that_its_caller_left(notices: bool, busy_after: int) -> None:
    seen: list[int] = []

    async def scene(world: SimulatedWorld) -> None:
        service = world.service("service", ServicePlan(1, None, 5.0, 0.0), Behaviour(notices_hang_up=notices))
        with pytest.raises(TimeoutError):
            async with world.timeout(1.0):
                await service.call(requests(1)[0])
        seen.append(service.busy)

    play(scene)
    assert seen == [busy_after]


def test_traffic_follows_a_curve_and_comes_evenly_where_told() -> None:
    arrived: list[float] = []

    async def scene(world: SimulatedWorld) -> None:
        async def serve(request: Request) -> None:
            arrived.append(request.at_s)

        await world.arrivals("arrivals", bursts(9.5, 1.0, 0.0, 1.0), serve, poisson=False).run()

    play(scene, duration_s=4.0)
    assert [round(at_s, 6) for at_s in arrived[:9]] == [round(number / 9.5, 6) for number in range(1, 10)]
    assert all(at_s % 2.0 <= 1.0 + 1e-9 for at_s in arrived)
    assert len(arrived) == 19


def test_requests_of_all_streams_and_clients_are_numbered_together() -> None:
    numbers: list[int] = []

    async def scene(world: SimulatedWorld) -> None:
        async def serve(request: Request) -> None:
            numbers.append(request.number)

        numbers.append(world.request("client").number)
        for name in ("a", "b"):
            world.spawn(world.arrivals(name, 5.0, serve).run())

    world = play(scene, duration_s=10.0)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert world.requests == len(numbers) > 50


class Box(Backend):
    def __init__(self, world: World, size: int) -> None:
        self.world, self.size = world, size

    @classmethod
    def simulated(cls, world: World, plan: Any) -> Self:
        return cls(world, plan)


def test_a_backend_of_a_labs_own_is_modelled_where_the_lab_says_so() -> None:
    made: list[Box] = []

    async def scene(world: SimulatedWorld) -> None:
        made.append(world.backend(Box, 7))

    world = play(scene)
    assert made[0].size == 7
    assert made[0].world is world


def test_a_backend_without_a_real_thing_says_where_to_name_it() -> None:
    with pytest.raises(LookupError, match=r"Box has no live implementation; name it in labs\.live\.backends"):
        live_backend(Box)
