"""Short text: a word or a few, compared with accepted forms. Each form has its own score; what fits none scores 0.

How texts are compared, and which form decides where several fit, is told in `wording`.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from quizzes.kinds.base import Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.wording import AcceptedForm, Form, WrongForm, best_form, check_forms, parse_words, score_of


class ShortTextDefinition(Definition):
    """`accept`: forms that are right (or in part, by their `score`); `wrong`: forms that deserve words of their own."""

    accept: Annotated[list[AcceptedForm], Field(min_length=1, max_length=30)]
    wrong: Annotated[list[WrongForm], Field(max_length=30)] = []
    case_sensitive: bool = False

    @model_validator(mode="after")
    def _forms_agree(self) -> "ShortTextDefinition":
        check_forms(self.accept, self.wrong, case_sensitive=self.case_sensitive)
        return self

    def deciding(self, answer: str) -> Form | None:
        """The form that decides about an answer; None where none fits."""
        return best_form((*self.accept, *self.wrong), answer, case_sensitive=self.case_sensitive)


class ShortText(Kind[ShortTextDefinition, str]):
    """The answer is text, kept as it was typed."""

    slug: ClassVar[str] = "short-text"
    label: ClassVar[str] = "Short text"
    template: ClassVar[str] = "quizzes/kinds/short_text.html"
    review_template: ClassVar[str] = "quizzes/kinds/short_text_review.html"
    example: ClassVar[str] = r"""accept:                           # * stands for anything, \* for a star
- half-open
- {text: half open state, feedback: 'Yes. Most texts call it just half-open.'}
- {text: '*trial*', score: 0.5, feedback: 'That is what it does. What is it called?'}
wrong:
- {text: open, feedback: An open breaker lets nothing through., misconception: an open breaker tries calls}
case_sensitive: false
"""
    definition = ShortTextDefinition

    def rule(self, definition: ShortTextDefinition) -> str:
        letters = "Small and capital letters differ; extra" if definition.case_sensitive else "Small or capital letters, extra"
        part = " Some answers earn a part of the points." if any(form.score < 1 for form in definition.accept) else ""
        return f"{letters} spaces and the kind of dash make no difference.{part}"

    def freeze(self, definition: ShortTextDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {}

    def public_view(self, definition: ShortTextDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {}

    def from_form(self, values: Sequence[str]) -> Any:
        return values[0] if values else None

    def parse(self, definition: ShortTextDefinition, frozen: Frozen, raw: Any) -> str | None:
        return parse_words(raw)

    def grade(self, definition: ShortTextDefinition, frozen: Frozen, response: str) -> Outcome:
        form = definition.deciding(response)
        score = score_of(form)
        if form is None:
            return Outcome(score=0.0)
        note = Note(text=form.feedback, right=score >= 1, misconception=form.misconception, given=True)
        return Outcome(score=score, notes=(note,))

    def review(self, definition: ShortTextDefinition, frozen: Frozen, response: str | None) -> Mapping[str, Any]:
        score = 0.0 if response is None else score_of(definition.deciding(response))
        forms = sorted(definition.accept, key=lambda form: (-form.score, not form.exact))
        return {
            "given": response,
            "score": score,
            "right": score >= 1,
            "key": forms[0].shown,
            "others": [{"text": form.shown, "score": form.score} for form in forms[1:]],
            "case_sensitive": definition.case_sensitive,
        }

    def answer_text(self, definition: ShortTextDefinition, frozen: Frozen, response: str) -> str:
        return response


KIND = ShortText()
