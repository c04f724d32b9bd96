"""Against hypoexponential and Erlang distributions, trees of retries played out, and sums by hand."""

from collections.abc import Sequence
from math import exp, factorial
from random import Random

import pytest

from labs.theory.deadlines import (
    HopLimit,
    attempts_at_last_hop,
    calls_at_hops,
    fits,
    late_share,
    stages_at,
    wasted_share,
)
from labs.theory.retries import still_failed


def hypoexponential_tail(means: Sequence[float], t: float) -> float:
    """P(S > t) for different means, as textbooks print it (S. Ross, Introduction to Probability Models, 5.2.4)."""
    total = 0.0
    for i, mean in enumerate(means):
        factor = 1.0
        for j, other in enumerate(means):
            factor *= mean / (mean - other) if i != j else 1.0
        total += factor * exp(-t / mean)
    return total


@pytest.mark.parametrize("means", [(0.01, 0.04, 0.06, 0.12), (2.0, 0.5), (1.0,)])
@pytest.mark.parametrize("time_s", [0.05, 0.3, 2.0])
def test_late_answers_are_the_tail_of_the_sum_of_stages(means: tuple[float, ...], time_s: float) -> None:
    assert late_share(means, time_s).value == pytest.approx(hypoexponential_tail(means, time_s), rel=1e-8)


@pytest.mark.parametrize("time_s", [0.1, 1.0, 5.0, 30.0])
def test_equal_stages_are_erlangs_distribution(time_s: float) -> None:
    erlang = exp(-time_s) * sum(time_s**k / factorial(k) for k in range(4))
    assert late_share((1.0,) * 4, time_s).value == pytest.approx(erlang, rel=1e-8)
    assert stages_at((1.0,) * 4, time_s)[2] == pytest.approx(exp(-time_s) * time_s**2 / 2.0, rel=1e-8)


def test_the_wasted_share_is_the_integral_of_the_tail() -> None:
    means, patience_s, step_s = (0.1, 0.3, 0.5), 1.0, 0.0005
    tail_s = sum(hypoexponential_tail(means, patience_s + (k + 0.5) * step_s) * step_s for k in range(40_000))
    assert wasted_share(means, patience_s).value == pytest.approx(tail_s / 0.9, rel=1e-5)


def test_without_patience_all_work_is_wasted_and_with_much_of_it_none() -> None:
    assert wasted_share((0.1, 0.2), 0.0).value == pytest.approx(1.0)
    assert wasted_share((0.1, 0.2), 60.0).value == pytest.approx(0.0, abs=1e-12)


def test_one_exponential_hop_wastes_what_is_left_by_memorylessness() -> None:
    assert wasted_share((0.5,), 1.0).value == pytest.approx(exp(-2.0))


def played(failure_rate: float, attempts: int, layers: int, rng: Random) -> tuple[int, bool]:
    """Calls to the last hop and whether the request failed."""
    if layers == 0:
        return 1, rng.random() < failure_rate
    calls = 0
    for _ in range(attempts):
        more, failed = played(failure_rate, attempts, layers - 1, rng)
        calls += more
        if not failed:
            return calls, False
    return calls, True


@pytest.mark.parametrize(("failure_rate", "attempts", "layers"), [(0.5, 2, 3), (0.8, 3, 2), (0.9, 2, 3), (0.3, 4, 1)])
def test_retries_multiply_as_in_trees_played_out(failure_rate: float, attempts: int, layers: int) -> None:
    rng, rounds = Random(7), 20_000
    outcomes = [played(failure_rate, attempts, layers, rng) for _ in range(rounds)]
    calls = sum(count for count, _failed in outcomes) / rounds
    failed = sum(failed for _count, failed in outcomes) / rounds
    assert attempts_at_last_hop(failure_rate, attempts, layers).value == pytest.approx(calls, rel=0.03)
    assert still_failed(failure_rate, attempts**layers).value == pytest.approx(failed, abs=0.01)


def test_calls_at_each_hop_on_the_way() -> None:
    """Two attempts in each of two layers at an even chance: the hop below fails with 1/4, so 1 + 1/4 calls reach it."""
    assert calls_at_hops(0.5, 2, 2) == pytest.approx((1.0, 1.25, 1.25 * 1.5))
    assert calls_at_hops(1.0, 4, 3) == (1.0, 4.0, 16.0, 64.0)
    assert calls_at_hops(0.0, 4, 3) == (1.0, 1.0, 1.0, 1.0)
    assert calls_at_hops(0.3, 3, 3)[-1] == pytest.approx(attempts_at_last_hop(0.3, 3, 3).value)


def test_where_all_fail_three_layers_of_four_attempts_make_sixty_four_calls() -> None:
    """The example of Site Reliability Engineering, chapter 22."""
    assert attempts_at_last_hop(1.0, 4, 3).value == 64.0
    assert attempts_at_last_hop(0.0, 4, 3).value == 1.0


def test_five_three_one_fits_with_one_attempt_and_one_call() -> None:
    gateway, a, b = fits(5.0, [HopLimit(5.0), HopLimit(3.0, own_s=0.1), HopLimit(1.0, own_s=0.1)])
    assert (gateway.holds, a.holds, b.holds) == (True, True, True)
    assert a.longest_s == pytest.approx(3.1)


def test_each_shorter_than_its_caller_is_not_enough() -> None:
    _gateway, a, b = fits(5.0, [HopLimit(5.0), HopLimit(3.0, attempts=2, pause_s=0.1), HopLimit(1.0, calls=2, network_s=0.6)])
    assert not a.holds
    assert (a.longest_s, a.over_s) == pytest.approx((6.1, 1.1))
    assert not b.holds
    assert b.longest_s == pytest.approx(3.2)


@pytest.mark.parametrize("means", [(0.0, 1.0), (-1.0,), (float("nan"),)])
def test_stages_without_length_are_refused(means: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        stages_at(means, 1.0)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        stages_at((1.0,), -1.0)
    with pytest.raises(ValueError, match="share"):
        attempts_at_last_hop(1.5, 2, 3)
    with pytest.raises(ValueError, match="layers"):
        attempts_at_last_hop(0.5, 2, 0)
    with pytest.raises(ValueError, match="attempts"):
        attempts_at_last_hop(0.5, 0, 1)
