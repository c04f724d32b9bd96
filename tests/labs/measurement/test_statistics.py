from random import Random

import pytest

from labs.measurement.statistics import batch_interval, f_quantile, mean_interval, ratio_interval, student_t_quantile


@pytest.mark.parametrize(
    ("share", "degrees", "published"),
    [(0.975, 1, 12.706), (0.975, 4, 2.776), (0.975, 9, 2.262), (0.975, 30, 2.042), (0.95, 10, 1.812), (0.995, 5, 4.032)],
)
def test_student_quantiles_are_those_of_the_tables(share: float, degrees: int, published: float) -> None:
    assert student_t_quantile(share, degrees) == pytest.approx(published, abs=5e-4)
    assert student_t_quantile(1.0 - share, degrees) == pytest.approx(-published, abs=5e-4)


def test_many_degrees_come_near_the_normal_distribution() -> None:
    assert student_t_quantile(0.975, 100_000) == pytest.approx(1.95996, abs=1e-4)


@pytest.mark.parametrize(
    ("share", "above", "below", "published"),
    [(0.95, 1, 10, 4.965), (0.95, 5, 15, 2.901), (0.95, 10, 20, 2.348), (0.99, 4, 12, 5.412), (0.975, 9, 9, 4.026)],
)
def test_f_quantiles_are_those_of_the_tables(share: float, above: int, below: int, published: float) -> None:
    assert f_quantile(share, above, below) == pytest.approx(published, abs=5e-4)
    assert f_quantile(1.0 - share, below, above) == pytest.approx(1.0 / published, rel=2e-4)


def test_f_with_one_degree_above_is_the_square_of_students_t() -> None:
    assert f_quantile(0.95, 1, 120_000) == pytest.approx(student_t_quantile(0.975, 120_000) ** 2)


def test_the_interval_of_known_values() -> None:
    interval = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert interval is not None
    assert interval.mean == 3.0
    assert interval.half_width == pytest.approx(1.963, abs=1e-3)


def test_one_value_has_no_interval() -> None:
    assert mean_interval([1.0]) is None
    assert batch_interval([1.0] * 5) is None


def test_intervals_hold_the_true_mean_as_often_as_they_claim() -> None:
    rng, held = Random(7), 0
    for _ in range(1000):
        interval = mean_interval([rng.expovariate(1.0) for _ in range(30)])
        assert interval is not None
        held += interval.low <= 1.0 <= interval.high
    assert 0.90 <= held / 1000 <= 0.97


def test_batches_are_honest_about_values_that_depend_on_each_other() -> None:
    """Values that hang together scatter less than their mean errs: the plain interval is far too narrow."""
    rng, value, values = Random(3), 0.0, []
    for _ in range(20_000):
        value = 0.95 * value + rng.gauss(0.0, 1.0)
        values.append(value)
    plain, batched = mean_interval(values), batch_interval(values)
    assert plain is not None
    assert batched is not None
    assert batched.half_width > 3.0 * plain.half_width
    assert batched.low <= 0.0 <= batched.high


def test_shares_come_from_sums_of_parts_and_wholes() -> None:
    interval = ratio_interval([1.0] * 40, [4.0] * 40)
    assert interval is not None
    assert (interval.mean, interval.half_width) == (0.25, 0.0)
