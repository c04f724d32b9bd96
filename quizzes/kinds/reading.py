"""What a question about a run is made of: the run, what is shown of it, what is asked; and its keys, found by simulating."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from labs.experiments.contract import Experiment
from quizzes.kinds.base import Definition, Json
from quizzes.kinds.choices import OptionList, check_ids_differ, check_texts_differ
from quizzes.kinds.frozen_run import MOST_BINS, Trace, artifact_of, traced, winner
from quizzes.kinds.lab_runs import ArmName, LabRun, Words, arm_label, lab_named
from quizzes.kinds.moments import Moment, moment_s, why_unclear

WIDEST = 0.125
"""A tolerance covers a quarter of the run at most, so that no guess is a good one."""

Weight = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class ArmRemark(Definition):
    """What is said to somebody who named this variant."""

    feedback: str = ""
    misconception: str = ""


class Which(Definition):
    """Which variant has the `best` ("highest", "lowest") value of `metric`? It must lead the second by `margin`."""

    metric: str
    best: Literal["highest", "lowest"]
    ask: str = ""
    margin: Annotated[float, Field(ge=0.05, le=1)] = 0.15
    remarks: Mapping[ArmName, ArmRemark] = {}
    weight: Weight = 1.0


class Mistake(Moment):
    """Another moment that people take for the one that is asked for, and what to tell them."""

    feedback: str = ""
    misconception: str = ""


class When(Moment):
    """When does the moment come in the run of `arm`? Right within `tolerance_s`."""

    ask: Words
    arm: ArmName
    tolerance_s: Annotated[float, Field(gt=0, le=3_600)]
    right_feedback: str = ""
    wrong_feedback: str = ""
    mistakes: tuple[Mistake, ...] = ()
    weight: Weight = 1.0


class Why(Definition):
    """A single choice."""

    ask: Words
    options: OptionList
    keep_order: bool = False
    weight: Weight = 1.0

    @model_validator(mode="after")
    def _one_right(self) -> "Why":
        check_ids_differ([option.id for option in self.options])
        check_texts_differ([option.text for option in self.options])
        right = sum(option.correct for option in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must be correct, {right} are")
        return self


class ReadTheRunDefinition(Definition):
    """The `run`, the `series` shown of it, the kinds of `flags` on its time axis, and one to three things to ask."""

    run: LabRun
    series: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]
    flags: tuple[Literal["change", "fault", "state", "scale", "note"], ...] = ("change", "fault")
    which: Which | None = None
    when: When | None = None
    why: Why | None = None

    _artifact: Json = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _the_lab_takes_it(self) -> "ReadTheRunDefinition":
        if not self.parts:
            raise ValueError("ask something: which, when or why")
        lab, spec = lab_named(self.run.lab), self.run.spec()
        self._check_series(lab)
        if self.which:
            self._check_which(lab, spec.arms, self.which)
        if self.when:
            self._check_when(lab, spec.arms, spec.duration_s, self.when)
        return self

    def _check_series(self, lab: Experiment) -> None:
        drawn = [series.name for series in lab.series if series.kind != "heat"]
        if strangers := [name for name in self.series if name not in drawn]:
            raise ValueError(f"the charts of {lab.slug} have no lines {', '.join(strangers)}; there are {', '.join(drawn)}")
        check_ids_differ(self.series)

    def _check_which(self, lab: Experiment, arms: Sequence[str], which: Which) -> None:
        if which.metric not in (known := [metric.name for metric in lab.metrics]):
            raise ValueError(f"{lab.slug} has no metric {which.metric}; there are {', '.join(known)}")
        if len(arms) < 2:
            raise ValueError("which: the run has a single arm, so there is nothing to choose")
        if strangers := set(which.remarks) - set(arms):
            raise ValueError(f"remarks on arms that do not run: {', '.join(sorted(strangers))}")

    def _check_when(self, lab: Experiment, arms: Sequence[str], duration_s: float, when: When) -> None:
        if when.arm not in arms:
            raise ValueError(f"when: {when.arm} does not run; the arms are {', '.join(arms)}")
        if unseen := {one.series for one in (when, *when.mistakes)} - {None, *self.series}:
            raise ValueError(f"when: {', '.join(sorted(map(str, unseen)))} is not among the series shown")
        if when.mark and when.mark.kind in self.flags:
            raise ValueError(f"flags: those of the kind {when.mark.kind} show the very moment that is asked for")
        finest_s = max(lab.bin_s, duration_s / MOST_BINS)
        if not finest_s <= when.tolerance_s <= WIDEST * duration_s:
            raise ValueError(f"tolerance_s: from {finest_s:g} (what the chart can show) to {WIDEST * duration_s:g} s")

    @property
    def parts(self) -> dict[str, Which | When | Why]:
        asked = {"which": self.which, "when": self.when, "why": self.why}
        return {name: part for name, part in asked.items() if part is not None}

    @property
    def artifact(self) -> dict[str, Json]:
        """What `prepare` computed."""
        if self._artifact is None:
            raise ValueError("this definition has not met its run yet")
        kept: dict[str, Json] = self._artifact
        return kept


@lru_cache(maxsize=64)
def measured(written: str) -> str:
    """The artifact of a definition, both as JSON. A run is a pure function of it, so it is computed once a process."""
    definition = ReadTheRunDefinition.model_validate_json(written)
    lab, spec = lab_named(definition.run.lab), definition.run.spec()
    trace = traced(lab, spec, definition.series)
    found = artifact_of(lab, spec, trace, definition.series, definition.flags)
    _check_no_name(lab, spec.arms, found)
    if definition.which:
        found["which"] = winner(
            trace, definition.which.metric, highest=definition.which.best == "highest", margin=definition.which.margin
        )
        _check_not_told(definition, found["which"])
    if definition.when:
        found["when_s"] = _key_s(trace, definition.when)
        found["mistakes_s"] = [_mistake_s(trace, definition.when, one, found["when_s"]) for one in definition.when.mistakes]
    return json.dumps(found)


def _check_no_name(lab: Experiment, arms: Sequence[str], found: Mapping[str, Any]) -> None:
    """The letters hide nothing where a flag says which variant it is."""
    for flag in found["flags"]:
        for name in (*arms, *(arm_label(lab, arm) for arm in arms)):
            if re.search(rf"\b{re.escape(name)}\b", flag["text"], re.IGNORECASE):
                raise ValueError(f"flags: the one at {flag['t']:g} s says “{flag['text']}”, which names a variant")


def _check_not_told(definition: ReadTheRunDefinition, key: str) -> None:
    """All parts are read before any is answered: one must not give another's answer away."""
    texts = [definition.when.ask] if definition.when else []
    texts += [definition.why.ask, *(option.text for option in definition.why.options)] if definition.why else []
    if any(f"{{{key}}}" in text for text in texts):
        raise ValueError(f"another part names {{{key}}}, which is the answer to “which”: ask for it without its letter")


def _key_s(trace: Trace, when: When) -> float:
    key_s = moment_s(trace, when.arm, when)
    if key_s is None:
        raise ValueError(f"when: this never happens in {when.arm}{_what_marks(trace, when)}")
    if unclear := why_unclear(trace, when.arm, when, key_s, when.tolerance_s):
        raise ValueError(f"when: the answer would be open to doubt: {unclear}")
    return key_s


def _what_marks(trace: Trace, when: When) -> str:
    if when.mark is None:
        return ""
    there = dict.fromkeys(f"{mark.kind} {mark.value}" for mark in trace.marks if mark.arm in (when.arm, ""))
    return f"; its marks are {', '.join(there) or 'none'}"


def _mistake_s(trace: Trace, when: When, mistake: Mistake, key_s: float) -> float:
    at_s = moment_s(trace, when.arm, mistake)
    if at_s is None:
        raise ValueError(f"mistakes: one of them never happens in {when.arm}: take it out")
    if abs(at_s - key_s) <= 2 * when.tolerance_s:
        raise ValueError(f"mistakes: the one at {at_s:g} s cannot be told from the right answer, {key_s:g} s")
    return at_s
