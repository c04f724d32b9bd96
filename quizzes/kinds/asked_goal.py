"""What a lab goal asks for: goals, the knobs that are held, and the author's solution, which proves that they can be met."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from labs.experiments.contract import Experiment, Goal
from labs.experiments.events import Finished, Scalar
from labs.experiments.goals import RunWatch
from labs.experiments.spec import Change, RunSpec
from labs.scenario_goals import goals_of, out_of_reach
from quizzes.kinds.base import Definition, Json
from quizzes.kinds.choices import OptionId, check_ids_differ
from quizzes.kinds.lab_runs import (
    ChangeRow,
    Parameters,
    Seconds,
    changes_in_words,
    controls_of,
    lab_named,
    setting_in_words,
    simulated,
)


class AskedGoal(Definition):
    """A goal as scenarios write theirs, and what is said to somebody whose run did not meet it."""

    id: OptionId
    text: Annotated[str, Field(min_length=1, max_length=200)]
    conditions: Annotated[tuple[Mapping[str, Any], ...], Field(min_length=1, max_length=20)]
    in_order: bool = False
    weight: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    feedback: str = ""
    misconception: str = ""

    def written(self) -> dict[str, Any]:
        """As `labs` reads it."""
        own = {"id": self.id, "text": self.text, "in_order": self.in_order}
        return own | {"conditions": [dict(one) for one in self.conditions]}


class Solution(Definition):
    """What the author turned to meet the goals: shown with the right answer, and computed to prove that it does."""

    parameters: Parameters = {}
    changes: tuple[ChangeRow, ...] = ()
    text: str = ""


class LabGoalDefinition(Definition):
    """`fixed`: knobs that must stand so. `turn`: the knobs and actions that are free; empty: all but the fixed ones. `start`:
    where free knobs stand when the lab opens.

    A run lasts at least `minimum_s` (the lab's own duration) and, with `seed`, has that seed. `own_attempt`: it was
    started in the attempt.
    """

    lab: str
    goals: Annotated[tuple[AskedGoal, ...], Field(min_length=1, max_length=8)]
    fixed: Parameters = {}
    start: Parameters = {}
    turn: tuple[str, ...] = ()
    minimum_s: Seconds | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    world: Literal["simulated", "live", "any"] = "simulated"
    own_attempt: bool = True
    solution: Solution

    _artifact: Json = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _the_lab_takes_it(self) -> "LabGoalDefinition":
        lab = self.experiment
        check_ids_differ([goal.id for goal in self.goals])
        if self.world not in ("any", *lab.worlds):
            raise ValueError(f"world: {lab.slug} runs in {', '.join(lab.worlds)} only")
        controls = controls_of(lab)
        if strangers := [name for name in self.turn if name not in controls]:
            raise ValueError(f"turn: {lab.slug} has no {', '.join(strangers)}; there are {', '.join(sorted(controls))}")
        if both := sorted(set(self.turn) & set(self.fixed)):
            raise ValueError(f"fixed and turn both name {', '.join(both)}")
        if breach := held_breach(self, self.opened().parameters, ()):
            raise ValueError(f"start: {breach}")
        spec = self.solved()
        if never := out_of_reach(lab, self.watched(), spec):
            raise ValueError("; ".join(f"goals.{place}: {why}" for place, why in never.items()))
        if breach := held_breach(self, spec.parameters, spec.changes):
            raise ValueError(f"solution: {breach}")
        return self

    @property
    def experiment(self) -> Experiment:
        return lab_named(self.lab)

    @property
    def lasts_s(self) -> float:
        """The least duration, in seconds."""
        return float(self.experiment.duration.default) if self.minimum_s is None else self.minimum_s

    @property
    def arms(self) -> tuple[str, ...]:
        """The variants that the goals speak of; empty: whichever."""
        named = {condition.arm for goal in self.watched() for condition in goal.conditions}
        named |= {condition.than_arm for goal in self.watched() for condition in goal.conditions}
        return tuple(arm.name for arm in self.experiment.arms if arm.name in named)

    def watched(self) -> tuple[Goal, ...]:
        """The goals as the laboratory knows them. Raises SpecError, a ValueError, where it does not."""
        return goals_of(self.experiment, [goal.written() for goal in self.goals])

    def opened(self) -> RunSpec:
        """The run that the lab's page opens with."""
        return self._spec({**self.start, **self.fixed}, ())

    def solved(self) -> RunSpec:
        """The author's run."""
        return self._spec({**self.start, **self.fixed, **self.solution.parameters}, self.solution.changes)

    def _spec(self, parameters: Parameters, changes: Sequence[ChangeRow]) -> RunSpec:
        return self.experiment.spec(
            parameters=parameters, seed=self.seed or 1, arms=self.arms, duration_s=self.lasts_s,
            changes=sorted((row.change() for row in changes), key=lambda change: change.t_s),
        )  # fmt: skip

    def held(self) -> dict[str, Scalar]:
        """Knobs that a run must not differ in, with their values."""
        rest = {knob.name: knob.default for knob in self.experiment.knobs if self.turn and knob.name not in self.turn}
        return rest | dict(self.fixed)


def held_breach(definition: LabGoalDefinition, parameters: Mapping[str, Scalar], changes: Sequence[Change]) -> str:
    """Which knob differs, or was turned, though it must not; empty: none."""
    lab, held = definition.experiment, definition.held()
    for name, value in held.items():
        if parameters.get(name) != value:
            label, wanted = setting_in_words(lab, name, value)
            found = setting_in_words(lab, name, parameters[name])[1] if name in parameters else "unknown"
            return f"“{label}” must stay {wanted}; in that run it is {found}."
    for change in changes:
        free = change.name not in held and (change.kind == "set" or not definition.turn or change.name in definition.turn)
        if not free:
            return f"“{changes_in_words(lab, [change])[0]}” was done in that run, which this question does not allow."
    return ""


# The proof that the goals can be met


@lru_cache(maxsize=64)
def proved(written: str) -> str:
    """The artifact of a definition, both as JSON; computed once a process. Raises ValueError in words."""
    definition = LabGoalDefinition.model_validate_json(written)
    goals = definition.watched()
    met, end = _played(definition, definition.solved())
    if missed := [goal.text for goal in goals if goal.id not in met]:
        raise ValueError(f"solution: it does not meet {', '.join(f'“{text}”' for text in missed)}. {end.sentence}")
    if len(_played(definition, definition.opened())[0]) == len(goals):
        raise ValueError("goals: a run without any change meets them all, so there is nothing to do")
    return json.dumps({"met_at_s": met, "sentence": end.sentence})


def _played(definition: LabGoalDefinition, spec: RunSpec) -> tuple[dict[str, float], Finished]:
    watch = RunWatch(definition.watched(), arms=spec.arms, bin_s=definition.experiment.bin_s, changes=spec.changes)
    events = simulated(spec)
    for event in events:
        watch.see(event)
    if not isinstance(events[-1], Finished):
        raise ValueError("the run never came to its end")
    return watch.times, events[-1]
