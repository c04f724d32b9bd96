"""What is asked, in which order, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.models import Lesson, LessonProgress
from quizzes.models import Attempt, Question, Quiz
from quizzes.reviews.models import Card, Flashcard, ReviewSettings
from quizzes.reviews.services.browsing import cards_found
from quizzes.reviews.services.intake import cards_take_in
from quizzes.reviews.services.own_cards import OwnContent, own_card_make, own_cards, own_cards_delete
from quizzes.reviews.services.preferences import more_new_today, zone_learn
from quizzes.reviews.services.queue import due_count
from quizzes.reviews.services.shelving import card_bury, card_suspend
from quizzes.reviews.services.statistics import statistics_of
from quizzes.services.answers import Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.checks import answer_check
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from tests.courses.conftest import MaterialFolder
from tests.quizzes.bank import DEFINITIONS, SINGLE, question, quiz, right_answer
from tests.quizzes.reviews.desk import Desk, flashcards, member

pytestmark = pytest.mark.django_db


def test_learning_steps_come_first_then_due_cards_then_new_ones() -> None:
    flashcards(4)
    desk = Desk()
    learning, due, first_new, second_new = desk.cards()
    desk.rate(due, 4)
    desk.later(days=30)
    desk.rate(learning, 1)
    desk.later(minutes=2)
    assert list(desk.cards()) == [learning, due, first_new, second_new]
    counts = desk.queue().counts
    assert (counts.learning, counts.due, counts.new, counts.done) == (1, 1, 2, 1)


def test_topics_are_mixed() -> None:
    flashcards(3, tags=["breakers"])
    flashcards(3, tags=["queues"])
    tags = [card.flashcard.tags[0] for card in Desk().cards() if card.flashcard]
    assert tags in (["breakers", "queues"] * 3, ["queues", "breakers"] * 3)


def test_new_cards_end_at_the_daily_number_and_begin_again_after_the_border() -> None:
    flashcards(5)
    desk = Desk(new_per_day=2)
    for card in desk.cards():
        desk.rate(card, 4)
    assert (list(desk.cards()), desk.queue().waiting_new) == ([], 3)
    more_new_today(desk.user, desk.at)
    assert len(desk.cards()) == 3
    desk.later(hours=18)  # 3 in the night: still the same day
    assert desk.queue().counts.new == 3
    desk.later(hours=2)
    assert desk.queue().counts.new == 2


def test_a_learning_step_that_is_nearly_due_is_asked_when_nothing_else_is_left() -> None:
    (_,) = flashcards(1)
    desk = Desk()
    (card,) = desk.cards()
    desk.rate(card, 3)  # ten minutes
    assert list(desk.cards()) == [card]
    assert desk.queue().next_at == desk.at + timedelta(minutes=10)


def test_lessons_that_are_not_read_wait_unless_they_are_chosen(material: MaterialFolder) -> None:
    flashcards(2, lesson="first-steps")
    desk = Desk()
    assert list(desk.cards()) == []
    assert len(desk.cards(lesson="first-steps")) == 2
    ReviewSettings.objects.update(new_from="all")
    assert len(desk.cards()) == 2
    ReviewSettings.objects.update(new_from="read")
    LessonProgress.objects.create(learner=desk.user, lesson=Lesson.objects.get())
    assert len(desk.cards()) == 2


def test_a_choice_asks_its_cards_alone() -> None:
    flashcards(1, tags=["queues"])
    flashcards(1)
    desk = Desk()
    own_card_make(desk.user, OwnContent("Networks", "A?", "B.", ("queues", "ports")))
    assert len(desk.cards()) == 3
    assert len(desk.cards(tag="queues")) == 2
    assert [card.own.deck for card in desk.cards(deck="Networks") if card.own] == ["Networks"]
    assert list(desk.cards(tag="nobody's")) == []


def test_ahead_asks_what_is_not_due_and_not_the_same_again() -> None:
    flashcards(2)
    desk = Desk()
    for card in desk.cards():
        desk.rate(card, 4)
    first, second = desk.cards(ahead=True)
    before = Card.objects.get(pk=first.pk).memory
    desk.rate(first, 3, ahead=True)
    assert Card.objects.get(pk=first.pk).memory == before
    assert list(desk.cards(ahead=True)) == [second]
    desk.rate(second, 1, ahead=True)
    assert Card.objects.get(pk=second.pk).state == Card.State.RELEARNING


def test_what_is_put_away_retired_or_deleted_is_not_asked() -> None:
    first, second, third, fourth = flashcards(4)
    desk = Desk()
    own = own_card_make(desk.user, OwnContent("Mine", "A?", "B."))
    by_card = {card.flashcard_id: card for card in desk.cards()}
    settings = ReviewSettings.objects.get()
    card_suspend(desk.user, by_card[first.pk].uuid, on=True)
    card_bury(desk.user, settings, by_card[second.pk].uuid, desk.at, on=True)
    Flashcard.objects.filter(pk=third.pk).update(retired=True)
    own_cards_delete(own_cards(desk.user).filter(pk=own.pk))
    assert [card.flashcard_id for card in desk.cards()] == [fourth.pk]
    desk.later(hours=20)
    assert {card.flashcard_id for card in desk.cards()} == {second.pk, fourth.pk}
    card_suspend(desk.user, by_card[first.pk].uuid, on=False)
    assert len(desk.cards()) == 3
    assert not card_suspend(member("another"), by_card[second.pk].uuid, on=True)


def test_due_cards_are_counted_to_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    flashcards(3)
    desk = Desk()
    for card in desk.cards():
        desk.rate(card, 4)
    desk.later(days=30)
    monkeypatch.setattr("quizzes.reviews.services.queue.LOOKED_AT", 2)
    assert (desk.queue().counts.due, len(desk.cards())) == (3, 2)


def test_cards_of_what_is_retired_are_in_no_list_and_no_count() -> None:
    first, _ = flashcards(2)
    desk = Desk()
    Flashcard.objects.filter(pk=first.pk).update(retired=True)
    assert [card.flashcard_id for card in cards_found(desk.user)] != [first.pk]
    assert cards_found(desk.user).count() == 1
    assert statistics_of(desk.user, ReviewSettings.objects.get(), desk.at).states["new"] == 1


def test_the_number_of_waiting_cards_takes_one_query(django_assert_num_queries: Any) -> None:
    flashcards(3)
    desk = Desk()
    for card in desk.cards():
        desk.rate(card, 1)
    with django_assert_num_queries(1):
        assert due_count(desk.user, 2) == 2


# Missed questions


def begun(**fields: Any) -> Attempt:
    """A running attempt at two questions."""
    question("first")
    question("second", "numeric")
    return attempt_start(member(), quiz(sections=[{"questions": ["first", "second"]}], **fields))


def missed(**fields: Any) -> Attempt:
    attempt = begun(**fields)
    attempt_submit(attempt)
    return attempt


def asked(attempt: Attempt) -> list[str]:
    cards_take_in(attempt.user)
    return sorted(card.question.slug for card in Card.objects.filter(user=attempt.user) if card.question)


def test_missed_questions_come_in_once_and_in_their_newest_words() -> None:
    attempt = missed()
    assert asked(attempt) == asked(attempt) == ["first", "second"]
    card = Card.objects.get(question__slug="first")
    assert card.question is not None
    question_save(card.question, Content(kind="single-choice", stem="New words?", definition=SINGLE))
    card.refresh_from_db()
    assert card.question.current is not None
    assert card.question.current.stem == "New words?"


@pytest.mark.parametrize("policy", [{"right_answer": "never"}, {"right_answer": "closed"}, {"right_answer": "attempts-used"}])
def test_a_question_whose_answer_is_not_shown_yet_stays_away(policy: dict[str, str]) -> None:
    attempt = missed(review=policy)
    assert asked(attempt) == []
    Quiz.objects.update(closes_at=timezone.now() - timedelta(hours=1), attempts_allowed=1)
    assert bool(asked(attempt)) == (policy["right_answer"] != "never")


@pytest.mark.parametrize("hidden", ["feedback", "correctness"])
def test_what_else_stands_on_a_card_must_be_shown_too(hidden: str) -> None:
    assert asked(missed(review={hidden: "never"})) == []


def test_hidden_keys_cost_no_query_an_attempt(django_assert_max_num_queries: Any) -> None:
    first = missed(review={"right_answer": "attempts-used"}, attempts_allowed=None)
    for _ in range(2):
        attempt_submit(attempt_start(first.user, first.quiz))
    with django_assert_max_num_queries(4):
        assert cards_take_in(first.user) == 0


def test_a_question_that_needed_a_second_try_in_practice_comes_back() -> None:
    attempt = begun(mode="practice")
    right = right_answer(attempt, 1)
    for number, value in enumerate([next(key for key in "123" if key != right), right], start=1):
        answers_save(attempt, [Sent(position=1, seq=number, value=value)])
        answer_check(attempt, 1, number)
    attempt_submit(attempt)
    assert "first" in asked(attempt)


def test_a_question_of_a_running_attempt_is_not_asked() -> None:
    attempt = missed()
    assert asked(attempt)
    desk_cards = Card.objects.filter(user=attempt.user)
    assert desk_cards.exists()
    attempt_start(attempt.user, attempt.quiz)
    desk = Desk("another")
    desk.user = attempt.user
    assert list(desk.cards()) == []


def test_running_attempts_and_tries_of_instructors_give_no_cards() -> None:
    attempt = begun()
    assert asked(attempt) == []
    attempt_submit(attempt)
    Attempt.objects.update(preview=True)
    assert asked(attempt) == []


def test_right_answers_retired_questions_and_essays_give_no_cards() -> None:
    attempt = begun()
    answers_save(attempt, [Sent(position=1, seq=1, value=right_answer(attempt, 1))])
    attempt_submit(attempt)
    assert asked(attempt) == ["second"]
    Card.objects.all().delete()
    Question.objects.filter(slug="second").update(retired=True)
    assert asked(attempt) == []
    Question.objects.filter(slug="second").update(retired=False)
    second = Question.objects.get(slug="second")
    question_save(second, Content(kind="essay", stem="Why?", definition=DEFINITIONS["essay"]))
    assert asked(attempt) == []


def test_the_browsers_zone_is_learned_once() -> None:
    desk = Desk()
    ReviewSettings.objects.update(time_zone="")
    settings = ReviewSettings.objects.get(user=desk.user)
    zone_learn(settings, "Nowhere/Land")
    assert ReviewSettings.objects.get().time_zone == ""
    zone_learn(settings, "Europe/Berlin")
    zone_learn(settings, "Asia/Tokyo")
    assert ReviewSettings.objects.get().time_zone == "Europe/Berlin"
