"""Closed forms against special cases known in another form, and against queues computed by Lindley's recursion."""

from collections.abc import Callable, Sequence
from heapq import heapreplace
from math import exp, log, sqrt
from random import Random

import pytest

from labs.measurement.statistics import Interval, mean_interval
from labs.theory.balancing import (
    central_quantile_s,
    draw_repeat_share,
    in_turn_mean_s,
    in_turn_quantile_s,
    in_turn_root,
    split_mean_s,
    split_quantile_s,
)
from labs.theory.queueing import mm1_mean_time_s, mmc_wait_exceeds


def times_s(
    servers: int, rate_rps: float, choose: Callable[[int, Random], int], means_s: Sequence[float], seed: int
) -> list[float]:
    """Times from arrival to answer where `choose(number, rng)` picks the queue: Lindley's recursion for each server."""
    rng, at_s, free_s, times = Random(seed), 0.0, [0.0] * servers, []
    for number in range(6000):
        at_s += rng.expovariate(rate_rps)
        server = choose(number, rng)
        free_s[server] = max(at_s, free_s[server]) + rng.expovariate(1.0 / means_s[server])
        times.append(free_s[server] - at_s)
    return times[1000:]


def replicated(one: Callable[[int], float], runs: int = 30) -> Interval:
    interval = mean_interval([one(seed) for seed in range(runs)], confidence=0.999)
    assert interval is not None
    return interval


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(share * len(times))]


def test_equal_shares_are_as_many_mm1_queues() -> None:
    assert split_mean_s([10.0] * 4, [0.08] * 4).value == pytest.approx(mm1_mean_time_s(10.0, 0.08).value)
    assert split_quantile_s([10.0] * 4, [0.08] * 4, 0.99).value == pytest.approx(0.4 * log(100.0))


def test_constant_work_waits_half_as_long() -> None:
    half, whole = split_mean_s([8.0], [0.1], cv=0.0).value, split_mean_s([8.0], [0.1]).value
    assert half is not None
    assert whole is not None
    assert half - 0.1 == pytest.approx((whole - 0.1) / 2.0)


def test_a_mixture_of_queues_is_that_of_lindley() -> None:
    rates, means = [6.0, 3.0, 1.0], [0.1, 0.2, 0.5]

    def by_share(_number: int, rng: Random) -> int:
        return rng.choices(range(3), rates)[0]

    runs = [times_s(3, 10.0, by_share, means, seed) for seed in range(30)]
    mean = replicated(lambda seed: sum(runs[seed]) / len(runs[seed]))
    p95 = replicated(lambda seed: quantile(runs[seed], 0.95))
    assert mean.low <= (split_mean_s(rates, means).value or 0.0) <= mean.high
    assert p95.low <= (split_quantile_s(rates, means, 0.95).value or 0.0) <= p95.high


@pytest.mark.parametrize("load", [0.2, 0.5, 0.8, 0.95])
def test_two_in_turn_are_the_known_root_of_erlang_2(load: float) -> None:
    assert in_turn_root(load, 2) == pytest.approx((1.0 + 4.0 * load - sqrt(1.0 + 8.0 * load)) / 2.0, rel=1e-9)


def test_one_in_turn_is_mm1_and_very_many_are_a_clock() -> None:
    assert in_turn_root(0.7, 1) == pytest.approx(0.7)
    clock = in_turn_root(0.5, 10**7)
    assert clock == pytest.approx(exp(-(1.0 - clock) / 0.5), rel=1e-6)
    assert clock == pytest.approx(0.20319, abs=1e-5), "D/M/1 at half load"


@pytest.mark.parametrize(("servers", "rate_rps"), [(2, 16.0), (5, 35.0), (8, 72.0)])
def test_round_robin_is_that_of_lindley(servers: int, rate_rps: float) -> None:
    def in_turn(number: int, _rng: Random) -> int:
        return number % servers

    runs = [times_s(servers, rate_rps, in_turn, [0.1] * servers, seed) for seed in range(30)]
    mean = replicated(lambda seed: sum(runs[seed]) / len(runs[seed]))
    p99 = replicated(lambda seed: quantile(runs[seed], 0.99))
    assert mean.low <= (in_turn_mean_s(rate_rps, 0.1, servers).value or 0.0) <= mean.high
    assert p99.low <= (in_turn_quantile_s(rate_rps, 0.1, servers, 0.99).value or 0.0) <= p99.high


@pytest.mark.parametrize(("servers", "rate_rps"), [(1, 8.0), (6, 48.0), (4, 30.0)])
def test_one_queue_for_all_is_that_of_kiefer_and_wolfowitz(servers: int, rate_rps: float) -> None:
    def run(seed: int) -> float:
        rng, at_s, free_s, times = Random(seed), 0.0, [0.0] * servers, []
        for _ in range(6000):
            at_s += rng.expovariate(rate_rps)
            end_s = max(at_s, free_s[0]) + rng.expovariate(10.0)
            heapreplace(free_s, end_s)
            times.append(end_s - at_s)
        return quantile(times[1000:], 0.99)

    interval = replicated(run)
    assert interval.low <= (central_quantile_s(rate_rps, 0.1, servers, 0.99).value or 0.0) <= interval.high


def test_one_queue_before_one_server_is_mm1_and_the_wait_is_erlangs() -> None:
    assert central_quantile_s(8.0, 0.1, 1, 0.9).value == pytest.approx(0.5 * log(10.0))
    nearly_all_wait = central_quantile_s(3.0, 0.5, 2, 0.999).value or 0.0
    assert (mmc_wait_exceeds(3.0, 0.5, 2, nearly_all_wait).value or 1.0) < 0.001, "the time is longer than the wait"


def test_a_hair_below_full_load_the_time_is_the_exponential_wait() -> None:
    """Nearly all wait, for 0.1 s / (8 - 7.9999) on average: work is nothing beside it, and nothing overflows."""
    assert central_quantile_s(79.999, 0.1, 8, 0.99).value == pytest.approx(1000.0 * log(100.0), rel=1e-3)
    assert central_quantile_s(80.0 - 1e-9, 0.1, 8, 0.5).value == pytest.approx(1e9 * log(2.0), rel=1e-3)


def test_repeats_of_draws_by_weight() -> None:
    assert draw_repeat_share([1.0] * 5).value == pytest.approx(0.2)
    assert draw_repeat_share([5.0, 1.0, 1.0]).value == pytest.approx(27.0 / 49.0)


def test_silent_under_overload() -> None:
    for form in (
        split_mean_s([5.0, 20.0], [0.1, 0.1]),
        split_quantile_s([20.0], [0.1], 0.5),
        in_turn_mean_s(50.0, 0.1, 5),
        central_quantile_s(50.0, 0.1, 5, 0.5),
    ):
        assert form.value is None
        assert "without end" in form.why_not


@pytest.mark.parametrize(
    "call",
    [
        lambda: split_mean_s([1.0], [0.1, 0.1]),
        lambda: split_mean_s([-1.0, 2.0], [0.1, 0.1]),
        lambda: split_mean_s([0.0], [0.1]),
        lambda: split_quantile_s([1.0], [0.1], 1.5),
        lambda: in_turn_root(1.0, 4),
        lambda: in_turn_root(0.5, 0),
        lambda: in_turn_mean_s(-1.0, 0.1, 4),
        lambda: draw_repeat_share([0.0]),
        lambda: central_quantile_s(1.0, 0.1, 2, -0.1),
    ],
)
def test_impossible_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"above 0|between 0 and 1|not|negative|below 1"):
        call()
