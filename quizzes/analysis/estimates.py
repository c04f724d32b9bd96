"""Estimates with their 95 % confidence intervals.

- a proportion: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927;
- a difference of two proportions: R. G. Newcombe, Interval estimation for the difference between independent proportions,
  Statistics in Medicine 17, 1998, method 10;
- a correlation: R. A. Fisher, On the "probable error" of a coefficient of correlation, Metron 1, 1921;
- a mean: Student's t (`labs.measurement.statistics`).
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, fsum, sqrt, tanh

from labs.measurement.statistics import CONFIDENCE, mean_interval

NORMAL = statistics.NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def proportion(reached: float, count: float) -> Estimate | None:
    """Wilson's score interval. `reached` of `count` may be fractions where ties were shared out; None of nothing."""
    if count <= 0:
        return None
    share, weight = reached / count, NORMAL**2 / count
    middle = share + weight / 2.0
    half = NORMAL * sqrt(max(0.0, share * (1.0 - share) / count + weight / (4.0 * count)))
    return Estimate(share, max(0.0, (middle - half) / (1.0 + weight)), min(1.0, (middle + half) / (1.0 + weight)))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """First minus second of two proportions. For means of partial credit it is too wide rather than too narrow, because no
    variable between 0 and 1 varies more than one that is only ever 0 or 1."""
    apart = first.value - second.value
    down = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    up = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Estimate(apart, apart - down, apart + up)


def mean(values: Sequence[float], *, low: float = 0.0, high: float = 1.0) -> Estimate | None:
    """The mean of values that lie from `low` to `high`; of 0s and 1s it is a proportion. None for fewer than two."""
    if values and all(value in (0.0, 1.0) for value in values):
        return proportion(sum(values), len(values))
    found = mean_interval(values)
    return None if found is None else Estimate(found.mean, max(low, found.low), min(high, found.high))


def variance(values: Sequence[float]) -> float:
    """The unbiased variance, in two passes over floats: the standard library's counts in fractions, which takes long for the
    hundreds of columns of a large quiz. Raises ZeroDivisionError for fewer than two values."""
    centre = fsum(values) / len(values)
    return fsum((value - centre) ** 2 for value in values) / (len(values) - 1)


def pearson(first: Sequence[float], second: Sequence[float]) -> Estimate | None:
    """The product-moment correlation; with 0s and 1s on one side it is the point-biserial. None where one side is constant."""
    try:
        return correlation(statistics.correlation(first, second), len(first))
    except statistics.StatisticsError:
        return None


def correlation(value: float, count: int) -> Estimate:
    """A correlation of `count` pairs with Fisher's interval: -1 to 1 where there are too few pairs for one, or no scatter."""
    if count < 4 or abs(value) >= 1.0 - 1e-12:
        return Estimate(max(-1.0, min(1.0, value)), -1.0, 1.0)
    half = NORMAL / sqrt(count - 3)
    return Estimate(value, tanh(atanh(value) - half), tanh(atanh(value) + half))
