"""How far the same people would come out alike if they took a quiz of the same make again.

- every attempt has the same questions: Cronbach's alpha (Psychometrika 16, 1951); for questions that are right or wrong it is
  Kuder and Richardson's formula 20 (Psychometrika 2, 1937). Interval: L. S. Feldt, Psychometrika 30, 1965;
- each attempt drew its own: questions are nested in people, and alpha, which needs the same questions for all, does not exist.
  What does is the one-way coefficient ICC(1,k) (P. E. Shrout and J. L. Fleiss, Intraclass correlations: uses in assessing rater
  reliability, Psychological Bulletin 86, 1979): a lucky draw of easy questions counts as error, as it should. It has an exact
  interval;
- some sections fixed, some drawn: stratified alpha (L. J. Cronbach, P. Schönemann and D. McKie, Educational and Psychological
  Measurement 25, 1965) over the sections, each with its own coefficient.

The standard error of measurement is sd x sqrt(1 - reliability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean
from typing import Literal

from labs.measurement.statistics import CONFIDENCE, f_quantile
from quizzes.analysis.estimates import Estimate, variance

Method = Literal["alpha", "KR-20", "one-way", "stratified"]
TAIL = (1.0 - CONFIDENCE) / 2.0
Columns = Sequence[Sequence[float]]
"""One column a question, one value a person, in the same order of people."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """`interval` is None where there is no known one. `without`: alpha when a question is left out, by question."""

    value: float
    method: Method
    items: int
    people: int
    interval: Estimate | None = None
    without: Mapping[int, float] = field(default_factory=dict)

    def error_of(self, deviation: float) -> float:
        """The standard error of measurement, in the unit of `deviation`."""
        return standard_error(deviation, self.value)


def standard_error(deviation: float, reliability: float) -> float:
    """A coefficient below 0 says no more than 0 does: all of the spread may be error."""
    return deviation * sqrt(1.0 - max(0.0, min(1.0, reliability)))


def alpha(columns: Columns) -> float | None:
    """Cronbach's alpha. None for fewer than two questions or people, or when all totals are the same."""
    if len(columns) < 2 or len(columns[0]) < 2:
        return None
    return _alpha([variance(column) for column in columns], variance(totals(columns)))


def alpha_without(columns: Columns) -> list[float | None]:
    """Alpha when each question in turn is left out."""
    if len(columns) < 3 or len(columns[0]) < 2:
        return [None] * len(columns)
    variances, sums = [variance(column) for column in columns], totals(columns)
    found = []
    for left_out, column in enumerate(columns):
        rest = [total - value for total, value in zip(sums, column, strict=True)]
        found.append(_alpha(variances[:left_out] + variances[left_out + 1 :], variance(rest)))
    return found


def _alpha(variances: Sequence[float], total: float) -> float | None:
    return len(variances) / (len(variances) - 1) * (1.0 - sum(variances) / total) if total > 1e-12 else None


def totals(columns: Columns) -> list[float]:
    return [sum(values) for values in zip(*columns, strict=True)]


def feldt(value: float, people: int, items: int) -> Estimate:
    """Feldt's interval for alpha: (1 - alpha) / (1 - estimate) follows F, for parallel questions and normal scores."""
    above, below = people - 1, (people - 1) * (items - 1)
    low = 1.0 - (1.0 - value) * f_quantile(1.0 - TAIL, above, below)
    return Estimate(value, low, 1.0 - (1.0 - value) * f_quantile(TAIL, above, below))


def one_way(people: Sequence[Sequence[float]]) -> Estimate | None:
    """ICC(1,k) of people with k questions each, drawn for each anew. None when all people scored the same."""
    count, items = len(people), len(people[0]) if people else 0
    if count < 2 or items < 2:
        return None
    between = items * variance([fmean(scores) for scores in people])
    within = fmean([variance(scores) for scores in people])
    if between <= 1e-12:
        return None
    above, below, ratio = count - 1, count * (items - 1), between / within if within > 1e-12 else float("inf")
    low = 1.0 - f_quantile(1.0 - TAIL, above, below) / ratio
    return Estimate(1.0 - 1.0 / ratio, low, 1.0 - f_quantile(TAIL, above, below) / ratio)


def stratified(parts: Sequence[tuple[float, float]], total: float) -> float | None:
    """Of (variance, reliability) of each part, and the variance of the total."""
    return 1.0 - sum(spread * (1.0 - value) for spread, value in parts) / total if total > 1e-12 else None
