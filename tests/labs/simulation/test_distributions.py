from random import Random
from statistics import fmean, pstdev

import pytest

from labs.simulation.distributions import (
    Constant,
    Distribution,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    MixedErlang,
    service_time,
)


@pytest.mark.parametrize(
    "distribution",
    [
        Constant(0.2), Exponential(0.2), Erlang(0.2, 3), MixedErlang(0.2, 0.6), MixedErlang(0.2, 0.9), MixedErlang(0.2, 0.5),
        Hyperexponential(0.2, 2.0), Hyperexponential(0.2, 1.0), Lognormal(0.2, 0.5), Lognormal(0.2, 1.5),
    ],
    ids=repr,
)  # fmt: skip
def test_samples_have_the_mean_and_the_variation_that_were_asked_for(distribution: Distribution) -> None:
    sample = distribution.sampler(Random(5))
    values = [sample() for _ in range(60_000)]
    assert min(values) >= 0
    assert fmean(values) == pytest.approx(0.2, rel=0.03)
    assert pstdev(values) / 0.2 == pytest.approx(distribution.cv, rel=0.06, abs=1e-12)


def test_exponential_samples_have_its_tail() -> None:
    sample = Exponential(1.0).sampler(Random(6))
    assert fmean(sample() > 2.0 for _ in range(50_000)) == pytest.approx(0.1353, abs=0.005)


@pytest.mark.parametrize(("cv", "kind"), [(0, Constant), (0.3, MixedErlang), (1, Exponential), (2.5, Hyperexponential)])
def test_the_customary_distribution_goes_by_the_variation(cv: float, kind: type) -> None:
    assert type(service_time(1.0, cv)) is kind


def test_the_same_luck_gives_the_same_times_scaled_by_the_mean() -> None:
    for make in (Exponential, lambda mean_s: Hyperexponential(mean_s, 3.0), lambda mean_s: MixedErlang(mean_s, 0.7)):
        short, long = make(1.0).sampler(Random(1)), make(2.0).sampler(Random(1))
        assert all(long() == pytest.approx(2 * short()) for _ in range(100))


@pytest.mark.parametrize("wrong", [lambda: service_time(-1), lambda: MixedErlang(1, 2), lambda: Hyperexponential(1, 0.5)])
def test_impossible_shapes_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
