"""Matching: give each thing on the left its partner on the right, partial credit.

Rule: each right pair earns its share; a wrong or missing one earns nothing and costs nothing. There is no penalty, since
whoever guesses all of n partners out of r that are offered reaches 1/r of the points on average.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.choices import OptionId, Words, check_ids_differ, check_texts_differ, option_id

Partner = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Pair(Definition):
    """`left` in Markdown, its partner `right` in plain words; `feedback` says why they belong together."""

    id: OptionId
    left: Words
    right: Partner
    feedback: str = ""
    misconception: str = ""


class MatchingDefinition(Definition):
    """Two to ten pairs, and `distractors`: partners that belong to nothing. Pairs may share a partner."""

    pairs: Annotated[list[Pair], Field(min_length=2, max_length=10)]
    distractors: Annotated[list[Partner], Field(max_length=6)] = []

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> "MatchingDefinition":
        check_ids_differ([pair.id for pair in self.pairs])
        check_texts_differ([pair.left for pair in self.pairs])
        rights = {pair.right for pair in self.pairs}
        if len(self.partners) < 2:
            raise ValueError("all pairs have the same partner: there is nothing to choose")
        if astray := sorted(rights & set(self.distractors)):
            raise ValueError(f"a distractor is the partner of a pair: {', '.join(astray)}")
        if len(self.partners) < len(rights) + len(self.distractors):
            raise ValueError("a distractor is named twice")
        return self

    @property
    def partners(self) -> list[str]:
        """All that is offered on the right, each once."""
        return list(dict.fromkeys([*(pair.right for pair in self.pairs), *self.distractors]))


class Matching(Kind[MatchingDefinition, dict[str, str]]):
    """The answer is an object: for the key of a left, the key of its partner. Those without a partner are left out."""

    slug: ClassVar[str] = "matching"
    label: ClassVar[str] = "Matching"
    template: ClassVar[str] = "quizzes/kinds/matching.html"
    review_template: ClassVar[str] = "quizzes/kinds/matching_review.html"
    example: ClassVar[str] = """\
pairs:
- id: strong
  left: A user sees their own write at once
  right: Read your writes
  feedback: The promise is to the writer, nobody else.
- id: later
  left: Replicas agree some time after the writes stop
  right: Eventual consistency
  feedback: Nothing is said about when.
  misconception: eventual means soon
distractors: [Linearizability]      # offered on the right, partner of nothing
"""
    definition = MatchingDefinition

    def rule(self, definition: MatchingDefinition) -> str:
        return f"Each right partner earns 1/{len(definition.pairs)} of the points; a wrong one costs nothing."

    def freeze(self, definition: MatchingDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        """Partners always shuffled: in the author's order they would stand beside their lefts. They are kept by their words,
        so that an answer means the same when the pairs are corrected.
        """
        order, partners = [pair.id for pair in definition.pairs], definition.partners
        rng.shuffle(partners)
        if shuffle:
            rng.shuffle(order)
        return {"order": order, "partners": partners}

    def public_view(self, definition: MatchingDefinition, frozen: Frozen) -> Mapping[str, Any]:
        lefts = {pair.id: pair.left for pair in definition.pairs}
        return {
            "lefts": [{"key": str(place), "text": lefts[name]} for place, name in enumerate(frozen["order"], start=1)],
            "partners": [{"key": key, "text": text} for key, text in _offered(frozen).items()],
        }

    def from_form(self, values: Sequence[str]) -> Any:
        """A form sends one value for each left, in the order shown; empty where nothing was chosen."""
        return {str(place): value for place, value in enumerate(values, start=1) if value} or None

    def parse(self, definition: MatchingDefinition, frozen: Frozen, raw: Any) -> dict[str, str] | None:
        if raw in (None, "", {}):
            return None
        if not isinstance(raw, dict):
            raise AnswerError("The answer to this question names a partner for each entry.")
        if len(raw) > len(definition.pairs):
            raise AnswerError("The answer has more entries than the question.")
        offered = _offered(frozen)
        return {option_id(frozen, left): _partner(offered, key) for left, key in raw.items()}

    def grade(self, definition: MatchingDefinition, frozen: Frozen, response: dict[str, str]) -> Outcome:
        notes = [_note(pair, response.get(pair.id)) for pair in definition.pairs]
        return Outcome(score=sum(note.right is True for note in notes) / len(notes), notes=tuple(notes))

    def review(self, definition: MatchingDefinition, frozen: Frozen, response: dict[str, str] | None) -> Mapping[str, Any]:
        by_id = {pair.id: pair for pair in definition.pairs}
        return {"pairs": [_reviewed(by_id[name], (response or {}).get(name)) for name in frozen["order"]]}

    def answer_text(self, definition: MatchingDefinition, frozen: Frozen, response: dict[str, str]) -> str:
        given = [(pair.left, response[pair.id]) for pair in definition.pairs if pair.id in response]
        return "; ".join(f"{left} → {right}" for left, right in given)


def _offered(frozen: Frozen) -> dict[str, str]:
    """The partners by their keys in the browser: their places in the frozen order, from "1"."""
    return {str(place): text for place, text in enumerate(frozen["partners"], start=1)}


def _partner(offered: Mapping[str, str], key: Any) -> str:
    if not isinstance(key, str) or key not in offered:
        raise AnswerError("That partner is not part of this question.")
    return offered[key]


def _note(pair: Pair, given: str | None) -> Note:
    right = given == pair.right
    wrong_belief = pair.misconception if given is not None and not right else ""
    return Note(text=pair.feedback, about=pair.left, right=right, misconception=wrong_belief)


def _reviewed(pair: Pair, given: str | None) -> dict[str, Any]:
    return {**pair.model_dump(exclude={"id"}), "given": given, "matches": given == pair.right}


KIND = Matching()
