import pytest

from labs.patterns.scaling import Decision, Scaler
from labs.patterns.target_tracking import Stabiliser, Target, TargetTracker, cpu, load
from tests.labs.patterns.fleet import signals


def tracker(**options: float) -> TargetTracker:
    return TargetTracker([Target("CPU", cpu, 0.7), Target("load", load, 0.7)], **options)


def by_cpu(**options: float) -> TargetTracker:
    return TargetTracker([Target("CPU", cpu, 0.7)], **options)


def wanted(scaler: Scaler, at_s: float = 0.0, ready: int = 2, **seen: float) -> int:
    return scaler.decide(signals(at_s, ready, **seen)).wanted


@pytest.mark.parametrize(
    ("ready", "utilization", "count"),
    [(50, 0.675, 50), (50, 0.9, 65), (4, 0.9, 6), (3, 0.35, 2), (10, 0.7, 10)],
)
def test_as_many_as_bring_the_signal_to_its_target(ready: int, utilization: float, count: int) -> None:
    """50 at 90 % of a target of 70 %: ceil(50 · 0.9 / 0.7) = 65."""
    assert wanted(by_cpu(stabilise_in_s=0.0), ready=ready, cpu=utilization) == count


def test_within_the_tolerance_nothing_is_done() -> None:
    for utilization, count in ((0.64, 10), (0.76, 10), (0.78, 12), (0.62, 9)):
        assert wanted(by_cpu(stabilise_in_s=0.0), ready=10, cpu=utilization) == count


def test_the_largest_answer_of_several_signals_counts() -> None:
    assert wanted(tracker(), ready=2, cpu=1.0, rate_rps=90.0) == 13
    assert wanted(tracker(), ready=2, cpu=1.0, rate_rps=5.0) == 3


def test_from_2_to_20_is_one_decision_by_requests_and_six_by_a_saturated_processor() -> None:
    assert wanted(tracker(), ready=2, rate_rps=140.0) == 20
    size, decisions = 2, 0
    while size < 20:
        size = min(20, wanted(tracker(), ready=size, cpu=1.0))
        decisions += 1
    assert decisions == 6


def test_scaling_in_takes_the_largest_answer_of_the_window() -> None:
    scaler = by_cpu(stabilise_in_s=300.0)
    assert wanted(scaler, 0.0, 10, cpu=0.7) == 10
    assert wanted(scaler, 60.0, 10, cpu=0.2) == 10
    assert wanted(scaler, 120.0, 10, cpu=0.5) == 10
    assert wanted(scaler, 310.0, 10, cpu=0.2) == 8, "the answer of 0 s has left, that of 120 s has not"
    assert wanted(scaler, 500.0, 8, cpu=0.2) == 3


def test_a_scale_in_never_follows_a_scale_out_within_the_window() -> None:
    scaler = by_cpu(stabilise_in_s=300.0)
    assert wanted(scaler, 0.0, 4, cpu=0.95) == 6
    assert wanted(scaler, 60.0, 6, cpu=0.1) == 6


def test_while_instances_boot_the_order_stands() -> None:
    """Two are ready of ten: by themselves they would need three."""
    scaler = tracker(stabilise_in_s=300.0)
    assert wanted(scaler, 0.0, 2, rate_rps=70.0) == 10
    assert scaler.decide(signals(60.0, 2, booting=8, cpu=1.0)) == Decision(
        10, 10, "CPU 1 for a target of 0.7, but a signal is missing"
    )
    assert wanted(scaler, 120.0, 2, booting=8, cpu=1.0, rate_rps=20.0) == 10


def test_a_missing_signal_may_ask_for_nothing_less() -> None:
    assert wanted(tracker(stabilise_in_s=0.0), ready=10, cpu=0.1) == 10
    assert wanted(tracker(stabilise_in_s=0.0), ready=10, cpu=1.0) == 15
    assert wanted(tracker(), ready=10) == 10


def test_scaling_out_can_be_made_to_wait_as_well() -> None:
    held = Stabiliser(0.0, out_s=60.0)
    assert held.steady(0.0, 2, 8) == 2
    assert held.steady(30.0, 2, 6) == 2
    assert held.steady(61.0, 2, 7) == 6
