"""Against sums of integers' own chances and the Erlang distribution, far out in both tails."""

from decimal import Decimal, getcontext
from math import exp, factorial

import pytest

from labs.theory.poisson import AtLeast, poisson


@pytest.mark.parametrize(("count", "mean", "chance"), [(0, 2.0, exp(-2.0)), (3, 2.0, exp(-2.0) * 8.0 / 6.0), (0, 0.0, 1.0)])
def test_the_chance_of_just_so_many(count: int, mean: float, chance: float) -> None:
    assert poisson(count, mean) == pytest.approx(chance)


def test_where_nothing_is_expected_nothing_comes() -> None:
    assert poisson(1, 0.0) == 0.0
    assert [AtLeast(0.0, 5)(count) for count in (0, 1, 5)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("mean", [0.5, 4.0, 30.0])
def test_both_tails_are_those_of_sixty_digits(mean: float) -> None:
    getcontext().prec = 60
    reached = AtLeast(mean, 80)
    for count in range(81):
        terms = (Decimal(mean) ** more / factorial(more) for more in range(count, 400))
        exact = float(sum(terms, Decimal(0)) * (-Decimal(mean)).exp())
        assert reached(count) == pytest.approx(exact, rel=1e-11)
