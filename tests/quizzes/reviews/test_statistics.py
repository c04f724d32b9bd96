"""What the statistics page says is what was rated."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quizzes.reviews.charts import Column, axis_end, columns_chart, spans_chart
from quizzes.reviews.memory import REVIEW, Memory
from quizzes.reviews.models import Card, ReviewLog
from quizzes.reviews.services.preferences import settings_of
from quizzes.reviews.services.statistics import Statistics, statistics_of
from tests.quizzes.reviews.desk import Desk, flashcards


def found(desk: Desk) -> Statistics:
    return statistics_of(desk.user, settings_of(desk.user), desk.at)


@pytest.mark.django_db
def test_retention_counts_known_cards_that_came_back_on_a_later_day() -> None:
    flashcards(3)
    desk = Desk()
    for card in desk.cards():
        desk.rate(card, 4)  # the first time: nothing to remember yet
    assert found(desk).overall.tries == 0
    assert found(desk).overall.verdict == "no reviews yet"
    desk.later(days=30)
    for card, rating in zip(desk.cards(), (3, 3, 1), strict=True):
        desk.rate(card, rating)
        desk.rate(card, 3)  # the same day: says nothing of memory
    now = found(desk)
    assert (now.overall.tries, now.overall.percent["value"]) == (3, 67)
    assert [band.tries for band in now.bands] == [0, 0, 0, 3, 0, 0]
    assert now.overall.verdict == "too few to say: 3 of at least 20 reviews"


@pytest.mark.django_db
def test_a_verdict_waits_for_enough_reviews_and_minds_what_was_taken_back() -> None:
    flashcards(1)
    desk = Desk()
    (card,) = desk.cards()
    known = Memory(REVIEW, None, 9.0, 5.0, desk.at, desk.at).as_json()
    logs = [
        ReviewLog(
            card=card, user=desk.user, kind="review", number=number, client_id=uuid4(), rating=1, before=known, after=known,
            elapsed_days=9, retention=0.9, at=desk.at,
        )
        for number in range(1, 21)
    ]  # fmt: skip
    ReviewLog.objects.bulk_create(logs)
    Card.objects.update(revision=20)
    assert found(desk).overall.verdict == "less than wanted"
    newest = ReviewLog.objects.order_by("-pk")[0]
    assert desk.undo(newest.client_id) == "kept"
    assert found(desk).overall.verdict == "too few to say: 19 of at least 20 reviews"


@pytest.mark.django_db
def test_the_forecast_counts_each_card_on_its_day_and_overdue_ones_today() -> None:
    flashcards(3)
    desk = Desk()
    first, second, third = desk.cards()
    desk.rate(first, 4)
    desk.rate(second, 4)
    days = {day for day, count in found(desk).forecast if count}
    assert days <= {desk.at.date() + timedelta(days=ahead) for ahead in range(6, 12)}
    assert found(desk).forecast_total == 2
    desk.later(days=40)
    now = found(desk)
    assert now.forecast[0] == (desk.at.date(), 2)
    assert now.states == {"new": 1, "learning": 0, "known": 2, "away": 0}
    Card.objects.filter(pk=third.pk).update(suspended=True)
    assert found(desk).states["away"] == 1


@pytest.mark.django_db
def test_days_tell_remembered_from_forgotten_and_learned() -> None:
    flashcards(2)
    desk = Desk()
    for card in desk.cards():
        desk.rate(card, 4, duration_ms=60_000)
    desk.later(days=20)
    for card, rating in zip(desk.cards(), (3, 1), strict=True):
        desk.rate(card, rating)
    past = {day.day: (day.remembered, day.forgotten, day.learning) for day in found(desk).past if day.total}
    assert past == {desk.at.date() - timedelta(days=20): (0, 0, 2), desk.at.date(): (1, 1, 0)}
    assert (found(desk).reviews, found(desk).minutes) == (4, 2)


def test_columns_stand_on_the_axis_and_stack() -> None:
    chart = columns_chart([Column("a", [("learning", 3), ("", 1)]), Column("b", [("", 0)])], "card")
    lower, upper = chart.bars
    assert lower.y + lower.height == pytest.approx(chart.base, abs=0.11)
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.11)
    assert lower.height == pytest.approx(3 * upper.height, abs=0.2)
    assert (lower.title, upper.title) == ("a: 3 learning", "a: 1 card")


@pytest.mark.parametrize(
    ("largest", "end"), [(0, 2), (2, 2), (3, 4), (7, 8), (10, 10), (11, 20), (37, 40), (101, 200), (640, 800)]
)
def test_axes_end_at_round_even_numbers(largest: int, end: int) -> None:
    assert axis_end(largest) == end


def test_spans_lie_between_their_ends_and_the_axis_makes_room() -> None:
    chart = spans_chart([("few", (0.31, 0.5, 0.69), "", "", False), ("none", None, "", "no reviews yet", False)], 0.9)
    few, none = chart.rows
    assert few.low is not None
    assert few.at is not None
    assert few.high is not None
    assert chart.left <= few.low < few.at < few.high < chart.wanted < chart.width
    assert (none.low, none.at, none.high) == (None, None, None)
