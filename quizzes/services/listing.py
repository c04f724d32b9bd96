"""How the quizzes stand for one person: what may be started, resumed, looked back at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from courses.models import Lesson, Module
from quizzes.clock import database_now
from quizzes.models import Attempt, Quiz
from quizzes.rules import Moment
from quizzes.services.finish import attempt_expire_if_overdue
from quizzes.services.quizzes import quiz_ended

Phase = Literal["running", "open", "used", "not-yet", "closed"]


@dataclass(frozen=True, slots=True)
class QuizStanding:
    """A quiz and one person's attempts at it, newest first. `left` is None where attempts are not limited.

    `best` is the best score among the attempts whose marks may be seen now.
    """

    quiz: Quiz
    phase: Phase
    running: Attempt | None
    attempts: Sequence[Attempt]
    left: int | None
    best: float | None


def quiz_standings(user: Any, quizzes: Iterable[Quiz]) -> list[QuizStanding]:
    """For a visitor without an account: no attempts."""
    found = list(quizzes)
    mine = _attempts(user, found)
    now = database_now()
    return [_standing(quiz, [attempt for attempt in mine if attempt.quiz_id == quiz.pk], now) for quiz in found]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Quizzes that belong together, under a heading. `slug` is its place on the page."""

    slug: str
    title: str
    standings: Sequence[QuizStanding]


def shelves(standings: Sequence[QuizStanding]) -> list[Shelf]:
    """Those that run now, then by module of the course (its lessons' own first, its own last), then those as long as
    an interview, then all others; none is on two shelves. Two queries."""
    left = {standing.quiz.slug: standing for standing in standings}

    def take(slug: str, title: str, quizzes: Iterable[str]) -> Shelf:
        return Shelf(slug, title, [left.pop(quiz) for quiz in quizzes if quiz in left])

    found = [take("running", "Running now", [each.quiz.slug for each in standings if each.running])]
    lessons = Lesson.objects.filter(published=True).exclude(quiz="").values_list("module_id", "quiz")
    for module in Module.objects.order_by("course", "position"):
        of_lessons = [quiz for module_id, quiz in lessons if module_id == module.pk]
        found.append(take(f"module-{module.slug}", module.title, [*of_lessons, module.quiz]))
    found.append(take("interviews", "As long as an interview", [slug for slug in left if left[slug].quiz.mode == "interview"]))
    found.append(take("more", "More", list(left)))
    return [shelf for shelf in found if shelf.standings]


def _attempts(user: Any, quizzes: Sequence[Quiz]) -> list[Attempt]:
    if not user.is_authenticated:
        return []
    found = list(Attempt.objects.filter(user=user, quiz__in=quizzes, preview=False).order_by("-number"))
    for attempt in found:
        attempt_expire_if_overdue(attempt)
    return found


def _standing(quiz: Quiz, attempts: Sequence[Attempt], now: datetime) -> QuizStanding:
    running = next((attempt for attempt in attempts if attempt.running), None)
    used = max((attempt.number for attempt in attempts), default=0)
    left = None if quiz.attempts_allowed is None else max(0, quiz.attempts_allowed - used)
    return QuizStanding(
        quiz=quiz, phase=_phase(quiz, running, left, now), running=running, attempts=attempts, left=left,
        best=_best(quiz, attempts, left, now),
    )  # fmt: skip


def _phase(quiz: Quiz, running: Attempt | None, left: int | None, now: datetime) -> Phase:
    if running:
        return "running"
    if quiz.opens_at and now < quiz.opens_at:
        return "not-yet"
    if quiz.closes_at and now >= quiz.closes_at:
        return "closed"
    return "used" if left == 0 or quiz.invited_only else "open"  # the link of an invitation starts its one attempt


def _best(quiz: Quiz, attempts: Sequence[Attempt], left: int | None, now: datetime) -> float | None:
    scores = [attempt.score for attempt in attempts if attempt.score is not None]
    return max(scores, default=None) if marks_shown(quiz, attempts, left, now) else None


def marks_shown(quiz: Quiz, attempts: Sequence[Attempt], left: int | None, now: datetime) -> bool:
    """Whether the review policy lets this person see marks now."""
    match quiz.review_policy.marks:
        case Moment.SUBMITTED:
            return True
        case Moment.ATTEMPTS_USED:
            return left == 0 and not any(attempt.running for attempt in attempts)
        case Moment.CLOSED:
            return quiz_ended(quiz, now)
        case Moment.NEVER:
            return False
