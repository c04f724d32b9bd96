"""The strong and the weak: the people at the ends of a ranking, with ties shared out.

Where several people with the same score stand across a group's border, each of them belongs to it by the same part, so the
result does not hang on the order in which equal people happen to be listed.
"""

from collections.abc import Sequence

KELLEY = 0.27
"""The share at each end for which the difference of the groups' means is the most certain (T. L. Kelley, The selection of
upper and lower groups for the validation of test items, Journal of Educational Psychology 30, 1939)."""


def top(scores: Sequence[float], seats: float) -> list[float]:
    """By which part (0 to 1) each belongs to the `seats` best."""
    ranked = sorted(scores, reverse=True)
    last = ranked[max(0, min(len(ranked), _whole(seats)) - 1)]
    above = sum(score > last for score in scores)
    shared = (seats - above) / sum(score == last for score in scores)
    return [1.0 if score > last else shared if score == last else 0.0 for score in scores]


def bottom(scores: Sequence[float], seats: float) -> list[float]:
    """By which part (0 to 1) each belongs to the `seats` last."""
    return top([-score for score in scores], seats)


def thirds(scores: Sequence[float]) -> tuple[list[float], list[float], list[float]]:
    """By which part each belongs to the lower, the middle and the upper third."""
    lower, upper = bottom(scores, len(scores) / 3.0), top(scores, len(scores) / 3.0)
    return lower, [max(0.0, 1.0 - low - high) for low, high in zip(lower, upper, strict=True)], upper


def kelley_seats(people: int) -> int:
    return max(1, round(KELLEY * people))


def _whole(seats: float) -> int:
    """How many people the seats reach into."""
    return int(seats) + (seats > int(seats))
