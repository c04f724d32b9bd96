"""The report, its files, and what the candidate does with a round that is over."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from quizzes.interviews.access import round_for
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.export import report_json, report_markdown
from quizzes.interviews.models import Round
from quizzes.interviews.services.advance import round_now
from quizzes.interviews.services.diagrams import shown_diagram
from quizzes.interviews.services.listing import past_rounds
from quizzes.interviews.services.report import Report, round_report
from quizzes.interviews.services.rounds import answers_open, round_delete, round_restore
from quizzes.interviews.services.sharing import round_offer, round_share


def _over(request: HttpRequest, uuid: UUID) -> Report | None:
    """The report of the user's own round; None while it runs."""
    now = round_now(round_for(request.user, uuid))
    return round_report(now.round) if now.stage is None else None


@require_safe
@login_required
@never_cache
def report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = _over(request, uuid)
    if found is None:
        return redirect("interviews:round", uuid=uuid)
    token = found.round.share_token
    earlier = [each for each in past_rounds(request.user, found.round.prompt) if each.round.pk != found.round.pk]
    context = {
        "report": found, "round": found.round, "diagram": shown_diagram(found.diagram), "earlier": earlier,
        "model_diagram": shown_diagram(found.told.diagram) if found.answers_open else None,
        "share_url": request.build_absolute_uri(reverse("interviews:shared", args=[token])) if token else "",
    }  # fmt: skip
    return render(request, "interviews/report.html", context)


@require_safe
@login_required
@never_cache
def export_markdown(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = _over(request, uuid)
    if found is None:
        return redirect("interviews:round", uuid=uuid)
    return _file(HttpResponse(report_markdown(found), content_type="text/markdown; charset=utf-8"), found.round, "md")


@require_safe
@login_required
@never_cache
def export_json(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = _over(request, uuid)
    if found is None:
        return redirect("interviews:round", uuid=uuid)
    return _file(JsonResponse(report_json(found), json_dumps_params={"indent": 1, "ensure_ascii": False}), found.round, "json")


def _file(response: HttpResponse, found: Round, ending: str) -> HttpResponse:
    name = f"interview-{slugify(found.told.title)[:60] or 'round'}-{found.started_at:%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@login_required
def answers(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Read the model answer without having scored oneself."""
    found = round_for(request.user, uuid)
    try:
        answers_open(round_now(found).round)
    except RoundRefused as error:
        messages.error(request, str(error))
    return redirect("interviews:report", uuid=uuid)


@require_POST
@login_required
def share(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """`whom`: link or instructors; `on`: yes or no."""
    found, on = round_for(request.user, uuid), request.POST.get("on") == "yes"
    link = request.POST.get("whom") != "instructors"
    try:
        (round_share if link else round_offer)(found, on=on)
        messages.success(request, SAID[link, on])
    except RoundRefused as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('interviews:report', args=[uuid])}#share")


SAID = {
    (True, True): "Whoever has the link and an account may score this round.",
    (True, False): "The link leads nowhere now. Scorings that were finished stay.",
    (False, True): "The round is on the instructors' list.",
    (False, False): "The round is off the instructors' list. Scorings that were finished stay.",
}


@require_POST
@login_required
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = round_for(request.user, uuid, deleted=True)
    try:
        round_delete(round_now(found).round)
    except RoundRefused as error:
        messages.error(request, str(error))
        return redirect(found)
    return redirect(f"{reverse('interviews:history')}?deleted={uuid}")


@require_POST
@login_required
def restore(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = round_for(request.user, uuid, deleted=True)
    if round_restore(found):
        messages.success(request, "The round is back. Its link is a new one, if you share it again.")
    return redirect("interviews:report", uuid=uuid)
