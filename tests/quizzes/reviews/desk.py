"""A person with cards, and a clock that the tests turn."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from quizzes.reviews.memory import Rating
from quizzes.reviews.models import Card, Flashcard, ReviewSettings
from quizzes.reviews.services.intake import cards_take_in
from quizzes.reviews.services.preferences import settings_of
from quizzes.reviews.services.queue import Choice, Queue, queue_of
from quizzes.reviews.services.rating import Fate, Rated, rating_keep, rating_undo

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def member(name: str = "learner") -> User:
    """Somebody with an account and no password: making one takes longer than most of these tests."""
    made: User = User.objects.create(username=name, email=f"{name}@example.org")
    return made


def flashcards(count: int, **fields: Any) -> list[Flashcard]:
    values = {"front": "Front?", "back": "Back.", "tags": ["breakers"]} | fields
    start = Flashcard.objects.count()
    return [Flashcard.objects.create(slug=f"card-{start + number}", **values) for number in range(count)]


class Desk:
    """One person's reviews. `at` is the time there; `later` lets it pass."""

    def __init__(self, name: str = "learner", **settings: Any) -> None:
        self.user = member(name)
        self.at = MORNING
        ReviewSettings.objects.create(user=self.user, time_zone="UTC", **settings)
        cards_take_in(self.user)
        Card.objects.filter(user=self.user).update(due=self.at)

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)

    def queue(self, *, at_most: int = 100, **choice: Any) -> Queue:
        return queue_of(self.user, settings_of(self.user), self.at, Choice(**choice), at_most=at_most)

    def cards(self, **choice: Any) -> Sequence[Card]:
        return self.queue(**choice).cards

    def rate(self, card: Card, rating: int = 3, *, client_id: UUID | None = None, **more: Any) -> Fate:
        values: dict[str, Any] = {"revision": Card.objects.get(pk=card.pk).revision, **more}
        rated = Rated(client_id=client_id or uuid4(), card=card.uuid, rating=Rating(rating), **values)
        return rating_keep(self.user, settings_of(self.user), rated, self.at)

    def undo(self, client_id: UUID) -> Fate:
        return rating_undo(self.user, client_id, uuid4(), self.at)
