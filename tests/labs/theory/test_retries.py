"""Closed forms against published numbers, enumeration, a Monte Carlo of their own and a race played by hand."""

from itertools import product
from math import inf
from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.retries import (
    attempts_through_layers,
    decorrelated_wait_s,
    equal_jitter_wait_s,
    exponential_wait_s,
    full_jitter_wait_s,
    granted_attempts,
    lockstep_calls,
    lockstep_time_s,
    mean_attempts,
    mean_attempts_through_layers,
    mean_time_through_layers_s,
    mean_total_wait_s,
    overload_left_s,
    stable_below_rps,
    still_failed,
)


@pytest.mark.parametrize(
    ("failure_rate", "attempts", "mean"), [(0.0, 4, 1.0), (0.5, 1, 1.0), (0.5, 4, 1.875), (1.0, 4, 4.0), (0.1, 3, 1.11)]
)
def test_mean_attempts_is_a_geometric_sum(failure_rate: float, attempts: int, mean: float) -> None:
    assert mean_attempts(failure_rate, attempts).value == pytest.approx(mean)
    assert mean_attempts(failure_rate, attempts).value == pytest.approx(sum(failure_rate**done for done in range(attempts)))


def test_three_layers_of_four_attempts_make_64_calls() -> None:
    assert attempts_through_layers(4, 3) == 64
    assert mean_attempts_through_layers(1.0, 4, 3).value == 64.0
    assert attempts_through_layers(4, 1) == 4


@pytest.mark.parametrize(("failure_rate", "attempts", "layers"), [(0.5, 2, 2), (0.3, 2, 3), (0.7, 3, 2)])
def test_layers_by_enumeration(failure_rate: float, attempts: int, layers: int) -> None:
    """Every string of failures and successes that the bottom could show, and the calls that nested loops would make of it."""
    most = attempts**layers
    mean = failed = 0.0
    for outcome in product((True, False), repeat=most):
        calls, fails = nested(list(outcome), attempts, layers)
        chance = 1.0
        for fail in outcome:
            chance *= failure_rate if fail else 1.0 - failure_rate
        mean, failed = mean + chance * calls, failed + chance * fails
    assert mean_attempts_through_layers(failure_rate, attempts, layers).value == pytest.approx(mean)
    assert still_failed(failure_rate, most).value == pytest.approx(failed)


def nested(fails: list[bool], attempts: int, layers: int) -> tuple[int, bool]:
    if not layers:
        return 1, fails.pop(0)
    calls = 0
    for _attempt in range(attempts):
        below, failed = nested(fails, attempts, layers - 1)
        calls += below
        if not failed:
            return calls, False
    return calls, True


def test_waits_of_the_sample_in_common_teaching() -> None:
    """1, 2, 4, 8 s: with r counted from 0 before the first retry."""
    assert [exponential_wait_s(1.0, inf, retries) for retries in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert exponential_wait_s(1.0, 60.0, 10) == 60.0
    assert full_jitter_wait_s(1.0, 60.0, 2) == 2.0
    assert equal_jitter_wait_s(1.0, 60.0, 2) == 3.0
    assert exponential_wait_s(1.0, inf, 5000) < inf


def test_the_mean_of_decorrelated_jitter_without_a_cap() -> None:
    """m' = (base + 3 m) / 2 from m = base, step by step."""
    mean_s = 0.1
    for retries in range(12):
        mean_s = (0.1 + 3.0 * mean_s) / 2.0
        assert decorrelated_wait_s(0.1, inf, retries) == pytest.approx(mean_s)


@pytest.mark.parametrize(("base_s", "cap_s", "retries"), [(1.0, 2.0, 0), (0.1, 1.0, 3), (0.2, 5.0, 4), (0.005, 2.0, 9)])
def test_the_mean_of_decorrelated_jitter_under_a_cap(base_s: float, cap_s: float, retries: int) -> None:
    rng = Random(17)

    def drawn() -> float:
        wait_s = base_s
        for _ in range(retries + 1):
            wait_s = min(cap_s, rng.uniform(base_s, 3.0 * wait_s))
        return wait_s

    measured = mean_interval([drawn() for _ in range(20_000)], confidence=0.999)
    assert measured is not None
    assert measured.low <= decorrelated_wait_s(base_s, cap_s, retries) <= measured.high


def test_a_first_decorrelated_wait_under_a_cap_by_hand() -> None:
    """min(2, U(1, 3)): 1.5 for the lower half, 2 for the upper one."""
    assert decorrelated_wait_s(1.0, 2.0, 0) == pytest.approx(1.75, abs=1e-6)


def test_the_integration_meets_the_recursion_where_the_cap_is_hardly_reached() -> None:
    assert decorrelated_wait_s(1.0, 80.99, 3) == pytest.approx(decorrelated_wait_s(1.0, 81.0, 3), rel=1e-6)


def test_a_cap_below_the_base_is_every_wait() -> None:
    assert decorrelated_wait_s(5.0, 2.0, 3) == 2.0
    assert exponential_wait_s(5.0, 2.0, 0) == 2.0


def test_mean_time_of_a_request_by_hand() -> None:
    """p = 1/2, waits 1 and 2: a wait of 1 after one failure, of 2 after two."""
    assert mean_total_wait_s(0.5, [1.0, 2.0]).value == pytest.approx(0.5 * 1.0 + 0.25 * 2.0)
    assert mean_time_through_layers_s(0.5, 0.1, [1.0, 2.0], 1).value == pytest.approx(1.75 * 0.1 + 1.0)


def test_mean_time_through_layers_against_a_walk_through_them() -> None:
    rng, waits_s, failure_rate = Random(5), [0.5, 1.0], 0.6

    def walk(layer: int) -> tuple[float, bool]:
        if not layer:
            return 0.2, rng.random() < failure_rate
        time_s = 0.0
        for attempt in range(3):
            below_s, failed = walk(layer - 1)
            time_s += below_s
            if not failed:
                return time_s, False
            time_s += waits_s[attempt] if attempt < 2 else 0.0
        return time_s, True

    measured = mean_interval([walk(2)[0] for _ in range(20_000)], confidence=0.999)
    value = mean_time_through_layers_s(failure_rate, 0.2, waits_s, 2).value
    assert measured is not None
    assert value is not None
    assert measured.low <= value <= measured.high


def test_a_budget_grants_its_ratio_and_its_minimum() -> None:
    assert granted_attempts(0.1, 0.0, 100.0).value == pytest.approx(1.1)
    assert granted_attempts(0.1, 10.0, 100.0).value == pytest.approx(1.2)
    assert granted_attempts(0.0, 0.0, 100.0).value == 1.0


def test_a_storm_ends_below_the_capacity_over_the_attempts() -> None:
    assert stable_below_rps(100.0, 4).value == 25.0


def test_what_a_slow_spell_leaves_drains_at_what_is_left_of_the_capacity() -> None:
    """200 stale calls and 40 calls' worth of slow work, of which 90 may stay: 150 at 30 a second, and a timeout."""
    assert overload_left_s(200.0, 100.0, 70.0, 1.0, 0.1, 5.0).value == pytest.approx(6.0)
    assert overload_left_s(40.0, 100.0, 70.0, 1.0, 0.1, 1.0).value == 0.0
    assert overload_left_s(200.0, 100.0, 100.0, 1.0, 0.1, 5.0).value is None


def test_the_drain_of_a_queue_stepped_by_hand() -> None:
    queued, steps = 300.0, 0
    while queued > 135.0:
        queued, steps = queued + 0.001 * (90.0 - 150.0), steps + 1
    assert overload_left_s(300.0, 150.0, 90.0, 1.0, 0.1, 1.0).value == pytest.approx(steps * 0.001 + 1.0, abs=0.01)


@pytest.mark.parametrize("clients", [1, 2, 7, 30])
def test_a_race_in_lockstep_played_by_hand(clients: int) -> None:
    left, calls, rounds = clients, 0, 0
    while left:
        calls, left, rounds = calls + left, left - 1, rounds + 1
    assert lockstep_calls(clients).value == calls
    waits_s = [exponential_wait_s(0.01, 2.0, done) for done in range(clients)]
    assert lockstep_time_s(clients, 0.01, waits_s).value == pytest.approx(rounds * 0.04 + sum(waits_s[: rounds - 1]))
    assert lockstep_time_s(clients, 0.01, [0.0] * clients).value == pytest.approx(rounds * 0.04)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: mean_attempts(1.1, 3),
        lambda: mean_attempts(0.5, 0),
        lambda: still_failed(-0.1, 3),
        lambda: attempts_through_layers(4, 0),
        lambda: exponential_wait_s(0.0, 1.0, 0),
        lambda: exponential_wait_s(1.0, 0.0, 0),
        lambda: decorrelated_wait_s(1.0, 5.0, -1),
        lambda: mean_time_through_layers_s(0.5, 0.0, [1.0], 1),
        lambda: granted_attempts(-0.1, 0.0, 100.0),
        lambda: granted_attempts(0.1, 0.0, 0.0),
        lambda: stable_below_rps(0.0, 4),
        lambda: overload_left_s(200.0, 0.0, 70.0, 1.0, 0.1, 5.0),
        lambda: lockstep_calls(0),
        lambda: lockstep_time_s(5, 0.01, [1.0]),
    ],
)
def test_impossible_arguments_are_refused(impossible: object) -> None:
    assert callable(impossible)
    with pytest.raises(ValueError, match=r"must be|between|counted|grants|wait"):
        impossible()
