"""Bars and intervals as geometry: templates draw them as SVG, with classes for colours, beside a table of the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 240.0
LEFT, TOP, BOTTOM, RIGHT = 42.0, 12.0, 30.0, 34.0
GAP = 0.28
"""Share of a column that stays empty."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the units of the drawing. `kind` names its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis, at its place along it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over an axis from 0. `lines` are the heights of its grid."""

    bars: Sequence[Bar]
    below: Sequence[Mark]
    lines: Sequence[Mark]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    base: float = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its label, and its parts from the bottom up as (kind, value)."""

    label: str
    parts: Sequence[tuple[str, int]]
    shown: bool = True
    """Whether the label stands below it; where there are many, not all do."""

    @property
    def total(self) -> int:
        return sum(value for _, value in self.parts)


def columns_chart(columns: Sequence[Column], unit: str) -> Chart:
    """Stacked columns. `unit` is the word for one of what is counted, such as “card”."""
    top = axis_end(max((column.total for column in columns), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    tall = HEIGHT - TOP - BOTTOM
    bars: list[Bar] = []
    for place, column in enumerate(columns):
        x, floor_y = LEFT + step * (place + GAP / 2), HEIGHT - BOTTOM
        for kind, value in column.parts:
            if value:
                height = tall * value / top
                floor_y -= height
                title = f"{column.label}: {value} {kind or unit}{'s' if value != 1 and not kind else ''}"
                bars.append(Bar(_r(x), _r(floor_y), _r(step * (1 - GAP)), _r(height), kind or "plain", title))
    below = [Mark(_r(LEFT + step * (place + 0.5)), each.label) for place, each in enumerate(columns) if each.shown]
    lines = [Mark(_r(HEIGHT - BOTTOM - tall * share), f"{top * share:g}") for share in (0.0, 0.5, 1.0)]
    return Chart(bars, below, lines)


def axis_end(largest: float) -> int:
    """A round even number at or above the largest value, at least 2: its half is a whole number, too."""
    if largest <= 2:
        return 2
    unit = 10 ** floor(log10(largest))
    steps = (1, 2, 4, 5, 6, 8, 10) if unit > 1 else (2, 4, 6, 8, 10)
    return int(next(step * unit for step in steps if step * unit >= ceil(largest)))


@dataclass(frozen=True, slots=True)
class Span:
    """A share with its interval on a line from `least` to 1, in the units of the drawing."""

    name: str
    words: str
    verdict: str
    y: float
    low: float | None
    high: float | None
    at: float | None
    sure: bool


ROW = 34.0
SPAN_LEFT, SPAN_RIGHT, SPAN_TOP = 128.0, 36.0, 12.0


@dataclass(frozen=True, slots=True)
class SpanChart:
    """Shares with intervals, one a row, against the wanted one."""

    rows: Sequence[Span]
    wanted: float
    wanted_text: str
    marks: Sequence[Mark]
    height: float
    base: float
    width: float = WIDTH
    left: float = SPAN_LEFT


def spans_chart(rows: Sequence[tuple[str, tuple[float, float, float] | None, str, str, bool]], wanted: float) -> SpanChart:
    """`rows`: name, (low, value, high) from 0 to 1 or nothing, words, verdict, whether there are enough to judge."""
    lows = [values[0] for _, values, *_ in rows if values]
    least = min(0.5, floor(min([*lows, 0.5]) * 10) / 10)
    width = WIDTH - SPAN_LEFT - SPAN_RIGHT

    def across(share: float) -> float:
        return _r(SPAN_LEFT + width * (share - least) / (1 - least))

    spans = []
    for place, (name, values, words, verdict, sure) in enumerate(rows):
        low, at, high = (across(value) for value in values) if values else (None, None, None)
        y = _r(SPAN_TOP + ROW * (place + 0.5))
        spans.append(Span(name=name, words=words, verdict=verdict, y=y, low=low, high=high, at=at, sure=sure))
    steps = [least + (1 - least) * part / 5 for part in range(6)]
    base = SPAN_TOP + ROW * len(rows)
    marks = [Mark(across(share), f"{100 * share:.0f} %") for share in steps]
    return SpanChart(spans, across(wanted), f"{100 * wanted:.0f} %", marks, base + 26.0, base)


def _r(value: float) -> float:
    return round(value, 1)
