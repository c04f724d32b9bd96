"""A question card's answer: graded at once by its kind, with the rating that the score suggests."""

from dataclasses import dataclass
from typing import Any

from quizzes.kinds import AnswerError, Outcome
from quizzes.models import QuestionVersion
from quizzes.reviews.memory import Rating, proposed_rating
from quizzes.reviews.models import Card
from quizzes.reviews.services.showing import AskedQuestion, asked_question
from quizzes.services.review import Shows

EVERYTHING = Shows(marks=True, correctness=True, right_answer=True, feedback=True)


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


def card_answer(card: Card, version_number: int, raw: Any, *, give_up: bool) -> Answered | None:
    """Grade an answer to a question card by the version that was shown; None when there is no such version.

    With `give_up` no answer is needed, and it counts as not known. Raises `AnswerError`.
    """
    version = QuestionVersion.objects.filter(question=card.question, number=version_number).first()
    if version is None:
        return None
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
