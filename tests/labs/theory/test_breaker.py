"""Closed forms against hand-made numbers and against plain coin tossing, without any of the laboratory's machinery."""

from math import exp
from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.breaker import (
    Regime,
    calls_until_consecutive_failures,
    calls_until_rate_reached,
    consecutive_cycle,
    first_run_after_change,
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


def lasting(mean_s: float, failed_share: float) -> Regime:
    return Regime(failed_share, lambda t_s: exp(-t_s / mean_s))


@pytest.mark.parametrize(("failed_share", "failures"), [(0.5, 3), (0.9, 5), (1.0, 5)])
def test_a_change_that_changes_nothing_leaves_the_mean_of_runs(failed_share: float, failures: int) -> None:
    same = lasting(0.05, failed_share)
    calls, time_s = first_run_after_change(same, same, failures, 100.0, 0.7)
    assert calls == pytest.approx(calls_until_consecutive_failures(failed_share, failures).value, rel=1e-3)
    assert time_s == pytest.approx(calls / 100.0, rel=1e-3)


@pytest.mark.parametrize(("failed_share", "failures", "mean_s"), [(1.0, 5, 0.05), (0.8, 3, 0.05), (0.7, 4, 0.2)])
def test_calls_under_way_at_a_change_put_off_the_first_run(failed_share: float, failures: int, mean_s: float) -> None:
    rng, rate_rps = Random(3), 120.0

    def drawn() -> tuple[float, float]:
        """Poisson calls from long before the change at 0; those that begin after it fail."""
        at_s, results = -15.0 * mean_s, []
        while at_s < 2.0:
            at_s += rng.expovariate(rate_rps)
            results.append((at_s + rng.expovariate(1.0 / mean_s), at_s > 0.0 and rng.random() < failed_share))
        run = 0
        after = sorted(result for result in results if result[0] > 0.0)
        for number, (end_s, failed) in enumerate(after, start=1):
            run = run + 1 if failed else 0
            if run == failures:
                return float(number), end_s
        raise AssertionError("no run in 2 s")

    draws = [drawn() for _ in range(1500)]
    said = first_run_after_change(lasting(mean_s, 0.0), lasting(mean_s, failed_share), failures, rate_rps, 15.0 * mean_s)
    for place, value in enumerate(said):
        interval = mean_interval([draw[place] for draw in draws], confidence=0.999)
        assert interval is not None
        assert interval.low <= value <= interval.high
        assert value == pytest.approx(interval.mean, rel=0.05)


def test_there_is_no_first_run_where_no_call_fails() -> None:
    with pytest.raises(ValueError, match="failed_share"):
        first_run_after_change(lasting(0.05, 0.0), lasting(0.05, 0.0), 5, 100.0, 0.7)
