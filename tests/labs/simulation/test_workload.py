import asyncio
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.simulation.primitives import sleep
from labs.simulation.rates import ConstantRate, Rate, RateCurve, bursts, steps
from labs.simulation.workload import ClosedLoop, OpenLoop, Request
from labs.simulation.worlds import World, run


def arrivals(
    rate: float | Rate, until_s: float, seed: int | None = 1, changes: dict[float, float] | None = None
) -> list[float]:
    times: list[float] = []

    async def handle(request: Request) -> None:
        assert request.number == len(times) + 1
        times.append(request.at_s)

    async def main(world: World) -> None:
        traffic = OpenLoop(handle, rate, None if seed is None else Random(seed), until_s=until_s)
        for at_s, rate_rps in (changes or {}).items():
            world.loop.call_at(at_s, setattr, traffic, "rate_rps", rate_rps)
        await traffic.run()
        assert world.loop.time() == until_s

    run(main)
    return times


def between(times: list[float], from_s: float, to_s: float) -> int:
    return sum(from_s <= at_s < to_s for at_s in times)


def test_even_traffic_comes_evenly_and_the_last_instant_counts() -> None:
    assert arrivals(4.0, 2.0, seed=None) == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]


def test_poisson_traffic_has_its_rate_and_its_variance() -> None:
    times = arrivals(50.0, 400.0)
    counts = [between(times, second, second + 1) for second in range(400)]
    mean = sum(counts) / 400
    assert mean == pytest.approx(50, rel=0.03)
    assert sum((count - mean) ** 2 for count in counts) / 400 == pytest.approx(50, rel=0.15)


def test_a_rate_curve_shapes_the_traffic() -> None:
    times = arrivals(RateCurve([(0, 0), (50, 100), (50, 20), (100, 20)]), 100.0)
    assert between(times, 0, 25) == pytest.approx(625, abs=75)
    assert between(times, 25, 50) == pytest.approx(1875, abs=130)
    assert between(times, 50, 100) == pytest.approx(1000, abs=95)


def test_bursts_come_and_go() -> None:
    times = arrivals(bursts(100, 1, 0, 3), 40.0)
    assert len(times) == pytest.approx(1000, abs=95)
    assert all(at_s % 4 <= 1 for at_s in times)


def test_evenly_spaced_bursts_are_exact() -> None:
    assert arrivals(bursts(2, 1, 0, 3), 9.0, seed=None) == [0.5, 1.0, 4.5, 5.0, 8.5, 9.0]


def test_a_change_of_rate_stretches_what_is_left_of_the_gap() -> None:
    assert arrivals(1.0, 8.0, seed=None, changes={1.5: 0.25}) == [1.0, 3.5, 7.5]
    assert arrivals(0.25, 4.0, seed=None, changes={2.0: 1.0}) == [2.5, 3.5]
    assert arrivals(1.0, 6.0, seed=None, changes={1.5: 0.0, 4.0: 1.0}) == [1.0, 4.5, 5.5]


def test_a_change_in_the_instant_of_an_arrival_doubles_nothing() -> None:
    assert arrivals(2.0, 3.0, seed=None, changes={1.0: 1.0}) == [0.5, 1.0, 2.0, 3.0]


def test_a_changed_rate_uses_the_same_luck() -> None:
    plain, doubled = arrivals(10, 20), arrivals(10, 20, changes={10.0: 20.0})
    early = [at_s for at_s in plain if at_s <= 10]
    assert doubled[: len(early)] == early
    late = [10 + (at_s - 10) / 2 for at_s in plain if at_s > 10]
    assert doubled[len(early) : len(plain)] == pytest.approx(late)


def test_a_limit_ends_the_traffic() -> None:
    async def main(world: World) -> int:
        async def handle(_request: Any) -> None: ...

        traffic = OpenLoop(handle, 1000, world.streams("arrivals"), limit=25)
        await traffic.run()
        return traffic.number

    assert run(main) == 25


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 50)), min_size=2, max_size=8),
    st.floats(0, 30), st.floats(0.001, 200), st.booleans(),
)  # fmt: skip
@settings(deadline=None)
def test_inversion_undoes_the_integral(pieces: list[tuple[float, float]], from_s: float, gap: float, repeats: bool) -> None:
    at_s, points = 0.0, []
    for length_s, rate_rps in pieces:
        points.append((at_s, rate_rps))
        at_s += length_s
    if repeats and RateCurve(points).expected(0, points[-1][0]) < 0.1:
        return
    curve = RateCurve(points, repeats=repeats)
    reached_s = curve.reached(from_s, gap)
    if reached_s < 1e6:
        assert curve.expected(from_s, reached_s) == pytest.approx(gap, rel=1e-5, abs=1e-5)


def test_steps_and_rates_at_a_time() -> None:
    curve = steps((0, 10), (5, 30), (8, 0))
    assert [curve.at(at_s) for at_s in (0, 4.9, 5, 7.9, 8, 100)] == [10, 10, 30, 30, 0, 0]
    assert curve.expected(0, 100) == 140
    assert ConstantRate(0).reached(1, 1) == float("inf")
    assert bursts(9, 1, 2, 1).at(10.5) == 9


@pytest.mark.parametrize("points", [[], [(1, 1)], [(0, 1), (5, 2), (3, 1)], [(0, -1)]])
def test_impossible_curves_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="rate curve"):
        RateCurve(points)


def test_a_closed_loop_waits_for_its_answers_and_thinks() -> None:
    trace: list[tuple[int, float]] = []

    async def handle(request: Request) -> None:
        trace.append((request.number, request.at_s))
        await sleep(2.0)

    async def main(world: World) -> None:
        traffic = ClosedLoop(handle, 2, lambda: 1.0, until_s=8.0)
        world.loop.call_at(4.5, setattr, traffic, "clients", 1)
        await traffic.run()
        await asyncio.sleep(10)

    run(main)
    assert trace == [(1, 1.0), (2, 1.0), (3, 4.0), (4, 4.0), (5, 7.0)]
