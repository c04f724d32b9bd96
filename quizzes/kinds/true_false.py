"""True or false: a statement is judged. All or nothing.

A guess is right half of the time, so such questions weigh little alone; feedback on both sides and the name of the wrong
belief make them worth asking.
"""

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Outcome
from quizzes.kinds.choices import Option, note_on, reviewed_options

KEYS = {"true": True, "false": False}
SHOWN: Frozen = {"order": list(KEYS)}


class TrueFalseDefinition(Definition):
    """The stem is a statement; `answer` says whether it holds. `misconception` names the belief behind the wrong answer."""

    answer: bool
    true_feedback: str = ""
    false_feedback: str = ""
    misconception: str = ""

    @property
    def options(self) -> list[Option]:
        """As the options of a choice, true first."""
        return [self._option(key, said) for key, said in KEYS.items()]

    def _option(self, key: str, said: bool) -> Option:
        right = said is self.answer
        feedback = self.true_feedback if said else self.false_feedback
        return Option(
            id=key, text=key.capitalize(), correct=right, feedback=feedback, misconception="" if right else self.misconception
        )


class TrueFalse(Kind[TrueFalseDefinition, bool]):
    """The answer is "true" or "false". True always stands first: shuffling two well-known words only slows reading."""

    slug: ClassVar[str] = "true-false"
    label: ClassVar[str] = "True or false"
    template: ClassVar[str] = "quizzes/kinds/single_choice.html"
    review_template: ClassVar[str] = "quizzes/kinds/choice_review.html"
    example: ClassVar[str] = """\
answer: false                     # the stem is the statement
true_feedback: An open breaker sends nothing. That is what it is for.
false_feedback: Right. It fails at once, without a call.
misconception: an open breaker lets calls through
"""
    definition = TrueFalseDefinition

    def rule(self, definition: TrueFalseDefinition) -> str:
        return "True or false: all or nothing."

    def freeze(self, definition: TrueFalseDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {}

    def public_view(self, definition: TrueFalseDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"options": [{"key": key, "text": key.capitalize()} for key in KEYS], "side_by_side": True}

    def parse(self, definition: TrueFalseDefinition, frozen: Frozen, raw: Any) -> bool | None:
        if raw in (None, ""):
            return None
        if not isinstance(raw, str) or raw not in KEYS:
            raise AnswerError("Answer true or false.")
        return KEYS[raw]

    def grade(self, definition: TrueFalseDefinition, frozen: Frozen, response: bool) -> Outcome:
        chosen = definition.options[0 if response else 1]
        return Outcome(score=1.0 if chosen.correct else 0.0, notes=(note_on(chosen),))

    def review(self, definition: TrueFalseDefinition, frozen: Frozen, response: bool | None) -> Mapping[str, Any]:
        chosen = [] if response is None else [self.answer_text(definition, frozen, response).lower()]
        return {"options": reviewed_options(definition.options, SHOWN, chosen), "shape": "radio"}

    def answer_text(self, definition: TrueFalseDefinition, frozen: Frozen, response: bool) -> str:
        return "True" if response else "False"


KIND = TrueFalse()
