"""Closed forms against enumeration, coin tossing and hand-made numbers, without any of the laboratory's machinery."""

from itertools import product
from math import exp, factorial
from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.breaker import calls_until_consecutive_failures
from labs.theory.detection import (
    crash_error_share,
    detection_bounds,
    flaps_from_start,
    mean_change_s,
    passive_detection_s,
    time_to_empty_s,
)


@pytest.mark.parametrize(
    ("interval_s", "fall", "least_s", "most_s"), [(2.0, 3, 4.0, 7.0), (5.0, 1, 0.0, 6.0), (10.0, 2, 10.0, 21.0)]
)
def test_bounds_of_detection(interval_s: float, fall: int, least_s: float, most_s: float) -> None:
    bounds = detection_bounds(interval_s, fall, 1.0)
    assert (bounds.least_s, bounds.most_s) == (least_s, most_s)


@pytest.mark.parametrize(
    ("interval_s", "fall", "answer_s", "mean_s"), [(2.0, 3, 0.0, 5.0), (2.0, 3, 1.0, 6.0), (10.0, 1, 0.5, 5.5)]
)
def test_mean_detection_is_half_an_interval_less_than_fall(
    interval_s: float, fall: int, answer_s: float, mean_s: float
) -> None:
    """The mean over a grid of instants within an interval, and within the bounds."""
    value = mean_change_s(interval_s, fall, answer_s).value
    grid = [(step + 0.5) / 1000.0 * interval_s for step in range(1000)]
    times = [interval_s - at_s + (fall - 1) * interval_s + answer_s for at_s in grid]
    assert value == pytest.approx(mean_s)
    assert sum(times) / 1000.0 == pytest.approx(mean_s)
    bounds = detection_bounds(interval_s, fall, max(answer_s, 0.1))
    assert bounds.least_s <= min(times) <= max(times) <= bounds.most_s


def test_without_loss_nobody_is_thrown_out_and_with_nothing_but_loss_nobody_returns() -> None:
    well, lost = flaps_from_start(0.0, 2, 3, 0, 100), flaps_from_start(1.0, 2, 3, 0, 100)
    assert (well.evictions, well.out) == (0.0, 0.0)
    assert (lost.evictions, lost.out) == pytest.approx((0.01, 0.98)), "the third probe throws it out, for good"


def test_a_member_that_leaves_and_returns_at_one_probe_is_out_for_the_share_of_lost_ones() -> None:
    flaps = flaps_from_start(0.25, 1, 1, 10, 1000)
    assert flaps.out == pytest.approx(0.25)
    assert flaps.evictions == pytest.approx(1.0 / (4.0 + 4.0 / 3.0))


@pytest.mark.parametrize(("loss", "rise", "fall"), [(0.3, 2, 2), (0.5, 2, 3), (0.2, 3, 1)])
def test_flapping_is_that_of_tossed_coins(loss: float, rise: int, fall: int) -> None:
    rng = Random(5)

    def shares(probes: int) -> tuple[float, float]:
        up, streak, evictions, out = True, 0, 0, 0
        for _ in range(probes):
            good = rng.random() >= loss
            streak = streak + 1 if good is not up else 0
            if streak >= (rise if good else fall):
                up, streak = good, 0
                evictions += not up
            out += not up
        return evictions / probes, out / probes

    draws = [shares(4000) for _ in range(30)]
    said = flaps_from_start(loss, rise, fall, 0, 4000)
    for place, value in enumerate((said.evictions, said.out)):
        interval = mean_interval([draw[place] for draw in draws], confidence=0.999)
        assert interval is not None
        assert interval.low <= value <= interval.high


@pytest.mark.parametrize(("loss", "rise", "fall"), [(0.3, 2, 2), (0.5, 2, 3), (0.2, 3, 1)])
def test_a_long_run_comes_to_the_cycles_of_success_runs(loss: float, rise: int, fall: int) -> None:
    """In until `fall` bad probes in a row, out until `rise` good ones: one eviction a cycle (Feller vol. 1, XIII.7)."""
    inside = calls_until_consecutive_failures(loss, fall).value
    outside = calls_until_consecutive_failures(1.0 - loss, rise).value
    assert inside is not None
    assert outside is not None
    long = flaps_from_start(loss, rise, fall, 1000, 1000)
    assert long.evictions == pytest.approx(1.0 / (inside + outside))
    assert long.out == pytest.approx(outside / (inside + outside))


def test_a_short_run_by_enumeration_of_all_its_probes() -> None:
    """Five probes, of which the last three count; fall 2, rise 1."""
    loss, evictions, out = 0.3, 0.0, 0.0
    for bad in product([False, True], repeat=5):
        up, streak = True, 0
        weight = loss ** sum(bad) * (1.0 - loss) ** (5 - sum(bad))
        for number, one in enumerate(bad):
            streak = streak + 1 if one is up else 0
            if streak >= (2 if up else 1):
                up, streak = not up, 0
                evictions += weight * (not up and number >= 2)
            out += weight * (not up and number >= 2)
    said = flaps_from_start(loss, 1, 2, 2, 3)
    assert [said.evictions, said.out] == pytest.approx([evictions / 3.0, out / 3.0])


def test_the_last_of_a_removing_pool_leaves_after_the_maximum_of_geometric_times() -> None:
    """Two members, by enumeration of the rounds in which each fails."""
    loss, rounds = 0.4, 60
    law = [loss * (1.0 - loss) ** (number - 1) for number in range(1, rounds + 1)]
    mean = bad = 0.0
    for (first, chance), (second, other) in product(enumerate(law, 1), repeat=2):
        weight = chance * other
        mean += weight * max(first, second)
        bad += weight * (1 if first == second else 2)
    value = time_to_empty_s(2, loss, 5.0, 1.0, 0.1).value
    assert value == pytest.approx(mean * 5.1 + bad * 0.9, rel=1e-9)


def test_a_pool_whose_probes_do_not_fail_does_not_empty() -> None:
    form = time_to_empty_s(8, 0.0, 2.0, 1.0, 0.0)
    assert form.value is None
    assert form.why_not


def test_at_an_idle_member_every_failure_has_to_arrive() -> None:
    assert passive_detection_s(5, 1e-6, 1e-6, 4).value == pytest.approx(5e6)


@pytest.mark.parametrize(("failures", "member_rps", "mean_s"), [(5, 20.0, 0.05), (2, 30.0, 0.1), (3, 10.0, 0.01)])
def test_requests_inside_at_the_crash_count_towards_its_detection(failures: int, member_rps: float, mean_s: float) -> None:
    """So many slots that nobody waits: the number inside is Poisson."""
    load = member_rps * mean_s
    missing = sum(exp(-load) * load**number / factorial(number) * (failures - number) for number in range(failures))
    assert passive_detection_s(failures, member_rps, mean_s, 60).value == pytest.approx(missing / member_rps, rel=1e-6)


def test_one_slot_is_geometric() -> None:
    load = 0.6
    missing = sum((1 - load) * load**number * (4 - number) for number in range(4))
    assert passive_detection_s(4, 6.0, 0.1, 1).value == pytest.approx(missing / 6.0)
    assert passive_detection_s(4, 10.0, 0.1, 1).value is None


def test_more_slots_than_factorials_fit_into_a_number() -> None:
    assert passive_detection_s(3, 20.0, 0.1, 300).value == pytest.approx(passive_detection_s(3, 20.0, 0.1, 60).value)


def test_the_errors_of_crashes_are_the_dead_among_those_in_the_pool() -> None:
    assert crash_error_share(6.0, 5.0, 3.0, 0.0).value == pytest.approx(5.0 / 602.0)
    assert crash_error_share(600.0, 5.0, 3.0, 0.0).value is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: detection_bounds(0.0, 3, 1.0),
        lambda: detection_bounds(2.0, 0, 1.0),
        lambda: detection_bounds(2.0, 3, 0.0),
        lambda: mean_change_s(2.0, 3, -1.0),
        lambda: flaps_from_start(1.5, 2, 3, 0, 10),
        lambda: time_to_empty_s(0, 0.1, 2.0, 1.0, 0.0),
        lambda: passive_detection_s(0, 1.0, 1.0, 1),
        lambda: flaps_from_start(0.1, 0, 1, 0, 10),
        lambda: crash_error_share(0.0, 1.0, 1.0, 0.0),
    ],
)
def test_impossible_arguments_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
