"""Runs of the laboratory inside questions: written down by an author, checked by the lab, simulated once.

A run here is what it is everywhere: lab, parameters, seed, arms, duration, changes. Only simulated runs, which are pure
functions of these; so what a question rests on can be computed again at any time, to the byte.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field

from labs.experiments import catalogue
from labs.experiments.contract import Experiment
from labs.experiments.events import Event, Scalar
from labs.experiments.simulate import RunError, simulate
from labs.experiments.spec import Change, RunSpec, SpecError, changes_in_order
from quizzes.kinds.base import Definition

MAXIMUM_REQUESTS = 300_000
"""In all arms of a run that a question rests on: about six seconds of computing."""
MAXIMUM_EVENTS = 40_000
"""What such a run may say on its way: about a hundred megabytes while it is computed."""

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
ArmName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+-]{0,59}$")]
Parameters = Mapping[str, bool | int | float | str]


class ChangeRow(Definition):
    """A row of the run's ledger: at `t_s` seconds, `set` the knob `name` to `value`, or `do` the action `name` to `target`."""

    t_s: Seconds
    kind: Literal["set", "do"] = "set"
    name: str
    value: bool | int | float | str | None = None
    target: str = ""

    def change(self) -> Change:
        return Change(self.t_s, self.kind, self.name, self.value, self.target)


class LabRun(Definition):
    """A simulated run as an author writes it down; what is left out gets the lab's default."""

    lab: str
    parameters: Parameters = {}
    seed: Annotated[int, Field(ge=0)] = 1
    arms: tuple[ArmName, ...] = ()
    duration_s: Seconds | None = None
    changes: tuple[ChangeRow, ...] = ()

    def spec(self) -> RunSpec:
        """The run as the lab takes it. Raises ValueError with all that is wrong with it, in words."""
        return lab_named(self.lab).spec(
            parameters=self.parameters,
            seed=self.seed,
            arms=self.arms,
            duration_s=self.duration_s,
            changes=changes_in_order(tuple(row.change() for row in self.changes)),
        )


def lab_named(slug: str) -> Experiment:
    """The lab. Raises ValueError, in words, for a slug that no lab has."""
    try:
        return catalogue.get(slug)
    except catalogue.UnknownLab as error:
        raise ValueError(str(error)) from None


def simulated(spec: RunSpec) -> Sequence[Event]:
    """The events of a run. Raises ValueError, in words, where it fails or is too large to stand in a question.

    Virtual time needs a thread without a running event loop; where this one has it, another thread computes.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _computed(spec)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_computed, spec).result()


def _computed(spec: RunSpec) -> Sequence[Event]:
    try:
        return list(simulate(spec, maximum_requests=MAXIMUM_REQUESTS, maximum_events=MAXIMUM_EVENTS))
    except RunError as error:
        raise ValueError(f"the run cannot be computed: {error}") from error


def address_query(parameters: Mapping[str, Scalar], *, seed: int | None, arms: Sequence[str], duration_s: float | None) -> str:
    """The query that opens a lab's page with these settings, as `labs.pages.address_preset` reads it."""
    settings = {f"set.{name}": str(value).lower() if isinstance(value, bool) else value for name, value in parameters.items()}
    rest = {"seed": seed, "arms": ",".join(arms) or None, "duration_s": duration_s}
    return urlencode(settings | {name: value for name, value in rest.items() if value is not None})


def setting_in_words(lab: Experiment, name: str, value: Scalar) -> tuple[str, str]:
    """A knob's label and its value with the unit, as people read them."""
    knob = next(knob for knob in lab.knobs if knob.name == name)
    if isinstance(value, bool):
        return knob.label, "on" if value else "off"
    shown = dict(knob.choices).get(str(value), f"{value:g}" if isinstance(value, int | float) else value)
    return knob.label, f"{shown} {knob.unit}".strip()


def settings_in_words(lab: Experiment, values: Mapping[str, Scalar]) -> list[dict[str, str]]:
    """Knobs as rows of `label` and `value`."""
    return [dict(zip(("label", "value"), setting_in_words(lab, *one), strict=True)) for one in values.items()]


def controls_of(lab: Experiment) -> dict[str, str]:
    """What people call each knob and each action."""
    return {knob.name: knob.label for knob in lab.knobs} | {action.name: action.label for action in lab.actions}


def changes_in_words(lab: Experiment, changes: Sequence[Change]) -> list[str]:
    """Rows of a ledger: “0:42.0 Failure rate = 80 %”."""
    labels = controls_of(lab)
    return [f"{clock(change.t_s)} {_change_in_words(lab, change, labels.get(change.name, change.name))}" for change in changes]


def _change_in_words(lab: Experiment, change: Change, label: str) -> str:
    if change.kind == "do" or change.value is None:
        return f"{label} ({change.target})" if change.target else label
    return " = ".join(setting_in_words(lab, change.name, change.value))


def clock(seconds: float) -> str:
    """As the charts' time axis writes it: 75.5 is “1:15.5”."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths / 10:04.1f}"


def arm_label(lab: Experiment, name: str) -> str:
    """What the lab calls a variant."""
    return next((arm.label for arm in lab.arms if arm.name == name), name)


__all__ = [
    "ArmName", "ChangeRow", "LabRun", "Parameters", "Seconds", "SpecError", "Words", "address_query", "arm_label",
    "changes_in_words", "clock", "controls_of", "lab_named", "setting_in_words",
    "settings_in_words", "simulated",
]  # fmt: skip
