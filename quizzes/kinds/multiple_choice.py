"""Multiple choice: any number of options, partial credit.

Rule: each right option chosen adds 1/R, each wrong option chosen takes 1/W away, never below 0 (R right options, W wrong
ones). Choosing everything comes to 0, and choosing at random to 0 on average before the floor; what the floor leaves to a
guess is little (0.19 on average with two of four right, each ticked at the toss of a coin). It is the "right minus wrong"
scoring of multiple true-false items.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import model_validator

from quizzes.kinds.base import Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.choices import (
    OptionList,
    check_ids_differ,
    check_texts_differ,
    chosen_ids,
    frozen_order,
    note_on,
    public_options,
    reviewed_options,
)


class MultipleChoiceDefinition(Definition):
    """Two to twelve options; at least one is `correct` and at least one is not."""

    options: OptionList
    keep_order: bool = False

    @model_validator(mode="after")
    def _some_right_some_wrong(self) -> "MultipleChoiceDefinition":
        check_ids_differ([option.id for option in self.options])
        check_texts_differ([option.text for option in self.options])
        right = sum(option.correct for option in self.options)
        if not 0 < right < len(self.options):
            raise ValueError(f"at least one option must be correct and at least one wrong; {right} are correct")
        return self


class MultipleChoice(Kind[MultipleChoiceDefinition, list[str]]):
    """The answer is the list of the keys of the chosen options."""

    slug: ClassVar[str] = "multiple-choice"
    label: ClassVar[str] = "Multiple choice"
    template: ClassVar[str] = "quizzes/kinds/multiple_choice.html"
    review_template: ClassVar[str] = "quizzes/kinds/choice_review.html"
    example: ClassVar[str] = """\
options:
- {id: a, text: A timeout, correct: true, feedback: 'Yes: the callee did not answer.'}
- {id: b, text: 'HTTP 503', correct: true, feedback: 'Yes: the callee could not serve.'}
- {id: c, text: 'HTTP 404', feedback: 'The callee answered well.', misconception: every non-200 is a failure}
"""
    definition = MultipleChoiceDefinition

    def rule(self, definition: MultipleChoiceDefinition) -> str:
        return "Each right option adds its share, each wrong one takes its share away, never below 0."

    def freeze(self, definition: MultipleChoiceDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        ids = [option.id for option in definition.options]
        return frozen_order(ids, rng, shuffle=shuffle and not definition.keep_order)

    def public_view(self, definition: MultipleChoiceDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"options": public_options(definition.options, frozen)}

    def from_form(self, values: Sequence[str]) -> Any:
        return list(values)

    def parse(self, definition: MultipleChoiceDefinition, frozen: Frozen, raw: Any) -> list[str] | None:
        return None if raw in (None, "") else chosen_ids(frozen, raw) or None

    def grade(self, definition: MultipleChoiceDefinition, frozen: Frozen, response: list[str]) -> Outcome:
        chosen = [option for option in definition.options if option.id in response]
        missed = [option for option in definition.options if option.correct and option.id not in response]
        notes = [note_on(option) for option in chosen]
        notes += [Note(text=f"Missed. {option.feedback}".strip(), about=option.text, right=False) for option in missed]
        return Outcome(score=self._score(definition, response), notes=tuple(notes))

    def _score(self, definition: MultipleChoiceDefinition, response: list[str]) -> float:
        right = [option.id for option in definition.options if option.correct]
        wrong = [option.id for option in definition.options if not option.correct]
        hits = sum(name in response for name in right)
        slips = sum(name in response for name in wrong)
        return max(0.0, hits / len(right) - slips / len(wrong))

    def review(self, definition: MultipleChoiceDefinition, frozen: Frozen, response: list[str] | None) -> Mapping[str, Any]:
        return {"options": reviewed_options(definition.options, frozen, response or []), "shape": "checkbox"}

    def answer_text(self, definition: MultipleChoiceDefinition, frozen: Frozen, response: list[str]) -> str:
        return "; ".join(option.text for option in definition.options if option.id in response)


KIND = MultipleChoice()
