"""Against the clock: what is counted here by formula is counted there second by second."""

import pytest

from labs.theory.scaling import (
    fleet_capacity_rps,
    fleet_utilization,
    reaction_s,
    rest_s,
    saturated_decisions,
    served_rps,
    step_climb_s,
    stepped_to,
    steps_between,
    window_crossing_s,
)


def stepped(before: int, step: int, cooldown_s: int, interval_s: int, most: int, until_s: int) -> list[tuple[int, int]]:
    """(second, instances) at each step, of a loop that looks every `interval_s` and always wants more."""
    size, last_s, found = before, -cooldown_s, []
    for now_s in range(0, until_s + 1, interval_s):
        if now_s - last_s >= cooldown_s and size < most:
            size, last_s = min(most, size + step), now_s
            found.append((now_s, size))
    return found


def test_from_2_to_20_by_one_step_per_five_minutes_are_85_minutes() -> None:
    assert steps_between(2, 20, 1) == 18
    assert step_climb_s(2, 20, 1, 300.0, 60.0).value == 85 * 60.0


@pytest.mark.parametrize(
    ("before", "after", "step", "cooldown_s", "interval_s"),
    [(2, 20, 1, 300, 60), (2, 20, 4, 300, 60), (3, 17, 2, 100, 45), (1, 2, 1, 0, 10)],
)
def test_a_climb_is_that_of_a_loop_stepped_by_hand(
    before: int, after: int, step: int, cooldown_s: int, interval_s: int
) -> None:
    steps = stepped(before, step, cooldown_s, interval_s, after, 20_000)
    assert step_climb_s(before, after, step, cooldown_s, interval_s).value == steps[-1][0]
    for lasting_s in (0, 299, 1000, 5000):
        reached = [size for at_s, size in steps if at_s <= lasting_s][-1]
        assert stepped_to(before, after, step, cooldown_s, interval_s, lasting_s).value == reached


def test_before_the_first_order_nothing_is_reached() -> None:
    assert stepped_to(2, 20, 1, 300.0, 60.0, -1.0).value == 2.0


def test_a_rest_ends_when_the_loop_looks_again() -> None:
    assert rest_s(300.0, 60.0) == 300.0
    assert rest_s(290.0, 60.0) == 300.0
    assert rest_s(0.0, 60.0) == 60.0


def test_a_share_that_saturates_needs_six_decisions_for_tenfold() -> None:
    """2, 3, 5, 8, 12, 18, 26."""
    assert saturated_decisions(2, 20, 0.7).value == 6
    assert saturated_decisions(2, 3, 0.7).value == 1
    assert saturated_decisions(2, 2, 0.7).value == 0
    assert saturated_decisions(2, 20, 0.5).value == 4
    assert "never" in saturated_decisions(2, 3, 1.0).why_not


@pytest.mark.parametrize(
    ("before", "after", "threshold", "window_s"), [(0.4, 1.0, 0.7, 60.0), (0.0, 5.0, 0.8, 300.0), (0.2, 0.9, 0.9, 60.0)]
)
def test_the_average_crosses_when_summed_second_by_second(
    before: float, after: float, threshold: float, window_s: float
) -> None:
    value = window_crossing_s(before, after, threshold, window_s).value
    assert value is not None
    step_s, seconds = 0.01, 0.0
    while before * (window_s - seconds) + after * seconds < threshold * window_s - 1e-9:
        seconds += step_s
    assert value == pytest.approx(seconds, abs=2 * step_s)


def test_a_signal_that_stays_below_never_crosses() -> None:
    assert window_crossing_s(0.8, 0.9, 0.7, 60.0).value == 0.0
    assert "never" in window_crossing_s(0.1, 0.6, 0.7, 60.0).why_not


def test_a_reaction_is_signal_turn_order_and_boot() -> None:
    assert reaction_s(30.0, 60.0, 2.0, 90.0).value == 152.0
    assert reaction_s(61.0, 60.0, 2.0, 90.0).value == 212.0
    assert reaction_s(0.0, 60.0, 0.0, 0.0).value == 60.0


def test_capacity_is_the_sum_of_what_serves() -> None:
    capacity_rps = fleet_capacity_rps([1, 1, 4], 0.1).value
    assert capacity_rps == pytest.approx(60.0)
    assert served_rps(45.0, 60.0).value == 45.0
    assert served_rps(90.0, 60.0).value == 60.0
    assert fleet_utilization(45.0, 0.1, 6).value == pytest.approx(0.75)
    assert "more work" in fleet_utilization(90.0, 0.1, 6).why_not


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: steps_between(5, 2, 1),
        lambda: steps_between(2, 5, 0),
        lambda: rest_s(300.0, 0.0),
        lambda: saturated_decisions(0, 5, 0.7),
        lambda: saturated_decisions(2, 5, 1.7),
        lambda: window_crossing_s(0.1, 0.9, 0.7, 0.0),
        lambda: fleet_capacity_rps([1], 0.0),
        lambda: fleet_utilization(1.0, 0.1, 0),
    ],
)
def test_what_cannot_be_is_refused(impossible: object) -> None:
    with pytest.raises(ValueError):
        impossible()  # type: ignore[operator]
