"""A question inside a lesson. Visitors may answer; nothing is kept."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from config.rates import within_rate
from quizzes.inline import inline_form
from quizzes.kinds import AnswerError
from quizzes.services.inline import InlineCheck, inline_check, inline_grade
from quizzes.services.review import EVERYTHING

CHECKS_PER_MINUTE = 30


@require_GET
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """The question's form, for a lesson to take in."""
    found = inline_check(slug)
    if found is None:
        raise Http404("There is no such question.")
    return HttpResponse(inline_form(found))


@require_POST
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """The partial that follows the question: remarks on the answer; the key once it is right, or asked for."""
    if not _may_check(request):
        return _words(request, "That were many answers. Wait a minute, then go on.", status=429)
    found = inline_check(slug, _version_number(request))
    if found is None:
        raise Http404("There is no such question.")
    try:
        checked = inline_grade(found, found.posed.kind.from_form(request.POST.getlist("answer")))
    except AnswerError as error:
        return _words(request, str(error), status=422)
    reveal = "reveal" in request.POST
    if checked is None and not reveal:
        return _words(request, "Give an answer first.", status=422)
    return _checked(request, found, checked, reveal)


def _checked(request: HttpRequest, found: InlineCheck, checked: Any, reveal: bool) -> HttpResponse:
    posed = found.posed
    open_now = reveal or (checked is not None and (checked.outcome.right or checked.outcome.score is None))
    view = checked.view if checked else dict(posed.review(None))
    notes = checked.outcome.notes if checked else ()
    context = {
        "notes": [note for note in notes if note.text and (note.given or not note.about)],
        "outcome": checked.outcome if checked else None, "open": open_now, "version": found.version,
        "review_template": posed.kind.review_template, "explanation": posed.words(found.version.explanation),
        "view": view | {"shows": EVERYTHING} if open_now else {},
    }  # fmt: skip
    return render(request, "quizzes/_inline_result.html", context)


def _words(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    return render(request, "quizzes/_inline_result.html", {"message": message}, status=status)


def _version_number(request: HttpRequest) -> int | None:
    number = request.POST.get("version", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None


def _may_check(request: HttpRequest) -> bool:
    user = request.user
    who = f"user:{user.pk}" if user.is_authenticated else f"address:{get_adapter().get_client_ip(request)}"
    return within_rate(f"inline-checks:{who}", CHECKS_PER_MINUTE)
