"""Intervals against the tables of the papers that gave them."""

from math import atanh, sqrt
from random import Random
from statistics import NormalDist

import pytest

from quizzes.analysis.estimates import difference, mean, pearson, proportion


@pytest.mark.parametrize(
    ("reached", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilsons_interval_is_that_of_newcombes_table(reached: int, count: int, low: float, high: float) -> None:
    found = proportion(reached, count)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)
    assert found.value == reached / count


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_a_difference_has_the_interval_of_newcombes_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    one, other = proportion(*first), proportion(*second)
    assert one
    assert other
    found = difference(one, other)
    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-5)


def test_a_correlation_is_that_of_anscombes_four_sets() -> None:
    """F. J. Anscombe, Graphs in statistical analysis, 1973: r = 0.816 in all four."""
    first = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    second = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    found = pearson(first, second)
    assert found is not None
    assert found.value == pytest.approx(0.8164, abs=5e-5)
    half = NormalDist().inv_cdf(0.975) / sqrt(11 - 3)
    assert atanh(found.high) - atanh(found.value) == pytest.approx(half)
    assert [found.low, found.high] == pytest.approx([0.4244, 0.9507], abs=1e-4)


def test_fishers_interval_holds_the_truth_as_often_as_it_claims() -> None:
    rng, held, true = Random(5), 0, 0.5
    for _ in range(600):
        common = [rng.gauss(0, 1) for _ in range(30)]
        first, second = ([value + rng.gauss(0, 1) for value in common] for _ in range(2))
        found = pearson(first, second)
        held += found is not None and found.low <= true <= found.high
    assert 0.92 <= held / 600 <= 0.98


def test_what_is_constant_correlates_with_nothing() -> None:
    assert pearson([1.0] * 40, [0.1 * step for step in range(40)]) is None
    assert mean([]) is None
    assert proportion(0, 0) is None


def test_means_stay_on_their_scale() -> None:
    found = mean([1.0, 1.0, 1.0, 0.9])
    assert found is not None
    assert found.high == 1.0
