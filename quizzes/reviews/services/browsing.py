"""A person's cards as a list, and the topics that they can be chosen by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from courses.models import Lesson
from quizzes.reviews.models import Card, Flashcard
from quizzes.reviews.services.own_cards import own_cards
from quizzes.reviews.services.queue import in_force

PAGE = 50
SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "due": ("due", "pk"),
    "difficulty": (F("difficulty").desc(nulls_last=True), "pk"),
    "newest": ("-pk",),
}


@dataclass(frozen=True, slots=True)
class Topics:
    """What cards can be chosen by: lessons as (slug, title), own decks, tags."""

    lessons: Sequence[tuple[str, str]]
    decks: Sequence[str]
    tags: Sequence[str]


def topics_of(user: Any) -> Topics:
    """Of the cards that the person has. Three queries."""
    own = own_cards(user).values_list("deck", "tags")
    site = Flashcard.objects.filter(retired=False).values_list("lesson", "tags")
    asked = Card.objects.filter(user_id=user.pk, question__retired=False).values_list("question__current__tags", flat=True)
    slugs = {lesson for lesson, _ in site if lesson}
    tags = {tag for _, found in (*own, *site) for tag in found} | {tag for found in asked for tag in found or ()}
    lessons = Lesson.objects.filter(slug__in=slugs).values_list("slug", "title")
    return Topics(list(lessons), sorted({deck for deck, _ in own}), sorted(tags))


def cards_found(user: Any, *, words: str = "", state: str = "", deck: str = "", sort: str = "due") -> QuerySet[Card]:
    """The person's cards by words on them, by state (“new”, “learning”, “known”, “away”, “own”), by own deck."""
    cards = in_force(user)
    if words:
        names = ("flashcard__front", "flashcard__back", "own__front", "own__back", "question__current__stem")
        cards = cards.filter(Q(*[(f"{name}__icontains", words) for name in names], _connector=Q.OR))
    if deck:
        cards = cards.filter(own__deck=deck)
    cards = {
        "new": cards.filter(state=Card.State.NEW),
        "learning": cards.filter(state__in=(Card.State.LEARNING, Card.State.RELEARNING)),
        "known": cards.filter(state=Card.State.REVIEW),
        "away": cards.filter(suspended=True),
        "own": cards.filter(own__isnull=False),
    }.get(state, cards)
    return cards.select_related("flashcard", "own", "question__current").order_by(*SORTS.get(sort, SORTS["due"]))
