"""An instructor's goals: read from what was written, refused in words where they could never be met, and told in words."""

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from typing import Any

from labs.experiments.contract import Condition, Experiment, Goal, Metric, Series
from labs.experiments.goals import COMPARE
from labs.experiments.spec import RunSpec, SpecError

MAXIMUM_GOALS = 20
SUBJECTS = ("metric", "series", "mark", "change")
TEXTS = ("subject", "name", "arm", "operator", "than_arm")
MARK_KINDS = ("state", "fault", "change", "goal", "scale", "note")
BY_NUMBER = ("metric", "series")
OPERATORS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "==": "exactly"}


def goals_of(experiment: Experiment, written: Any) -> tuple[Goal, ...]:
    """Goals from JSON. Raises SpecError, fields `0.conditions.1.name` and so on."""
    if not isinstance(written, list) or len(written) > MAXIMUM_GOALS:
        raise SpecError({"goals": f"Give a list of at most {MAXIMUM_GOALS} goals."})
    errors: dict[str, str] = {}
    goals = [_goal(experiment, f"{place}", goal, errors) for place, goal in enumerate(written)]
    ids = [goal.id for goal in goals if goal]
    if len(set(ids)) < len(ids):
        errors["goals"] = "Two goals have the same id."
    if errors:
        raise SpecError(errors)
    return tuple(goal for goal in goals if goal)


def _goal(experiment: Experiment, place: str, written: Any, errors: dict[str, str]) -> Goal | None:
    known = {"id", "text", "conditions", "in_order"}
    if not isinstance(written, dict) or not set(written) <= known:
        errors[place] = f"A goal is an object with {', '.join(sorted(known))}."
        return None
    if not all(isinstance(written.get(name), str) and 0 < len(written[name]) <= 200 for name in ("id", "text")):
        errors[place] = "Give an id and a text."
        return None
    conditions = written.get("conditions")
    if not isinstance(conditions, list) or not 0 < len(conditions) <= MAXIMUM_GOALS:
        errors[f"{place}.conditions"] = "Give a list of conditions."
        return None
    found = [_condition(experiment, f"{place}.conditions.{index}", row, errors) for index, row in enumerate(conditions)]
    return Goal(written["id"], written["text"], tuple(row for row in found if row), bool(written.get("in_order", False)))


def _condition(experiment: Experiment, place: str, written: Any, errors: dict[str, str]) -> Condition | None:
    known = {field.name for field in fields(Condition)}
    if not isinstance(written, dict) or not set(written) <= known or not {"subject", "name"} <= set(written):
        errors[place] = f"A condition is an object with subject and name, and may have {', '.join(sorted(known))}."
        return None
    if not all(isinstance(written.get(name, ""), str) for name in TEXTS):
        errors[place] = f"Give {', '.join(TEXTS)} as text."
        return None
    condition = Condition(**written)
    if wrong := _wrong(experiment, condition):
        errors[place] = wrong
        return None
    return condition


def _wrong(experiment: Experiment, condition: Condition) -> str:
    arms = {arm.name for arm in experiment.arms} | {""}
    names = _names(experiment).get(condition.subject)
    if names is None:
        return f"The subject is one of {', '.join(SUBJECTS)}."
    if condition.name not in names:
        return f"There is no {condition.subject} {condition.name!r}; there are {', '.join(sorted(names))}."
    if not {condition.arm, condition.than_arm} <= arms:
        return f"The arms are {', '.join(sorted(arms - {''}))}."
    if condition.operator not in COMPARE:
        return f"The operator is one of {', '.join(COMPARE)}."
    numbers = (condition.factor, condition.for_s, *([condition.value] if condition.subject in BY_NUMBER else []))
    if not all(isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number) for number in numbers):
        return "Give value, factor and for_s as numbers."
    return ""


def _names(experiment: Experiment) -> dict[str, set[str]]:
    """What a condition may be about. The rows of a heat series are a picture: no condition speaks of them."""
    return {
        "metric": {metric.name for metric in experiment.metrics},
        "series": {series.name for series in experiment.series if series.kind != "heat"},
        "mark": set(MARK_KINDS),
        "change": {knob.name for knob in experiment.knobs} | {action.name for action in experiment.actions},
    }


def out_of_reach(experiment: Experiment, goals: Sequence[Goal], spec: RunSpec) -> dict[str, str]:
    """Why some conditions could never be met in such a run, by their place: `0.conditions.1`."""
    return {
        f"{place}.conditions.{index}": why
        for place, goal in enumerate(goals)
        for index, condition in enumerate(goal.conditions)
        if (why := _never(experiment, condition, spec))
    }


def _never(experiment: Experiment, condition: Condition, spec: RunSpec) -> str:
    for arm in (condition.arm, condition.than_arm):
        if arm and arm not in spec.arms:
            return f"The arm {arm} does not run in this scenario: its arms are {', '.join(spec.arms)}."
    if condition.subject == "mark" and not (isinstance(condition.value, str) and condition.value):
        return "A mark is told by its value, such as open: give it as text."
    if condition.subject == "change" and any(knob.name == condition.name and knob.before_run_only for knob in experiment.knobs):
        return f"{condition.name} can only be set before a run, so nobody can turn it."
    if not 0.0 <= condition.for_s < spec.duration_s:
        return f"for_s is from 0 to less than the run's {spec.duration_s:g} s."
    if condition.than_arm and condition.than_arm == condition.arm:
        return "An arm cannot be compared with itself."
    return ""


# In words


def goal_in_words(experiment: Experiment, goal: Goal, *, to_learner: bool = False) -> list[str]:
    """One sentence a condition, as the laboratory reads it; told of the learner, or to the learner."""
    joint = "then " if goal.in_order else ""
    return [
        f"{joint if place else ''}{_condition_in_words(experiment, condition, to_learner)}"
        for place, condition in enumerate(goal.conditions)
    ]


def _condition_in_words(experiment: Experiment, condition: Condition, to_learner: bool) -> str:
    arm = next((arm.label for arm in experiment.arms if arm.name == condition.arm), "some variant")
    match condition.subject:
        case "change":
            return _change_in_words(experiment, condition.name, to_learner)
        case "mark":
            return f"{arm} has a {condition.name} mark “{condition.value}”"
    declared: Sequence[Metric | Series] = experiment.metrics if condition.subject == "metric" else experiment.series
    label, unit = next((one.label, one.unit) for one in declared if one.name == condition.name)
    if condition.than_arm:
        other = next(arm.label for arm in experiment.arms if arm.name == condition.than_arm)
        limit = f"{condition.factor:g} times that of {other}" if condition.factor != 1.0 else f"that of {other}"
    else:
        limit = f"{condition.value:g} {unit}".rstrip() if not isinstance(condition.value, str) else condition.value
    when = (
        "at the end" if condition.subject == "metric" else f"for {condition.for_s:g} s" if condition.for_s else "at some time"
    )
    return f"{label} of {arm} is {OPERATORS[condition.operator]} {limit} {when}"


def _change_in_words(experiment: Experiment, name: str, to_learner: bool) -> str:
    knob = next((knob.label for knob in experiment.knobs if knob.name == name), "")
    action = next((action.label for action in experiment.actions if action.name == name), "")
    if to_learner:
        return f"you turn “{knob}”" if knob else f"you do “{action}”"
    return f"the learner turns “{knob}”" if knob else f"the learner does “{action}”"
