"""What a kind of question must be able to do. One file a kind in this package; it ends with `KIND = ThatKind()`.

A question passes five borders, and each is one method here:

- `prepare`: a version is made. What is costly to know (a simulated run) is computed once and kept beside the definition.
- `freeze`: drawn into an attempt. What chance decides (the order of options, parameters) is settled once, as JSON.
- `public_view`: shown before submission. Holds no key, no feedback, no explanation and no seed, by construction: it is
  built from the parts that may be seen, never by removing parts that may not.
- `parse`: an answer comes back from a browser. It is either an answer to this very question or an `AnswerError` in words.
  Where it names a run of the learner's own (`run_cited`), the run's facts are kept with the answer (`with_facts`).
- `grade` and `review`: after submission. A score from 0 to 1 by the rule that `rule` states, and what to say about it; no
  score where a person has to read the answer.

Kinds import neither Django nor the database, so they can be tested and reused alone.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Json = Any
Frozen = Mapping[str, Json]


class AnswerError(ValueError):
    """The answer cannot be one to this question. The text is for the person who gave it."""


class Definition(BaseModel):
    """The part of a question that only its kind understands. Unknown fields are refused, so typing errors surface."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on an answer. `about` quotes the option or value (Markdown), `misconception` names the wrong belief.

    `given`: it is about what the person chose, so it may be said before the key is shown.
    """

    text: str
    about: str = ""
    right: bool | None = None
    misconception: str = ""
    given: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A graded answer: `score` from 0 (wrong) to 1 (right), and the remarks that explain it. None: a person has to grade it."""

    score: float | None
    notes: tuple[Note, ...] = ()

    @property
    def right(self) -> bool:
        return self.score is not None and self.score >= 1.0


DefinitionT = TypeVar("DefinitionT", bound=Definition)
ResponseT = TypeVar("ResponseT")


class Kind(ABC, Generic[DefinitionT, ResponseT]):
    """A kind of question. `DefinitionT` is its schema, `ResponseT` a parsed answer."""

    slug: ClassVar[str]
    label: ClassVar[str]
    template: ClassVar[str]
    review_template: ClassVar[str]
    example: ClassVar[str]
    """A definition in YAML that the admin shows beside the editor."""
    definition: type[DefinitionT]
    graded_by_people: ClassVar[bool] = False
    in_lessons: ClassVar[bool] = True
    """Whether a lesson can ask it of anybody: it takes no attempt to judge an answer."""

    def prepare(self, definition: DefinitionT) -> Json | None:
        """What is computed once, when a version is made; given back to `assemble`. May be slow. Raises ValueError in words."""
        return None

    def assemble(self, raw: Json, artifact: Json | None) -> DefinitionT:
        """The definition in `raw`, with what `prepare` computed from it."""
        return self.definition.model_validate(raw)

    def with_stem(self, definition: DefinitionT, stem: str) -> DefinitionT:
        """The definition as it reads beside its stem (Markdown). Raises ValueError in words when the two do not fit."""
        return definition

    @abstractmethod
    def rule(self, definition: DefinitionT) -> str:
        """How the score comes about, in one sentence for the learner. Must not give the answer away."""

    @abstractmethod
    def freeze(self, definition: DefinitionT, rng: random.Random, *, shuffle: bool) -> Frozen:
        """What chance decides for one attempt, as JSON."""

    def words(self, text: str, definition: DefinitionT, frozen: Frozen) -> str:
        """Stem, hint or explanation (Markdown) as this attempt reads it: placeholders filled with what was drawn."""
        return text

    def fits(self, definition: DefinitionT, frozen: Frozen) -> bool:
        """Whether an attempt that drew `frozen` from another version was asked what this definition asks: the same parts."""
        return _alike(frozen, self.freeze(definition, random.Random(0), shuffle=False))

    @abstractmethod
    def public_view(self, definition: DefinitionT, frozen: Frozen) -> Mapping[str, Json]:
        """All that a browser may know before submission."""

    @abstractmethod
    def parse(self, definition: DefinitionT, frozen: Frozen, raw: Json) -> ResponseT | None:
        """The answer in `raw` (JSON from a browser); None when it is empty. Raises `AnswerError`."""

    def from_form(self, values: Sequence[str]) -> Json:
        """The raw answer in the values of a plain form's inputs; `parse` judges it."""
        return values[0] if len(values) == 1 else list(values) or None

    def run_cited(self, response: ResponseT) -> str | None:
        """The uuid of the learner's own lab run that the answer names."""
        return None

    def with_facts(self, response: ResponseT, facts: Json) -> ResponseT:
        """The answer together with what was found out about the run that it names, when it was given."""
        return response

    @abstractmethod
    def grade(self, definition: DefinitionT, frozen: Frozen, response: ResponseT) -> Outcome:
        """Score and remarks for an answer that is not empty."""

    @abstractmethod
    def review(self, definition: DefinitionT, frozen: Frozen, response: ResponseT | None) -> Mapping[str, Json]:
        """What the review template needs: the answer, and the key. Pages decide by policy which of it they show."""

    @abstractmethod
    def answer_text(self, definition: DefinitionT, frozen: Frozen, response: ResponseT) -> str:
        """An answer as one line of plain words, for tables and exports."""


def _alike(one: Json, other: Json) -> bool:
    """Two draws of the same parts: the same names, the same members of each list, in whatever order."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return not isinstance(one, Mapping | list) and not isinstance(other, Mapping | list)
