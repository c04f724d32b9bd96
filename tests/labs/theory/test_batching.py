"""Against batches that are collected one by one from a Poisson stream."""

from random import Random

import pytest

from labs.measurement.statistics import mean_interval
from labs.theory.batching import batch_capacity_rps, batch_fill, batch_wait_s, batch_work_s


def collected(rate_rps: float, size: int, linger_s: float, batches: int) -> tuple[list[float], list[float]]:
    """Of each batch: its things, and the seconds that they waited in it together."""
    rng, fills, waits = Random(7), [], []
    for _ in range(batches):
        times, at_s = [0.0], 0.0
        while len(times) < size:
            at_s += rng.expovariate(rate_rps)
            if at_s > linger_s:
                break
            times.append(at_s)
        close_s = times[-1] if len(times) == size else linger_s
        fills.append(float(len(times)))
        waits.append(sum(close_s - came_s for came_s in times))
    return fills, waits


@pytest.mark.parametrize(
    ("rate_rps", "size", "linger_s"), [(50.0, 10, 0.1), (200.0, 10, 0.1), (5.0, 20, 0.5), (100.0, 2, 0.01)]
)
def test_fill_and_wait_are_those_of_collected_batches(rate_rps: float, size: int, linger_s: float) -> None:
    fills, waits = collected(rate_rps, size, linger_s, 6000)
    fill, wait = mean_interval(fills, confidence=0.999), mean_interval(waits, confidence=0.999)
    said_fill, said_wait_s = batch_fill(rate_rps, size, linger_s).value, batch_wait_s(rate_rps, size, linger_s).value
    assert fill is not None
    assert wait is not None
    assert said_fill is not None
    assert said_wait_s is not None
    assert fill.low <= said_fill <= fill.high
    assert wait.low <= said_wait_s * said_fill <= wait.high


def test_edges() -> None:
    assert batch_fill(50.0, 1, 10.0).value == 1.0
    assert batch_wait_s(50.0, 1, 10.0).value == 0.0
    assert batch_fill(50.0, 10, 0.0).value == 1.0
    assert batch_fill(1e6, 10, 1.0).value == pytest.approx(10.0)
    assert batch_fill(50.0, 2, 0.02).value == pytest.approx(2.0 - 2.718281828459045**-1.0)


def test_a_fixed_cost_is_shared() -> None:
    assert batch_work_s(10, 0.05, 0.005).value == pytest.approx(0.1)
    assert batch_capacity_rps(4, 1, 0.05, 0.05).value == pytest.approx(40.0)
    assert batch_capacity_rps(4, 10, 0.05, 0.05).value == pytest.approx(4 * 10 / 0.55)
    assert batch_capacity_rps(4, 100_000, 0.05, 0.05).value == pytest.approx(80.0, rel=1e-3)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: batch_work_s(0, 0.1, 0.1),
        lambda: batch_work_s(1, -0.1, 0.1),
        lambda: batch_capacity_rps(0, 1, 0.1, 0.1),
        lambda: batch_capacity_rps(1, 1, 0.0, 0.0),
        lambda: batch_fill(0.0, 1, 0.1),
        lambda: batch_fill(1.0, 1, -0.1),
        lambda: batch_wait_s(1.0, 0, 0.1),
    ],
)
def test_what_cannot_be_is_refused(impossible: object) -> None:
    with pytest.raises(ValueError):
        impossible()  # type: ignore[operator]
