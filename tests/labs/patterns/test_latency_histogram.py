"""The naive monitor's faults, each beside what the histogram says of the same requests."""

from math import inf

import pytest

from labs.patterns.latency_histogram import LatencyHistogram, percentile_ms
from labs.patterns.naive_latency_monitor import NaiveLatencyMonitor, java_order
from tests.labs.patterns.clock import HandClock

BORDERS = (50.0, 100.0, 200.0, 400.0, 800.0)


def both(samples: dict[int, int]) -> tuple[int, float | None]:
    """What the naive monitor and the histogram report as p95."""
    naive, honest = NaiveLatencyMonitor(), LatencyHistogram(BORDERS, minimum=1, clock=lambda: 0.0)
    for duration_ms, times in samples.items():
        naive.record(duration_ms, times)
        for _ in range(times):
            honest.record(duration_ms)
    return naive.percentile_ms(0.95), honest.percentile_ms(0.95)


def test_the_walk_is_that_of_java_17() -> None:
    """Orders as printed by Java 17.0.15 for keys that came in ascending order."""
    assert java_order(range(0, 400, 50)) == list(range(0, 400, 50))
    assert java_order(range(0, 500, 50)) == [0, 400, 50, 450, 100, 150, 200, 250, 300, 350]
    assert java_order(range(0, 600, 50)) == [0, 450, 100, 550, 200, 300, 400, 50, 500, 150, 250, 350]


def test_seven_in_a_hundred_take_400_ms_and_the_naive_p95_is_100() -> None:
    assert both({10: 50, 60: 30, 110: 13, 400: 7}) == (100, 400.0)


def test_the_lower_edge_lets_249_ms_pass_a_target_of_200() -> None:
    assert both({249: 100}) == (200, 400.0)


def test_of_two_samples_the_cut_rank_takes_the_first() -> None:
    assert both({20: 1, 900: 1}) == (0, inf)


def test_good_hours_hide_the_bad_one_unless_there_is_a_window() -> None:
    clock, naive = HandClock(), NaiveLatencyMonitor()
    honest = LatencyHistogram(BORDERS, window_s=300, clock=clock)
    for duration_ms, times in ((20, 10_000), (700, 500)):
        clock.now_s += 600
        naive.record(duration_ms, times)
        for _ in range(times):
            honest.record(duration_ms)
    assert naive.percentile_ms(0.95) == 0
    assert honest.percentile_ms(0.95) == 800.0
    clock.now_s += 400
    assert honest.percentile_ms(0.95) is None


def test_the_share_within_a_border_is_exact_and_elsewhere_refused() -> None:
    honest = LatencyHistogram(BORDERS, clock=lambda: 0.0)
    for duration_ms in range(1, 401):
        honest.record(duration_ms)
    assert honest.share_within(200.0) == 0.5
    with pytest.raises(ValueError, match="no border"):
        honest.share_within(250.0)


def test_few_samples_say_nothing_and_the_longest_have_no_bound() -> None:
    honest = LatencyHistogram(BORDERS, minimum=2, clock=lambda: 0.0)
    honest.record(5000.0)
    assert honest.percentile_ms(0.5) is None
    assert honest.share_within(200.0) is None
    honest.record(5000.0)
    assert honest.percentile_ms(0.5) == inf


def test_counts_of_two_hosts_add_up_and_percentiles_do_not() -> None:
    busy, idle = [990, 10, 0, 0, 0, 0], [0, 0, 0, 0, 10, 0]
    together = [a + b for a, b in zip(busy, idle, strict=True)]
    p99 = [percentile_ms(BORDERS, counts, 0.99) for counts in (busy, idle, together)]
    assert p99 == [50.0, 800.0, 100.0]


def test_borders_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        LatencyHistogram((100.0, 50.0))
