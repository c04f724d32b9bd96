"""How a quiz's scores are spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from quizzes.analysis.estimates import Estimate, mean, proportion, variance

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `low` to below `high` (the last bin: to 1, included), as shares."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """Of shares of the points, 0 to 1. `mean` and `deviation` are None for fewer than two, `passed` where nothing can be."""

    count: int
    mean: Estimate | None
    median: float | None
    deviation: float | None
    bins: Sequence[Bin]
    passed: Estimate | None
    passed_count: int
    judged_count: int


def distribution(shares: Sequence[float], passes: Sequence[bool]) -> Distribution:
    """`passes`: whether the mark was reached, of those attempts that had one."""
    several = len(shares) > 1
    return Distribution(
        count=len(shares),
        mean=mean(shares) if several else None,
        median=median(shares) if shares else None,
        deviation=sqrt(variance(shares)) if several else None,
        bins=bins(shares),
        passed=proportion(sum(passes), len(passes)),
        passed_count=sum(passes),
        judged_count=len(passes),
    )


def bins(shares: Sequence[float]) -> list[Bin]:
    places = [min(BINS - 1, int(share * BINS + 1e-9)) for share in shares]
    return [Bin(place / BINS, (place + 1) / BINS, places.count(place)) for place in range(BINS)]
