"""A question inside a lesson: answered at once, graded at once, kept nowhere."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from quizzes.kinds import Outcome, Posed
from quizzes.models import QuestionVersion


@dataclass(frozen=True, slots=True)
class InlineCheck:
    """A question as a lesson shows it: the same order for everybody, so that the lesson's HTML can be kept."""

    version: QuestionVersion
    posed: Posed


def inline_checks(slugs: Sequence[str]) -> list[InlineCheck]:
    """The current versions of the questions that lessons may ask."""
    found = QuestionVersion.objects.select_related("question").filter(
        question__slug__in=slugs, question__inline_allowed=True, question__retired=False, question__current_id=F("id")
    )
    return [_check(version) for version in found]


def inline_check(slug: str, number: int | None = None) -> InlineCheck | None:
    """The question, if lessons may ask it. `number` names the version that a page was made with."""
    found = QuestionVersion.objects.select_related("question").filter(
        question__slug=slug, question__inline_allowed=True, question__retired=False
    )
    chosen = found.filter(number=number) if number else found.filter(question__current_id=F("id"))
    version = chosen.first()
    return None if version is None else _check(version)


def _check(version: QuestionVersion) -> InlineCheck:
    """Shuffled by the version's own name: the form and the grading of the answer need no memory of each other."""
    chance = random.Random(f"inline:{version.question.slug}:{version.number}")
    frozen = version.kind_object.freeze(version.parsed(), chance, shuffle=True)
    return InlineCheck(version=version, posed=version.posed(frozen))


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of an inline answer, with what the review template needs."""

    outcome: Outcome
    view: dict[str, Any]


def inline_grade(check: InlineCheck, raw: Any) -> Checked | None:
    """Grade an answer; None when it is empty. Raises `AnswerError`."""
    if check.posed.response(raw) is None:
        return None
    return Checked(outcome=check.posed.outcome(raw), view=dict(check.posed.review(raw)))
