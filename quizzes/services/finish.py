"""Ending an attempt: handed in, or by the clock. The status moves once, by conditional update; whoever moves it grades.

The update waits for answers that are being written (they hold a share lock on the attempt), and the grading reads in a later
statement, so an answer that was acknowledged is always graded.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from quizzes.clock import ClockNow
from quizzes.models import Attempt
from quizzes.services.grading import attempt_grade

OVERDUE = Q(deadline_at__lt=ClockNow())
IN_TIME = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())


def attempt_submit(attempt: Attempt) -> bool:
    """Hand in and grade. False when the attempt was over already; past its deadline it is ended by the clock."""
    running = _running().filter(IN_TIME, pk=attempt.pk)
    done = _end(running, attempt, status=Attempt.Status.SUBMITTED, submitted_at=ClockNow())
    if not done:
        attempt_expire_if_overdue(attempt)
    return done


def attempt_expire_if_overdue(attempt: Attempt) -> bool:
    """End and grade an attempt whose deadline has passed. False when there was nothing to end."""
    overdue = _running().filter(OVERDUE, pk=attempt.pk)
    if not attempt.running or attempt.deadline_at is None:
        return False
    return _end(overdue, attempt, status=Attempt.Status.EXPIRED, submitted_at=F("deadline_at"))


def overdue_attempts(limit: int) -> QuerySet[Attempt]:
    """Running attempts past their deadline, the longest overdue first."""
    return _running().filter(OVERDUE).order_by("deadline_at")[:limit]


def _running() -> QuerySet[Attempt]:
    return Attempt.objects.filter(status=Attempt.Status.IN_PROGRESS)


@transaction.atomic
def _end(found: QuerySet[Attempt], attempt: Attempt, **changes: Any) -> bool:
    if found.update(**changes) == 0:
        return False
    attempt.refresh_from_db()
    attempt_grade(attempt)
    return True
