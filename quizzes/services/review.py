"""What a person may see of an attempt that is over, by the quiz's review policy at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizzes.clock import database_now
from quizzes.kinds import AnswerError
from quizzes.models import Attempt, AttemptQuestion
from quizzes.rules import Moment
from quizzes.services.answers import latest_answers


@dataclass(frozen=True, slots=True)
class Shows:
    """The parts of a review that are open now."""

    marks: bool
    correctness: bool
    right_answer: bool
    feedback: bool


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """One question of a review. What the policy withholds is not in here at all."""

    position: int
    section: str
    stem: str
    template: str
    view: Mapping[str, Any]
    rule: str
    answered: bool
    score: float | None
    points: float
    reached: float | None
    verdict: str
    notes: Sequence[Mapping[str, Any]]
    explanation: str
    sources: Sequence[str]


def attempt_shows(attempt: Attempt) -> Shows:
    """Which parts are open now, for this attempt."""
    policy = attempt.quiz.review_policy
    names = ("marks", "correctness", "right_answer", "feedback")
    return Shows(**{name: _reached(getattr(policy, name), attempt) for name in names})


def _reached(moment: Moment, attempt: Attempt) -> bool:
    quiz = attempt.quiz
    match moment:
        case Moment.SUBMITTED:
            return not attempt.running
        case Moment.ATTEMPTS_USED:
            used = Attempt.objects.filter(user_id=attempt.user_id, quiz=quiz).exclude(status=Attempt.Status.IN_PROGRESS).count()
            return quiz.attempts_allowed is not None and used >= quiz.attempts_allowed
        case Moment.CLOSED:
            return quiz.closes_at is not None and database_now() >= quiz.closes_at
        case Moment.NEVER:
            return False


def attempt_review(attempt: Attempt, shows: Shows) -> list[ReviewedQuestion]:
    """The questions in the order in which they were asked. For attempts that are over."""
    answers = latest_answers(attempt)
    questions = attempt.questions.select_related("version", "grade")
    return [_reviewed(question, answers.get(question.pk), shows) for question in questions]


def _reviewed(question: AttemptQuestion, answer: Any, shows: Shows) -> ReviewedQuestion:
    version, kind = question.version, question.version.kind_object
    definition = version.parsed()
    try:
        response = None if answer is None else kind.parse(definition, question.draw, answer.value)
    except AnswerError:
        response = None
    full = dict(kind.review(definition, question.draw, response))
    score = question.grade.score if question.grade else None
    return ReviewedQuestion(
        position=question.position,
        section=question.section,
        stem=version.stem,
        template=kind.review_template,
        view=full | {"shows": shows, "answered": response is not None},
        rule=kind.rule(definition),
        answered=response is not None,
        score=score if shows.marks else None,
        points=question.points,
        reached=question.points * score if shows.marks and score is not None else None,
        verdict=_verdict(score, response is not None) if shows.correctness else "",
        notes=question.grade.notes if shows.feedback and question.grade else (),
        explanation=version.explanation if shows.feedback else "",
        sources=version.sources if shows.feedback else (),
    )


def _verdict(score: float | None, answered: bool) -> str:
    if not answered:
        return "unanswered"
    if score is None:
        return ""
    return "right" if score >= 1 else "partly" if score > 0 else "wrong"
