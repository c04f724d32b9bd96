"""Actions, knobs while it plays, goals, and what is declared."""

import hashlib
from typing import Any

import pytest

from labs.experiments.events import Sample, encode
from labs.experiments.spec import Change, SpecError
from tests.labs.experiments.autoscaler.runs import LAB, SMALL, end, events, marks, number, samples
from tests.labs.experiments.reading import assert_declared

STEADY: dict[str, Any] = {"curve": "steady", "peak_rps": 4.5}
ARM = ("target-tracking",)


def value(sample: Sample, name: str) -> float:
    found = sample.values[name]
    assert found is not None
    return found


def test_a_surge_multiplies_the_load_until_it_calms() -> None:
    changes = (Change(200.0, "do", "surge"), Change(400.0, "do", "calm"))
    loads = [value(sample, "load_rps") for sample in samples(events(STEADY, ARM, duration_s=600.0, changes=changes), ARM[0])]
    assert (loads[10], loads[30], loads[50]) == (4.5, 13.5, 4.5)


def test_a_killed_instance_is_gone_with_its_work_and_replaced() -> None:
    parameters = {**STEADY, "peak_rps": 9.5, "max_instances": 2}
    said = events(parameters, ARM, duration_s=400.0, changes=(Change(200.5, "do", "kill", None, "instance-2"),))
    names = [tuple(member.name for member in sample.nodes["fleet"].members) for sample in samples(said, ARM[0])]
    assert names[19] == ("instance-1", "instance-2")
    assert names[20] == ("instance-1",)
    assert names[35] == ("instance-1", "instance-2"), "brought back to the fewest that there may be"
    assert number(end(said).metrics[ARM[0]], "dropped") >= 1
    assert "instance-2 killed" in [mark.text for mark in marks(said, "fault")]


def test_a_kill_aims_at_members_that_the_knobs_allow_and_notes_one_that_is_not_there() -> None:
    with pytest.raises(SpecError, match="instance-21"):
        LAB.spec(changes=[Change(100.0, "do", "kill", None, "instance-21")])
    said = events(STEADY, ARM, duration_s=200.0, changes=(Change(100.0, "do", "kill", None, "instance-9"),))
    assert [mark.text for mark in marks(said, "note")] == ["there is no instance-9 at this time"]


def test_the_database_is_slowed_and_healed() -> None:
    changes = (Change(200.0, "do", "slow-database"), Change(400.0, "do", "heal-database"))
    said = samples(events(STEADY, ARM, duration_s=600.0, changes=changes), ARM[0])
    assert [value(said[place], "database_slowdown") for place in (10, 30, 50)] == [1.0, 20.0, 1.0]
    assert said[30].nodes["database"].status in ("slow", "saturated")


def test_without_the_clouds_api_nothing_scales_until_it_is_back() -> None:
    changes = (Change(250.0, "do", "cloud-outage"), Change(500.0, "do", "cloud-back"))
    said = events(SMALL, ARM, duration_s=700.0, changes=changes)
    assert marks(said, "scale")[0].t > 500.0
    assert [mark.text for mark in marks(said, "note")] == ["the cloud's API does not answer"]


@pytest.mark.parametrize(
    ("knob", "chosen", "series", "before", "after"),
    [
        ("peak_rps", 5.0, "load_rps", 4.5, 5.0),
        ("min_instances", 5, "wanted", 2.0, 5.0),
        ("max_instances", 1, "wanted", 2.0, 2.0),
        ("price_per_hour", 1.0, "cost_per_hour", 0.2, 2.0),
        ("connections_per_instance", 30, "connections_share", 1 / 15, 0.2),
    ],
)
def test_knobs_act_while_it_plays(knob: str, chosen: float, series: str, before: float, after: float) -> None:
    said = samples(events(STEADY, ARM, duration_s=600.0, changes=(Change(200.0, "set", knob, chosen),)), ARM[0])
    assert value(said[15], series) == pytest.approx(before, rel=1e-3)
    assert value(said[-1], series) == pytest.approx(after, rel=1e-3)


@pytest.mark.parametrize(
    ("arm", "knob", "chosen"),
    [
        ("step", "cpu_high", 0.05),
        ("step", "cooldown_out_s", 30.0),
        ("target-tracking", "target", 0.2),
        ("target-tracking", "tracks", "cpu"),
        ("predictive", "target", 0.2),
        ("queue-based", "per_instance", 5.0),
        ("target-tracking", "interval_s", 5.0),
        ("target-tracking", "boot_s", 5.0),
        ("target-tracking", "work_s", 0.3),
        ("target-tracking", "window_s", 300.0),
    ],
)
def test_policies_heed_their_knobs_while_it_plays(arm: str, knob: str, chosen: Any) -> None:
    plain = samples(events(SMALL, (arm,), duration_s=600.0), arm)
    turned = samples(events(SMALL, (arm,), duration_s=600.0, changes=(Change(150.0, "set", knob, chosen),)), arm)
    assert [sample.values["serving"] for sample in plain[:15]] == [sample.values["serving"] for sample in turned[:15]]
    assert [sample.values for sample in plain] != [sample.values for sample in turned]


def test_a_season_can_only_be_set_before_a_run() -> None:
    with pytest.raises(SpecError, match="season_s can only be set before"):
        LAB.spec(changes=[Change(100.0, "set", "season_s", 600.0)])


def test_policies_never_change_the_traffic() -> None:
    found = end(events(SMALL, duration_s=700.0))
    assert len({values["throughput_rps"] for values in found.metrics.values()}) == 1


def test_equal_specs_give_equal_bytes() -> None:
    first, second = (hashlib.sha256(b"".join(map(encode, events(SMALL, duration_s=400.0)))).digest() for _ in range(2))
    assert first == second


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    said = events({**SMALL, "database_connections": 50}, duration_s=900.0)
    assert_declared(LAB, said)


# Goals that the default run does not meet


def test_goal_flap() -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "two-clocks")
    assert "flap" in end(events(scene.parameters, ("step",), duration_s=3600.0)).goals


def test_goal_wrong_tier() -> None:
    changes = (Change(200.0, "do", "slow-database"),)
    assert "wrong-tier" in end(events({**STEADY, "use_p95": True}, ("step",), changes=changes)).goals


def test_goal_crowd() -> None:
    crowd = {**SMALL, "database_connections": 80}
    assert "crowd" in end(events(crowd, ("queue-based",), duration_s=900.0)).goals


def test_goal_thrift() -> None:
    quick = {"boot_s": 10.0, "interval_s": 15.0, "window_s": 15.0}
    assert "thrift" in end(events(quick, ARM)).goals


def test_no_goal_is_given_away_before_the_spike() -> None:
    assert end(events({}, duration_s=320.0)).goals == ()


def test_the_sentence_is_made_of_the_numbers() -> None:
    found = end(events(SMALL, ("step", "target-tracking"), duration_s=700.0))
    assert f"{found.metrics['step']['error_rate']:.1%}" in found.sentence
    alone = end(events(STEADY, ("step",), duration_s=200.0))
    assert "“Step”" in alone.sentence
    empty = end(events({**STEADY, "peak_rps": 1.0}, ("step",), duration_s=60.0))
    assert "Nothing was measured" in empty.sentence
