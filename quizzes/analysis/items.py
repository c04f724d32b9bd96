"""How one question performs: how hard it is, and whether those who know more do better on it.

- *facility*: the mean score, 0 to 1 (for right or wrong questions the share of right answers);
- *discrimination index D*: facility in the upper 27 % by total score minus facility in the lower 27 % (Kelley 1939; R. L. Ebel
  and D. A. Frisbie, Essentials of Educational Measurement, 1991: from 0.40 very good, from 0.30 good, from 0.20 marginal,
  below poor);
- *item-total* and *item-rest correlation*: with the total, and with the total without this question. The first flatters short
  quizzes, because the question is part of its own yardstick; the second is the corrected one;
- *discrimination efficiency* (Moodle, "Quiz statistics calculations"): the covariance with the rest as a share of the largest
  that these very scores allow, so that an easy or hard question is judged by what it could do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import StatisticsError, covariance

from quizzes.analysis.estimates import Estimate, difference, mean, pearson, proportion, variance
from quizzes.analysis.groups import bottom, kelley_seats, top
from quizzes.analysis.sheet import ENOUGH_FOR_CORRELATIONS, ENOUGH_FOR_MEANS, Drawn, Sheet, TooFew


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Of `asked` attempts. None where a figure cannot be had (a constant score, no other questions, too few attempts)."""

    asked: int
    facility: Estimate | None = None
    facility_error: float | None = None
    deviation: float | None = None
    discrimination: Estimate | None = None
    total_correlation: Estimate | None = None
    rest_correlation: Estimate | None = None
    efficiency: float | None = None

    @property
    def too_few_for_means(self) -> TooFew | None:
        return None if self.asked >= ENOUGH_FOR_MEANS else TooFew(self.asked, ENOUGH_FOR_MEANS)

    @property
    def too_few_for_correlations(self) -> TooFew | None:
        return None if self.asked >= ENOUGH_FOR_CORRELATIONS else TooFew(self.asked, ENOUGH_FOR_CORRELATIONS)


def item_of(sheet: Sheet, drawn: Sequence[Drawn]) -> ItemStatistics:
    """The figures of one question from the rows in which it was asked."""
    scores = [one.score for one in drawn]
    totals = [sheet.totals[one.attempt] for one in drawn]
    rests = [rest for one in drawn if (rest := sheet.rest(one)) is not None]
    return item_statistics(scores, totals, rests if len(rests) == len(drawn) else None)


def item_statistics(scores: Sequence[float], totals: Sequence[float], rests: Sequence[float] | None) -> ItemStatistics:
    """Of scores (0 to 1), total scores and rest scores of the same people. `rests` None: there were no other questions."""
    count = len(scores)
    if count < ENOUGH_FOR_MEANS:
        return ItemStatistics(asked=count)
    deviation = sqrt(variance(scores))
    known = rests if count >= ENOUGH_FOR_CORRELATIONS else None
    return ItemStatistics(
        asked=count,
        facility=mean(scores),
        facility_error=deviation / sqrt(count),
        deviation=deviation,
        discrimination=discrimination_index(scores, totals) if known else None,
        total_correlation=pearson(scores, totals) if known else None,
        rest_correlation=pearson(scores, known) if known else None,
        efficiency=discrimination_efficiency(scores, known) if known else None,
    )


def discrimination_index(scores: Sequence[float], totals: Sequence[float]) -> Estimate | None:
    """Kelley's D, from -1 to 1, with Newcombe's interval."""
    seats = kelley_seats(len(scores))
    upper = proportion(_weighed(scores, top(totals, seats)), seats)
    lower = proportion(_weighed(scores, bottom(totals, seats)), seats)
    return difference(upper, lower) if upper and lower else None


def discrimination_efficiency(scores: Sequence[float], rests: Sequence[float]) -> float | None:
    """At most 1. None where everybody scored the same."""
    try:
        largest = covariance(sorted(scores), sorted(rests))
    except StatisticsError:
        return None
    return covariance(scores, rests) / largest if largest > 1e-12 else None


def _weighed(scores: Sequence[float], weights: Sequence[float]) -> float:
    return sum(score * weight for score, weight in zip(scores, weights, strict=True))
