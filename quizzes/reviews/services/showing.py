"""A card as the page shows it: its front, its back, and what each rating would do."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from courses.diagrams import publish_for_a_day
from courses.models import Lesson
from courses.rendering.document import Document, learner_document
from quizzes.kinds import Posed
from quizzes.models import QuestionVersion
from quizzes.reviews.models import Card, ReviewSettings
from quizzes.reviews.services.preferences import days_of
from quizzes.reviews.services.rating import outcomes


@dataclass(frozen=True, slots=True)
class Choosable:
    """One rating with its consequence: the interval in short and in words."""

    rating: int
    name: str
    interval: str
    words: str


@dataclass(frozen=True, slots=True)
class Face:
    """A card as its template needs it. A question's key is not in here: it comes with the graded answer."""

    card: Card
    topic: str
    lesson: Lesson | None
    front: SafeString | None
    back: SafeString | None
    asked: "AskedQuestion | None"
    ratings: tuple[Choosable, ...]

    @property
    def name(self) -> str:
        """For ids and labels in the page."""
        return str(self.card.uuid)


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of the bank as a card asks it: the current version, shuffled by the card's own name."""

    version: QuestionVersion
    posed: Posed
    template: str
    stem: str
    view: Mapping[str, Any]
    rule: str


@lru_cache(maxsize=512)
def _document(text: str) -> Document:
    return learner_document(text)


def shown(text: str) -> SafeString:
    """Markdown of a card as HTML, sanitised; diagrams in it can be fetched for a day. The same cards come again and again."""
    return _published(_document(text))


def previewed(text: str) -> SafeString:
    """The same of a text that is being written and will not come again."""
    return _published(learner_document(text))


def _published(made: Document) -> SafeString:
    publish_for_a_day(made.drawings)
    return mark_safe(made.html)  # noqa: S308 (sanitised by the document)


def asked_question(card: Card, version: QuestionVersion) -> AskedQuestion:
    """The form and the grading of its answer need no memory of each other: chance is named by card and revision."""
    chance = random.Random(f"review:{card.uuid}:{card.revision}:{version.number}")
    posed = version.posed(version.kind_object.freeze(version.parsed(), chance, shuffle=True))
    return AskedQuestion(
        version=version, posed=posed, template=posed.kind.template, stem=posed.words(version.stem), view=posed.public_view(),
        rule=posed.rule,
    )  # fmt: skip


def faces(cards: list[Card], settings: ReviewSettings, now: datetime, *, ahead: bool) -> list[Face]:
    """The cards with what stands on them."""
    slugs = {card.flashcard.lesson for card in cards if card.flashcard}
    found = Lesson.objects.filter(published=True, slug__in=slugs).only("slug", "title")
    lessons = {lesson.slug: lesson for lesson in found}
    return [_face(card, settings, now, lessons, ahead=ahead) for card in cards]


def _face(card: Card, settings: ReviewSettings, now: datetime, lessons: Mapping[str, Lesson], *, ahead: bool) -> Face:
    words = card.flashcard or card.own
    current = card.question.current if card.question else None
    lesson = lessons.get(card.flashcard.lesson) if card.flashcard else None
    return Face(
        card=card,
        topic=_topic(card, lesson),
        lesson=lesson,
        front=shown(words.front) if words else None,
        back=shown(words.back) if words else None,
        asked=asked_question(card, current) if current else None,
        ratings=choosable(card, settings, now, ahead=ahead),
    )


def _topic(card: Card, lesson: Lesson | None) -> str:
    if card.own:
        return card.own.deck
    tags = (
        card.flashcard.tags if card.flashcard else card.question.current.tags if card.question and card.question.current else ()
    )
    return lesson.title if lesson else next(iter(tags), "").replace("-", " ")


def choosable(card: Card, settings: ReviewSettings, now: datetime, *, ahead: bool) -> tuple[Choosable, ...]:
    """The four ratings with the interval that each would give."""
    today = days_of(settings).of(now)
    found = []
    for rating, memory in outcomes(card, settings, now, ahead=ahead).items():
        whole_days = (days_of(settings).of(memory.due) - today).days if memory.state == Card.State.REVIEW else 0
        wait = timedelta(days=whole_days) if whole_days else memory.due - now
        found.append(Choosable(rating.value, rating.name.capitalize(), interval_short(wait), interval_words(wait)))
    return tuple(found)


def interval_short(wait: timedelta) -> str:
    """“10 min”, “3 d”, “2.4 mo”, “1.5 y”."""
    value, short, _ = _measured(wait)
    return f"{value} {short}"


def interval_words(wait: timedelta) -> str:
    """“in 10 minutes”, “in 1 day”."""
    value, _, word = _measured(wait)
    return f"in {value} {word}{'' if value == '1' else 's'}"


def _measured(wait: timedelta) -> tuple[str, str, str]:
    days = wait / timedelta(days=1)
    if days >= 365:
        return _digits(days / 365.25), "y", "year"
    if days >= 60:
        return _digits(days / 30.44), "mo", "month"
    if days >= 1:
        return f"{round(days)}", "d", "day"
    minutes = wait / timedelta(minutes=1)
    return (f"{round(minutes / 60)}", "h", "hour") if minutes >= 60 else (f"{max(1, round(minutes))}", "min", "minute")


def _digits(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
