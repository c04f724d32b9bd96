"""The pages: list, introduction, the running attempt, its review."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes.access import attempt_for
from quizzes.errors import StartRefused
from quizzes.models import Attempt, AttemptQuestion, Quiz
from quizzes.services.finish import attempt_expire_if_overdue, attempt_submit
from quizzes.services.listing import quiz_standings
from quizzes.services.review import attempt_review, attempt_shows
from quizzes.services.start import attempt_start
from quizzes.services.state import attempt_state


@require_GET
def quiz_list(request: HttpRequest) -> HttpResponse:
    standings = quiz_standings(request.user, Quiz.objects.filter(published=True))
    return render(request, "quizzes/list.html", {"standings": standings})


@require_GET
@never_cache
def quiz_intro(request: HttpRequest, slug: str) -> HttpResponse:
    quiz = get_object_or_404(Quiz, slug=slug, published=True)
    (standing,) = quiz_standings(request.user, [quiz])
    return render(request, "quizzes/intro.html", {"quiz": quiz, "standing": standing, "policy": quiz.review_policy})


@require_POST
@login_required
def quiz_start(request: HttpRequest, slug: str) -> HttpResponse:
    quiz = get_object_or_404(Quiz, slug=slug, published=True)
    try:
        attempt = attempt_start(request.user, quiz)
    except StartRefused as error:
        messages.error(request, str(error))
        return redirect("quizzes:quiz", slug=slug)
    return redirect("quizzes:attempt", uuid=attempt.uuid)


@require_GET
@login_required
@never_cache
def attempt_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The questions while it runs, the review when it is over."""
    attempt = attempt_for(request.user, uuid)
    attempt_expire_if_overdue(attempt)
    return _running_page(request, attempt) if attempt.running else _review_page(request, attempt)


@require_POST
@login_required
def attempt_hand_in(request: HttpRequest, uuid: UUID) -> HttpResponse:
    attempt = attempt_for(request.user, uuid)
    attempt_submit(attempt)
    return redirect("quizzes:attempt", uuid=attempt.uuid)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the page of a running attempt shows it. Holds nothing that gives an answer away."""

    position: int
    section: str
    points: float
    kind: str
    template: str
    stem: str
    rule: str
    view: dict[str, Any]


def _asked(question: AttemptQuestion) -> Asked:
    kind, definition = question.version.kind_object, question.version.parsed()
    return Asked(
        position=question.position, section=question.section, points=question.points, kind=kind.slug,
        template=kind.template, stem=question.version.stem, rule=kind.rule(definition), view=question.public_view(),
    )  # fmt: skip


def _running_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    questions = [_asked(question) for question in attempt.questions.select_related("version")]
    context = {"attempt": attempt, "quiz": attempt.quiz, "questions": questions, "state": attempt_state(attempt).as_json()}
    return render(request, "quizzes/attempt.html", context)


def _review_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    shows = attempt_shows(attempt)
    questions = attempt_review(attempt, shows)
    (standing,) = quiz_standings(request.user, [attempt.quiz])
    verdicts = [question.verdict for question in questions]
    context = {
        "attempt": attempt, "quiz": attempt.quiz, "questions": questions, "shows": shows, "standing": standing,
        "counts": {name: verdicts.count(name) for name in ("right", "partly", "wrong", "unanswered")},
        "points": sum(question.points for question in questions),
        "reached": sum(question.reached or 0.0 for question in questions),
        "took_s": (attempt.submitted_at - attempt.started_at).total_seconds() if attempt.submitted_at else None,
    }  # fmt: skip
    return render(request, "quizzes/review.html", context)
