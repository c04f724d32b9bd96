import asyncio
from contextlib import suppress

import pytest

from labs.patterns.scaling import Autoscaler, CloudError, Decision, MetricsUnavailable, QuotaExceeded, ScalingError, Signals
from tests.labs.patterns.clock import HandClock, run
from tests.labs.patterns.fleet import HandCloud, HandMetrics, signals


class Wants:
    """Always the same count."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted

    def decide(self, signals: Signals) -> Decision:
        return Decision(signals.instances, self.wanted, "said so")


def test_a_round_reads_decides_and_acts() -> None:
    cloud, heard = HandCloud(2), list[Decision]()
    loop = Autoscaler(Wants(5), HandMetrics(signals()), cloud, minimum=2, maximum=20, on_decision=heard.append)
    run(loop.round())
    assert cloud.orders == [("out", 5)]
    assert heard == [Decision(2, 5, "said so")]
    assert heard[0].direction == "up"


@pytest.mark.parametrize(("wanted", "orders"), [(25, [("out", 20)]), (0, [("in", 2)]), (4, [])])
def test_the_count_stays_between_its_bounds(wanted: int, orders: list[tuple[str, int]]) -> None:
    cloud = HandCloud(4)
    run(Autoscaler(Wants(wanted), HandMetrics(signals(ready=4)), cloud, minimum=2, maximum=20).round())
    assert cloud.orders == orders


def test_what_stands_behind_the_fleet_is_a_bound_too() -> None:
    cloud = HandCloud(4)
    loop = Autoscaler(Wants(15), HandMetrics(signals(ready=4)), cloud, minimum=2, maximum=20, ceiling=lambda: 8)
    decision = run(loop.round())
    assert cloud.orders == [("out", 8)]
    assert "can bear" in decision.reason


def test_a_fleet_that_lost_instances_is_brought_back_to_its_minimum() -> None:
    cloud = HandCloud(0)
    run(Autoscaler(Wants(0), HandMetrics(signals(ready=0)), cloud, minimum=2, maximum=20).round())
    assert cloud.orders == [("out", 2)]


def test_an_error_is_told_and_the_next_round_goes_on() -> None:
    cloud, errors = HandCloud(2), list[ScalingError]()
    metrics = HandMetrics(None, signals(), signals())
    loop = Autoscaler(Wants(3), metrics, cloud, minimum=2, maximum=20, on_error=errors.append)
    assert run(loop.round()) is None
    cloud.broken = True
    assert run(loop.round()) is None
    cloud.broken = False
    run(loop.round())
    assert [type(error) for error in errors] == [MetricsUnavailable, CloudError]
    assert cloud.orders == [("out", 3)]


def test_a_quota_gives_what_it_has_and_says_so() -> None:
    cloud, heard, errors = HandCloud(2, quota=4), list[Decision](), list[ScalingError]()
    metrics = HandMetrics(signals(), signals(ready=4))
    loop = Autoscaler(Wants(6), metrics, cloud, minimum=2, maximum=20, on_decision=heard.append, on_error=errors.append)
    run(loop.round())
    run(loop.round())
    assert [(one.current, one.wanted) for one in heard] == [(2, 4)]
    assert [isinstance(error, QuotaExceeded) for error in errors] == [True, True]


def test_it_looks_at_once_and_then_at_its_interval() -> None:
    """A round that took 12 s is followed by a shorter nap."""
    naps: list[float] = []
    clock = HandClock()

    async def nap(delay_s: float) -> None:
        naps.append(delay_s)
        clock.now_s += delay_s + (12.0 if len(naps) == 1 else 0.0)
        if len(naps) == 3:
            raise asyncio.CancelledError

    async def story() -> None:
        metrics = HandMetrics(signals(), signals(), signals())
        with suppress(asyncio.CancelledError):
            await Autoscaler(
                Wants(2), metrics, HandCloud(2), minimum=2, maximum=20, interval_s=60.0, clock=clock, sleep=nap
            ).run()
        assert metrics.answers == []

    run(story())
    assert naps == [60.0, 48.0, 60.0]


def test_sleeps_on_the_running_loop_by_default() -> None:
    cloud = HandCloud(2)

    async def story() -> None:
        loop = Autoscaler(Wants(3), HandMetrics(*[signals()] * 50), cloud, minimum=2, maximum=20, interval_s=0.001)
        with suppress(TimeoutError):
            await asyncio.wait_for(loop.run(), 0.01)

    run(story())
    assert cloud.count == 3
