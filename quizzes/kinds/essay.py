"""Essay: a text of one's own, graded by a person against a rubric.

No machine judges it: `grade` gives no score, and the attempt waits until an instructor has given each criterion its points
(`quizzes.services.essays`). Analytic rubrics with described levels agree better between graders than one overall mark:
A. Jonsson, G. Svingby, The use of scoring rubrics, Educational Research Review 2 (2007).
"""

import random
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Outcome
from quizzes.kinds.choices import OptionId, Words, check_ids_differ

MAX_CHARACTERS = 20_000
"""About 3,000 words. Every pause in the writing keeps the whole text once more."""

Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
WordCount = Annotated[int, Field(ge=1, le=2_500)]


class Level(Definition):
    """What a text must show to earn `points` of its criterion."""

    points: Points
    text: Words


class Criterion(Definition):
    """One thing that is judged on its own, worth up to `points`."""

    id: OptionId
    criterion: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    points: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
    levels: Annotated[list[Level], Field(max_length=6)] = []

    @model_validator(mode="after")
    def _levels_within(self) -> "Criterion":
        reached = [level.points for level in self.levels]
        if len(set(reached)) != len(reached):
            raise ValueError(f"two levels of “{self.criterion}” give the same points")
        if reached and max(reached) != self.points:
            raise ValueError(f"the best level of “{self.criterion}” must give its {self.points:g} points")
        return self


class EssayDefinition(Definition):
    """A rubric of one to eight criteria. `show_rubric`: learners see the criteria's names and points while they write.

    Levels and `model_answer` (Markdown) are the graders'; learners see them when the right answers are opened.
    """

    rubric: Annotated[list[Criterion], Field(min_length=1, max_length=8)]
    min_words: WordCount | None = None
    max_words: WordCount | None = None
    model_answer: Annotated[str, StringConstraints(max_length=20_000)] = ""
    show_rubric: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> "EssayDefinition":
        check_ids_differ([criterion.id for criterion in self.rubric])
        if self.min_words and self.max_words and self.min_words > self.max_words:
            raise ValueError("min_words is above max_words")
        return self

    @property
    def points(self) -> float:
        return sum(criterion.points for criterion in self.rubric)

    @property
    def length(self) -> str:
        """How long the text shall be, in words; empty without limits."""
        match self.min_words, self.max_words:
            case None, None:
                return ""
            case None, most:
                return f"at most {most:,} words"
            case least, None:
                return f"at least {least:,} words"
            case least, most:
                return f"{least:,} to {most:,} words"


class Essay(Kind[EssayDefinition, str]):
    """The answer is a text, kept as it was written. One that is too long in words is kept too: the grader decides."""

    slug: ClassVar[str] = "essay"
    label: ClassVar[str] = "Essay"
    template: ClassVar[str] = "quizzes/kinds/essay.html"
    review_template: ClassVar[str] = "quizzes/kinds/essay_review.html"
    example: ClassVar[str] = """\
min_words: 80
max_words: 300
show_rubric: true         # the criteria's names and points while writing; never levels or the model answer
rubric:
- id: trigger
  criterion: Says what makes the overload last after its trigger is gone
  points: 3
  levels:                 # optional; the best one gives all points of the criterion
  - {points: 0, text: Names only the trigger.}
  - {points: 1, text: Names retries without the loop.}
  - {points: 3, text: 'Shows the loop: slow answers, timeouts, retries, more load.'}
- id: remedy
  criterion: Names a remedy and what it costs
  points: 2
model_answer: |
  The queue is full of work that nobody waits for any more …
"""
    definition = EssayDefinition
    graded_by_people: ClassVar[bool] = True

    def rule(self, definition: EssayDefinition) -> str:
        criteria = len(definition.rubric)
        return f"A person grades it by {criteria} {'criterion' if criteria == 1 else 'criteria'}."

    def freeze(self, definition: EssayDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {}

    def public_view(self, definition: EssayDefinition, frozen: Frozen) -> Mapping[str, Any]:
        named = [{"criterion": one.criterion, "points": one.points} for one in definition.rubric]
        return {
            "min_words": definition.min_words,
            "max_words": definition.max_words,
            "length": definition.length,
            "max_characters": MAX_CHARACTERS,
            "criteria": named if definition.show_rubric else [],
        }

    def parse(self, definition: EssayDefinition, frozen: Frozen, raw: Any) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise AnswerError("The answer to this question is a text.")
        if len(raw) > MAX_CHARACTERS:
            raise AnswerError(f"A text has at most {MAX_CHARACTERS:,} characters; this one has {len(raw):,}. Shorten it.")
        if not _can_be_kept(raw):
            raise AnswerError("The text holds a broken or invisible character that cannot be kept. Remove it.")
        return raw.replace("\r\n", "\n").strip() or None

    def grade(self, definition: EssayDefinition, frozen: Frozen, response: str) -> Outcome:
        return Outcome(score=None)

    def review(self, definition: EssayDefinition, frozen: Frozen, response: str | None) -> Mapping[str, Any]:
        return {
            "text": response or "",
            "words": word_count(response or ""),
            "length": definition.length,
            "rubric": [criterion.model_dump(exclude={"id"}) for criterion in definition.rubric],
            "points": definition.points,
            "model_answer": definition.model_answer,
        }

    def answer_text(self, definition: EssayDefinition, frozen: Frozen, response: str) -> str:
        return " ".join(response.split())


def _can_be_kept(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def word_count(text: str) -> int:
    """Words are what blanks part, as the page counts them."""
    return len(text.split())


KIND = Essay()
