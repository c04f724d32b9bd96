"""Going forward in an attempt: the next section of an interview, the next question where there is no way back.

Whatever changes what may be answered locks the attempt's row first, as saving answers does, so that each sees what the other
did. All moments are the database's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from quizzes.clock import ClockNow, database_now
from quizzes.errors import AttemptClosed
from quizzes.models import Attempt, AttemptQuestion, AttemptSection


def attempt_lock(attempt: Attempt) -> None:
    """Hold the attempt's row until the transaction ends. In every transaction the first lock."""
    with connection.cursor() as cursor:  # each save comes by here
        cursor.execute("SELECT FROM quizzes_attempt WHERE id = %s FOR NO KEY UPDATE", [attempt.pk])


@dataclass(frozen=True, slots=True)
class Gate:
    """Between two sections: what comes next, of how many. `section` is None when all have been opened."""

    section: AttemptSection | None
    count: int
    questions: int = 0

    @property
    def numbers(self) -> range:
        return range(1, self.count + 1)


def open_section(attempt: Attempt) -> AttemptSection | None:
    """The section that an interview is in the middle of."""
    return attempt.sections.filter(sequential=True, opened_at__isnull=False, closed_at__isnull=True).first()


def gate_of(attempt: Attempt) -> Gate:
    """What stands before the next section of an interview."""
    sections = list(attempt.sections.all())
    following = next((section for section in sections if section.opened_at is None), None)
    count = 0 if following is None else following.questions.count()
    return Gate(section=following, count=len(sections), questions=count)


@transaction.atomic
def section_open(attempt: Attempt, position: int) -> None:
    """Open the section at `position` and close the one before it. Doing it twice does nothing. Raises `AttemptClosed`."""
    now = _running_now(attempt)
    sections = list(attempt.sections.all())
    wanted = next((section for section in sections if section.position == position), None)
    if wanted is None or any(section.opened_at is None for section in sections if section.position < position):
        raise AttemptClosed("Sections are opened one after the other.")
    if wanted.opened_at is not None:
        return
    _close(attempt.sections.filter(sequential=True, opened_at__isnull=False, closed_at__isnull=True), now)
    wanted.opened_at = now
    wanted.due_at = section_due_at(attempt, wanted, now)
    wanted.deadline_at = wanted.due_at and wanted.due_at + timedelta(seconds=attempt.grace_s)
    wanted.save()
    waiting = wanted.questions.order_by("position")
    opened = waiting[:1] if attempt.one_way else waiting
    AttemptQuestion.objects.filter(pk__in=opened.values("pk")).update(opened_at=now)


@transaction.atomic
def question_leave(attempt: Attempt, position: int) -> None:
    """Close a question for good and open the next of its section. Doing it twice does nothing. Raises `AttemptClosed`."""
    now = _running_now(attempt)
    if not attempt.one_way:
        raise AttemptClosed("In this quiz you go back and forth as you like.")
    current = attempt.questions.select_related("section").filter(position=position, opened_at__isnull=False).first()
    if current is None or current.closed_at is not None or not current.section.open:
        return
    AttemptQuestion.objects.filter(pk=current.pk).update(closed_at=now)
    open_sections = AttemptSection.objects.filter(attempt=attempt, opened_at__isnull=False, closed_at__isnull=True)
    following = attempt.questions.filter(position=position + 1, section__in=open_sections, opened_at__isnull=True)
    following.update(opened_at=now)


@transaction.atomic
def section_end(attempt: Attempt, position: int) -> None:
    """End a section before its time. Doing it twice does nothing. Raises `AttemptClosed`."""
    now = _running_now(attempt)
    _close(attempt.sections.filter(sequential=True, position=position, opened_at__isnull=False, closed_at__isnull=True), now)


def sections_expire(attempt: Attempt) -> bool:
    """Close what is past its time; whether that was the last section, so that nothing is left to answer."""
    overdue = attempt.sections.filter(closed_at__isnull=True, deadline_at__lt=ClockNow())
    if not overdue.exists():
        return False
    with transaction.atomic():
        attempt_lock(attempt)
        _close(overdue, F("deadline_at"))
    return not attempt.sections.filter(closed_at__isnull=True).exists()


def _running_now(attempt: Attempt) -> datetime:
    """The moment, once the attempt is locked and found running and in time. Time granted meanwhile is there from here on."""
    attempt_lock(attempt)
    attempt.refresh_from_db(fields=["due_at"])
    now = database_now()
    in_time = Q(deadline_at__isnull=True) | Q(deadline_at__gte=now)
    if not Attempt.objects.filter(in_time, pk=attempt.pk, status=Attempt.Status.IN_PROGRESS).exists():
        raise AttemptClosed("This attempt is over.")
    return now


def _close(sections: QuerySet[AttemptSection], moment: datetime | F) -> None:
    """Close sections and what is still open in them."""
    found = AttemptSection.objects.filter(pk__in=list(sections.values_list("pk", flat=True)))
    found.update(closed_at=moment)
    for section in found:
        section.questions.filter(opened_at__isnull=False, closed_at__isnull=True).update(closed_at=section.closed_at)


def section_due_at(attempt: Attempt, section: AttemptSection, opened_at: datetime) -> datetime | None:
    """The section's own limit with its extra, never past the attempt's."""
    ends = [attempt.due_at] if attempt.due_at else []
    if section.time_limit_s:
        ends.append(opened_at + timedelta(seconds=section.time_limit_s + section.extra_s))
    return min(ends) if ends else None
