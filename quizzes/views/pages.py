"""The pages: list, introduction, the running attempt, its review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes.access import attempt_for
from quizzes.errors import AttemptClosed, StartRefused
from quizzes.models import Attempt, AttemptQuestion, Quiz
from quizzes.services.checks import Tried, tried
from quizzes.services.extra_time import extra_for
from quizzes.services.finish import attempt_expire_if_overdue, attempt_submit
from quizzes.services.grading import Given, given_by
from quizzes.services.listing import QuizStanding, quiz_standings, shelves
from quizzes.services.review import attempt_review, attempt_shows, certainty_levels
from quizzes.services.sections import gate_of, open_section, question_leave, section_end, section_open
from quizzes.services.start import attempt_start
from quizzes.services.state import attempt_state, questions_open


@require_GET
def quiz_list(request: HttpRequest) -> HttpResponse:
    standings = quiz_standings(request.user, Quiz.objects.filter(published=True, invited_only=False))
    return render(request, "quizzes/list.html", {"shelves": shelves(standings)})


@require_GET
@never_cache
def quiz_intro(request: HttpRequest, slug: str) -> HttpResponse:
    quiz = get_object_or_404(Quiz, slug=slug, published=True)
    standing = _standing(request, quiz)
    extra = extra_for(request.user, quiz) if request.user.is_authenticated else None
    context = {
        "quiz": quiz, "standing": standing, "policy": quiz.review_policy, "sections": quiz.draw_sections,
        "extra_s": extra.of(quiz.time_limit_s) if extra else 0, "extra_in_parts": extra is not None and extra.some,
    }  # fmt: skip
    return render(request, "quizzes/intro.html", context)


def _standing(request: HttpRequest, quiz: Quiz) -> QuizStanding:
    """Whom nobody invited, for them a quiz by invitation does not exist."""
    (standing,) = quiz_standings(request.user, [quiz])
    if quiz.invited_only and not standing.attempts:
        raise Http404("There is no such quiz.")
    return standing


@require_POST
@login_required
def quiz_start(request: HttpRequest, slug: str) -> HttpResponse:
    quiz = get_object_or_404(Quiz, slug=slug, published=True)
    _standing(request, quiz)
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
    """The questions while it runs, what comes next between two sections of an interview, the review when it is over."""
    attempt = attempt_for(request.user, uuid)
    attempt_expire_if_overdue(attempt)
    if not attempt.running:
        return _review_page(request, attempt)
    state = attempt_state(attempt)
    return _gate_page(request, attempt) if state.section == 0 else _running_page(request, attempt, state.as_json())


@require_POST
@login_required
def attempt_hand_in(request: HttpRequest, uuid: UUID) -> HttpResponse:
    attempt = attempt_for(request.user, uuid)
    attempt_submit(attempt)
    return redirect("quizzes:attempt", uuid=attempt.uuid)


@require_POST
@login_required
def section_opening(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    """Begin the next section of an interview; the one before is over with it."""
    return _go_on(request, uuid, lambda attempt: section_open(attempt, position))


@require_POST
@login_required
def section_ending(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    """Be done with a section before its time."""
    return _go_on(request, uuid, lambda attempt: section_end(attempt, position))


@require_POST
@login_required
def leave_question(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    """On to the next question where there is no way back."""
    return _go_on(request, uuid, lambda attempt: question_leave(attempt, position))


def _go_on(request: HttpRequest, uuid: UUID, step: Any) -> HttpResponse:
    attempt = attempt_for(request.user, uuid)
    attempt_expire_if_overdue(attempt)
    try:
        if attempt.running:
            step(attempt)
    except AttemptClosed as error:
        messages.error(request, str(error))
    return redirect("quizzes:attempt", uuid=uuid)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the page of a running attempt shows it. Holds nothing that gives an answer away.

    `asks_certainty`: how sure the person is; not of a text that people grade. `tried`: where it stands in practice, with its
    solution once it is closed.
    """

    position: int
    section: str
    points: float
    kind: str
    template: str
    stem: str
    rule: str
    view: dict[str, Any]
    asks_certainty: bool
    tried: Tried | None


def _asked(attempt: Attempt, question: AttemptQuestion, given: Mapping[int, Given]) -> Asked:
    posed = question.posed
    return Asked(
        position=question.position, section=question.section.title, points=question.points, kind=posed.kind.slug,
        template=posed.kind.template, stem=posed.words(question.version.stem), rule=posed.rule, view=posed.public_view(),
        asks_certainty=attempt.certainty and not posed.kind.graded_by_people,
        tried=tried(attempt, question, given[question.pk]) if attempt.mode == "practice" else None,
    )  # fmt: skip


def _running_page(request: HttpRequest, attempt: Attempt, state: dict[str, Any]) -> HttpResponse:
    open_now = list(questions_open(attempt).select_related("version", "section"))
    given: Mapping[int, Given] = given_by(attempt) if attempt.mode == "practice" else {}
    context = {
        "attempt": attempt, "quiz": attempt.quiz, "questions": [_asked(attempt, question, given) for question in open_now],
        "state": state, **_place(attempt, open_now),
    }  # fmt: skip
    return render(request, "quizzes/attempt.html", context)


def _place(attempt: Attempt, open_now: Sequence[AttemptQuestion]) -> dict[str, Any]:
    """Which part of an interview this is, and how many questions lie behind where there is no way back."""
    section = None
    if attempt.mode == "interview":
        section = open_now[0].section if open_now else open_section(attempt)
    within = attempt.questions.filter(section=section) if section else attempt.questions
    positions = list(within.order_by("position").values_list("position", flat=True))
    at = open_now[0].position if open_now else None
    return {
        "section": section, "section_count": attempt.sections.count(),
        "question_count": len(positions), "place": positions.index(at) + 1 if at else None,
        "last_here": at is None or at == positions[-1],
    }  # fmt: skip


def _gate_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    context = {"attempt": attempt, "quiz": attempt.quiz, "gate": gate_of(attempt)}
    return render(request, "quizzes/gate.html", context)


def _review_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    shows = attempt_shows(attempt)
    questions = attempt_review(attempt, shows)
    (standing,) = quiz_standings(request.user, [attempt.quiz])
    verdicts = [question.verdict for question in questions]
    levels = certainty_levels(questions) if attempt.certainty else []
    context = {
        "attempt": attempt, "quiz": attempt.quiz, "questions": questions, "shows": shows, "standing": standing,
        "counts": {name: verdicts.count(name) for name in ("right", "partly", "wrong", "ungraded", "unanswered")},
        "points": sum(question.points for question in questions),
        "reached": sum(question.reached or 0.0 for question in questions),
        "took_s": (attempt.submitted_at - attempt.started_at).total_seconds() if attempt.submitted_at else None,
        "levels": levels if any(level.said for level in levels) else [],
        "certainty_total": sum(level.marks for level in levels),
    }  # fmt: skip
    return render(request, "quizzes/review.html", context)
