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
from django.db.models import F, Q, QuerySet

from quizzes.clock import ClockNow
from quizzes.errors import ExtraTimeRefused
from quizzes.models import Accommodation, Attempt, AttemptSection, Quiz, TimeGrant
from quizzes.services.sections import attempt_lock

MAX_GRANT_MINUTES = 24 * 60
OPEN_TIMED = Q(opened_at__isnull=False, closed_at__isnull=True, due_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Extra:
    """An accommodation as numbers; 1 and 0 where there is none."""

    multiplier: float = 1.0
    minutes: int = 0

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
    running = Attempt.objects.filter(user=row.user, status=Attempt.Status.IN_PROGRESS).select_related("quiz")
    if row.quiz_id:
        running = running.filter(quiz_id=row.quiz_id)
    return sum(_lengthen(attempt) for attempt in running)


def _lengthen(attempt: Attempt) -> bool:
    """Bring one attempt to what its person has now; what was granted in the meantime stays."""
    attempt_lock(attempt)
    attempt.refresh_from_db(fields=["extra_s"])
    extra = extra_for(attempt.user, attempt.quiz)
    granted = 60 * sum(grant.minutes for grant in attempt.time_grants.all())
    more = extra.of(attempt.base_limit_s) + granted - attempt.extra_s
    sections = list(attempt.sections.filter(time_limit_s__isnull=False))
    for section, share in zip(sections, shares(sections), strict=True):
        _add_to_sections(AttemptSection.objects.filter(pk=section.pk), extra.of(section.time_limit_s, share) - section.extra_s)
    return more > 0 and _add(Attempt.objects.filter(pk=attempt.pk), more) > 0


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
    wanted = {attempt.pk for attempt in attempts}
    timed = Q(deadline_at__gte=ClockNow()) | Q(deadline_at__isnull=True, sections__in=AttemptSection.objects.filter(OPEN_TIMED))
    running = Attempt.objects.filter(timed, pk__in=wanted, status=Attempt.Status.IN_PROGRESS).values("pk")
    locked = list(Attempt.objects.filter(pk__in=running).select_for_update(no_key=True).order_by("pk"))
    _add(Attempt.objects.filter(pk__in=[attempt.pk for attempt in locked]), 60 * minutes)
    _add_to_sections(AttemptSection.objects.filter(OPEN_TIMED, attempt__in=locked), 60 * minutes)
    TimeGrant.objects.bulk_create(TimeGrant(attempt=one, minutes=minutes, reason=reason, by=by) for one in locked)
    return locked


def _add(attempts: QuerySet[Attempt], seconds: int) -> int:
    by = timedelta(seconds=seconds)
    in_time = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())
    return attempts.filter(in_time, status=Attempt.Status.IN_PROGRESS).update(
        extra_s=F("extra_s") + seconds, due_at=F("due_at") + by, deadline_at=F("deadline_at") + by
    )


def _add_to_sections(sections: QuerySet[AttemptSection], seconds: int) -> None:
    """Of a section that is not open yet only the extra grows: its clock starts with it."""
    if seconds <= 0:
        return
    by = timedelta(seconds=seconds)
    still = Q(deadline_at__isnull=True) | Q(deadline_at__gte=ClockNow())
    sections.filter(still, closed_at__isnull=True).update(
        extra_s=F("extra_s") + seconds, due_at=F("due_at") + by, deadline_at=F("deadline_at") + by
    )
