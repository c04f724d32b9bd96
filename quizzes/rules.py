"""What a quiz may say about its draw and its review. Kept as JSON on the quiz, checked here on every way in."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

Difficulty = Annotated[int, Field(ge=1, le=5)]


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Section(Rule):
    """Questions of one part: either `questions`, a fixed list of slugs, or `pick` of the bank by tags, kind and difficulty.

    `tags`: a question must carry all of them. `points` are what each question of the section is worth. `time_limit_s` is a
    section's own clock, which interviews may have; `intro` (Markdown) is read before the section is opened.
    """

    title: str = ""
    intro: Annotated[str, Field(max_length=5_000)] = ""
    time_limit_s: Annotated[int, Field(ge=10, le=24 * 3600)] | None = None
    questions: tuple[str, ...] = ()
    pick: Annotated[int, Field(ge=1, le=200)] | None = None
    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    difficulty: tuple[Difficulty, Difficulty] = (1, 5)
    points: Annotated[float, Field(gt=0, le=100)] = 1.0

    @model_validator(mode="after")
    def _one_way_to_draw(self) -> "Section":
        if bool(self.questions) == (self.pick is not None):
            raise ValueError("give either a list of questions or a number to pick")
        if len(set(self.questions)) != len(self.questions):
            raise ValueError("a question is listed twice")
        if self.difficulty[0] > self.difficulty[1]:
            raise ValueError("difficulty runs from the lower to the higher value")
        return self


class Moment(StrEnum):
    """When a part of the review may be seen."""

    SUBMITTED = "submitted"
    ATTEMPTS_USED = "attempts-used"
    CLOSED = "closed"
    NEVER = "never"


class ReviewPolicy(Rule):
    """What a review shows, and from which moment: the marks, which answers were right, the key, feedback and explanations."""

    marks: Moment = Moment.SUBMITTED
    correctness: Moment = Moment.SUBMITTED
    right_answer: Moment = Moment.SUBMITTED
    feedback: Moment = Moment.SUBMITTED


Layout = Literal["all", "one"]
Sections = Annotated[tuple[Section, ...], Field(min_length=1, max_length=50)]
SECTIONS: TypeAdapter[Sequence[Section]] = TypeAdapter(Sections)


MODES = (
    ("practice", "Practice: checked at once, with hints and tries"),
    ("exam", "Exam: graded when handed in"),
    ("interview", "Interview: one section after the other, each with its time"),
)
Mode = Literal["practice", "exam", "interview"]
OnExpiry = Literal["submit", "abandon"]


def mode_problems(mode: str, sections: Sequence[Section], *, one_way: bool, time_limit_s: int | None) -> list[tuple[str, str]]:
    """What does not go together, as (field, sentence)."""
    found = []
    if mode != "interview" and any(section.time_limit_s for section in sections):
        found.append(
            ("sections", "only interviews give a section a time of its own: choose that mode or leave time_limit_s out")
        )
    if mode == "practice" and one_way:
        found.append(("one_way", "practice lets people go back: choose another mode or leave this off"))
    timed = [section.time_limit_s for section in sections if section.time_limit_s]
    if time_limit_s and sum(timed) > time_limit_s:
        found.append(("time_limit_s", f"the sections take {sum(timed)} s together, the whole quiz has {time_limit_s} s"))
    return found
