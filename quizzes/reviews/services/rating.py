"""Ratings: kept once, in whatever order and however often they arrive, and taken back without losing what was."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from quizzes.reviews import memory
from quizzes.reviews.memory import Memory, Rating
from quizzes.reviews.models import Card, ReviewLog, ReviewSettings
from quizzes.reviews.services.preferences import days_of
from quizzes.reviews.services.queue import active_log

MAX_AGE = timedelta(days=7)
MAX_DURATION_MS = 10 * 60 * 1000

Fate = Literal["kept", "stale", "gone"]


@dataclass(frozen=True, slots=True)
class Rated:
    """One rating from a browser. `age_ms`: how long ago it was given, by the browser's own clock, which need not be right."""

    client_id: UUID
    card: UUID
    revision: int
    rating: Rating
    age_ms: int = 0
    duration_ms: int = 0
    ahead: bool = False
    version_number: int | None = None
    score: float | None = None


def rating_keep(user: Any, settings: ReviewSettings, rated: Rated, now: datetime) -> Fate:
    """Keep one rating and move the card.

    kept: it is in the log, now or since an earlier sending. stale: the card was rated elsewhere since it was shown. gone: the
    person has no such card. The card's row is locked meanwhile; the log's constraints hold what a lock cannot.
    """
    try:
        with transaction.atomic():
            card = Card.objects.select_for_update().filter(user_id=user.pk, uuid=rated.card).first()
            if card is None:
                return "gone"
            if card.log.filter(client_id=rated.client_id).exists():
                return "kept"
            if card.revision != rated.revision:
                return "stale"
            _keep(card, settings, rated, _moment(card, rated, now))
    except IntegrityError:  # the same name for a rating of another card
        return "stale"
    return "kept"


def rating_undo(user: Any, client_id: UUID, undo_id: UUID, now: datetime) -> Fate:
    """Take back the rating with this name if it is the person's newest that stands. A second time does nothing more.

    History stays: a row is added that points at the rating, and the card is again what it was before it.
    """
    try:
        with transaction.atomic():
            log = ReviewLog.objects.select_related("card").filter(user_id=user.pk, client_id=client_id).first()
            if log is None or log.kind == ReviewLog.Kind.UNDO:
                return "gone"
            card = Card.objects.select_for_update().get(pk=log.card_id)
            if ReviewLog.objects.filter(undoes=log).exists():
                return "kept"
            newest = active_log(user).order_by("-id").first()
            if newest is None or newest.pk != log.pk:
                return "stale"
            _take_back(card, log, undo_id, now)
    except IntegrityError:
        return "stale"
    return "kept"


def outcomes(card: Card, settings: ReviewSettings, now: datetime, *, ahead: bool) -> dict[Rating, Memory]:
    """What each rating would make of a card now."""
    return {rating: _after(card, settings, rating, now, ahead=ahead) for rating in Rating}


def _after(card: Card, settings: ReviewSettings, rating: Rating, at: datetime, *, ahead: bool) -> Memory:
    rule = memory.studied_ahead if ahead else memory.reviewed
    chance = f"{card.uuid}:{card.revision}"
    return rule(card.memory, rating, at=at, days=days_of(settings), retention=settings.retention, chance=chance)


def _moment(card: Card, rated: Rated, now: datetime) -> datetime:
    """When the rating was given, on the server's clock: never before the card's last review, and never long ago."""
    at = now - min(timedelta(milliseconds=rated.age_ms), MAX_AGE)
    return max(at, card.last_review) if card.last_review else at


def _keep(card: Card, settings: ReviewSettings, rated: Rated, at: datetime) -> None:
    ahead = rated.ahead and card.state == Card.State.REVIEW and card.due > at
    before, after = card.memory, _after(card, settings, rated.rating, at, ahead=ahead)
    ReviewLog.objects.create(
        card=card,
        user_id=card.user_id,
        kind=ReviewLog.Kind.AHEAD if ahead else ReviewLog.Kind.REVIEW,
        number=card.revision + 1,
        client_id=rated.client_id,
        rating=rated.rating,
        before=before.as_json(),
        after=after.as_json(),
        elapsed_days=memory.elapsed_days(before, at, days_of(settings)),
        duration_ms=min(rated.duration_ms, MAX_DURATION_MS),
        retention=settings.retention,
        version_number=rated.version_number,
        score=rated.score,
        at=at,
    )
    _move(card, after)


def _take_back(card: Card, log: ReviewLog, undo_id: UUID, now: datetime) -> None:
    before = Memory.from_json(log.before)
    ReviewLog.objects.create(
        card=card, user_id=card.user_id, kind=ReviewLog.Kind.UNDO, number=card.revision + 1, client_id=undo_id, undoes=log,
        before=log.after, after=log.before, retention=log.retention, at=now,
    )  # fmt: skip
    _move(card, before)


def _move(card: Card, to: Memory) -> None:
    for name in ("state", "step", "stability", "difficulty", "due", "last_review"):
        setattr(card, name, getattr(to, name))
    card.revision += 1
    card.save(update_fields=["state", "step", "stability", "difficulty", "due", "last_review", "revision"])
