"""Where a running attempt stands, for its page: what may be answered now, what counts, how much time is left."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from quizzes.clock import database_now
from quizzes.models import Answer, Attempt, AttemptQuestion
from quizzes.services.sections import open_section


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that counts for one question. `age_ms`: how long ago it arrived, by the database's clock.

    `closed`: it takes no more answers (solved or shown in practice). `active_ms`: how long it has been looked at.
    """

    seq: int
    value: Any
    certainty: int | None
    age_ms: int
    flagged: bool
    closed: bool
    active_ms: int


@dataclass(frozen=True, slots=True)
class State:
    """A running attempt as its page needs it. `left_ms` until the page's clock ends; None without a limit.

    The limit is the open section's where it has one: `base_ms` and `extra_ms` are its parts. `section` is the open section's
    position in an interview, 0 between two. `at_ms` is the database's time of the reading: of two states the one with the
    higher time is newer.
    """

    status: str
    at_ms: int
    left_ms: int | None
    base_ms: int | None
    extra_ms: int
    grace_ms: int
    section: int | None
    questions: dict[str, Standing]
    review_url: str

    def as_json(self) -> dict[str, Any]:
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {"questions": {name: _plain(standing) for name, standing in self.questions.items()}}


def _plain(standing: Standing) -> dict[str, Any]:
    """As `asdict`, which copies answers deeply and takes a tenth of a save."""
    return {name: getattr(standing, name) for name in Standing.__slots__}


def questions_open(attempt: Attempt) -> QuerySet[AttemptQuestion]:
    """The questions that the page may show now: of a sequence only the open section's, of a one-way quiz only the current."""
    found = attempt.questions.filter(opened_at__isnull=False)
    found = found.filter(Q(section__sequential=False) | Q(section__closed_at__isnull=True))
    if attempt.one_way:
        found = found.filter(closed_at__isnull=True)
    return found.order_by("position")


def attempt_state(attempt: Attempt) -> State:
    """Read anew from the database, the clock included."""
    now = database_now()  # before the reads: what is read is at least as new
    section = open_section(attempt) if attempt.mode == "interview" else None
    timed = section if section is not None and section.due_at is not None and section.time_limit_s else attempt
    base_s = section.time_limit_s if timed is section and section else attempt.base_limit_s
    grace = timed.deadline_at - timed.due_at if timed.deadline_at and timed.due_at else None
    return State(
        status=attempt.status,
        at_ms=int(now.timestamp() * 1000),
        left_ms=_ms(timed.due_at, now) if timed.due_at else None,
        base_ms=1000 * base_s if base_s else None,
        extra_ms=1000 * timed.extra_s,
        grace_ms=int(grace.total_seconds() * 1000) if grace else 0,
        section=None if attempt.mode != "interview" else section.position if section else 0,
        questions=_standings(attempt, now),
        review_url=reverse("quizzes:attempt", args=[attempt.uuid]),
    )


def _standings(attempt: Attempt, now: datetime) -> dict[str, Standing]:
    """Every save comes by here: values are read, not rows made of them."""
    said = Answer.objects.filter(attempt_question__attempt=attempt).counting()
    latest = said.values_list("attempt_question_id", "client_seq", "value", "certainty", "received_at")
    answers = {pk: (seq, value, certainty, max(0, _ms(now, at))) for pk, seq, value, certainty, at in latest}
    shown = questions_open(attempt).values_list("pk", "position", "flagged", "closed_at", "active_ms")
    return {
        str(position): Standing(*answers.get(pk, NOTHING_SAID), flagged, closed_at is not None, active_ms)
        for pk, position, flagged, closed_at, active_ms in shown
    }


NOTHING_SAID = (0, None, None, 0)


def _ms(later: datetime, earlier: datetime) -> int:
    return int((later - earlier).total_seconds() * 1000)
