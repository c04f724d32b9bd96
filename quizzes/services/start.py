"""Starting an attempt: everything that chance, the clock or an editor could change is settled here, once."""

import random
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from config.broker import BrokerAway, send
from quizzes.clock import database_now
from quizzes.draw import Drawn, draw
from quizzes.errors import DrawImpossible, StartRefused
from quizzes.models import Attempt, AttemptQuestion, Quiz
from quizzes.services.finish import attempt_expire_if_overdue
from quizzes.tasks import expire_attempt

log = structlog.get_logger(__name__)

LONGEST_TIMER = timedelta(minutes=20)
"""A waiting task longer than the broker's visibility timeout is handed out twice; later deadlines are the sweep's."""


def running_attempt(user: Any, quiz: Quiz) -> Attempt | None:
    """The attempt that this person is in the middle of. One past its deadline is ended first."""
    found = Attempt.objects.filter(user=user, quiz=quiz, status=Attempt.Status.IN_PROGRESS).first()
    if found is not None and attempt_expire_if_overdue(found):
        return None
    return found


def attempt_start(user: Any, quiz: Quiz) -> Attempt:
    """The person's running attempt, or a new one with a frozen draw. Raises `StartRefused`.

    Two starts at once: the database lets one in, the other is given the same attempt.
    """
    if found := running_attempt(user, quiz):
        return found
    now = database_now()
    number = _number_of_next(user, quiz, now)
    try:
        attempt = _create(user, quiz, number, now)
    except IntegrityError:
        winner = running_attempt(user, quiz)
        if winner is None:
            raise StartRefused("Another attempt was just made. Load the page again.") from None
        return winner
    _set_timer(attempt)
    return attempt


def _number_of_next(user: Any, quiz: Quiz, now: datetime) -> int:
    if not quiz.published:
        raise StartRefused("This quiz is not published.")
    if quiz.opens_at and now < quiz.opens_at:
        raise StartRefused(f"This quiz opens on {quiz.opens_at:%d %B %Y at %H:%M} UTC.")
    if quiz.closes_at and now >= quiz.closes_at:
        raise StartRefused("This quiz is closed.")
    newest = Attempt.objects.filter(user=user, quiz=quiz).order_by("-number").values_list("number", flat=True).first() or 0
    if quiz.attempts_allowed is not None and newest >= quiz.attempts_allowed:
        raise StartRefused(f"All {quiz.attempts_allowed} attempts at this quiz are used.")
    return newest + 1


@transaction.atomic
def _create(user: Any, quiz: Quiz, number: int, now: datetime) -> Attempt:
    try:
        drawn = draw(quiz, random.Random(secrets.randbits(128)))
    except DrawImpossible as error:
        raise StartRefused(f"This quiz cannot be drawn. {error}") from error
    due_at = _due_at(quiz, now)
    attempt = Attempt.objects.create(
        user=user, quiz=quiz, number=number, attempt_limit=quiz.attempts_allowed, pass_mark=quiz.pass_mark,
        started_at=now, due_at=due_at, deadline_at=due_at and due_at + timedelta(seconds=quiz.grace_s),
    )  # fmt: skip
    AttemptQuestion.objects.bulk_create(_rows(attempt, drawn))
    return attempt


def _due_at(quiz: Quiz, now: datetime) -> datetime | None:
    """The limit from now, or the closing time where that comes first."""
    ends = [quiz.closes_at] if quiz.closes_at else []
    if quiz.time_limit_s:
        ends.append(now + timedelta(seconds=quiz.time_limit_s))
    return min(ends) if ends else None


def _rows(attempt: Attempt, drawn: Iterable[Drawn]) -> Iterable[AttemptQuestion]:
    for position, one in enumerate(drawn, start=1):
        yield AttemptQuestion(
            attempt=attempt, version=one.version, position=position, section=one.section, points=one.points,
            frozen=dict(one.frozen),
        )  # fmt: skip


def _set_timer(attempt: Attempt) -> None:
    """Ask for the attempt to be ended at its deadline. Without a broker the sweep does it, so nobody is kept waiting."""
    if attempt.deadline_at is None or attempt.deadline_at - attempt.started_at > LONGEST_TIMER:
        return
    eta = attempt.deadline_at + timedelta(seconds=1)
    transaction.on_commit(lambda: _send_timer(attempt.pk, eta))


def _send_timer(attempt_id: int, eta: datetime) -> None:
    try:
        send(expire_attempt, attempt_id, eta=eta)
    except BrokerAway as error:
        log.warning("attempt_timer_not_set", attempt=attempt_id, error=str(error))
