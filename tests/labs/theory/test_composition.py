"""Closed forms against hand-made numbers and plain drawing, without any of the laboratory's machinery."""

from math import exp, inf
from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.composition import Attempt, attempt, attempts_per_request, fallback_share, longest_s, request_time_s

USUAL = ("fallback", "deadline", "retry", "breaker", "limiter", "timeout", "bulkhead")


def test_without_a_timeout_a_try_fails_as_often_as_it_is_answered_with_an_error() -> None:
    one = attempt(0.2, 0.1)
    assert [one.failed, one.time_s] == pytest.approx([0.2, 0.1])


def test_a_timeout_of_the_mean_loses_one_over_e() -> None:
    one = attempt(0.0, 0.1, 0.1)
    assert one.failed == pytest.approx(exp(-1.0))
    assert one.time_s == pytest.approx(0.1 * (1.0 - exp(-1.0)))


@pytest.mark.parametrize(
    ("failed", "attempts", "tries", "share"), [(0.5, 3, 1.75, 0.125), (0.0, 5, 1.0, 0.0), (1.0, 4, 4.0, 1.0)]
)
def test_tries_are_a_truncated_geometric_number(failed: float, attempts: int, tries: float, share: float) -> None:
    one = Attempt(failed, 0.1)
    assert attempts_per_request(one, attempts).value == pytest.approx(tries)
    assert fallback_share(one, attempts).value == pytest.approx(share)


@pytest.mark.parametrize(("failure_rate", "timeout_s"), [(0.1, inf), (0.3, 0.15), (0.5, 0.05)])
def test_the_mean_time_is_that_of_drawn_requests(failure_rate: float, timeout_s: float) -> None:
    """What a try lasts and whether it fails hang together; Wald's identity does not mind."""
    rng, mean_s, waits_s = Random(9), 0.1, [0.05, 0.1]

    def drawn() -> float:
        total_s = 0.0
        for wait_s in [*waits_s, None]:
            work_s = rng.expovariate(1.0 / mean_s)
            total_s += min(work_s, timeout_s)
            if work_s <= timeout_s and rng.random() >= failure_rate:
                break
            if wait_s is not None:
                total_s += rng.uniform(0.0, 2.0 * wait_s)
        return total_s

    interval = mean_interval([drawn() for _ in range(20_000)], confidence=0.999)
    value = request_time_s(attempt(failure_rate, mean_s, timeout_s), waits_s).value
    assert interval is not None
    assert value is not None
    assert interval.low <= value <= interval.high


@pytest.mark.parametrize(
    ("order", "longest"),
    [
        (USUAL, 4.0),
        (("deadline", "retry", "timeout"), 4.0),
        (("retry", "deadline", "timeout"), 3 * 1.5 + 0.3),
        (("fallback", "retry", "breaker", "timeout"), 3 * 1.5 + 0.3),
        (("timeout", "retry", "breaker"), 1.5),
        (("breaker", "fallback"), None),
        (("retry", "breaker"), None),
    ],
)
def test_the_longest_time_follows_from_the_layers(order: tuple[str, ...], longest: float | None) -> None:
    form = longest_s(order, 1.5, 4.0, 3, 0.3)
    assert form.value == (None if longest is None else pytest.approx(longest))
    assert bool(form.why_not) is (longest is None)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: attempt(1.1, 0.1),
        lambda: attempt(0.1, 0.0),
        lambda: attempt(0.1, 0.1, 0.0),
        lambda: attempts_per_request(Attempt(0.1, 0.1), 0),
        lambda: longest_s(USUAL, 1.0, 4.0, 0, 0.0),
    ],
)
def test_impossible_arguments_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
