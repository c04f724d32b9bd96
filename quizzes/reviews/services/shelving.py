"""Cards put away: for today, or until they are fetched back. Their memory is not touched."""

from datetime import datetime
from typing import Any
from uuid import UUID

from quizzes.reviews.models import Card, ReviewSettings
from quizzes.reviews.services.preferences import days_of


def card_bury(user: Any, settings: ReviewSettings, card: UUID, now: datetime, *, on: bool) -> bool:
    """Not asked before tomorrow, or asked again. False: the person has no such card."""
    until = days_of(settings).next_start(now) if on else None
    return bool(Card.objects.filter(user_id=user.pk, uuid=card).update(buried_until=until))


def card_suspend(user: Any, card: UUID, *, on: bool) -> bool:
    """Never asked until it is fetched back, or asked again. False: the person has no such card."""
    return bool(Card.objects.filter(user_id=user.pk, uuid=card).update(suspended=on))
