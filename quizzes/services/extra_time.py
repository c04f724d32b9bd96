"""More time for those who need it: a standing accommodation, or minutes given to running attempts. Effective at once.

The limit of an attempt is `base_limit_s`; `extra_s` comes on top: base x (multiplier - 1), the accommodation's minutes, and
what was granted while it ran. The closing time moves by the same extra. In an interview the multiplier holds for each timed
section; the minutes are shared out among them by their limits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from quizzes.clock import ClockNow
from quizzes.errors import ExtraTimeRefused
from quizzes.models import Accommodation, Attempt, AttemptSection, Quiz, TimeGrant
from quizzes.services.sections import attempt_lock, section_due_at

MAX_GRANT_MINUTES = 24 * 60
OPEN_TIMED = Q(opened_at__isnull=False, closed_at__isnull=True, due_at__isnull=False, deadline_at__gte=ClockNow())


@dataclass(frozen=True, slots=True)
class Extra:
    """An accommodation as numbers; 1 and 0 where there is none."""

    multiplier: float = 1.0
    minutes: int = 0

    @property
    def some(self) -> bool:
        return self.multiplier > 1.0 or self.minutes > 0

    def of(self, limit_s: float | None, share: float = 1.0) -> int:
        """Extra seconds on a limit; `share` of the minutes. Without a limit only the minutes count, for a closing time."""
        return round((self.multiplier - 1.0) * (limit_s or 0.0) + 60 * self.minutes * share)


def extra_for(user: Any, quiz: Quiz) -> Extra:
    """What this person has at this quiz: the row for the quiz, else the one for all."""
    found = Accommodation.objects.filter(Q(quiz=quiz) | Q(quiz__isnull=True), user=user)
    best = min(found, key=lambda row: row.quiz_id is None, default=None)
    return Extra() if best is None else Extra(best.multiplier, best.minutes)


def due_at(started_at: datetime, limit_s: int | None, closes_at: datetime | None, extra_s: int) -> datetime | None:
    """The limit from the start, or the closing time where that comes first; either way with the extra."""
    ends = [closes_at] if closes_at else []
    if limit_s:
        ends.append(started_at + timedelta(seconds=limit_s))
    return min(ends) + timedelta(seconds=extra_s) if ends else None


@transaction.atomic
def accommodation_save(row: Accommodation) -> int:
    """Keep the row and lengthen the running attempts that it holds for; how many were. Less time counts from the next one."""
    row.save()
    running = Attempt.objects.filter(user=row.user, status=Attempt.Status.IN_PROGRESS).select_related("quiz").order_by("pk")
    if row.quiz_id:
        running = running.filter(quiz_id=row.quiz_id)
    return sum(_lengthen(attempt) for attempt in running)


def _lengthen(attempt: Attempt) -> bool:
    """Bring one attempt to what its person has now; what was granted in the meantime stays."""
    attempt_lock(attempt)
    attempt.refresh_from_db(fields=["extra_s"])
    extra, grants = extra_for(attempt.user, attempt.quiz), list(attempt.time_grants.all())
    more = extra.of(attempt.base_limit_s) + _granted_s(grants) - attempt.extra_s
    longer = more > 0 and _add(Attempt.objects.filter(pk=attempt.pk), more) > 0
    attempt.refresh_from_db(fields=["due_at"])
    sections = list(attempt.sections.filter(sequential=True))
    for section, share in zip(sections, shares(sections), strict=True):
        during = [grant for grant in grants if section.opened_at and grant.made_at >= section.opened_at]
        longer |= _lengthen_section(attempt, section, extra.of(section.time_limit_s, share) + _granted_s(during))
    return longer


def _granted_s(grants: Iterable[TimeGrant]) -> int:
    return 60 * sum(grant.minutes for grant in grants)


def _lengthen_section(attempt: Attempt, section: AttemptSection, extra_s: int) -> bool:
    """One that is not open yet gets the extra alone: its clock starts with it. An open one ends later by it, and no later than
    the attempt, which may have been what it ended by.
    """
    timed = section.time_limit_s is not None
    section.extra_s, before = max(section.extra_s, extra_s) if timed else section.extra_s, (section.extra_s, section.due_at)
    if section.opened_at and section.due_at and section.deadline_at:
        grace = section.deadline_at - section.due_at
        section.due_at = max(section.due_at, section_due_at(attempt, section, section.opened_at) or section.due_at)
        section.deadline_at = section.due_at + grace
    if (section.extra_s, section.due_at) == before:
        return False
    still = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())
    found = AttemptSection.objects.filter(still, pk=section.pk, closed_at__isnull=True)
    return found.update(extra_s=section.extra_s, due_at=section.due_at, deadline_at=section.deadline_at) > 0


def shares(sections: Sequence[AttemptSection]) -> list[float]:
    """Each timed section's part of the minutes, by its limit."""
    total = sum(section.time_limit_s or 0 for section in sections)
    return [(section.time_limit_s or 0) / total if total else 0.0 for section in sections]


@transaction.atomic
def time_grant(attempts: Iterable[Attempt], minutes: int, *, reason: str = "", by: Any = None) -> list[Attempt]:
    """Give minutes to running attempts and their open timed sections; those that got them. Raises `ExtraTimeRefused`.

    An attempt that is over, or past its deadline, stays over.
    """
    if not 1 <= minutes <= MAX_GRANT_MINUTES:
        raise ExtraTimeRefused(f"Give from 1 to {MAX_GRANT_MINUTES:,} minutes.")
    running = Attempt.objects.filter(pk__in={attempt.pk for attempt in attempts}, status=Attempt.Status.IN_PROGRESS)
    list(running.select_for_update(no_key=True).order_by("pk").values_list("pk"))  # who ended while this waited is seen below
    in_part = Exists(AttemptSection.objects.filter(OPEN_TIMED, attempt=OuterRef("pk")))
    getting = list(running.filter(Q(deadline_at__gte=ClockNow()) | Q(in_part, deadline_at__isnull=True)).order_by("pk"))
    _add(Attempt.objects.filter(pk__in=[attempt.pk for attempt in getting]), 60 * minutes)
    by_s = timedelta(seconds=60 * minutes)
    AttemptSection.objects.filter(OPEN_TIMED, attempt__in=getting).update(
        extra_s=F("extra_s") + 60 * minutes, due_at=F("due_at") + by_s, deadline_at=F("deadline_at") + by_s
    )
    TimeGrant.objects.bulk_create(TimeGrant(attempt=one, minutes=minutes, reason=reason, by=by) for one in getting)
    return getting


def _add(attempts: QuerySet[Attempt], seconds: int) -> int:
    by = timedelta(seconds=seconds)
    in_time = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())
    return attempts.filter(in_time, status=Attempt.Status.IN_PROGRESS).update(
        extra_s=F("extra_s") + seconds, due_at=F("due_at") + by, deadline_at=F("deadline_at") + by
    )
