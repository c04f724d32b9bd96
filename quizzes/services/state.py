"""Where a running attempt stands, for its page: what may be answered now, what counts, how much time is left."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from quizzes.clock import database_now
from quizzes.models import Answer, Attempt, AttemptQuestion
from quizzes.services.answers import latest_answers
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
        return asdict(self)


def questions_open(attempt: Attempt) -> QuerySet[AttemptQuestion]:
    """The questions that the page may show now: of a sequence only the open section's, of a one-way quiz only the current."""
    found = attempt.questions.filter(opened_at__isnull=False)
    found = found.filter(Q(section__sequential=False) | Q(section__closed_at__isnull=True))
    if attempt.one_way:
        found = found.filter(closed_at__isnull=True)
    return found.order_by("position")


SHOWN = ("attempt", "position", "flagged", "closed_at", "active_ms")


def attempt_state(attempt: Attempt) -> State:
    """Read anew from the database, the clock included."""
    now = database_now()  # before the reads: what is read is at least as new
    answers = latest_answers(attempt)
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
        questions={str(one.position): _standing(answers.get(one.pk), one, now) for one in questions_open(attempt).only(*SHOWN)},
        review_url=reverse("quizzes:attempt", args=[attempt.uuid]),
    )


def _standing(answer: Answer | None, question: AttemptQuestion, now: datetime) -> Standing:
    return Standing(
        seq=answer.client_seq if answer else 0,
        value=answer.value if answer else None,
        certainty=answer.certainty if answer else None,
        age_ms=max(0, _ms(now, answer.received_at)) if answer else 0,
        flagged=question.flagged,
        closed=question.closed_at is not None,
        active_ms=question.active_ms,
    )


def _ms(later: datetime, earlier: datetime) -> int:
    return int((later - earlier).total_seconds() * 1000)
