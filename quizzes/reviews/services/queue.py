"""Today's queue: learning steps and due cards first, then new ones up to the daily number, topics mixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from courses.models import LessonProgress
from quizzes.models import Attempt, AttemptQuestion
from quizzes.reviews.memory import LEARNING, NEW, RELEARNING, REVIEW
from quizzes.reviews.mixing import mixed
from quizzes.reviews.models import Card, ReviewLog, ReviewSettings
from quizzes.reviews.services.intake import NOT_FOR_CARDS
from quizzes.reviews.services.preferences import days_of

LEARN_AHEAD = timedelta(minutes=20)
"""When nothing else is left, a learning step that is due this soon is asked now."""
LOOKED_AT = 500
"""So many due cards are put in order at once; their number is counted to the last."""
AHEAD_AT_MOST = 100
TOPIC = ("pk", "flashcard__lesson", "flashcard__tags", "own__deck", "question__current__tags")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cards are wanted. `ahead`: those that are not due yet, soonest first."""

    tag: str = ""
    lesson: str = ""
    deck: str = ""
    ahead: bool = False

    @property
    def some(self) -> bool:
        return bool(self.tag or self.lesson or self.deck)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is left today: learning steps that are due, due cards, new cards; and how many ratings were given today."""

    learning: int
    due: int
    new: int
    done: int

    @property
    def left(self) -> int:
        return self.learning + self.due + self.new


@dataclass(frozen=True, slots=True)
class Queue:
    """The next cards, in order. `next_at`: when the next one that is not in here comes; `waiting_new`: kept for other days."""

    cards: Sequence[Card]
    counts: Counts
    next_at: datetime | None
    next_day_count: int
    waiting_new: int
    last: ReviewLog | None


def in_force(user: Any) -> QuerySet[Card]:
    """Cards whose thing is still there to be asked: not retired, not deleted, of a kind for cards."""
    return (
        Card.objects.filter(user_id=user.pk)
        .filter(Q(flashcard__isnull=True) | Q(flashcard__retired=False))
        .filter(Q(own__isnull=True) | Q(own__deleted_at__isnull=True))
        .filter(Q(question__isnull=True) | Q(question__retired=False, question__current__isnull=False))
        .exclude(question__current__kind__in=NOT_FOR_CARDS)
    )


def in_running_attempt(user: Any) -> Exists:
    """Of a card: its question stands in a running attempt of the person, so the card would tell the answer.

    A preview is no attempt: who previews a quiz reviews as before.
    """
    running = AttemptQuestion.objects.filter(attempt__status=Attempt.Status.IN_PROGRESS, attempt__preview=False)
    return Exists(running.filter(attempt__user_id=user.pk, version__question=OuterRef("question")))


def askable(user: Any, now: datetime | Now) -> QuerySet[Card]:
    """Cards that may be asked at all."""
    return (
        in_force(user).filter(suspended=False)
        .filter(Q(buried_until__isnull=True) | Q(buried_until__lte=now))
        .exclude(in_running_attempt(user))
    )  # fmt: skip


def due_count(user: Any, at_most: int) -> int:
    """How many cards wait: one query by the index of due cards, the database's clock in it. It counts no further than asked."""
    waiting = askable(user, Now()).filter(state__gt=NEW, due__lte=Now())
    return waiting.values("pk")[:at_most].count()


def chosen(cards: QuerySet[Card], choice: Choice) -> QuerySet[Card]:
    """Those of a tag, of a lesson, of an own deck."""
    if choice.tag:
        has = [f"{source}__tags__contains" for source in ("flashcard", "own", "question__current")]
        cards = cards.filter(Q(*[(name, [choice.tag]) for name in has], _connector=Q.OR))
    if choice.lesson:
        cards = cards.filter(flashcard__lesson=choice.lesson)
    if choice.deck:
        cards = cards.filter(own__deck=choice.deck)
    return cards


def queue_of(user: Any, settings: ReviewSettings, now: datetime, choice: Choice, *, at_most: int) -> Queue:
    """The next cards of a person, with what the page says around them."""
    days = days_of(settings)
    cards = chosen(askable(user, now), choice)
    today = active_log(user).filter(at__gte=days.start(days.of(now)))
    last = today.select_related("card__flashcard", "card__own", "card__question__current").order_by("-id").first()
    learning = list(cards.filter(state__in=(LEARNING, RELEARNING), due__lte=now).order_by("due").values_list("pk", flat=True))
    waiting = cards.filter(state=REVIEW, due__lte=now)
    due = _topics(waiting.order_by("due", "pk"))
    known = len(due) if len(due) < LOOKED_AT else waiting.count()
    after = _topic(last.card) if last else ""
    fresh, waiting_new = _new(_begun_with(cards, user, settings, choice), _new_left(settings, today, now), after)
    order = [*learning, *mixed(due, after), *fresh] if not choice.ahead else []
    order = order or _early(cards, now, choice)
    later = cards.filter(state__gt=NEW, due__gt=now).order_by("due")
    return Queue(
        cards=_loaded(order[:at_most]),
        counts=Counts(len(learning), known, len(fresh), today.count()),
        next_at=later.values_list("due", flat=True).first(),
        next_day_count=later.filter(due__lte=days.next_start(now)).count(),
        waiting_new=waiting_new,
        last=last,
    )


def active_log(user: Any) -> QuerySet[ReviewLog]:
    """The ratings that stand: not those that were taken back."""
    return ReviewLog.objects.filter(user_id=user.pk, undone_by__isnull=True).exclude(kind=ReviewLog.Kind.UNDO)


def _early(cards: QuerySet[Card], now: datetime, choice: Choice) -> list[int]:
    """Ahead: cards whose day has not come. Else, with nothing left: learning steps that are nearly due."""
    later = cards.filter(due__gt=now).order_by("due", "pk")
    if choice.ahead:
        return list(later.filter(state=REVIEW).exclude(log__in=_seen_ahead(now)).values_list("pk", flat=True)[:AHEAD_AT_MOST])
    return list(later.filter(state__in=(LEARNING, RELEARNING), due__lte=now + LEARN_AHEAD).values_list("pk", flat=True))


def _seen_ahead(now: datetime) -> QuerySet[ReviewLog]:
    """What was studied ahead in the last hours is not asked again at once."""
    return ReviewLog.objects.filter(kind=ReviewLog.Kind.AHEAD, undone_by__isnull=True, at__gte=now - timedelta(hours=12))


def _new_left(settings: ReviewSettings, today: QuerySet[ReviewLog], now: datetime) -> int:
    extra = settings.extra_new if settings.extra_new_on == days_of(settings).of(now) else 0
    return max(0, settings.new_per_day + extra - today.filter(before__state=NEW).count())


def _begun_with(cards: QuerySet[Card], user: Any, settings: ReviewSettings, choice: Choice) -> QuerySet[Card]:
    """New cards that may be begun: of the site's those of read lessons, unless every lesson, or just this one, is wanted."""
    found = cards.filter(state=NEW)
    if settings.new_from == ReviewSettings.NewFrom.READ and not choice.lesson:
        read = LessonProgress.objects.filter(learner_id=user.pk).values("lesson__slug")
        found = found.filter(Q(flashcard__isnull=True) | Q(flashcard__lesson="") | Q(flashcard__lesson__in=read))
    return found


def _new(found: QuerySet[Card], left: int, after: str) -> tuple[list[int], int]:
    """New cards for today, topics mixed, and how many wait behind them. Own cards and missed questions come in their order."""
    in_order = found.order_by("flashcard__lesson", "flashcard__source_position", "pk")
    mine, site = (_topics(in_order.filter(flashcard__isnull=own)) for own in (True, False))
    taken = mixed([*mine, *site], after)[:left]
    return taken, found.count() - len(taken)


def _topics(cards: QuerySet[Card]) -> list[tuple[str, int]]:
    rows = cards.values_list(*TOPIC)[:LOOKED_AT]
    return [(topic_named(lesson, tags, deck, question_tags), pk) for pk, lesson, tags, deck, question_tags in rows]


def _topic(card: Card) -> str:
    flashcard, own, question = card.flashcard, card.own, card.question
    return topic_named(
        flashcard.lesson if flashcard else "",
        flashcard.tags if flashcard else None,
        own.deck if own else None,
        question.current.tags if question and question.current else None,
    )


def topic_named(lesson: str | None, tags: list[str] | None, deck: str | None, question_tags: list[str] | None) -> str:
    """What a card is about, for mixing: its lesson, else its own deck, else its first tag."""
    return lesson or deck or next(iter(tags or question_tags or ()), "")


def _loaded(order: Sequence[int]) -> list[Card]:
    found = Card.objects.select_related("flashcard", "own", "question__current").in_bulk(list(order))
    return [found[pk] for pk in order]
