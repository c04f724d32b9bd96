"""Filling in the rubric: the page is the same for the candidate, a peer and an instructor."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from quizzes.interviews.access import scoring_for
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.models import Round, Scoring
from quizzes.interviews.services.diagrams import shown_diagram
from quizzes.interviews.services.notes import DIAGRAM, note_texts
from quizzes.interviews.services.report import compared, scoring_report, stage_reports
from quizzes.interviews.services.scoring import items_save, latest_items, scoring_begin, scoring_finish, scoring_state
from quizzes.interviews.services.sharing import may_score, shared_round
from quizzes.interviews.views.wire import own, read_saves, saved

OVER = "This scoring is finished and stays as it is."
own_scoring = own(scoring_for, "interviews:scoring")


@require_POST
@login_required
def begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The candidate's own scoring, or an instructor's of a round that is offered."""
    found = Round.objects.filter(uuid=uuid).first()
    if found is None or not may_score(found, request.user):
        raise Http404("There is no such round.")
    return _begun(request, found)


@require_safe
@login_required
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Who comes over the link: what it is, and a button to begin."""
    found = shared_round(token)
    if found is None:
        raise Http404("There is no such round, or it is not shared any more.")
    if found.user_id == request.user.pk:
        return redirect("interviews:report", uuid=found.uuid)
    mine = Scoring.objects.filter(round=found, by_id=request.user.pk, link=token).first()
    response = render(request, "interviews/shared.html", {"round": found, "token": token, "mine": mine})
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"  # the address is a secret; without any, the button below has no origin
    return response


@require_POST
@login_required
def shared_begin(request: HttpRequest, token: str) -> HttpResponse:
    found = shared_round(token)
    if found is None:
        raise Http404("There is no such round, or it is not shared any more.")
    return _begun(request, found, link=token)


def _begun(request: HttpRequest, found: Round, *, link: str = "") -> HttpResponse:
    try:
        scoring = scoring_begin(found, request.user, link=link)
    except RoundRefused as error:
        messages.error(request, str(error))
        return redirect("interviews:list")
    return redirect("interviews:scoring", uuid=scoring.uuid)


@require_safe
@login_required
@ensure_csrf_cookie
@never_cache
def page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Notes on one side, rubric on the other. Others have the model answer beside it; the candidate only afterwards."""
    scoring = scoring_for(request.user, uuid)
    mine = scoring.role == Scoring.Role.SELF
    if mine and scoring.finished:
        return redirect("interviews:report", uuid=scoring.round.uuid)
    told, rows = scoring.round.told, latest_items(scoring)
    diagram = note_texts(scoring.round).get(DIAGRAM, "")
    stages = stage_reports(scoring.round, answers=not mine)
    by_stage = [(stage, [(item, rows.get(item.id)) for item in told.rubric if item.stage == stage.name]) for stage in stages]
    context = {
        "scoring": scoring, "round": scoring.round, "told": told, "mine": mine, "stages": stages, "source": diagram,
        "rubric": by_stage,
        "diagram": shown_diagram(diagram), "state": asdict(scoring_state(scoring)), "points": [0, 1, 2],
        "runs": list(scoring.round.runs.select_related("run")), **_outcome(scoring),
        "model_diagram": None if mine else shown_diagram(told.diagram),
    }  # fmt: skip
    return render(request, "interviews/scoring.html", context)


def _outcome(scoring: Scoring) -> dict[str, Any]:
    """Of a finished scoring: its report, and how it compares with the candidate's own once that is finished, too."""
    if not scoring.finished:
        return {"report": None, "comparison": None}
    mine = scoring_report(scoring)
    own = scoring.round.scorings.filter(role=Scoring.Role.SELF, finished_at__isnull=False).first()
    return {"report": mine, "comparison": compared(mine, scoring_report(own)) if own else None}


@require_safe
@own_scoring
def state(request: HttpRequest, scoring: Scoring) -> HttpResponse:
    return JsonResponse({"state": asdict(scoring_state(scoring))})


@require_POST
@own_scoring
def items(request: HttpRequest, scoring: Scoring) -> HttpResponse:
    fates = items_save(scoring, read_saves(request.body))
    return saved(fates, asdict(scoring_state(scoring)), OVER)


@require_POST
@login_required
def finish(request: HttpRequest, uuid: UUID) -> HttpResponse:
    scoring = scoring_for(request.user, uuid)
    try:
        scoring_finish(scoring)
    except RoundRefused as error:
        messages.error(request, str(error))
        return redirect("interviews:scoring", uuid=uuid)
    if scoring.role != Scoring.Role.SELF:
        messages.success(request, "Your scoring is with the candidate now. Thank you.")
        return redirect("interviews:to_score")
    return redirect("interviews:report", uuid=scoring.round.uuid)
