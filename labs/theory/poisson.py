"""How many events of a Poisson stream come in a time in which `mean` of them are expected."""

from itertools import accumulate
from math import exp, lgamma, log

NEGLIGIBLE = 1e-17


def poisson(count: int, mean: float) -> float:
    """The chance of just so many."""
    if mean == 0.0:
        return 1.0 if count == 0 else 0.0
    return exp(count * log(mean) - mean - lgamma(count + 1.0))


class AtLeast:
    """The chances that so many come or more, for counts up to `most`: that as many exponential stages fit into the time.

    The smaller tail is summed, so that small chances are exact too; what counts below the mean share is summed once.
    """

    def __init__(self, mean: float, most: int) -> None:
        self._mean = mean
        self._fewer = [0.0, *accumulate(poisson(count, mean) for count in range(min(most, int(mean))))]

    def __call__(self, count: int) -> float:
        if count <= self._mean:
            return 1.0 - self._fewer[count]
        total, term = 0.0, poisson(count, self._mean)
        while term > total * NEGLIGIBLE:
            total += term
            count += 1
            term *= self._mean / count
        return total
