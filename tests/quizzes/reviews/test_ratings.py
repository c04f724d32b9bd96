"""A rating is kept once, however it arrives, and can be taken back; the database holds it, not the page."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from quizzes.reviews.models import Card, Flashcard, ReviewLog, ReviewSettings
from quizzes.reviews.services.showing import choosable
from tests.quizzes.reviews.desk import Desk, flashcards, member


@pytest.fixture
def desk(db: None) -> Desk:
    flashcards(2)
    return Desk()


def test_a_rating_sent_twice_is_one(desk: Desk) -> None:
    card, name = desk.cards()[0], uuid4()
    assert desk.rate(card, 3, client_id=name, revision=0) == "kept"
    after = Card.objects.get(pk=card.pk).memory
    assert desk.rate(card, 3, client_id=name, revision=0) == "kept"
    assert ReviewLog.objects.count() == 1
    assert Card.objects.get(pk=card.pk).memory == after


def test_the_second_window_is_told_that_the_card_was_rated(desk: Desk) -> None:
    card = desk.cards()[0]
    assert desk.rate(card, 3, revision=0) == "kept"
    assert desk.rate(card, 1, revision=0) == "stale"
    assert ReviewLog.objects.get().rating == 3


def test_one_name_is_one_rating_also_across_cards(desk: Desk) -> None:
    first, second = desk.cards()
    name = uuid4()
    desk.rate(first, 3, client_id=name)
    assert desk.rate(second, 3, client_id=name) == "stale"
    assert not second.log.exists()


def test_somebody_elses_card_is_not_there(desk: Desk) -> None:
    card = desk.cards()[0]
    other = Desk("other")
    assert other.rate(card, 3) == "gone"
    assert not card.log.exists()


def test_a_rating_that_waited_for_the_connection_counts_from_when_it_was_given(desk: Desk) -> None:
    card = desk.cards()[0]
    desk.later(hours=2)
    desk.rate(card, 4, age_ms=7_200_000)
    card.refresh_from_db()
    assert card.last_review == desk.at - timedelta(hours=2)
    desk.rate(card, 1, age_ms=9_000_000_000)  # a wrong clock: never before the review before
    card.refresh_from_db()
    assert card.last_review == desk.at - timedelta(hours=2)


def test_what_a_button_promises_is_what_its_rating_does(desk: Desk) -> None:
    card = desk.cards()[0]
    settings = ReviewSettings.objects.get()
    desk.rate(card, 4)
    desk.later(days=9)
    card.refresh_from_db()
    promised = {choice.rating: choice.interval for choice in choosable(card, settings, desk.at, ahead=False)}
    desk.rate(card, 3)
    card.refresh_from_db()
    assert promised[3] == f"{(card.due.date() - desk.at.date()).days} d"
    assert promised[1] == "10 min"


def test_undo_takes_back_the_newest_and_keeps_the_history(desk: Desk) -> None:
    first, second = desk.cards()
    names = [uuid4(), uuid4()]
    before = Card.objects.get(pk=first.pk).memory
    desk.rate(first, 1, client_id=names[0])
    desk.rate(second, 4, client_id=names[1])
    assert desk.undo(names[0]) == "stale"
    assert desk.undo(names[1]) == "kept"
    assert desk.undo(names[1]) == "kept"  # sent twice
    assert desk.undo(names[0]) == "kept"
    assert desk.undo(uuid4()) == "gone"
    card = Card.objects.get(pk=first.pk)
    assert (card.memory, card.revision) == (before, 2)
    assert list(ReviewLog.objects.order_by("pk").values_list("kind", flat=True)) == ["review", "review", "undo", "undo"]
    assert desk.queue().counts.done == 0
    assert desk.rate(first, 3) == "kept"


def test_the_log_is_only_added_to(desk: Desk) -> None:
    desk.rate(desk.cards()[0], 3)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        ReviewLog.objects.update(rating=4)
    assert ReviewLog.objects.get().rating == 3


def test_a_card_is_of_one_thing_and_one_a_person(desk: Desk) -> None:
    flashcard = Flashcard.objects.all()[0]
    with pytest.raises(IntegrityError, match="one_card_a_person_and_flashcard"), transaction.atomic():
        Card.objects.create(user=desk.user, flashcard=flashcard)
    with pytest.raises(IntegrityError, match="card_is_of_one_thing"), transaction.atomic():
        Card.objects.create(user=member("empty"))


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_rate_a_card_once() -> None:
    flashcards(1)
    desk = Desk()
    (card,) = desk.cards()

    def rate(rating: int) -> str:
        try:
            return desk.rate(card, rating, revision=0)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as windows:
        fates = list(windows.map(rate, [1, 2, 3, 4]))
    assert sorted(fates) == ["kept", "stale", "stale", "stale"]
    assert ReviewLog.objects.count() == 1
    assert Card.objects.get().revision == 1
