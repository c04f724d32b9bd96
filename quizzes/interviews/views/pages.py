"""The pages: list, prompt, the running round, history, rounds to score."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from courses.laboratory import description, find_lab
from quizzes.interviews import rules
from quizzes.interviews.access import round_for
from quizzes.interviews.content import LEVELS, STAGE_WORDS
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.models import Prompt, Round
from quizzes.interviews.services import notes as note_services
from quizzes.interviews.services.advance import Now, round_now
from quizzes.interviews.services.lab import newest_run
from quizzes.interviews.services.listing import (
    HEIGHT,
    WIDTH,
    past_rounds,
    prompt_standing,
    prompt_standings,
    trends,
    tried_prompts,
)
from quizzes.interviews.services.panel import stages_seen
from quizzes.interviews.services.rounds import round_start, round_stop, running_round
from quizzes.interviews.services.sharing import rounds_to_score
from quizzes.interviews.services.state import round_state

LEVEL_WORDS = {
    "senior": "Owns a service: gets the numbers right, names the risks of the obvious design.",
    "staff": "Owns a system of services: weighs designs against each other, sees what breaks at ten times the load.",
    "principal": "Owns a direction: what to build at all, what it costs to run, how to move there and back.",
}


@require_safe
@never_cache
def interview_list(request: HttpRequest) -> HttpResponse:
    user = request.user
    running = running_round(user) if user.is_authenticated else None
    standings = prompt_standings(user, Prompt.objects.filter(published=True), running)
    to_score = rounds_to_score(user).count() if user.is_authenticated else 0
    return render(request, "interviews/list.html", {"standings": standings, "running": running, "to_score": to_score})


@require_safe
@never_cache
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Prompt, slug=slug, published=True)
    user = request.user
    running = running_round(user) if user.is_authenticated else None
    past = past_rounds(user, found) if user.is_authenticated else []
    lab = find_lab(found.lab["slug"])
    context = {
        "prompt": found, "standing": prompt_standing(found, past, running), "running": running, "past": past, "lab": lab,
        "levels": [(level, LEVEL_WORDS[level]) for level in LEVELS],
        "stages": [(STAGE_WORDS[stage["stage"]], stage["minutes"]) for stage in found.stages],
        "aimed": past[0].round.level if past else LEVELS[0], "change_latest": rules.CHANGE_LATEST_SHARE,
    }  # fmt: skip
    return render(request, "interviews/prompt.html", context)


@require_POST
@login_required
def start(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Prompt, slug=slug, published=True)
    try:
        made = round_start(request.user, found, request.POST.get("level", ""))
    except RoundRefused as error:
        messages.error(request, str(error))
        return redirect("interviews:prompt", slug=slug)
    return redirect(made)


@require_safe
@login_required
@ensure_csrf_cookie
@never_cache
def round_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The round while it runs, its report afterwards."""
    found = round_for(request.user, uuid)
    now = round_now(found)
    if now.stage is None:
        return redirect("interviews:report", uuid=uuid)
    return render(request, "interviews/round.html", round_context(found, now))


def round_context(found: Round, now: Now) -> dict[str, Any]:
    """What the page of a running round is made of: what has opened, the candidate's own words, the lab."""
    told, stages = now.round.told, stages_seen(now)
    texts = {pad: note.text for pad, note in note_services.latest_notes(found).items()}
    lab = find_lab(told.lab.slug)
    return {
        "round": now.round, "title": told.title, "brief": told.brief, "stages": stages,
        "stage": next((stage for stage in stages if stage.state == "open"), None),
        "pads": [{"stage": stage, "text": texts.get(stage.name, "")} for stage in stages if stage.opened],
        "all_stages": list(STAGE_WORDS.items()),
        "diagram": texts.get(note_services.DIAGRAM, note_services.STARTER), "maximum": note_services.MAX_TEXT,
        "lab": description(told.lab.slug) if lab else None, "lab_why": told.lab.why, "run": newest_run(found),
        "preset": {"parameters": told.lab.parameters, "arms": told.lab.arms, "duration_s": told.lab.duration_s},
        "state": round_state(now).as_json(),
    }  # fmt: skip


@require_POST
@login_required
def finish(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """End the round now: the rest of it, or with `give_up` all of it."""
    found = round_for(request.user, uuid)
    given_up = request.POST.get("give_up") == "yes"
    round_stop(found, give_up=given_up)
    if given_up:
        messages.info(request, "The round was given up. What you wrote is kept; it is not scored.")
    return redirect("interviews:report", uuid=uuid)


@require_safe
@login_required
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    """All rounds, or those of one prompt, and how the results went."""
    slug = request.GET.get("prompt", "").replace("\x00", "")
    chosen = Prompt.objects.filter(slug=slug).first() if slug else None
    past = past_rounds(request.user, chosen)
    tried = tried_prompts(request.user)
    context = {
        "past": past, "chosen": chosen, "prompts": tried, "trends": trends(past), "width": WIDTH, "height": HEIGHT,
        "running": running_round(request.user), "grid": [(HEIGHT * (1 - share / 4), f"{25 * share} %") for share in range(5)],
        "undo": _put_away(request.user, request.GET.get("deleted", "")),
    }  # fmt: skip
    return render(request, "interviews/history.html", context)


def _put_away(user: Any, uuid: str) -> UUID | None:
    """A round of the user's that was put away and can be brought back."""
    try:
        found = round_for(user, UUID(uuid), deleted=True)
    except (ValueError, Http404):
        return None
    return found.uuid if found.deleted_at else None


@require_safe
@login_required
@never_cache
def to_score(request: HttpRequest) -> HttpResponse:
    """Rounds of others that this person may score, with how far that is."""
    rounds = list(rounds_to_score(request.user).prefetch_related("scorings"))
    rows = [(each, next((one for one in each.scorings.all() if one.by_id == request.user.pk), None)) for each in rounds]
    return render(request, "interviews/to_score.html", {"rows": rows})
