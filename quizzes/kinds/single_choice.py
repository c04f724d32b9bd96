"""Single choice: exactly one option is right. All or nothing."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from quizzes.kinds.base import Definition, Frozen, Kind, Outcome
from quizzes.kinds.choices import (
    OptionList,
    check_ids_differ,
    check_texts_differ,
    frozen_order,
    note_on,
    option_id,
    public_options,
    reviewed_options,
)


class SingleChoiceDefinition(Definition):
    """Two to twelve options of which exactly one is `correct`. `keep_order`: the options have an order of their own."""

    options: OptionList
    keep_order: bool = False

    @model_validator(mode="after")
    def _one_right(self) -> "SingleChoiceDefinition":
        check_ids_differ([option.id for option in self.options])
        check_texts_differ([option.text for option in self.options])
        right = sum(option.correct for option in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must be correct, {right} are")
        return self


class SingleChoice(Kind[SingleChoiceDefinition, str]):
    """The answer is the key of one option."""

    slug: ClassVar[str] = "single-choice"
    label: ClassVar[str] = "Single choice"
    template: ClassVar[str] = "quizzes/kinds/single_choice.html"
    review_template: ClassVar[str] = "quizzes/kinds/choice_review.html"
    example: ClassVar[str] = """\
options:
- id: a
  text: It fails fast.
  correct: true
  feedback: Yes. Nothing is sent while the breaker is open.
- id: b
  text: It retries until the call works.
  feedback: That is a retry; a breaker is there to stop calling.
  misconception: a breaker is a retry
"""
    definition = SingleChoiceDefinition

    def rule(self, definition: SingleChoiceDefinition) -> str:
        return "One option is right: all or nothing."

    def freeze(self, definition: SingleChoiceDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        ids = [option.id for option in definition.options]
        return frozen_order(ids, rng, shuffle=shuffle and not definition.keep_order)

    def public_view(self, definition: SingleChoiceDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"options": public_options(definition.options, frozen)}

    def parse(self, definition: SingleChoiceDefinition, frozen: Frozen, raw: Any) -> str | None:
        return None if raw in (None, "") else option_id(frozen, raw)

    def grade(self, definition: SingleChoiceDefinition, frozen: Frozen, response: str) -> Outcome:
        chosen = next(option for option in definition.options if option.id == response)
        return Outcome(score=1.0 if chosen.correct else 0.0, notes=(note_on(chosen),))

    def review(self, definition: SingleChoiceDefinition, frozen: Frozen, response: str | None) -> Mapping[str, Any]:
        chosen = [] if response is None else [response]
        return {"options": reviewed_options(definition.options, frozen, chosen), "shape": "radio"}

    def answer_text(self, definition: SingleChoiceDefinition, frozen: Frozen, response: str) -> str:
        return next(option.text for option in definition.options if option.id == response)


KIND = SingleChoice()
