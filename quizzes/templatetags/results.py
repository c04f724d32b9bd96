"""Figures of the item analysis as people read them."""

from django import template

from quizzes.analysis.estimates import Estimate
from quizzes.analysis.readings import discrimination_word, facility_word

register = template.Library()
register.filter("d_word", discrimination_word)
register.filter("facility_word", facility_word)


@register.filter
def figure(value: float | str | None) -> str:
    """-0.1234 as “−0.12”; nothing, as of an estimate that is none, as “–”."""
    return _signed(f"{value:.2f}") if isinstance(value, float) else "–"


@register.filter
def interval(estimate: Estimate) -> str:
    """The ends of an interval: “0.62 to 0.74”."""
    return _signed(f"{estimate.low:.2f} to {estimate.high:.2f}")


@register.filter
def percents(estimate: Estimate) -> str:
    """The ends of an interval of shares: “32 to 44 %”."""
    return f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f}\N{NO-BREAK SPACE}%"


@register.filter
def hundredths(share: float | None) -> str:
    """A share in points of a hundred, with one decimal: “10.5”."""
    return "–" if share is None else f"{100 * share:.1f}"


@register.filter
def bar_height(share: float, whole: float) -> float:
    """How high a bar of a share is where 1 is `whole` high."""
    return round(share * whole, 2)


@register.filter
def bar_top(share: float, whole: float) -> float:
    return round(whole - share * whole, 2)


def _signed(text: str) -> str:
    """With the true minus sign; a rounded zero has none."""
    return text.replace("-0.00", "0.00").replace("-", "−")
