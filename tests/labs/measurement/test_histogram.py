from math import ceil
from random import Random

import pytest

from labs.measurement.histogram import Histogram, exact_quantile

SHARES = (0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)


def sample(seed: int, count: int = 20_000) -> list[float]:
    rng = Random(seed)
    return [rng.lognormvariate(-3.0, 1.5) for _ in range(count)]


@pytest.mark.parametrize("bits", [4, 7, 10])
def test_quantiles_keep_the_stated_error(bits: int) -> None:
    values = sample(1)
    histogram = Histogram(bits)
    histogram.record_all(values)
    ordered = sorted(values)
    for share in SHARES:
        true = ordered[max(1, ceil(share * len(ordered))) - 1]
        assert histogram.quantile(share) == pytest.approx(true, rel=histogram.relative_error)


def test_count_mean_and_extremes_are_exact() -> None:
    values = sample(2)
    histogram = Histogram()
    histogram.record_all(values)
    assert histogram.count == len(values)
    assert histogram.mean == sum(values) / len(values)
    assert (histogram.minimum, histogram.maximum) == (min(values), max(values))
    assert histogram.quantile(1.0) == max(values)


def test_merged_histograms_equal_one_of_both_samples() -> None:
    first, second, both = Histogram(), Histogram(), Histogram()
    first.record_all(sample(3))
    second.record_all(sample(4))
    both.record_all(sample(3) + sample(4))
    first.merge(second)
    assert [first.quantile(share) for share in SHARES] == [both.quantile(share) for share in SHARES]
    assert first.count == both.count


def test_the_average_of_two_p99s_is_not_the_p99() -> None:
    """Why histograms merge: the claim of the percentiles lesson."""
    fast, slow = Histogram(), Histogram()
    fast.record_all([0.01] * 990)
    slow.record_all([1.0] * 10)
    average = ((fast.quantile(0.5) or 0.0) + (slow.quantile(0.5) or 0.0)) / 2
    fast.merge(slow)
    assert fast.quantile(0.5) == pytest.approx(0.01, rel=0.01)
    assert average > 0.5


def test_zero_has_a_bucket_and_nothing_recorded_has_no_quantile() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    assert histogram.mean is None
    histogram.record_all([0.0, 0.0, 1.0])
    assert histogram.quantile(0.5) == 0.0


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_refuses_what_is_no_duration(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Histogram().record(value)


def test_histograms_of_different_precision_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="add up"):
        Histogram(4).merge(Histogram(7))


def test_extreme_durations_fit() -> None:
    histogram = Histogram()
    for value in (1e-9, 1e-3, 1.0, 1e6):
        histogram.record(value)
    assert histogram.quantile(0.25) == pytest.approx(1e-9, rel=histogram.relative_error)
    assert histogram.quantile(1.0) == 1e6


def test_exact_quantile_is_an_order_statistic() -> None:
    assert exact_quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert exact_quantile([1.0, 2.0, 3.0, 4.0], 0.51) == 3.0
    assert exact_quantile([], 0.5) is None
