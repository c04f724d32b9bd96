"""The number beside “Review” on every page, today's review on the home page, and cards in a line."""

import re
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from quizzes.clock import database_now
from quizzes.reviews.models import Card
from quizzes.reviews.services.intake import cards_take_in
from quizzes.reviews.services.preferences import settings_of
from quizzes.reviews.services.queue import Choice, due_count, queue_of
from quizzes.reviews.services.showing import previewed

register = template.Library()
SHOWN_AT_MOST = 999
SIGNS = re.compile(r"^ *(?:```|~~~).*$|^#+ |[*`$]|\\(?=\W)", re.MULTILINE)


@register.simple_tag(takes_context=True)
def reviews_due(context: Context) -> str:
    """How many cards wait for whoever is signed in, in one query; empty where there is nothing to say."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return ""
    count = due_count(user, SHOWN_AT_MOST + 1)
    return f"{SHOWN_AT_MOST}+" if count > SHOWN_AT_MOST else str(count or "")


@register.inclusion_tag("reviews/_today.html", takes_context=True)
def todays_review(context: Context) -> dict[str, Any]:
    """What waits today, for the home page."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return {"queue": None}
    if not Card.objects.filter(user_id=user.pk).exists():
        cards_take_in(user)  # whoever reads lessons and never opened the reviews has cards, too
    settings, now = settings_of(user), database_now()
    queue = queue_of(user, settings, now, Choice(), at_most=0)
    return {"queue": queue, "any": bool(queue.next_at or queue.counts.done or queue.waiting_new)}


@register.filter
def side(text: str) -> SafeString:
    """One side of a card, Markdown, as HTML."""
    return previewed(text)


@register.filter
def in_a_line(card: Card) -> str:
    """A card's front as words, without Markdown's signs."""
    words = card.flashcard or card.own
    text = words.front if words else card.question.current.stem if card.question and card.question.current else ""
    return re.sub(r"\s+", " ", SIGNS.sub("", text)).strip()[:160]
