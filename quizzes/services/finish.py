"""Ending an attempt: handed in, or by the clock. The status moves once, by conditional update; whoever moves it grades.

Answers are written under the attempt's lock, which the update waits for, and the grading reads in a later statement, so an
answer that was acknowledged is always graded.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from quizzes.clock import ClockNow
from quizzes.models import Attempt, AttemptSection
from quizzes.services.grading import attempt_grade
from quizzes.services.sections import sections_expire

OVERDUE = Q(deadline_at__lt=ClockNow())
IN_TIME = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())


def attempt_submit(attempt: Attempt) -> bool:
    """Hand in and grade. False when the attempt was over already; past its deadline, or that of an interview's last part, it is
    ended by the clock.
    """
    if attempt.mode == "interview" and attempt_expire_if_overdue(attempt):
        return False
    running = _running().filter(IN_TIME, pk=attempt.pk)
    done = _end(running, attempt, status=Attempt.Status.SUBMITTED, submitted_at=ClockNow())
    if not done:
        attempt_expire_if_overdue(attempt)
    return done


def attempt_expire_if_overdue(attempt: Attempt) -> bool:
    """End an attempt whose deadline, or whose last section's, has passed. False when there was nothing to end.

    What had arrived is graded, or nothing is where the quiz counts it as abandoned.
    """
    if not attempt.running:
        return False
    read_at: datetime | None = getattr(attempt, "read_at", None)  # a row that was just read need not be asked again
    status = Attempt.Status.ABANDONED if attempt.on_expiry == "abandon" else Attempt.Status.EXPIRED
    if attempt.deadline_at is not None and (read_at is None or attempt.deadline_at < read_at):
        overdue = _running().filter(OVERDUE, pk=attempt.pk)
        if _end(overdue, attempt, status=status, submitted_at=F("deadline_at")):
            return True
    if attempt.mode != "interview" or not sections_expire(attempt):
        return False
    last = attempt.sections.aggregate(last=Max("closed_at"))["last"]
    return _end(_running().filter(pk=attempt.pk), attempt, status=status, submitted_at=last)


def overdue_attempts(limit: int) -> QuerySet[Attempt]:
    """Running attempts past their deadline, or with a section past its own; the longest overdue first."""
    sections = AttemptSection.objects.filter(attempt=OuterRef("pk"), closed_at__isnull=True, deadline_at__lt=ClockNow())
    return _running().filter(OVERDUE | Exists(sections)).order_by("deadline_at")[:limit]


def _running() -> QuerySet[Attempt]:
    return Attempt.objects.filter(status=Attempt.Status.IN_PROGRESS)


@transaction.atomic
def _end(found: QuerySet[Attempt], attempt: Attempt, **changes: Any) -> bool:
    if found.update(**changes) == 0:
        return False
    attempt.refresh_from_db()
    ended = attempt.submitted_at
    attempt.sections.filter(opened_at__isnull=False, closed_at__isnull=True).update(closed_at=ended)
    attempt.questions.filter(opened_at__isnull=False, closed_at__isnull=True).update(closed_at=ended)
    if attempt.status != Attempt.Status.ABANDONED:
        attempt_grade(attempt)
    return True
