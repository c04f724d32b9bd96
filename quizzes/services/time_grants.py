"""Minutes for many attempts at once: who would get them, who would not and why, and never twice by a doubled click."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from quizzes.clock import database_now
from quizzes.errors import ExtraTimeRefused
from quizzes.models import Attempt, AttemptSection, Quiz, TimeGrant
from quizzes.services.extra_time import OPEN_TIMED, time_grant


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom minutes would reach now, and for the others why not. `newest`: the last grant that any of them got."""

    getting: Sequence[Attempt]
    left_out: Sequence[tuple[Attempt, str]]
    newest: int


def attempts_running(quiz: Quiz) -> QuerySet[Attempt]:
    """Everybody who is taking the quiz now. Previews are left out."""
    return Attempt.objects.filter(quiz=quiz, status=Attempt.Status.IN_PROGRESS, preview=False)


def reach_of(attempts: QuerySet[Attempt]) -> Reach:
    """In four queries, however many there are."""
    now = database_now()
    found = list(attempts.select_related("user", "quiz").order_by("user__username", "pk"))
    timed = set(AttemptSection.objects.filter(OPEN_TIMED, attempt__in=found).values_list("attempt_id", flat=True))
    fates = [(attempt, why_not(attempt, now, in_timed_part=attempt.pk in timed)) for attempt in found]
    newest = TimeGrant.objects.filter(attempt__in=found).order_by("-pk").values_list("pk", flat=True).first()
    return Reach([attempt for attempt, why in fates if not why], [fate for fate in fates if fate[1]], newest or 0)


def why_not(attempt: Attempt, now: datetime, *, in_timed_part: bool) -> str:
    """Why minutes given now would not reach this attempt; nothing where they would."""
    if not attempt.running:
        return f"{attempt.get_status_display()} at {attempt.submitted_at:%H:%M} UTC"
    if attempt.deadline_at is not None:
        return "" if now <= attempt.deadline_at else f"its time was over at {attempt.due_at:%H:%M} UTC"
    if in_timed_part:
        return ""
    return "no clock runs between two parts" if attempt.mode == "interview" else "has no time limit"


@transaction.atomic
def time_grant_once(attempts: Sequence[Attempt], minutes: int, *, reason: str, by: Any, seen: int) -> list[Attempt]:
    """`time_grant`, refused where this person gave them just that since the grant `seen`. Raises `ExtraTimeRefused`."""
    ids = [attempt.pk for attempt in attempts]
    list(Attempt.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    same = TimeGrant.objects.filter(pk__gt=seen, attempt__in=ids, by=by, minutes=minutes, reason=reason)
    if (count := same.count()) > 0:
        raise ExtraTimeRefused(
            f"You gave this already, to {count} of them, since this page was made. Nothing was given now. Send it again to give"
            " it once more."
        )
    return time_grant(attempts, minutes, reason=reason, by=by)
