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

    `tags`: a question must carry all of them. `points` are what each question of the section is worth.
    """

    title: str = ""
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
