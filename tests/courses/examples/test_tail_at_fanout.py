"""Two thirds of pages are slow although 95 in 100 calls are not."""

import random

import pytest

from courses.examples.tail_at_fanout import call_quantile_for, hedged_slow_share, slow_page_share


def test_twenty_calls_meet_the_p95_in_64_per_cent_of_pages() -> None:
    assert slow_page_share(0.05, 1) == pytest.approx(0.05)
    assert slow_page_share(0.05, 20) == pytest.approx(0.6415, abs=1e-4)
    assert slow_page_share(0.01, 20) == pytest.approx(0.182, abs=5e-4)


def test_a_hundred_calls_meet_the_p99_in_63_per_cent_as_published() -> None:
    assert slow_page_share(0.01, 100) == pytest.approx(0.634, abs=5e-4)


def test_a_page_that_keeps_its_p95_over_twenty_calls_needs_their_p99_74() -> None:
    assert call_quantile_for(0.95, 20) == pytest.approx(0.99744, abs=1e-5)
    assert slow_page_share(1 - call_quantile_for(0.95, 20), 20) == pytest.approx(0.05)


def test_a_hedge_squares_the_share_of_slow_calls() -> None:
    assert slow_page_share(hedged_slow_share(0.05), 20) == pytest.approx(0.0488, abs=5e-5)


def test_the_formula_agrees_with_drawn_pages() -> None:
    rng = random.Random(1)
    slow = sum(any(rng.random() < 0.05 for _ in range(20)) for _ in range(4000))
    assert slow / 4000 == pytest.approx(slow_page_share(0.05, 20), abs=0.025)
