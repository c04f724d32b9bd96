"""What a person may see of an attempt that is over, by the quiz's review policy at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from quizzes.clock import database_now
from quizzes.kinds import Posed
from quizzes.models import Answer, Attempt, AttemptQuestion, Grade
from quizzes.rules import Moment
from quizzes.services.answers import latest_answers
from quizzes.services.grading import CERTAINTY_MARKS, certainty_mark, outcome_of
from quizzes.services.quizzes import quiz_ended


@dataclass(frozen=True, slots=True)
class Shows:
    """The parts of a review that are open now."""

    marks: bool
    correctness: bool
    right_answer: bool
    feedback: bool


EVERYTHING = Shows(marks=True, correctness=True, right_answer=True, feedback=True)


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """One question of a review. What the policy withholds is not in here at all.

    `certainty` is what the person said, `certainty_mark` what that was worth; both None where nothing was said. `corrected`:
    why the marks were corrected since the attempt was graded, where they were.
    """

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
    certainty: int | None
    certainty_mark: int | None
    tries: int
    hints: int
    corrected: str


def attempt_shows(attempt: Attempt) -> Shows:
    """Which parts are open now, for this attempt. An instructor's preview shows everything."""
    if attempt.preview and not attempt.running:
        return EVERYTHING
    policy = attempt.quiz.review_policy
    names = ("marks", "correctness", "right_answer", "feedback")
    return Shows(**{name: _reached(getattr(policy, name), attempt) for name in names})


def _reached(moment: Moment, attempt: Attempt) -> bool:
    quiz = attempt.quiz
    match moment:
        case Moment.SUBMITTED:
            return not attempt.running
        case Moment.ATTEMPTS_USED:
            mine = Attempt.objects.filter(user_id=attempt.user_id, quiz=quiz, preview=False)
            used = mine.exclude(status=Attempt.Status.IN_PROGRESS).count()
            return quiz.attempts_allowed is not None and used >= quiz.attempts_allowed
        case Moment.CLOSED:
            return quiz_ended(quiz, database_now())
        case Moment.NEVER:
            return False


def attempt_review(attempt: Attempt, shows: Shows) -> list[ReviewedQuestion]:
    """The questions in the order in which they were asked. For attempts that are over."""
    answers = latest_answers(attempt)
    questions = attempt.questions.select_related("version", "grade", "section")
    if attempt.mode == "practice":
        questions = questions.annotate(try_count=Count("checks", distinct=True), hint_count=Count("hints_shown", distinct=True))
    return [reviewed(question, answers.get(question.pk), shows) for question in questions]


def reviewed(question: AttemptQuestion, answer: Answer | None, shows: Shows) -> ReviewedQuestion:
    """One question with the answer that was given last."""
    version, posed = question.version, question.posed
    view = posed.review(answer.value if answer else None, answer.facts if answer else None)
    answered, certainty = bool(view["answered"]), answer.certainty if answer else None
    score = question.grade.score if question.grade else None
    return ReviewedQuestion(
        position=question.position,
        section=question.section.title,
        stem=posed.words(version.stem),
        template=posed.kind.review_template,
        view={**view, "shows": shows},
        rule=posed.rule,
        answered=answered,
        score=score if shows.marks else None,
        points=question.points,
        reached=question.points * score if shows.marks and score is not None else None,
        verdict=_verdict(question.grade, answered) if shows.correctness else "",
        notes=question.grade.notes if shows.feedback and question.grade else (),
        explanation=posed.words(version.explanation) if shows.feedback else "",
        sources=version.sources if shows.feedback else (),
        certainty=certainty,
        certainty_mark=certainty_mark(certainty, _said_of(question, posed, answer, score)) if shows.marks else None,
        tries=getattr(question, "try_count", 0),
        hints=getattr(question, "hint_count", 0),
        corrected=question.grade.reason if shows.marks and question.grade and question.grade.regrade_id else "",
    )


def _said_of(question: AttemptQuestion, posed: Posed, answer: Answer | None, score: float | None) -> float | None:
    """The score that the certainty speaks of: the answer's own, before tries and hints cost anything. None where a person
    grades: such marks are seldom full, and then being sure would seem to have been wrong.
    """
    if answer is None or answer.certainty is None:
        return None
    own = outcome_of(posed, answer).score
    return own if own is None or question.attempt.mode == "practice" else score


@dataclass(frozen=True, slots=True)
class CertaintyLevel:
    """How often answers of one level of certainty were right."""

    level: int
    said: int
    right: int
    marks: int

    @property
    def share(self) -> float | None:
        return self.right / self.said if self.said else None


def certainty_levels(questions: Sequence[ReviewedQuestion]) -> list[CertaintyLevel]:
    """By level, of the questions whose marks may be seen and for which a certainty was said."""
    said = [one for one in questions if one.certainty_mark is not None]
    return [
        CertaintyLevel(
            level=level,
            said=sum(one.certainty == level for one in said),
            right=sum(one.certainty == level and (one.certainty_mark or 0) > 0 for one in said),
            marks=sum(one.certainty_mark or 0 for one in said if one.certainty == level),
        )
        for level in CERTAINTY_MARKS
    ]


def _verdict(grade: Grade | None, answered: bool) -> str:
    if not answered:
        return "unanswered"
    if grade is None:
        return ""
    if grade.score is None:
        return "ungraded"
    return "right" if grade.score >= 1 else "partly" if grade.score > 0 else "wrong"
