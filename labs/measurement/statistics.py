"""How sure a mean is: confidence intervals over replications, and over batches within one run.

Values that follow each other within a run depend on each other, so their own scatter says too little about the mean's error.
Independent replications (other seeds) are the clean way; cutting one long steady run into a few long batches is the next best
(A. Law, Simulation Modeling and Analysis, 9.4 and 9.5). Small samples take Student's t, not the normal distribution.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import exp, lgamma, log, sqrt

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its confidence interval."""

    mean: float
    low: float
    high: float
    samples: int

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2.0


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Student's interval for the mean of independent values; None for fewer than two."""
    count = len(values)
    if count < 2:
        return None
    mean = sum(values) / count
    deviation = sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = student_t_quantile(0.5 + confidence / 2.0, count - 1) * deviation / sqrt(count)
    return Interval(mean, mean - half, mean + half, count)


def batch_interval(values: Sequence[float], batches: int = 20, confidence: float = CONFIDENCE) -> Interval | None:
    """The interval for the mean of a run's consecutive values by batch means; None where a batch would be empty.

    Values that do not fill the last batch are left out. A batch should be long against the time over which values depend.
    """
    length = len(values) // batches
    if not length:
        return None
    return mean_interval(
        [sum(values[start : start + length]) / length for start in range(0, length * batches, length)], confidence
    )


def ratio_interval(parts: Sequence[float], wholes: Sequence[float], batches: int = 20) -> Interval | None:
    """The interval for a share such as errors per request, from counts by bin: the share of each batch is one value."""
    length = len(wholes) // batches
    starts = range(0, length * batches, length) if length else ()
    sums = [(sum(parts[start : start + length]), sum(wholes[start : start + length])) for start in starts]
    return mean_interval([part / whole for part, whole in sums if whole])


@cache
def student_t_quantile(share: float, degrees: int) -> float:
    """The value that a t-distributed variable with so many degrees of freedom stays below with chance `share`."""
    if not 0.0 < share < 1.0 or degrees < 1:
        raise ValueError(f"no quantile {share} of Student's t with {degrees} degrees of freedom")
    if share < 0.5:
        return -student_t_quantile(1.0 - share, degrees)
    return _inverse(lambda value: _student_t_cdf(value, degrees), share)


@lru_cache(maxsize=256)
def f_quantile(share: float, above: int, below: int) -> float:
    """The value that an F-distributed variable stays below with chance `share`.

    `above` and `below` are the degrees of freedom of the variances above and below the fraction's line.
    """
    if not 0.0 < share < 1.0 or above < 1 or below < 1:
        raise ValueError(f"no quantile {share} of F with {above} and {below} degrees of freedom")
    return _inverse(lambda value: _incomplete_beta(above / 2.0, below / 2.0, above * value / (above * value + below)), share)


def _inverse(distribution: Callable[[float], float], share: float) -> float:
    """The value from 0 up at which a distribution function reaches `share`."""
    low, high = 0.0, 1.0
    while distribution(high) < share:
        high *= 2.0
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if distribution(middle) < share else (low, middle)
    return (low + high) / 2.0


def _student_t_cdf(value: float, degrees: int) -> float:
    return 1.0 - 0.5 * _incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + value * value))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function (Abramowitz and Stegun, 26.5.8, by Lentz's continued fraction)."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a
    return front * _continued_fraction(a, b, x)


def _continued_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    result = d
    for m in range(1, 2_000):  # it takes about sqrt(max(a, b)) steps
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + factor * d)
            c = 1.0 + factor / c
            result *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return result
