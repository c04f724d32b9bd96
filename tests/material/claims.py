"""What lessons say of runs, held against runs: `claims/<lesson>.yaml`, beside the test that reads them.

A claim quotes the lesson (`says`), names runs by letter, and gives expressions with the bounds that they must keep for each
seed. An operand is `run.arm.metric`; `run.arm.max:series`, `min:` and `last:` are those of a series, `run.arm.count:kind` the
number of marks of a kind. A sentence that only sounds like a measurement is named with `not_measured` and the reason.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from courses.loading.load import material_folder
from labs.experiments import catalogue
from labs.experiments.events import Event, Finished, Mark, Sample, Scalar
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change
from quizzes.kinds.expression import evaluate

FOLDER = Path(__file__).parent / "claims"
OPERAND = re.compile(r"\b([a-z])\.([a-z0-9+-]+)\.((?:(?:max|min|last|count):)?[a-z0-9_-]+)")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimedChange(Strict):
    t_s: float
    kind: Literal["set", "do"]
    name: str
    value: bool | int | float | str | None = None
    target: str | None = None


class ClaimedRun(Strict):
    lab: str
    parameters: dict[str, bool | int | float | str] = {}
    scene: str = ""
    arms: tuple[str, ...] = ()
    duration_s: float | None = None
    seeds: tuple[int, ...] = (1,)
    changes: tuple[ClaimedChange, ...] = ()


class Expectation(Strict):
    """`value` is an expression of operands; low and high belong to the interval."""

    value: str
    low: float
    high: float


class Claim(Strict):
    says: str = Field(min_length=3)
    runs: dict[str, ClaimedRun] = {}
    expect: tuple[Expectation, ...] = ()
    not_measured: str = ""

    @model_validator(mode="after")
    def measured_or_excused(self) -> "Claim":
        if bool(self.not_measured) == bool(self.expect and self.runs):
            raise ValueError("a claim has runs and expectations, or says why it needs none (not_measured)")
        return self


@cache
def claims_of(lesson: str) -> tuple[Claim, ...]:
    path = FOLDER / f"{lesson}.yaml"
    entries = yaml.safe_load(path.read_text()) if path.is_file() else None
    return tuple(Claim.model_validate(each) for each in entries or [])


def lessons_with_claims() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def lesson_text(lesson: str) -> str:
    """The lesson's file without its front matter, white space made single."""
    found = [path for path in (material_folder() / "lessons").glob("*.md") if path.stem.endswith(lesson)]
    assert len(found) == 1, f"{lesson}: {found}"
    return found[0].read_text().split("\n---\n", 1)[1]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@cache
def events_of(run_json: bytes, seed: int) -> tuple[Event, ...]:
    run = ClaimedRun.model_validate_json(run_json)
    lab = catalogue.get(run.lab)
    scene = next((each for each in lab.scenes if each.id == run.scene), None)
    assert scene or not run.scene, f"{run.lab} has no scene {run.scene}"
    parameters: Mapping[str, Scalar] = {**(scene.parameters if scene else {}), **run.parameters}
    changes = tuple(Change(**each.model_dump(exclude_none=True)) for each in run.changes)
    spec = lab.spec(parameters=parameters, seed=seed, duration_s=run.duration_s, arms=run.arms, changes=changes)
    return tuple(event for event in simulate(spec) if isinstance(event, Finished | Mark | Sample))


def figure(run: ClaimedRun, seed: int, arm: str, what: str) -> float:
    """One operand of a run. Raises `AssertionError` where the run has no such figure."""
    events = events_of(orjson.dumps(run.model_dump(mode="json")), seed)
    how, _, name = what.rpartition(":")
    if how == "count":
        return float(sum(isinstance(event, Mark) and event.arm == arm and event.kind == name for event in events))
    if how:
        found = [event.values.get(name) for event in events if isinstance(event, Sample) and event.arm == arm]
        values = [value for value in found if isinstance(value, int | float)]
        assert values, f"{run.lab}: {arm} has no series {name}"
        return float({"max": max(values), "min": min(values), "last": values[-1]}[how])
    metrics = next(event for event in events if isinstance(event, Finished)).metrics
    value = metrics.get(arm, {}).get(name)
    assert isinstance(value, int | float), f"{run.lab}: {arm} has no metric {name}; it has {sorted(metrics.get(arm, {}))}"
    return float(value)


def outcomes(claim: Claim) -> Iterator[tuple[Expectation, int, float]]:
    """Each expectation with its value, seed by seed (the seeds of the first run that it names)."""
    for expectation in claim.expect:
        operands = sorted(set(OPERAND.findall(expectation.value)), key=lambda each: -len("".join(each)))
        assert operands, f"{expectation.value}: no operand such as a.arm.metric"
        for seed in claim.runs[operands[0][0]].seeds:
            given: dict[str, Any] = {}
            text = expectation.value
            for index, (run, arm, what) in enumerate(operands):
                given[f"x{index}"] = figure(claim.runs[run], seed, arm, what)
                text = text.replace(f"{run}.{arm}.{what}", f"x{index}")
            yield expectation, seed, evaluate(text, given)
