"""Answers in words: which options a question offers, which of them an answer chose, and what a free answer says.

Kinds that offer options show them in their review as `options`, each with `text`, `correct` and `chosen`; all other answers are
their kind's `answer_text`.
"""

import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from quizzes.analysis.choices import ChoiceTable, Option, Response, answer_table, choice_table
from quizzes.analysis.reader import Given
from quizzes.analysis.sheet import Sheet
from quizzes.kinds import Frozen, Posed
from quizzes.models import QuestionVersion

LONGEST = 240


class Wording:
    """One version of a question. Parsed once, however many answers are read by it."""

    def __init__(self, version: QuestionVersion) -> None:
        self.version = version
        self._chosen: dict[str, frozenset[str]] = {}

    @cached_property
    def definition(self) -> Any:
        return self.version.parsed()

    def posed(self, frozen: Frozen) -> Posed:
        return Posed(kind=self.version.kind_object, definition=self.definition, frozen=frozen)

    @cached_property
    def _unanswered(self) -> Mapping[str, Any]:
        frozen = self.version.kind_object.freeze(self.definition, random.Random(0), shuffle=False)
        return self.posed(frozen).review(None)

    @cached_property
    def options(self) -> Sequence[Option]:
        """Empty where answers are free."""
        found = self._unanswered.get("options", ())
        return [Option(option["text"], bool(option["correct"])) for option in found]

    @cached_property
    def chance(self) -> float | None:
        """What picking one option blindly scores on average; None where several can be picked or the answer is free."""
        return 1.0 / len(self.options) if self.options and self._unanswered.get("shape") == "radio" else None

    def chosen(self, frozen: Frozen, value: Any, facts: Any) -> frozenset[str]:
        """The texts of the chosen options, or the free answer as one text; empty when there is no answer."""
        posed = self.posed(frozen)
        if not self.options:
            return frozenset(filter(None, [shortened(posed.answer_text(value, facts))]))
        answer = repr(posed.response_or_none(value, facts))  # by the options' own names, so orders do not multiply it
        if answer not in self._chosen:
            options = posed.review(value, facts)["options"]
            self._chosen[answer] = frozenset(option["text"] for option in options if option["chosen"])
        return self._chosen[answer]


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def table_of(sheet: Sheet, given: Sequence[Given], wordings: Mapping[int, Wording]) -> ChoiceTable:
    """The answers to one question: by the options of its newest version among them, or the free answers in words."""
    newest = max((wordings[one.graded_by or one.version] for one in given), key=lambda each: each.version.number)
    responses = []
    for one in given:
        chosen = wordings[one.graded_by or one.version].chosen(one.frozen, one.value, one.facts)
        for attempt in one.attempts:
            row = sheet.at[attempt, one.version]
            responses.append(Response(chosen, row.score, sheet.totals[attempt], sheet.rest(row)))
    return choice_table(newest.options, responses) if newest.options else answer_table(responses)
