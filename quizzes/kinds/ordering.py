"""Ordering: put items into the right order, partial credit.

Rule: of all pairs of items, count those that stand the wrong way round: score = 1 - 2 x wrong pairs / all pairs, never
below 0. This is Kendall's rank correlation (M. G. Kendall, A New Measure of Rank Correlation, Biometrika 30, 1938), so a
random order scores 0 on average before the floor and one swap of neighbours costs little.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.choices import OptionId, Words, check_ids_differ, check_texts_differ, chosen_ids


class Item(Definition):
    """One item. `feedback` says why it stands where it stands; `misconception` names the belief that misplaces it."""

    id: OptionId
    text: Words
    feedback: str = ""
    misconception: str = ""


class OrderingDefinition(Definition):
    """Three to ten items, written in the right order. `first` and `last` name the ends ("outermost", "innermost")."""

    items: Annotated[list[Item], Field(min_length=3, max_length=10)]
    first: str = "first"
    last: str = "last"

    @model_validator(mode="after")
    def _ids_differ(self) -> "OrderingDefinition":
        check_ids_differ([item.id for item in self.items])
        check_texts_differ([item.text for item in self.items])
        return self


class Ordering(Kind[OrderingDefinition, list[str]]):
    """The answer is the list of all keys in the learner's order."""

    slug: ClassVar[str] = "ordering"
    label: ClassVar[str] = "Ordering"
    template: ClassVar[str] = "quizzes/kinds/ordering.html"
    review_template: ClassVar[str] = "quizzes/kinds/ordering_review.html"
    example: ClassVar[str] = """\
first: first
last: last
items:            # in the right order; learners see them shuffled
- {id: closed, text: Closed, feedback: Every breaker starts closed.}
- {id: open, text: Open, feedback: Failures passed the threshold.}
- {id: half-open, text: Half-open, feedback: The wait has ended; trials decide.}
"""
    definition = OrderingDefinition

    def rule(self, definition: OrderingDefinition) -> str:
        return "Every pair of items that stands the wrong way round costs its share; half of the pairs or more wrong: 0."

    def freeze(self, definition: OrderingDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        """Always shuffled, and never into the right order: the order is the key."""
        key = [item.id for item in definition.items]
        order = list(key)
        while order == key:
            rng.shuffle(order)
        return {"order": order}

    def public_view(self, definition: OrderingDefinition, frozen: Frozen) -> Mapping[str, Any]:
        texts = {item.id: item.text for item in definition.items}
        items = [{"key": str(place), "text": texts[name]} for place, name in enumerate(frozen["order"], start=1)]
        return {"items": items, "first": definition.first, "last": definition.last}

    def from_form(self, values: Sequence[str]) -> Any:
        return list(values)

    def parse(self, definition: OrderingDefinition, frozen: Frozen, raw: Any) -> list[str] | None:
        if raw in (None, "", []):
            return None
        ids = chosen_ids(frozen, raw)
        if len(ids) != len(definition.items):
            raise AnswerError("The order must name every item once.")
        return ids

    def grade(self, definition: OrderingDefinition, frozen: Frozen, response: list[str]) -> Outcome:
        right = {item.id: place for place, item in enumerate(definition.items)}
        pairs = list(combinations(response, 2))
        wrong = sum(right[before] > right[after] for before, after in pairs)
        notes = [self._note(item, response.index(item.id) == place) for place, item in enumerate(definition.items)]
        return Outcome(score=max(0.0, 1.0 - 2.0 * wrong / len(pairs)), notes=tuple(notes))

    def _note(self, item: Item, in_place: bool) -> Note:
        return Note(text=item.feedback, about=item.text, right=in_place, misconception="" if in_place else item.misconception)

    def review(self, definition: OrderingDefinition, frozen: Frozen, response: list[str] | None) -> Mapping[str, Any]:
        by_id = {item.id: item for item in definition.items}
        place = {item.id: number for number, item in enumerate(definition.items, start=1)}
        given = [
            {**by_id[name].model_dump(exclude={"id"}), "place": number, "right_place": place[name]}
            for number, name in enumerate(response or [], start=1)
        ]
        key = [item.model_dump(exclude={"id"}) for item in definition.items]
        return {"given": given, "key": key, "first": definition.first, "last": definition.last}

    def answer_text(self, definition: OrderingDefinition, frozen: Frozen, response: list[str]) -> str:
        by_id = {item.id: item.text for item in definition.items}
        return " → ".join(by_id[name] for name in response)


KIND = Ordering()
