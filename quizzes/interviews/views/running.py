"""What the page of a running round talks to: notes, state, the panel, the next stage, the lab and its change, diagrams."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.diagrams import publish_for_a_day
from courses.rendering.mermaid import DiagramError, draw
from courses.views.decisions import may_preview
from labs import forms as lab_forms
from labs import pages as lab_pages
from labs.access import address_of, remember, visitor_made
from labs.experiments.spec import SpecError
from labs.services import Asker
from labs.views import refusals_as_json
from quizzes.interviews.access import round_for
from quizzes.interviews.models import Round, RoundRun
from quizzes.interviews.services.advance import round_now
from quizzes.interviews.services.lab import change_reach, newest_run, run_begin
from quizzes.interviews.services.notes import notes_save
from quizzes.interviews.services.panel import stages_seen
from quizzes.interviews.services.rounds import stage_end
from quizzes.interviews.services.state import round_state
from quizzes.interviews.views.wire import own, read_saves, saved

OVER = "The round is over and takes no more notes."
own_round = own(round_for, "interviews:round")


@require_safe
@own_round
def state(request: HttpRequest, found: Round) -> HttpResponse:
    return JsonResponse({"state": round_state(round_now(found)).as_json()})


@require_POST
@own_round
def notes(request: HttpRequest, found: Round) -> HttpResponse:
    sent = read_saves(request.body)
    fates, now = notes_save(found, sent)
    return saved(fates, round_state(now, [one.name for one in sent]).as_json(), OVER)


@require_safe
@own_round
def panel(request: HttpRequest, found: Round) -> HttpResponse:
    """Rail and questions as HTML, for the page to take in when something has opened."""
    now = round_now(found)
    stages = stages_seen(now)
    opened = next((stage for stage in stages if stage.state == "open"), None)
    context = {"round": now.round, "brief": now.round.told.brief, "stages": stages, "stage": opened}
    return render(request, "interviews/_panel.html", context)


@require_POST
@own_round
def next_stage(request: HttpRequest, found: Round) -> HttpResponse:
    """End the stage that the page shows as open; named, so that two clicks end one stage."""
    now = stage_end(found, request.POST.get("stage", ""))
    return JsonResponse({"state": round_state(now).as_json()})


@require_http_methods(["GET", "HEAD", "POST"])
@refusals_as_json
def run(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """GET: the round's newest run, as the laboratory's pages know runs. POST: begin one."""
    view: Any = _run_begin if request.method == "POST" else _run_shown
    found: HttpResponseBase = own_round(view)(request, uuid)
    return found


def _run_shown(request: HttpRequest, found: Round) -> HttpResponse:
    shown = newest_run(found)
    if shown is None:
        raise Http404("The lab has not been started in this round.")
    return JsonResponse(_run_object(request, shown))


def _run_begin(request: HttpRequest, found: Round) -> HttpResponse:
    asker = _asker(request)
    made = run_begin(asker=asker, round_=found, body=lab_forms.body_of(request))
    made.run.refresh_from_db()
    response = JsonResponse(_run_object(request, made), status=201)
    remember(response, asker.visitor)
    return response


@require_POST
@refusals_as_json
def change(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The page says where its player stands; the change reaches the run there. Asked again, it says where it did."""
    found: HttpResponseBase = own_round(_change)(request, uuid)
    return found


def _change(request: HttpRequest, found: Round) -> HttpResponse:
    run_id, playhead_s = _playhead(lab_forms.body_of(request))
    asker = _asker(request)
    reached = change_reach(asker=asker, round_=found, run_id=run_id, playhead_s=playhead_s)
    if reached is None:
        return JsonResponse({"run": None})
    reached.run.refresh_from_db()
    return JsonResponse({"run": _run_object(request, reached), "t_s": reached.change_t_s})


def _playhead(body: Mapping[str, Any]) -> tuple[UUID | None, float | None]:
    """Of which run, and where. Raises SpecError."""
    run_id, at = body.get("run"), body.get("playhead_s")
    if body.keys() - {"run", "playhead_s"}:
        raise SpecError({"body": "Send run and playhead_s."})
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise SpecError({"playhead_s": "Give a number of seconds, or nothing."})
    try:
        return (None if run_id is None else UUID(str(run_id))), (None if at is None else float(at))
    except (ValueError, OverflowError):
        raise SpecError({"run": "Give the run's id and a number of seconds, or nothing."}) from None


def _asker(request: HttpRequest) -> Asker:
    return Asker(visitor_made(request), address_of(request))


def _run_object(request: HttpRequest, shown: RoundRun) -> dict[str, Any]:
    return lab_pages.run_object(shown.run, visitor_made(request))


@require_POST
@never_cache
def diagram(request: HttpRequest) -> HttpResponse:
    """A diagram drawn while it is written: where to fetch it, or what is wrong with it, in words and with the line."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": "You are signed out. Sign in to see the diagram."}, status=401)
    if not may_preview(request):
        return JsonResponse({"message": "Too many drawings in a minute. It is drawn again in a moment."}, status=429)
    source = request.POST.get("source", "").replace("\x00", "").replace("\r\n", "\n")
    try:
        drawings = {theme: draw(source, theme) for theme in ("light", "dark")}
    except DiagramError as error:
        return JsonResponse({"message": str(error), "line": error.line}, status=422)
    publish_for_a_day(drawings.values())
    return JsonResponse({theme: {k: v for k, v in asdict(drawn).items() if k != "svg"} for theme, drawn in drawings.items()})
