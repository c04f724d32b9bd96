"""Where a running attempt stands, for its page: what counts, what is flagged, how much time is left."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from quizzes.clock import database_now
from quizzes.models import Answer, Attempt
from quizzes.services.answers import latest_answers


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that counts for one question. `age_ms`: how long ago it arrived, by the database's clock."""

    seq: int
    value: Any
    age_ms: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class State:
    """A running attempt as its page needs it. `left_ms` until the page's clock ends; None without a limit.

    `at_ms` is the database's time of the reading: of two states the one with the higher time is newer.
    """

    status: str
    at_ms: int
    left_ms: int | None
    grace_ms: int
    questions: dict[str, Standing]
    review_url: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def attempt_state(attempt: Attempt) -> State:
    """Read anew from the database, the clock included."""
    now = database_now()  # before the reads: what is read is at least as new
    answers = latest_answers(attempt)
    flags = attempt.questions.order_by("position").values_list("pk", "position", "flagged")
    questions = {str(position): _standing(answers.get(pk), flagged, now) for pk, position, flagged in flags}
    grace = attempt.deadline_at - attempt.due_at if attempt.deadline_at and attempt.due_at else None
    return State(
        status=attempt.status,
        at_ms=int(now.timestamp() * 1000),
        left_ms=_ms(attempt.due_at, now) if attempt.due_at else None,
        grace_ms=int(grace.total_seconds() * 1000) if grace else 0,
        questions=questions,
        review_url=reverse("quizzes:attempt", args=[attempt.uuid]),
    )


def _standing(answer: Answer | None, flagged: bool, now: datetime) -> Standing:
    if answer is None:
        return Standing(seq=0, value=None, age_ms=0, flagged=flagged)
    return Standing(seq=answer.client_seq, value=answer.value, age_ms=max(0, _ms(now, answer.received_at)), flagged=flagged)


def _ms(later: datetime, earlier: datetime) -> int:
    return int((later - earlier).total_seconds() * 1000)
