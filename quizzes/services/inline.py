"""A question inside a lesson: answered at once, graded at once, kept nowhere."""

import random
from dataclasses import dataclass
from typing import Any

from quizzes.kinds import Frozen, Outcome
from quizzes.models import QuestionVersion


@dataclass(frozen=True, slots=True)
class InlineCheck:
    """A question as a lesson shows it: the same order for everybody, so that the lesson's HTML can be kept."""

    version: QuestionVersion
    frozen: Frozen


def inline_check(slug: str, number: int | None = None) -> InlineCheck | None:
    """The question, if lessons may ask it. `number` names the version that a page was made with."""
    found = QuestionVersion.objects.select_related("question").filter(
        question__slug=slug, question__inline_allowed=True, question__retired=False
    )
    version = (found.filter(number=number) if number else found.order_by("-number")).first()
    if version is None:
        return None
    frozen = version.kind_object.freeze(version.parsed(), random.Random(f"inline:{slug}:{version.number}"), shuffle=True)
    return InlineCheck(version=version, frozen=frozen)


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of an inline answer, with what the review template needs."""

    outcome: Outcome
    view: dict[str, Any]


def inline_grade(check: InlineCheck, raw: Any) -> Checked | None:
    """Grade an answer; None when it is empty. Raises `AnswerError`."""
    kind, definition = check.version.kind_object, check.version.parsed()
    response = kind.parse(definition, check.frozen, raw)
    if response is None:
        return None
    return Checked(outcome=kind.grade(definition, response), view=dict(kind.review(definition, check.frozen, response)))
