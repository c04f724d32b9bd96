"""An instructor's scenario, checked by the lab that it sets up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs import laboratory
from labs.experiments.contract import Experiment
from labs.experiments.events import Scalar
from labs.experiments.spec import RunSpec, SpecError
from labs.scenario_goals import goals_of, out_of_reach


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
        goals = goals_of(experiment, draft.goals)
        wrong = out_of_reach(experiment, goals, spec) if spec else {}
    except SpecError as error:
        wrong = error.errors
    errors.update({field if field == "goals" else f"goals.{field}": message for field, message in wrong.items()})
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
