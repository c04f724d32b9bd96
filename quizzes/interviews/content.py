"""What a mock interview's prompt says: stages with follow-ups, the lab, the change in mid-round, the rubric, the model answer.

A file of the material, a row of the admin and the frozen copy in a round all have this shape. What it cannot see by itself
(labs, knobs, bounds) is checked by `lab_checks`.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

StageName = Literal["requirements", "sizing", "interface", "data", "high-level-design", "deep-dive", "wrap-up"]
STAGES: tuple[StageName, ...] = get_args(StageName)
STAGE_WORDS: dict[str, str] = {
    "requirements": "Requirements", "sizing": "Sizing", "interface": "Interface", "data": "Data",
    "high-level-design": "High-level design", "deep-dive": "Deep dive", "wrap-up": "Wrap-up",
}  # fmt: skip
Level = Literal["senior", "staff", "principal"]
LEVELS: tuple[Level, ...] = get_args(Level)
ItemKind = Literal["strong", "trap", "red", "green"]
KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
KIND_WORDS: dict[str, str] = {"strong": "Strong signal", "trap": "Trap", "red": "Red flag", "green": "Green flag"}
HELPS: frozenset[str] = frozenset({"strong", "green"})
"""Kinds that count for the candidate; the others count against."""

Text = Annotated[str, AfterValidator(str.strip)]
SaidText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Value = bool | int | float | str


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lab(Part):
    """The running system of the interview: a lab of the catalogue, set up. `why`: what of the design it stands for."""

    slug: Name
    parameters: dict[str, Value] = {}
    arms: tuple[str, ...] = ()
    duration_s: float | None = None
    why: SaidText


class FollowUp(Part):
    """A question of the interviewer; it opens `after_s` seconds into its stage. `answer` is shown after the round."""

    id: Name
    after_s: Annotated[int, Field(ge=0)] = 0
    ask: SaidText
    answer: SaidText
    probes: tuple[SaidText, ...] = ()


class Stage(Part):
    """One timed part of the round."""

    stage: StageName
    minutes: Annotated[int, Field(ge=1, le=120)]
    ask: SaidText
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def words(self) -> str:
        return STAGE_WORDS[self.stage]

    @model_validator(mode="after")
    def _within_its_time(self) -> "Stage":
        late = [each.id for each in self.follow_ups if each.after_s >= self.minutes * 60]
        if late:
            raise ValueError(f"{', '.join(late)} would open after the stage's {self.minutes} minutes")
        return self


class Change(Part):
    """What changes `after_s` seconds into its stage: a knob of the running lab is turned, by a factor or to a value."""

    stage: StageName
    after_s: Annotated[int, Field(ge=0)] = 0
    says: SaidText
    knob: str
    times: Annotated[float, Field(gt=0)] | None = None
    to: Value | None = None
    expect: SaidText

    @model_validator(mode="after")
    def _one_way(self) -> "Change":
        if (self.times is None) == (self.to is None):
            raise ValueError("say either “times” or “to”")
        return self


class RubricItem(Part):
    """One thing to be seen (strong, green) or fallen into (trap, red), and at which levels it counts."""

    id: Name
    kind: ItemKind
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    stage: StageName
    text: SaidText
    weight: Annotated[int, Field(ge=1, le=3)] = 1
    covers: tuple[str, ...] = ()

    @property
    def helps(self) -> bool:
        return self.kind in HELPS

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def stage_words(self) -> str:
        return STAGE_WORDS[self.stage]


class PromptContent(Part):
    """The whole prompt. Everything that says how to answer stays on the server until the round ends."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)]
    summary: Text
    brief: SaidText
    minutes: Annotated[int, Field(ge=7, le=240)]
    lab: Lab
    stages: tuple[Stage, ...]
    change: Change
    rubric: Annotated[tuple[RubricItem, ...], Field(min_length=12, max_length=24)]
    model_answer: dict[StageName, SaidText]
    diagram: Text = ""
    sources: tuple[str, ...] = ()
    tags: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "PromptContent":
        if problems := list(_problems(self)):
            raise ValueError("; ".join(problems))
        return self

    def stage_named(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.stage == name)

    def items_for(self, level: str) -> list[RubricItem]:
        return [item for item in self.rubric if level in item.levels]


def _problems(content: PromptContent) -> Iterator[str]:
    if tuple(stage.stage for stage in content.stages) != STAGES:
        yield f"the stages are exactly these, in this order: {', '.join(STAGES)}"
        return
    total = sum(stage.minutes for stage in content.stages)
    if total != content.minutes:
        yield f"the stages take {total} minutes together, not {content.minutes}"
    yield from _twice("follow-up", [each.id for stage in content.stages for each in stage.follow_ups])
    yield from _twice("rubric item", [item.id for item in content.rubric])
    if content.change.after_s >= content.stage_named(content.change.stage).minutes * 60:
        yield "the change would come after the end of its stage"
    for level in LEVELS:
        if not any(item.helps for item in content.items_for(level)):
            yield f"the rubric has nothing to reach at the level {level}: give it a strong signal or a green flag"


def _twice(what: str, names: Sequence[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two entries are the {what} “{name}”"


def content_of(kept: Any) -> PromptContent:
    """Of JSON as a round keeps it."""
    return PromptContent.model_validate(kept)
