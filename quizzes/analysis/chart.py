"""The geometry of the pictures, in the units of their SVG's view box. Colours and type are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass

from quizzes.analysis.scores import Bin, Distribution

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 50, 34, 16, 40
GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: its box, and what it says."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A grid line or mark at `at`, with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    bars: Sequence[Bar]
    grid: Sequence[Line]
    ticks: Sequence[Line]
    pass_mark: Line | None
    mean: Line | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    foot: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Dot:
    """One question of the map: `number` as in the table; `weight` of its worst flag, empty without one."""

    x: float
    y: float
    number: int
    weight: str
    title: str


@dataclass(frozen=True, slots=True)
class Map:
    """Questions by facility (left to right, 0 to 1) and item-rest correlation (from -0.4 up to 1)."""

    dots: Sequence[Dot]
    columns: Sequence[Line]
    rows: Sequence[Line]
    zero: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    foot: int = HEIGHT - BOTTOM


LOWEST_R = -0.4


def histogram(scores: Distribution, pass_mark: float | None = None) -> Histogram:
    """`pass_mark` as a share."""
    highest = max([one.count for one in scores.bins] + [1])
    step = _step(highest)
    top = step * -(-highest // step)
    return Histogram(
        bars=[_bar(one, top) for one in scores.bins],
        grid=[Line(_y(count / top), str(count)) for count in range(0, top + 1, step)],
        ticks=[Line(_x(percent / 100), f"{percent}") for percent in range(0, 101, 20)],
        pass_mark=None if pass_mark is None else Line(_x(pass_mark), f"pass mark {100 * pass_mark:.0f} %"),
        mean=Line(_x(scores.mean.value), f"mean {100 * scores.mean.value:.0f} %") if scores.mean else None,
    )


def question_map(points: Sequence[tuple[int, float, float, str, str]]) -> Map:
    """Of (number, facility, item-rest correlation, weight of its worst flag, title)."""
    return Map(
        dots=[Dot(_x(facility), _y(_height(rest)), number, weight, title) for number, facility, rest, weight, title in points],
        columns=[Line(_x(share / 4), f"{25 * share} %") for share in range(5)],
        rows=[Line(_y(_height(value)), f"{value:g}".replace("-", "−")) for value in (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0)],
        zero=_y(_height(0.0)),
    )


def _height(rest: float) -> float:
    return (max(LOWEST_R, min(1.0, rest)) - LOWEST_R) / (1.0 - LOWEST_R)


def _bar(one: Bin, top: int) -> Bar:
    x, end, y = _x(one.low) + GAP / 2, _x(one.high) - GAP / 2, _y(one.count / top)
    label = f"{100 * one.low:.0f}–{100 * one.high:.0f} %"
    return Bar(x, y, round(end - x, 2), round(HEIGHT - BOTTOM - y, 2), one.count, label)


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 2)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 2)


def _step(highest: int) -> int:
    """A round number that makes at most five lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= 5 * factor * size:
                return factor * size
        size *= 10
