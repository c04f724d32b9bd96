"""Texts graded by people: what waits, in which order, and marks that never overwrite another grader's.

A grade is a row beside the ones before it. Whoever grades says which row they saw; where another one counts by now, nothing
is kept and the grader is told. Grading one attempt is serialised by a lock on its row, so its score is that of all grades.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from quizzes.errors import GradedMeanwhile, GradingRefused
from quizzes.kinds import Note
from quizzes.kinds.essay import Criterion, EssayDefinition
from quizzes.models import Attempt, EssayAnswer, Grade
from quizzes.services.grading import attempt_rescore, grades_add

QUEUE = ("version__question_id", "pk")
"""All texts on one question stand together: a grader who keeps to one rubric is more even."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a text gets for one criterion: its points, and a remark in Markdown."""

    points: float
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a text stands among those of its quiz. `following` still waits; `previous` may be graded."""

    previous: EssayAnswer | None
    following: EssayAnswer | None
    waiting: int


def essays() -> QuerySet[EssayAnswer]:
    """Texts that were handed in, in the order of grading. Instructors' own tries are not among them."""
    return EssayAnswer.objects.filter(
        version__kind="essay", attempt__preview=False, grade__isnull=False, grade__answer__isnull=False,
        attempt__status__in=[Attempt.Status.SUBMITTED, Attempt.Status.EXPIRED],
    ).exclude(grade__score=0.0, grade__by=None).order_by(*QUEUE)  # fmt: skip


def waiting(found: QuerySet[EssayAnswer]) -> QuerySet[EssayAnswer]:
    """Those of them that nobody has graded yet."""
    return found.filter(grade__score__isnull=True)


def neighbours(essay: EssayAnswer) -> Neighbours:
    """The texts before and after this one, of the same quiz first."""
    question, same = essay.version.question_id, essays().filter(attempt__quiz=essay.attempt.quiz_id)
    later = Q(version__question__gt=question) | Q(version__question=question, pk__gt=essay.pk)
    others = same.exclude(pk=essay.pk)
    following = waiting(same).filter(later).first() or waiting(others).first() or waiting(essays().exclude(pk=essay.pk)).first()
    return Neighbours(others.exclude(later).last(), following, waiting(same).count())


def grade_of(essay: EssayAnswer) -> Grade:
    """The grade that counts: every text that was handed in has one, if only an empty one. Its version holds the rubric."""
    grade: Grade | None = essay.grade
    if grade is None:
        raise GradingRefused("This text has not been handed in.")
    return grade


@transaction.atomic
def essay_grade(essay: EssayAnswer, marks: Sequence[Mark], *, by: Any, seen: int, comment: str = "", reason: str = "") -> Grade:
    """Add a grade and bring the attempt's score up to date. `seen`: the id of the grade that the grader's page showed.

    `marks` in the order of the rubric. Raises `GradingRefused` for points that the rubric does not have, and `GradedMeanwhile`
    when another grade counts by now. The same marks sent twice by the same person are one grade.
    """
    attempt = Attempt.objects.select_for_update(no_key=True).get(pk=essay.attempt_id)
    drawn = EssayAnswer.objects.select_related("grade__version", "grade__by", "grade__answer").get(pk=essay.pk)
    current = grade_of(drawn)
    definition: EssayDefinition = current.version.posed(drawn.draw).definition
    _check(definition, marks)
    made = Grade(
        attempt_question=drawn, version=current.version, answer=current.answer, by=by, reason=reason,
        score=min(1.0, sum(mark.points for mark in marks) / definition.points), notes=_notes(definition, marks, comment),
    )  # fmt: skip
    if current.pk == seen:
        grades_add([made])
        attempt_rescore(attempt)
        return made
    if current.by_id == by.pk and current.notes == made.notes:
        return current
    raise GradedMeanwhile(current)


def _check(definition: EssayDefinition, marks: Sequence[Mark]) -> None:
    if len(marks) != len(definition.rubric):
        raise GradingRefused(f"The rubric has {len(definition.rubric)} criteria; {len(marks)} were given points.")
    for criterion, mark in zip(definition.rubric, marks, strict=True):
        if not 0 <= mark.points <= criterion.points:
            raise GradingRefused(f"“{criterion.criterion}” takes from 0 to {criterion.points:g} points.")


def _notes(definition: EssayDefinition, marks: Sequence[Mark], comment: str) -> list[dict[str, Any]]:
    """Notes as kinds write them, with the points of each criterion beside; the remark on the whole text comes last."""
    notes = [_note(criterion, mark) for criterion, mark in zip(definition.rubric, marks, strict=True)]
    return [*notes, asdict(Note(text=comment))] if comment else notes


def _note(criterion: Criterion, mark: Mark) -> dict[str, Any]:
    level = next((level.text for level in criterion.levels if level.points == mark.points), "")
    points = {"criterion": criterion.id, "points": mark.points, "of": criterion.points, "level": level}
    return asdict(Note(text=mark.comment, about=criterion.criterion, given=True)) | points
