"""Closed forms against hand-made numbers and against plain coin tossing, without any of the laboratory's machinery."""

from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.breaker import (
    calls_until_consecutive_failures,
    calls_until_rate_reached,
    consecutive_cycle,
    windowed_cycle,
)


@pytest.mark.parametrize(
    ("failure_rate", "failures", "calls"), [(0.5, 1, 2.0), (0.5, 2, 6.0), (0.5, 5, 62.0), (1.0, 5, 5.0), (0.1, 3, 1110.0)]
)
def test_mean_calls_until_a_run_of_failures(failure_rate: float, failures: int, calls: float) -> None:
    assert calls_until_consecutive_failures(failure_rate, failures).value == pytest.approx(calls)


def test_nothing_is_predicted_where_nothing_fails() -> None:
    form = calls_until_consecutive_failures(0.0, 5)
    assert form.value is None
    assert "never opens" in form.why_not


@pytest.mark.parametrize("failure_rate", [-0.1, 1.1])
def test_a_rate_must_be_a_share(failure_rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        calls_until_consecutive_failures(failure_rate, 5)


def test_a_rate_far_above_the_threshold_opens_at_the_minimum_number_of_calls() -> None:
    assert calls_until_rate_reached(1.0, 0.5, 20, 1000.0).value == 20.0
    assert calls_until_rate_reached(0.9, 0.5, 20, 1000.0).value == pytest.approx(20.0, abs=0.01)


def test_one_call_suffices_where_one_failure_may_open() -> None:
    assert calls_until_rate_reached(0.25, 0.0, 1, 1000.0).value == pytest.approx(4.0)


def test_silent_where_the_window_slides_before_it_opens() -> None:
    form = calls_until_rate_reached(0.2, 0.5, 50, 500.0)
    assert form.value is None
    assert "slide" in form.why_not


@pytest.mark.parametrize(("failure_rate", "threshold", "minimum"), [(0.6, 0.5, 10), (0.55, 0.5, 4), (0.8, 0.7, 20)])
def test_the_walk_is_that_of_tossed_coins(failure_rate: float, threshold: float, minimum: int) -> None:
    rng = Random(11)

    def toss() -> float:
        calls = failures = 0
        while calls < minimum or failures < threshold * calls:
            calls += 1
            failures += rng.random() < failure_rate
        return float(calls)

    measured = mean_interval([toss() for _ in range(4000)], confidence=0.999)
    value = calls_until_rate_reached(failure_rate, threshold, minimum, 2000.0).value
    assert measured is not None
    assert value is not None
    assert measured.low <= value <= measured.high


def test_duty_cycles_fill_the_time() -> None:
    for cycle in (consecutive_cycle(0.5, 5, 10.0, 2.0), windowed_cycle(0.8, 0.5, 20, 100.0, 10.0, 3, 2.0)):
        assert cycle is not None
        closed_share = cycle.calls_to_open / cycle.rate_rps / cycle.length_s
        assert closed_share + cycle.open_share + cycle.half_open_share == pytest.approx(1.0)


def test_an_always_failing_service_has_no_cycle() -> None:
    assert consecutive_cycle(1.0, 5, 10.0, 2.0) is None
    assert windowed_cycle(1.0, 0.5, 5, 100.0, 10.0, 1, 2.0) is None
