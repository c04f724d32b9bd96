"""How long a question took, as the page measured it while it was in view. 0 ms means: not measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles

from quizzes.analysis.sheet import ENOUGH_FOR_MEANS, TooFew


@dataclass(frozen=True, slots=True)
class Times:
    """Quartiles in seconds of the attempts whose time was measured."""

    measured: int
    lower_s: float | None = None
    median_s: float | None = None
    upper_s: float | None = None

    @property
    def too_few(self) -> TooFew | None:
        return None if self.measured >= ENOUGH_FOR_MEANS else TooFew(self.measured, ENOUGH_FOR_MEANS)


def times_of(active_ms: Iterable[int]) -> Times:
    measured = [each / 1000.0 for each in active_ms if each > 0]
    if len(measured) < ENOUGH_FOR_MEANS:
        return Times(len(measured))
    return Times(len(measured), *quantiles(measured, n=4, method="inclusive"))
