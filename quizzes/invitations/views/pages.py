"""The candidate's pages: what this is, name and address, begin; later: go on, or what became of it."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from config.rates import within_rate
from quizzes.invitations.errors import InvitationRefused
from quizzes.invitations.forms import AcceptForm
from quizzes.invitations.models import Invitation
from quizzes.invitations.services.accepting import (
    candidate_of,
    candidate_signed_in,
    candidate_start,
    invitation_accept,
    standing_of,
)
from quizzes.invitations.services.data import candidate_data, kept_until
from quizzes.invitations.services.inviting import invitation_of, token_hash
from quizzes.services.extra_time import Extra

TRIES_PER_MINUTE = 10


@require_GET
@never_cache
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    found = invitation_of(token)
    return _gone(request) if found is None else _page(request, found, token)


@require_POST
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Name and address; whoever was signed in is signed out, the candidate is signed in."""
    found = invitation_of(token)
    if found is None:
        return _gone(request)
    form = AcceptForm(request.POST)
    if not _may_try(token):
        form.add_error(None, "That were many tries. Wait a minute, then go on.")
        return _page(request, found, token, form, status=429)
    if not form.is_valid():
        return _page(request, found, token, form, status=422)
    try:
        candidate = invitation_accept(found, form.cleaned_data["name"], form.cleaned_data["email"])
    except InvitationRefused as error:
        form.add_error(None, str(error))
        return _page(request, found, token, form, status=422)
    login(request, candidate.user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("invitations:invitation", token=token)


@require_POST
@never_cache
def start(request: HttpRequest, token: str) -> HttpResponse:
    found = invitation_of(token)
    if found is None:
        return _gone(request)
    candidate = candidate_signed_in(found, request.user)
    if candidate is None:
        messages.error(request, "Say first who you are.")
        return redirect("invitations:invitation", token=token)
    try:
        attempt = candidate_start(candidate)
    except InvitationRefused as error:
        messages.error(request, str(error))
        return redirect("invitations:invitation", token=token)
    return redirect("quizzes:attempt", uuid=attempt.uuid)


@require_GET
@never_cache
def my_data(request: HttpRequest, token: str) -> HttpResponse:
    """What is kept about the candidate, for the candidate. Scores follow what the quiz lets them see."""
    found = invitation_of(token)
    if found is None or candidate_signed_in(found, request.user) is None:
        return _gone(request)
    reply = JsonResponse(candidate_data(found, for_candidate=True), json_dumps_params={"indent": 2})
    reply["Content-Disposition"] = 'attachment; filename="my-answers.json"'
    return reply


def _page(
    request: HttpRequest, found: Invitation, token: str, form: AcceptForm | None = None, *, status: int = 200
) -> HttpResponse:
    standing = standing_of(found)
    candidate = candidate_signed_in(found, request.user)
    quiz, extra = found.quiz, Extra(found.multiplier, found.minutes)
    context = {
        "invitation": found, "token": token, "standing": standing, "candidate": candidate, "quiz": quiz,
        "sections": quiz.draw_sections, "policy": quiz.review_policy, "taken": candidate_of(found) is not None,
        "extra_s": extra.of(quiz.time_limit_s), "extra_in_parts": extra.some,
        "kept_until": kept_until(found, standing.attempt),
        "form": form or AcceptForm(initial={"name": found.name, "email": ""}),
        "somebody_else": request.user.is_authenticated and candidate is None,
    }  # fmt: skip
    return render(request, "invitations/invitation.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    """The same for a link that never was and one that was replaced: nothing to learn by trying."""
    return render(request, "invitations/gone.html", status=404)


def _may_try(token: str) -> bool:
    """Guesses of the address, by link."""
    return within_rate(f"invitations:{token_hash(token)}", TRIES_PER_MINUTE)
