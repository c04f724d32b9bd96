"""A question card's answer: graded at once by its kind, with the rating that the score suggests."""

from dataclasses import dataclass
from typing import Any

from quizzes.kinds import AnswerError, Outcome
from quizzes.models import QuestionVersion
from quizzes.reviews.memory import Rating, proposed_rating
from quizzes.reviews.models import Card
from quizzes.reviews.services.queue import in_force, in_running_attempt
from quizzes.reviews.services.showing import AskedQuestion, asked_question
from quizzes.services.review import EVERYTHING


@dataclass(frozen=True, slots=True)
class Answered:
    """A graded answer with the key, as the template of a review needs it."""

    asked: AskedQuestion
    outcome: Outcome
    score: float
    proposed: Rating
    review_template: str
    review: dict[str, Any]
    explanation: str


class AnswerMissing(AnswerError):
    """Nothing was answered, and the answer was not asked for."""


class NotAskedNow(Exception):
    """The card is not to be answered as it was shown; the message says why, for its owner."""


def card_answer(user: Any, card: Card, version_number: int, raw: Any, *, give_up: bool) -> Answered:
    """Grade an answer to a question card. The page may be older than what holds now, so that is looked at again.

    With `give_up` no answer is needed, and it counts as not known. Raises `AnswerError`, `NotAskedNow`.
    """
    version = _version_or_refuse(user, card, version_number)
    asked = asked_question(card, version)
    if asked.posed.response(None if give_up else raw) is None and not give_up:
        raise AnswerMissing("Give an answer first, or ask for the answer.")
    value = None if give_up else raw
    outcome = asked.posed.outcome(value)
    score = outcome.score or 0.0
    return Answered(
        asked=asked, outcome=outcome, score=score, proposed=proposed_rating(score),
        review_template=asked.posed.kind.review_template, review=dict(asked.posed.review(value)) | {"shows": EVERYTHING},
        explanation=asked.posed.words(version.explanation),
    )  # fmt: skip


def _version_or_refuse(user: Any, card: Card, version_number: int) -> QuestionVersion:
    """The version that was shown, while it is the current one: a corrected key is not told any more."""
    mine = in_force(user).filter(pk=card.pk)
    current = card.question.current if card.question else None
    if current is None or not mine.exists():
        raise NotAskedNow("This question is no longer asked. Here is the next card.")
    if mine.filter(in_running_attempt(user)).exists():
        raise NotAskedNow("This question stands in an attempt that you have begun. It comes back when the attempt is over.")
    if current.number != version_number:
        raise NotAskedNow("This question was corrected meanwhile. It comes again with its new words.")
    return current
