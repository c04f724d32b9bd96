"""An instructor can set up any lab, and a learner's run ticks the goals off."""

from typing import Any

import pytest

from labs.experiments import catalogue
from labs.experiments.contract import Experiment
from labs.experiments.goals import RunWatch
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change, SpecError
from labs.scenario_goals import goal_in_words, goals_of
from labs.scenarios import ScenarioDraft, scenario_checked

LABS = list(catalogue.experiments().values())
every_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)


def draft(lab: Experiment, **fields: Any) -> ScenarioDraft:
    arms = [(lab.default_arms or tuple(arm.name for arm in lab.arms))[-1]]
    given: dict[str, Any] = {
        "lab": lab.slug, "parameters": {}, "world": "simulated", "arms": arms, "duration_s": short(lab), "seed": 1,
        "open_control": control(lab), "goals": goals(lab),
    }  # fmt: skip
    return ScenarioDraft(**given | fields)


def short(lab: Experiment) -> float:
    """A little more than the warm-up."""
    return max(lab.duration.minimum or 1.0, lab.warm_up_s + 20.0 * lab.bin_s)


def control(lab: Experiment) -> str:
    return next(knob.name for knob in lab.knobs if not knob.before_run_only)


def goals(lab: Experiment) -> list[dict[str, Any]]:
    """One of each kind that any run meets; a mark is met by hand below."""
    series = next(one for one in lab.series if one.kind != "heat")
    metrics = [{"subject": "metric", "name": one.name, "operator": ">=", "value": -1e12} for one in lab.metrics]
    return [
        {"id": "measured", "text": "Measure something", "conditions": metrics[:1]},
        {"id": "drawn", "text": "Draw it", "conditions": [{"subject": "series", "name": series.name, "value": -1e12}]},
        {"id": "turned", "text": "Turn it", "conditions": [{"subject": "change", "name": control(lab)}]},
    ]


@every_lab
def test_a_run_of_a_scenario_ticks_its_goals_off_when_they_are_met(lab: Experiment) -> None:
    spec = scenario_checked(draft(lab))
    knob = next(knob for knob in lab.knobs if knob.name == control(lab))
    turned_s = lab.bin_s * 4
    played = lab.spec(
        parameters=spec.parameters, seed=1, duration_s=spec.duration_s, arms=spec.arms,
        changes=(Change(turned_s, "set", knob.name, knob.default),),
    )  # fmt: skip
    watch = RunWatch(goals_of(lab, goals(lab)), arms=played.arms, bin_s=lab.bin_s, changes=played.changes)
    for event in simulate(played):
        watch.see(event)
    assert watch.times["turned"] == turned_s
    assert 0.0 < watch.times["drawn"] <= spec.duration_s
    assert set(watch.met) >= {"turned", "drawn"}


@every_lab
def test_what_a_lab_does_not_have_is_refused_in_words(lab: Experiment) -> None:
    wrong = {"subject": "metric", "name": "no_such_metric"}
    with pytest.raises(SpecError) as refused:
        scenario_checked(
            draft(
                lab,
                parameters={"no_such_knob": 1},
                open_control="no-such-control",
                goals=[{"id": "g", "text": "t", "conditions": [wrong]}],
            )
        )
    errors = refused.value.errors
    assert "no knob of that name" in errors["parameters.no_such_knob"]
    assert "no such knob or action" in errors["open_control"]
    assert "There is no metric 'no_such_metric'" in errors["goals.0.conditions.0"]


@every_lab
def test_the_labs_own_goals_and_an_instructors_read_as_sentences(lab: Experiment) -> None:
    for goal in (*lab.goals, *goals_of(lab, goals(lab))):
        sentences = goal_in_words(lab, goal)
        assert len(sentences) == len(goal.conditions)
        assert all(len(sentence) > 10 for sentence in sentences)


def test_no_goal_rests_on_a_strip_of_cells() -> None:
    heat = [(lab, series.name) for lab in LABS for series in lab.series if series.kind == "heat"]
    assert heat
    for lab, name in heat:
        with pytest.raises(SpecError):
            goals_of(lab, [{"id": "g", "text": "t", "conditions": [{"subject": "series", "name": name}]}])
