"""An instructor's scenario, checked by the lab that it sets up, and its goals, watched while a run of it is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from labs import laboratory
from labs.experiments.contract import Condition, Experiment, Goal
from labs.experiments.events import Event, Finished, Mark, Sample, Scalar
from labs.experiments.goals import COMPARE, GoalWatch
from labs.experiments.spec import RunSpec, SpecError

MAXIMUM_GOALS = 20
SUBJECTS = ("metric", "series", "mark", "change")
TEXTS = ("subject", "name", "arm", "operator", "than_arm")
MARK_KINDS = ("state", "fault", "change", "goal", "scale", "note")


@dataclass(frozen=True, slots=True)
class ScenarioDraft:
    """A scenario as it was written down, before anybody has checked it."""

    lab: str
    parameters: Any
    world: str
    arms: Any
    duration_s: float | None
    seed: int | None
    open_control: str
    goals: Any


def scenario_checked(draft: ScenarioDraft) -> RunSpec:
    """The run that the scenario sets up. Raises SpecError with everything that is wrong, by field or part of one.

    Parts are `parameters.rate_rps` and `goals.0.conditions.1`.
    """
    experiment = laboratory.experiment(draft.lab)
    errors: dict[str, str] = {}
    parameters = draft.parameters if isinstance(draft.parameters, dict) else {}
    if parameters is not draft.parameters:
        errors["parameters"] = 'Give an object of knobs: {"rate_rps": 40}.'
    arms = draft.arms if isinstance(draft.arms, list) and all(isinstance(arm, str) for arm in draft.arms) else []
    if arms is not draft.arms:
        errors["arms"] = 'Give a list of names: ["none", "windowed"].'
    spec = _spec(experiment, draft, parameters, arms, errors)
    controls = {knob.name for knob in experiment.knobs} | {action.name for action in experiment.actions}
    if draft.open_control and draft.open_control not in controls:
        errors["open_control"] = f"There is no such knob or action; there are {', '.join(sorted(controls))}."
    try:
        goals_of(experiment, draft.goals)
    except SpecError as error:
        errors.update({field if field == "goals" else f"goals.{field}": message for field, message in error.errors.items()})
    if errors or spec is None:
        raise SpecError(errors)
    return spec


def _spec(
    experiment: Experiment, draft: ScenarioDraft, parameters: Mapping[str, Scalar], arms: Sequence[str], errors: dict[str, str]
) -> RunSpec | None:
    """The lab's own check; what it says of a knob is said of that part of the field `parameters`."""
    try:
        return laboratory.spec(
            lab=experiment.slug,
            parameters=parameters,
            seed=1 if draft.seed is None else draft.seed,
            duration_s=draft.duration_s,
            arms=arms,
            world=draft.world,
        )
    except SpecError as error:
        own = {"seed", "duration_s", "arms", "world"}
        for field, message in error.errors.items():
            errors[field if field in own else f"parameters.{field}"] = message
        return None


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
    compares = condition.subject in ("metric", "series")
    numbers = (condition.factor, condition.for_s, *([condition.value] if compares else []))
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        return "Give value, factor and for_s as numbers."
    return ""


def _names(experiment: Experiment) -> dict[str, set[str]]:
    return {
        "metric": {metric.name for metric in experiment.metrics},
        "series": {series.name for series in experiment.series},
        "mark": set(MARK_KINDS),
        "change": {knob.name for knob in experiment.knobs} | {action.name for action in experiment.actions},
    }


class ScenarioWatch:
    """Follows a run's events and knows which of the scenario's goals were met."""

    def __init__(self, experiment: Experiment, goals: Sequence[Goal], spec: RunSpec) -> None:
        self._watch = GoalWatch(goals)
        self._spec = spec
        self._bin_s = experiment.bin_s
        self._samples: dict[str, Sample] = {}

    def see(self, event: Event) -> None:
        match event:
            case Sample():
                self._samples[event.arm] = event
                if len(self._samples) == len(self._spec.arms):
                    self._watch.bin(self._samples, self._bin_s)
                    self._samples = {}
            case Mark(kind="change") if event.value.isdigit() and int(event.value) < len(self._spec.changes):
                self._watch.change(self._spec.changes[int(event.value)])
            case Mark():
                self._watch.mark(event)
            case Finished():
                self._watch.end(event.metrics)

    @property
    def met(self) -> list[str]:
        return list(self._watch.reached)
