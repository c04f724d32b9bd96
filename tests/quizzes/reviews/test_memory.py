"""The scheduler against the library's own, and the person's days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from unittest.mock import patch
from zoneinfo import ZoneInfo

import fsrs
import pytest

from quizzes.reviews.days import Days
from quizzes.reviews.memory import (
    LEARNING,
    NEW,
    RELEARNING,
    REVIEW,
    Memory,
    Rating,
    fuzzed,
    new_memory,
    proposed_rating,
    reviewed,
    studied_ahead,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
UTC_DAYS = Days(ZoneInfo("UTC"), border_hour=4)
A, H, G, E = Rating
RECORDED = [
    (G, 0),
    (G, 10),
    (G, 3 * 1440),
    (H, 9 * 1440),
    (A, 14 * 1440),
    (G, 10),
    (G, 2 * 1440),
    (E, 8 * 1440),
    (A, 70 * 1440),
]
"""A card's life: ratings, and the minutes before each. All reviews of known cards come at the same time of day."""


def rated(
    memory: Memory, rating: Rating, at: datetime, *, days: Days = UTC_DAYS, retention: float = 0.9, chance: str = ""
) -> Memory:
    return reviewed(memory, rating, at=at, days=days, retention=retention, chance=chance)


@pytest.mark.parametrize("retention", [0.8, 0.9, 0.97])
def test_a_recorded_life_is_the_librarys_own(retention: float) -> None:
    library = fsrs.Scheduler(desired_retention=retention, enable_fuzzing=False, maximum_interval=3650)
    card, memory, at = fsrs.Card(card_id=1, due=NOON), new_memory(NOON), NOON
    with patch("quizzes.reviews.memory.fuzzed", lambda interval, share: interval):
        for rating, minutes in RECORDED:
            at += timedelta(minutes=minutes)
            card, _ = library.review_card(card, fsrs.Rating(rating), review_datetime=at)
            memory = rated(memory, rating, at, retention=retention)
            assert (memory.state, memory.step) == (card.state, card.step)
            assert (memory.stability, memory.difficulty) == pytest.approx((card.stability, card.difficulty), rel=1e-12)
            assert UTC_DAYS.of(memory.due) == UTC_DAYS.of(card.due)
            assert memory.due == (UTC_DAYS.start(UTC_DAYS.of(card.due)) if memory.state == REVIEW else card.due)


def test_states_go_their_way() -> None:
    first = rated(new_memory(NOON), G, NOON)
    known = rated(first, G, NOON + timedelta(minutes=10))
    forgotten = rated(known, A, known.due)
    assert [each.state for each in (new_memory(NOON), first, known, forgotten)] == [NEW, LEARNING, REVIEW, RELEARNING]
    assert first.due == NOON + timedelta(minutes=10)
    assert forgotten.due == known.due + timedelta(minutes=10)
    assert rated(new_memory(NOON), E, NOON).state == REVIEW


def test_an_evening_and_the_next_morning_are_two_days() -> None:
    """Twelve hours: the library alone would take the rule for repetitions within a day."""
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    known = rated(rated(new_memory(evening), G, evening), G, evening + timedelta(minutes=10))
    morning = rated(known, G, evening + timedelta(hours=12))
    a_day_later = rated(known, G, evening + timedelta(days=1, minutes=10))
    assert morning.stability == a_day_later.stability
    at_night = rated(known, G, datetime(2026, 3, 3, 3, tzinfo=UTC))  # before the border: still the same day
    assert at_night.stability != a_day_later.stability


def test_known_cards_are_due_when_their_day_begins() -> None:
    days = Days(ZoneInfo("Europe/Berlin"), border_hour=5)
    at = datetime(2026, 3, 27, 21, tzinfo=UTC)
    due = rated(new_memory(at), E, at, days=days).due
    assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 5
    assert due > at + timedelta(days=6)


@pytest.mark.parametrize("interval", [1, 2, 3, 5, 8, 21, 100, 3650])
@pytest.mark.parametrize("share", [0.0, 0.37, 0.999])
def test_fuzz_is_the_librarys_rule_with_chance_given(interval: int, share: float) -> None:
    library = fsrs.Scheduler(maximum_interval=3650)
    with patch("fsrs.scheduler.random", lambda: share):
        expected = library._get_fuzzed_interval(interval=timedelta(days=interval)).days
    assert fuzzed(interval, share) == expected


def test_the_same_review_gives_the_same_day_and_other_cards_another_one() -> None:
    known = Memory(REVIEW, None, 60.0, 5.0, NOON, NOON - timedelta(days=60))
    dues = {rated(known, G, NOON, chance=f"card {number}").due for number in range(12)}
    assert len(dues) > 3
    assert rated(known, G, NOON, chance="card 1") == rated(known, G, NOON, chance="card 1")


def test_better_ratings_wait_longer_and_more_retention_waits_less() -> None:
    known = Memory(REVIEW, None, 20.0, 5.0, NOON, NOON - timedelta(days=20))
    dues = [rated(known, rating, NOON, chance="x").due for rating in Rating]
    assert all(first < second for first, second in pairwise(dues))
    wanted = [rated(known, G, NOON, retention=retention, chance="x").due for retention in (0.7, 0.8, 0.9, 0.97)]
    assert all(first > second for first, second in pairwise(wanted))


def test_studying_ahead_moves_a_known_card_only_when_it_is_forgotten() -> None:
    known = Memory(REVIEW, None, 20.0, 5.0, NOON + timedelta(days=15), NOON - timedelta(days=5))
    for rating in (H, G, E):
        assert studied_ahead(known, rating, at=NOON, days=UTC_DAYS, retention=0.9, chance="") == known
    forgotten = studied_ahead(known, A, at=NOON, days=UTC_DAYS, retention=0.9, chance="")
    assert (forgotten.state, forgotten.due) == (RELEARNING, NOON + timedelta(minutes=10))


def test_memory_survives_json() -> None:
    known = rated(new_memory(NOON), E, NOON)
    assert Memory.from_json(known.as_json()) == known
    assert Memory.from_json(new_memory(NOON).as_json()) == new_memory(NOON)


@pytest.mark.parametrize(("score", "rating"), [(0.0, A), (0.49, A), (0.5, H), (0.99, H), (1.0, G)])
def test_a_score_suggests_a_rating(score: float, rating: Rating) -> None:
    assert proposed_rating(score) == rating


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("border_hour", [0, 2, 4, 23])
def test_days_have_no_gaps_and_no_overlaps(zone: str, border_hour: int) -> None:
    days = Days(ZoneInfo(zone), border_hour)
    for day in (date(2026, month, number) for month in (3, 4, 10, 11) for number in range(1, 29)):
        start = days.start(day)
        assert days.of(start) == day
        assert days.of(start - timedelta(seconds=1)) == day - timedelta(days=1)
        assert days.next_start(start) == days.start(day + timedelta(days=1))
