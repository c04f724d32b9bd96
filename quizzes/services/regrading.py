"""Correcting past marks: a mended key is a new version, and attempts that older versions graded can be graded by it.

First a plan says who would gain and who would lose; applying it adds grades that name the correction. Nothing is overwritten.
What a person graded stays, and so do attempts that were asked something else than the new version asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet

from quizzes.errors import RegradeRefused
from quizzes.models import Attempt, AttemptQuestion, Question, QuestionVersion, Regrade
from quizzes.services.grading import Judged, attempts_rescore, given_to, grade_of, grades_add, judged

NEWER = "Version {number} was made in the meantime. No mark was changed: look at what it would do, then apply it."
Fate = Literal["gained", "lost", "unchanged", "by-hand", "asked-otherwise"]


@dataclass(frozen=True, slots=True)
class Change:
    """One drawn question: its score now and under the new version (0 to 1; None: a person has to grade)."""

    question: AttemptQuestion
    before: float | None
    after: float | None
    fate: Fate
    judged: Judged | None


@dataclass(frozen=True, slots=True)
class RegradePlan:
    """What grading by `version` would do."""

    version: QuestionVersion
    changes: Sequence[Change]

    def having(self, *fates: Fate) -> list[Change]:
        return [change for change in self.changes if change.fate in fates]

    @property
    def gained(self) -> list[Change]:
        return self.having("gained")

    @property
    def lost(self) -> list[Change]:
        return self.having("lost")

    @property
    def left_alone(self) -> list[Change]:
        return self.having("by-hand", "asked-otherwise")


def graded_otherwise(version: QuestionVersion) -> QuerySet[AttemptQuestion]:
    """What was graded by another version of the same question. Previews are left out."""
    found = AttemptQuestion.objects.filter(version__question_id=version.question_id, attempt__preview=False)
    return found.filter(grade__isnull=False).exclude(grade__version=version)


def regrade_plan(version: QuestionVersion) -> RegradePlan:
    """Every ended attempt that was graded by another version of the same question."""
    drawn = graded_otherwise(version)
    questions = list(drawn.select_related("attempt__user", "attempt__quiz", "grade", "version").order_by("attempt_id"))
    given = given_to(drawn)
    definition = version.parsed()
    changes = []
    for question in questions:
        asked_alike = question.version.kind == version.kind and version.kind_object.fits(definition, question.draw)
        if asked_alike and question.grade and question.grade.by_id is None:
            posed = version.posed(question.draw)
            changes.append(_change(question, judged(question.attempt, posed, given[question.pk])))
        else:
            fate: Fate = "by-hand" if asked_alike else "asked-otherwise"
            before = question.grade.score if question.grade else None
            changes.append(Change(question, before, before, fate, None))
    return RegradePlan(version, changes)


def _change(question: AttemptQuestion, found: Judged) -> Change:
    """Where a person has to grade and a score is there, a person graded, even if nobody knows any more who it was."""
    before, after = question.grade.score if question.grade else None, found.outcome.score
    if after is None and before is not None:
        return Change(question, before, before, "by-hand", None)
    by = (after or 0.0) - (before or 0.0)
    fate: Fate = "gained" if by > 1e-9 else "lost" if by < -1e-9 else "unchanged"
    return Change(question, before, after, fate, found)


@transaction.atomic
def regrade_apply(version: QuestionVersion, *, reason: str, by: Any, keep_gains_only: bool = False) -> Regrade:
    """Grade by `version` what the plan names. `keep_gains_only`: nobody loses by it. Raises `RegradeRefused`.

    The question and the attempts are locked while it runs: who makes a newer version or grades an essay at this moment comes
    before, and is told or counted, or after.
    """
    if not reason.strip():
        raise RegradeRefused("Say why the marks are corrected: learners and colleagues read it.")
    current = Question.objects.select_for_update(no_key=True).select_related(None).get(pk=version.question_id).current
    if current is None or current.pk != version.pk:
        raise RegradeRefused(NEWER.format(number=current.number if current else "–"))
    drawn = AttemptQuestion.objects.filter(version__question_id=version.question_id, grade__isnull=False)
    attempts = Attempt.objects.filter(pk__in=drawn.values("attempt_id")).order_by("pk")
    list(attempts.select_for_update(no_key=True).values_list("pk", flat=True))
    plan = regrade_plan(version)
    if not plan.changes:
        raise RegradeRefused("All marks are given by this version already: somebody corrected them in the meantime.")
    taken = [one for one in plan.changes if one.judged and not (keep_gains_only and one.fate == "lost")]
    made = Regrade.objects.create(
        question_id=version.question_id, version=version, by=by, reason=reason.strip(), gained=len(plan.gained),
        lost=0 if keep_gains_only else len(plan.lost), unchanged=len(plan.having("unchanged")),
    )  # fmt: skip
    grades_add(
        grade_of(one.question, version, one.judged, reason=made.reason, regrade=made) for one in taken if one.judged is not None
    )
    attempts_rescore([one.question.attempt for one in taken])
    return made
