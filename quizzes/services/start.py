"""Starting an attempt: everything that chance, the clock or an editor could change is settled here, once."""

import random
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from config.broker import BrokerAway, send
from quizzes.clock import database_now
from quizzes.draw import Drawn, draw
from quizzes.errors import DrawImpossible, StartRefused
from quizzes.models import Attempt, AttemptQuestion, AttemptSection, Quiz
from quizzes.services.extra_time import Extra, due_at, extra_for, shares
from quizzes.services.finish import attempt_expire_if_overdue
from quizzes.tasks import expire_attempt

log = structlog.get_logger(__name__)

Objection = Callable[[Any, Quiz], str]
_objections: list[Objection] = []

LONGEST_TIMER = timedelta(minutes=20)
"""A waiting task longer than the broker's visibility timeout is handed out twice; later deadlines are the sweep's."""


def register_objection(objection: Objection) -> None:
    """`objection` says, in words, why a person may not start a quiz by themselves; nothing where they may."""
    _objections.append(objection)


def running_attempt(user: Any, quiz: Quiz) -> Attempt | None:
    """The attempt that this person is in the middle of. One past its deadline is ended first."""
    found = Attempt.objects.filter(user=user, quiz=quiz, status=Attempt.Status.IN_PROGRESS).first()
    if found is not None and attempt_expire_if_overdue(found):
        return None
    return found


def attempt_start(user: Any, quiz: Quiz, *, admitted: bool = False, preview: bool = False) -> Attempt:
    """The person's running attempt, or a new one with a frozen draw. Raises `StartRefused`.

    `admitted`: somebody with an invitation, who may take what is by invitation only. `preview`: an instructor looks at the
    quiz as a learner; neither dates nor limits hold, and nothing counts it; it gives way to an attempt that counts. Two starts
    at once: the database lets one in, the other is given the same attempt.
    """
    if (found := running_attempt(user, quiz)) and found.preview == preview:
        return found
    if found and preview:
        raise StartRefused("You are in the middle of an attempt of your own at this quiz. Hand it in, then preview the quiz.")
    now = database_now()
    number = _number_of_next(user, quiz, preview=preview)
    if not preview:
        _check_open(quiz, now, number, admitted=admitted)
        if not admitted and (words := next(filter(None, (objection(user, quiz) for objection in _objections)), "")):
            raise StartRefused(words)
    if found:
        found.delete()
    try:
        attempt = _create(user, quiz, number, now, preview=preview)
    except IntegrityError:
        winner = running_attempt(user, quiz)
        if winner is None:
            raise StartRefused("Another attempt was just made. Load the page again.") from None
        return winner
    set_timer(attempt)
    return attempt


def _check_open(quiz: Quiz, now: datetime, number: int, *, admitted: bool) -> None:
    if not quiz.published:
        raise StartRefused("This quiz is not published.")
    if quiz.invited_only and not admitted:
        raise StartRefused("This quiz is taken by invitation. Open the link that you were sent.")
    if quiz.opens_at and now < quiz.opens_at:
        raise StartRefused(f"This quiz opens on {quiz.opens_at:%d %B %Y at %H:%M} UTC.")
    if quiz.closes_at and now >= quiz.closes_at:
        raise StartRefused("This quiz is closed.")
    if quiz.attempts_allowed is not None and number > quiz.attempts_allowed:
        raise StartRefused(f"All {quiz.attempts_allowed} attempts at this quiz are used.")


def _number_of_next(user: Any, quiz: Quiz, *, preview: bool) -> int:
    made = Attempt.objects.filter(user=user, quiz=quiz, preview=preview).order_by("-number")
    return (made.values_list("number", flat=True).first() or 0) + 1


@transaction.atomic
def _create(user: Any, quiz: Quiz, number: int, now: datetime, *, preview: bool) -> Attempt:
    try:
        drawn = draw(quiz, random.Random(secrets.randbits(128)))
    except DrawImpossible as error:
        raise StartRefused(f"This quiz cannot be drawn. {error}") from error
    extra = Extra() if preview else extra_for(user, quiz)
    extra_s = extra.of(quiz.time_limit_s)
    due = due_at(now, quiz.time_limit_s, None if preview else quiz.closes_at, extra_s)
    attempt = Attempt.objects.create(
        user=user, quiz=quiz, quiz_revision=quiz.revision, number=number, preview=preview,
        attempt_limit=None if preview else quiz.attempts_allowed, started_at=now,
        base_limit_s=quiz.time_limit_s, extra_s=extra_s, due_at=due,
        deadline_at=due and due + timedelta(seconds=quiz.grace_s),
        **{name: getattr(quiz, name) for name in Attempt.RULES},
    )  # fmt: skip
    sections = _sections(attempt, quiz, extra)
    AttemptQuestion.objects.bulk_create(_questions(attempt, sections, drawn))
    return attempt


def _sections(attempt: Attempt, quiz: Quiz, extra: Extra) -> list[AttemptSection]:
    """All open from the start, but for an interview: there the person opens one after the other."""
    sequential = attempt.mode == "interview"
    rows = [
        AttemptSection(
            attempt=attempt, position=position, title=rule.title, intro=rule.intro, sequential=sequential,
            time_limit_s=rule.time_limit_s if sequential else None, opened_at=None if sequential else attempt.started_at,
        )
        for position, rule in enumerate(quiz.draw_sections, start=1)
    ]  # fmt: skip
    timed = [row for row in rows if row.time_limit_s]
    for row, share in zip(timed, shares(timed), strict=True):
        row.extra_s = extra.of(row.time_limit_s, share)
    return AttemptSection.objects.bulk_create(rows)


def _questions(attempt: Attempt, sections: Sequence[AttemptSection], drawn: Sequence[Drawn]) -> list[AttemptQuestion]:
    """Open with their section; where there is no way back, the first one only."""
    rows = []
    for position, one in enumerate(drawn, start=1):
        section = sections[one.section - 1]
        opens = section.opened_at is not None and not (attempt.one_way and position > 1)
        rows.append(
            AttemptQuestion(
                attempt=attempt, section=section, version=one.version, position=position, points=one.points,
                frozen=dict(one.frozen), opened_at=attempt.started_at if opens else None,
            )
        )  # fmt: skip
    return rows


def set_timer(attempt: Attempt) -> None:
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
