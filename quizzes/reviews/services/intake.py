"""What comes to be reviewed: the site's flashcards, the person's own, and the questions that they missed.

Done when the review page is opened, so nothing has to be told to anybody while a quiz is graded. A question is missed
when it was not right at once: whoever needed a second try or a hint in practice has something to remember. It comes in only
when the quiz's review policy shows that, the right answer and the feedback by then: all of it is on its card.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from quizzes.models import Attempt, AttemptQuestion
from quizzes.reviews.models import Card
from quizzes.services.review import attempt_shows

NOT_FOR_CARDS = ("essay", "lab-goal")
"""Kinds whose answer is no matter of a minute, or which a person has to grade."""

FLASHCARDS = """
INSERT INTO reviews_card (uuid, user_id, flashcard_id, state, revision, suspended, due, made_at)
SELECT gen_random_uuid(), %(user)s, flashcard.id, 0, 0, false, clock_timestamp(), clock_timestamp()
  FROM reviews_flashcard AS flashcard
 WHERE NOT flashcard.retired
   AND NOT EXISTS (SELECT FROM reviews_card AS card WHERE card.user_id = %(user)s AND card.flashcard_id = flashcard.id)
 ORDER BY flashcard.lesson, flashcard.source_position, flashcard.id
ON CONFLICT DO NOTHING
"""


def cards_take_in(user: Any) -> int:
    """New cards of a person; how many. Twice, or in two windows at once, does no harm."""
    with connection.cursor() as cursor:
        cursor.execute(FLASHCARDS, {"user": user.pk})
        taken = int(cursor.rowcount)
    return taken + _take_missed_questions(user)


def own_cards_take_in(user: Any, own_ids: Iterable[int]) -> None:
    """Cards for own flashcards that were just made."""
    Card.objects.bulk_create([Card(user_id=user.pk, own_id=pk) for pk in own_ids], ignore_conflicts=True)


def _take_missed_questions(user: Any) -> int:
    missed = _missed(user)
    attempts = Attempt.objects.select_related("quiz").in_bulk({attempt for attempt, _ in missed})
    one_a_quiz = {attempt.quiz_id: attempt for attempt in attempts.values()}  # the policy looks at no more of an ended one
    shown = {quiz for quiz, attempt in one_a_quiz.items() if _shows_all(attempt)}
    questions = dict.fromkeys(question for attempt, question in missed if attempts[attempt].quiz_id in shown)
    cards = [Card(user_id=user.pk, question_id=question) for question in questions]
    return len(Card.objects.bulk_create(cards, ignore_conflicts=True)) if cards else 0


def _shows_all(attempt: Attempt) -> bool:
    shows = attempt_shows(attempt)
    return shows.correctness and shows.right_answer and shows.feedback


def _missed(user: Any) -> list[tuple[int, int]]:
    """(attempt, question) of every answer of an ended attempt that was not right and that no card asks yet; oldest first."""
    found = (
        AttemptQuestion.objects.filter(attempt__user_id=user.pk, grade__score__lt=1.0, version__question__retired=False)
        .exclude(attempt__status=Attempt.Status.IN_PROGRESS)
        .exclude(attempt__preview=True)
        .exclude(version__question__current__kind__in=NOT_FOR_CARDS)
        .exclude(version__question__in=Card.objects.filter(user_id=user.pk, question__isnull=False).values("question"))
    )
    return list(found.order_by("attempt__submitted_at", "position").values_list("attempt_id", "version__question_id"))
