"""A question as one person gets it: its kind, its definition and what chance settled, bound together.

Callers hold raw answers (JSON as the browser sent it) and never meet a kind's own types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.kinds.base import AnswerError, Frozen, Json, Kind, Note, Outcome


@dataclass(frozen=True, slots=True)
class Posed:
    """`definition` is assembled by `kind`; `frozen` comes from its `freeze`."""

    kind: Kind[Any, Any]
    definition: Any
    frozen: Frozen

    @property
    def rule(self) -> str:
        return self.kind.rule(self.definition)

    def words(self, text: str) -> str:
        """Stem, hint or explanation as this attempt reads it."""
        return self.kind.words(text, self.definition, self.frozen)

    def public_view(self) -> dict[str, Json]:
        """All that a browser may know before submission."""
        return dict(self.kind.public_view(self.definition, self.frozen))

    def response(self, raw: Json, facts: Json = None) -> Any | None:
        """The answer in `raw`; None when it is empty. Raises `AnswerError`."""
        found = self.kind.parse(self.definition, self.frozen, raw)
        return found if found is None or facts is None else self.kind.with_facts(found, facts)

    def run_cited(self, raw: Json) -> str | None:
        """The uuid of the learner's own run that the answer names. Raises `AnswerError`."""
        found = self.response(raw)
        return None if found is None else self.kind.run_cited(found)

    def outcome(self, raw: Json, facts: Json = None) -> Outcome:
        """Score and remarks. No answer scores 0; so does one that a stricter later definition no longer takes."""
        try:
            found = self.response(raw, facts)
        except AnswerError as error:
            return Outcome(score=0.0, notes=(Note(text=str(error), right=False),))
        return Outcome(score=0.0) if found is None else self.kind.grade(self.definition, self.frozen, found)

    def review(self, raw: Json, facts: Json = None) -> Mapping[str, Json]:
        """What the review template needs, `answered` included."""
        found = self.response_or_none(raw, facts)
        return dict(self.kind.review(self.definition, self.frozen, found)) | {"answered": found is not None}

    def answer_text(self, raw: Json, facts: Json = None) -> str:
        """The answer as one line of plain words; empty when there is none."""
        found = self.response_or_none(raw, facts)
        return "" if found is None else self.kind.answer_text(self.definition, self.frozen, found)

    def response_or_none(self, raw: Json, facts: Json = None) -> Any | None:
        """The answer, or None where it is empty or can no longer be one."""
        try:
            return self.response(raw, facts)
        except AnswerError:
            return None
