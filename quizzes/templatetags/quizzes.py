"""Words of questions as HTML, and numbers as people read them."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe

from courses.rendering.markdown_html import convert
from quizzes.rules import Moment

register = template.Library()


@lru_cache(maxsize=4096)
def _html(text: str) -> str:
    """Sanitised by `convert`; the same few thousand texts come again and again."""
    return convert(text).html


@register.filter
def words(text: str) -> SafeString:
    """Markdown as blocks."""
    return mark_safe(_html(text))  # noqa: S308 - sanitised


@register.filter
def inline_words(text: str) -> SafeString:
    """Markdown of one paragraph, without its `<p>`, for labels and list items."""
    html = _html(text).strip()
    inner = html[3:-4]
    one = html.startswith("<p>") and html.endswith("</p>") and "<p>" not in inner
    return mark_safe(inner if one else html)  # noqa: S308 - sanitised


@register.filter
def percent(share: float | None) -> str:
    """0.875 as “88 %”; nothing as “–”. Rounded down below 100, so that a near miss never reads as full marks."""
    if share is None:
        return "–"
    shown = int(share * 100 + 0.5)
    return f"{min(shown, 99) if share < 1 else 100} %"


@register.filter
def marks(points: float) -> str:
    """Points without needless zeros: 1, 0.5, 0.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


@register.filter
def duration(seconds: float | None) -> str:
    """720 as “12 min”, 90 as “1 min 30 s”, 7200 as “2 h”."""
    if seconds is None:
        return "no limit"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


MOMENTS = {
    Moment.SUBMITTED: "after handing in",
    Moment.ATTEMPTS_USED: "once all attempts are used",
    Moment.CLOSED: "when the quiz has closed",
    Moment.NEVER: "not shown",
}


@register.filter
def moment(value: Moment) -> str:
    """When a part of a review is shown, in words."""
    return MOMENTS[value]


@register.filter
def clock(seconds: float) -> str:
    """As the page of an attempt counts down: 754 as “12:34”, 3725 as “1:02:05”."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def roughly(seconds: float) -> str:
    """How long ago, in the largest unit: 47 as “47 s”, 754 as “12 min”, 7300 as “2 h”."""
    if seconds < 60:
        return f"{int(seconds)} s"
    return f"{int(seconds // 60)} min" if seconds < 2 * 3600 else f"{int(seconds // 3600)} h"
