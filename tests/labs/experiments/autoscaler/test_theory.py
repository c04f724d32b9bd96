"""The closed forms against the lab, and their silence where their assumptions fail."""

from typing import Any

import pytest

from tests.labs.experiments.autoscaler.runs import LAB, metrics
from tests.labs.experiments.witness import assert_witnessed, theory

FIXED: dict[str, Any] = {"curve": "steady", "min_instances": 3, "max_instances": 3}


@pytest.mark.parametrize(
    "chosen",
    [{"peak_rps": 4.0, "work_s": 0.5}, {"peak_rps": 2.5, "work_s": 0.6}, {"peak_rps": 2.0, "work_s": 0.9, "work_cv": 1.0}],
)
def test_a_fleet_of_one_size_is_as_busy_as_the_load_says(chosen: dict[str, Any]) -> None:
    assert_witnessed("autoscaler", "step", {**FIXED, **chosen}, "utilization", "goodput_rps", duration_s=300.0)


@pytest.mark.parametrize(
    "chosen", [{"peak_rps": 22.0}, {"peak_rps": 20.0, "work_s": 0.3}, {"peak_rps": 25.0, "slots": 2, "work_s": 0.5}]
)
def test_under_too_much_load_the_sum_of_the_instances_comes_out(chosen: dict[str, Any]) -> None:
    assert_witnessed("autoscaler", "target-tracking", {**FIXED, **chosen}, "goodput_rps", duration_s=420.0)


CLIMB: dict[str, Any] = {"curve": "steady", "work_s": 8.0, "peak_rps": 3.2, "queue_limit": 5}
"""Work of 8 s: three requests a second are too much for twenty instances."""


@pytest.mark.parametrize(
    ("chosen", "duration_s"),
    [
        ({}, 6000.0),
        ({"cooldown_out_s": 50.0, "step_size": 2}, 1200.0),
        ({"cooldown_out_s": 90.0, "interval_s": 40.0, "step_size": 3}, 1800.0),
    ],
)
def test_steps_climb_as_long_as_their_rests_last(chosen: dict[str, Any], duration_s: float) -> None:
    parameters = {**CLIMB, **chosen}
    said = theory("autoscaler", "step", parameters, duration_s)["climb_s"].value
    assert said is not None
    assert metrics(parameters, "step", 1, duration_s)["climb_s"] == pytest.approx(said)


def test_from_2_to_20_takes_85_minutes() -> None:
    assert theory("autoscaler", "step", CLIMB, 6000.0)["climb_s"].value == 85 * 60.0


@pytest.mark.parametrize(
    "chosen", [{}, {"boot_s": 45.0}, {"target": 0.5, "boot_s": 20.0, "interval_s": 30.0, "window_s": 30.0}]
)
def test_a_tracker_of_a_share_climbs_one_decision_per_boot(chosen: dict[str, Any]) -> None:
    parameters = {**CLIMB, "tracks": "cpu", **chosen}
    said = theory("autoscaler", "target-tracking", parameters, 1500.0)["climb_s"].value
    assert said is not None
    assert metrics(parameters, "target-tracking", 1, 1500.0)["climb_s"] == pytest.approx(said)


def test_a_tracker_of_the_load_needs_one_decision() -> None:
    values = metrics({**CLIMB, "tracks": "load"}, "target-tracking", 1, 300.0)
    assert values["climb_s"] == 0.0


BRIEF: dict[str, Any] = {"period_s": 1200.0, "peak_s": 240.0, "peak_rps": 20.0, "season_s": 1200.0}


@pytest.mark.parametrize("arm", ["step", "target-tracking", "predictive"])
@pytest.mark.parametrize(
    "chosen", [{}, {"boot_s": 30.0, "interval_s": 25.0, "api_delay_s": 10.0}, {"window_s": 120.0, "base_rps": 4.0}]
)
def test_the_first_new_instance_comes_when_signal_turn_order_and_boot_are_over(arm: str, chosen: dict[str, Any]) -> None:
    parameters = {**BRIEF, **chosen}
    said = theory("autoscaler", arm, parameters, 520.0)["reaction_s"].value
    assert said is not None
    assert metrics(parameters, arm, 1, 520.0)["reaction_s"] == pytest.approx(said, abs=1.0)


@pytest.mark.parametrize(
    "chosen",
    [{"peak_s": 500.0}, {"peak_s": 700.0, "cooldown_out_s": 120.0}, {"peak_s": 600.0, "cooldown_out_s": 200.0, "step_size": 2}],
)
def test_a_spike_ends_before_the_steps_have_climbed(chosen: dict[str, Any]) -> None:
    parameters = {**BRIEF, "peak_rps": 30.0, "work_s": 0.6, "base_rps": 0.8, "queue_limit": 5, **chosen}
    said = theory("autoscaler", "step", parameters, 1100.0)["peak_instances"].value
    assert said is not None
    assert metrics(parameters, "step", 1, 1100.0)["peak_instances"] == said


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("step", "goodput_rps", {**FIXED, "peak_rps": 14.5}, "chance decides"),
        ("step", "goodput_rps", {**FIXED, "peak_rps": 10.0, "query_s": 0.5}, "database"),
        ("step", "goodput_rps", {**FIXED, "peak_rps": 11.0, "work_cv": 4.0}, "let chance turn"),
        ("step", "goodput_rps", {**FIXED, "peak_rps": 18.5, "work_cv": 4.0}, "let chance turn"),
        ("step", "goodput_rps", {**FIXED, "peak_rps": 11.0, "queue_limit": 5}, "let chance turn"),
        ("step", "utilization", {**FIXED, "peak_rps": 90.0}, "more work"),
        ("step", "climb_s", {"curve": "steady", "peak_rps": 50.0}, "not too much"),
        ("step", "climb_s", CLIMB, "the run ends before"),
        ("predictive", "climb_s", CLIMB, "at once"),
        ("target-tracking", "climb_s", {**CLIMB, "tracks": "cpu", "boot_s": 120.0, "api_delay_s": 0.0}, "very instant"),
        ("step", "reaction_s", {"base_rps": 6.5}, "chance alone"),
        ("step", "reaction_s", {"peak_rps": 9.0}, "carries the spike"),
        ("step", "reaction_s", {"quota": 3}, "quota"),
        ("step", "reaction_s", {"api_failure_rate": 0.5}, "fails by chance"),
        ("step", "reaction_s", {"guard_downstream": True}, "guard of the database"),
        ("step", "reaction_s", {"ready_only": False}, "counted as ready"),
        ("step", "reaction_s", {"use_p95": True}, "latency"),
        ("step", "reaction_s", {"period_s": 2220.0}, "instant of a decision"),
        ("step", "peak_instances", {"heap_keeps": True}, "shrink back"),
        ("step", "peak_instances", {"cooldown_in_s": 3000.0}, "shrink back"),
        ("step", "peak_instances", {"step_size": 10}, "large enough"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = next(one for one in LAB.theory(arm, LAB.spec(parameters=chosen)) if one.metric == metric)
    assert said.value is None
    assert reason in said.why_not


def test_no_closed_form_is_offered_for_waves_and_for_queues_in_a_spike() -> None:
    assert LAB.theory("step", LAB.spec(parameters={"curve": "diurnal"})) == ()
    assert LAB.theory("queue-based", LAB.spec()) == ()
