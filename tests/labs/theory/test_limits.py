"""Against published values, enumeration, series in high precision, and the limiters themselves counted by brute force."""

from collections.abc import Callable
from decimal import Decimal, getcontext
from math import exp, factorial
from random import Random

import pytest

from labs.patterns.leaky_bucket import LeakyBucket
from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.sliding_window_counter import SlidingWindowCounter
from labs.theory.closed_form import ClosedForm
from labs.theory.limits import (
    bucket_admitted_share,
    counter_most,
    fixed_window_admitted,
    fixed_window_most,
    leaky_bucket_mean_wait_s,
    log_admitted_share,
    log_most,
    naive_log_admitted_share,
    token_bucket_most,
)


def value(form: ClosedForm) -> float:
    assert form.value is not None, form.why_not
    return form.value


def crommelin(load: float, services: int) -> float:
    """The unnormed chance that the work of M/D/1 is at most so many services: Erlang's alternating series, 60 digits."""
    getcontext().prec = 60
    rho = Decimal(load)
    terms = ((rho * (services - j)).exp() * (-rho * (services - j)) ** j / factorial(j) for j in range(services))
    return float(sum(terms, Decimal(0)))


def test_the_worst_cases_are_those_of_the_rules() -> None:
    assert value(fixed_window_most(100)) == 200
    assert value(log_most(100)) == 100
    assert value(token_bucket_most(10.0, 20, 60.0)) == 620


@pytest.mark.parametrize(("limit", "passed"), [(4, 0.5), (10, 0.1), (10, 0.35), (7, 1.0)])
def test_a_counter_admits_the_most_when_the_window_before_filled_at_its_end_and_calls_never_stop(
    limit: int, passed: float
) -> None:
    """A thousand calls in the last moment of a window, then one every thousandth of the next."""
    counter, admitted = SlidingWindowCounter(limit, 1.0), 0
    for at_s in [0.999] * 1000 + [1.0 + place / 1000.0 for place in range(round(passed * 1000) - 1)]:
        admitted += counter.check_at("key", at_s).admitted
    assert admitted == value(counter_most(limit, passed))


@pytest.mark.parametrize(("calls", "limit"), [(2.0, 1), (5.0, 5), (12.0, 10), (0.0, 3)])
def test_a_fixed_window_admits_what_comes_up_to_the_limit(calls: float, limit: int) -> None:
    expected = sum(min(n, limit) * exp(-calls) * calls**n / factorial(n) for n in range(100))
    assert value(fixed_window_admitted(calls, limit)) == pytest.approx(expected, rel=1e-12)


def test_a_fixed_window_under_a_flood_admits_its_limit() -> None:
    assert value(fixed_window_admitted(1e5, 100)) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("offered", "places", "lost"),
    [(1.0, 2, 0.2), (2.0, 2, 0.4), (10.0, 10, 0.2146), (5.0, 10, 0.0184), (20.0, 30, 0.0085)],
)
def test_a_log_loses_what_erlangs_tables_say(offered: float, places: int, lost: float) -> None:
    assert 1.0 - value(log_admitted_share(offered, places)) == pytest.approx(lost, abs=5e-5)


def test_the_naive_log_admits_whoever_finds_few_others() -> None:
    assert value(naive_log_admitted_share(2.0, 2)) == pytest.approx(exp(-2.0) * 3.0)
    assert value(naive_log_admitted_share(200.0, 100)) < 1e-12


def test_with_few_ticks_the_naive_log_admits_everything_and_with_many_it_is_as_if_there_were_none() -> None:
    assert value(naive_log_admitted_share(1e4, 100, ticks=50)) == pytest.approx(1.0)
    assert value(naive_log_admitted_share(12.0, 10, ticks=1e7)) == pytest.approx(
        value(naive_log_admitted_share(12.0, 10)), rel=1e-5
    )


@pytest.mark.parametrize(("calls", "limit", "ticks"), [(5.0, 3, 10), (16.0, 10, 10), (30.0, 5, 6)])
def test_ticks_cost_the_naive_log_what_they_cost_it_in_100_000_calls(calls: float, limit: int, ticks: int) -> None:
    uniform, naive, at_s, admitted = Random(7), NaiveLogLimiter(limit, float(ticks), tick_s=1.0), 0.0, 0
    for _ in range(100_000):
        at_s += uniform.expovariate(calls / ticks)
        admitted += naive.check_at("key", at_s).admitted
    assert admitted / 100_000 == pytest.approx(value(naive_log_admitted_share(calls, limit, ticks)), abs=0.005)


@pytest.mark.parametrize("load", [0.1, 0.5, 0.9, 1.0, 1.2, 3.0])
def test_a_burst_of_one_is_a_counter_with_a_dead_time(load: float) -> None:
    """Known from particle counters: the rate that is seen is n / (1 + n · dead time)."""
    assert value(bucket_admitted_share(load, 1)) == pytest.approx(1.0 / (1.0 + load))


@pytest.mark.parametrize("load", [0.3, 0.8, 1.0, 1.3, 2.0])
@pytest.mark.parametrize("burst", [2, 3, 8, 20])
def test_a_bucket_admits_what_erlangs_series_for_constant_service_says(load: float, burst: int) -> None:
    work = crommelin(load, burst - 1)
    assert value(bucket_admitted_share(load, burst)) == pytest.approx(work / (1.0 + load * work), rel=1e-10)


def test_a_large_burst_admits_everything_below_the_rate_and_the_rate_above_it() -> None:
    assert value(bucket_admitted_share(0.9, 500)) == pytest.approx(1.0, abs=1e-9)
    assert value(bucket_admitted_share(4.0, 2000)) == pytest.approx(0.25)
    assert value(bucket_admitted_share(12_000.0, 20)) == pytest.approx(1.0 / 12_000.0)
    assert bucket_admitted_share(1.0, 5000).value is None


@pytest.mark.parametrize(("load", "capacity"), [(0.7, 4), (1.0, 10), (1.5, 6)])
def test_the_leaky_buckets_share_and_wait_are_those_of_200_000_calls(load: float, capacity: int) -> None:
    uniform, bucket, at_s = Random(5), LeakyBucket(1.0, capacity), 0.0
    waits = []
    for _ in range(200_000):
        at_s += uniform.expovariate(load)
        decision = bucket.check_at("key", at_s)
        if decision.admitted:
            waits.append(decision.wait_s)
    assert len(waits) / 200_000 == pytest.approx(value(bucket_admitted_share(load, capacity)), rel=0.005)
    assert sum(waits) / len(waits) == pytest.approx(value(leaky_bucket_mean_wait_s(1.0, load, capacity)), rel=0.02)


def test_an_overloaded_leaky_bucket_makes_everybody_wait_the_longest() -> None:
    assert value(leaky_bucket_mean_wait_s(10.0, 50.0, 200)) == pytest.approx(19.9, rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: fixed_window_most(0),
        lambda: log_most(0),
        lambda: token_bucket_most(1.0, 1, -1.0),
        lambda: token_bucket_most(0.0, 1, 1.0),
        lambda: counter_most(10, 1.5),
        lambda: fixed_window_admitted(-1.0, 1),
        lambda: bucket_admitted_share(0.0, 1),
        lambda: bucket_admitted_share(1.0, 0),
        lambda: leaky_bucket_mean_wait_s(1.0, float("nan"), 3),
        lambda: naive_log_admitted_share(1.0, 1, ticks=0.0),
    ],
)
def test_impossible_numbers_are_refused(wrong: Callable[[], ClosedForm]) -> None:
    with pytest.raises(ValueError):
        wrong()
