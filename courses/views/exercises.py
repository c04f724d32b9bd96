"""Decision exercises: the list, the situation, writing without an account, and the comparison with the model."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import decisions, exercises
from courses.decisions import DecisionRefused
from courses.exercises import ExerciseRefused, access_exercise, taken_of
from courses.models import Exercise, ExerciseTaken, Lesson
from courses.people import LearnersRequest, learner_id
from courses.rendering.blocks.base import inline
from courses.views.decisions import may_preview, preview_html
from courses.views.posted import clean
from labs.experiments import catalogue


@require_safe
@never_cache
def exercise_list(request: HttpRequest) -> HttpResponse:
    return render(request, "exercises/list.html", {"standings": exercises.standings(learner_id(request))})


@require_safe
@never_cache
def exercise(request: HttpRequest, slug: str) -> HttpResponse:
    """The situation, and where to write. Nothing of the model is on this page."""
    found = access_exercise(request, slug)
    taken = taken_of(request, found)
    lacks = exercises.lacking(found, taken.record.body) if taken and taken.record and not taken.compared else []
    context = {**situation(found), "taken": taken, "standing": exercises.Standing(found, taken), "lacks": lacks}
    return render(request, "exercises/exercise.html", context)


def situation(found: Exercise) -> dict[str, Any]:
    return {
        "exercise": found,
        "context_html": preview_html(found.context),
        "hint_html": preview_html(found.options_hint),
        "drivers": [safe_inline(each) for each in found.drivers],
        "constraints": [safe_inline(each) for each in found.constraints],
        "questions": [safe_inline(each) for each in found.questions],
        "lessons": Lesson.objects.filter(published=True, slug__in=found.lessons).only("slug", "title"),
    }


def safe_inline(text: str) -> SafeString:
    return mark_safe(inline(text))  # noqa: S308 (sanitised)


@require_POST
@login_required
def begin(request: LearnersRequest, slug: str) -> HttpResponse:
    found = access_exercise(request, slug)
    try:
        return redirect(exercises.exercise_begin(owner_id=request.user.pk, exercise=found))
    except DecisionRefused as error:
        messages.error(request, str(error))
        return redirect(found)


@require_safe
@never_cache
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The editor for a visitor. Who is signed in has a record instead."""
    found = access_exercise(request, slug)
    return redirect(found) if learner_id(request) else try_page(request, found, exercises.beginning(found))


def try_page(request: HttpRequest, found: Exercise, body: str, lacks: list[str] | None = None) -> HttpResponse:
    context = {
        "exercise": found,
        "given": exercises.beginning(found),
        "body": body,
        "lacks": lacks or [],
        "maximum": decisions.MAXIMUM_BODY,
    }
    return render(request, "exercises/write.html", context, status=422 if lacks else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """The model beside what was written. A POST hands in, or gives up with `give_up`; a GET shows what is open already."""
    found = access_exercise(request, slug)
    owner = learner_id(request)
    if owner is None:
        return visitors_comparison(request, found) if request.method == "POST" else redirect(found)
    taken = taken_of(request, found)
    if request.method == "POST":
        return hand_in(request, found, owner, taken)
    if taken is None or not taken.compared:
        messages.info(request, "The model opens when you have handed in a decision of your own.")
        return redirect(found)
    return render(request, "exercises/compare.html", comparison(request, found, taken))


def hand_in(request: HttpRequest, found: Exercise, owner: int, taken: ExerciseTaken | None) -> HttpResponse:
    if request.POST.get("give_up") == "yes":
        exercises.exercise_give_up(owner_id=owner, exercise=found)
        return redirect("courses:exercise_compare", found.slug)
    try:
        if taken is None:
            raise ExerciseRefused("There is no record yet: begin one.")
        exercises.exercise_hand_in(taken=taken)
    except ExerciseRefused as error:
        for lack in error.lacks:
            messages.warning(request, lack)
        return redirect(found)
    return redirect("courses:exercise_compare", found.slug)


def visitors_comparison(request: HttpRequest, found: Exercise) -> HttpResponse:
    """Nothing is kept: the text comes with the request and goes with the page."""
    body = clean(request.POST.get("body"))
    if len(body) > decisions.MAXIMUM_BODY:
        return try_page(request, found, body, [f"A record has {decisions.MAXIMUM_BODY:,} characters at most."])
    if not may_preview(request):
        return HttpResponse("Too many comparisons in a minute.", status=429, content_type="text/plain")
    gave_up = request.POST.get("give_up") == "yes"
    lacks = [] if gave_up else exercises.lacking(found, body)
    if lacks:
        return try_page(request, found, body, lacks)
    taken = ExerciseTaken(exercise=found, gave_up=gave_up)
    return render(request, "exercises/compare.html", comparison(request, found, taken, clean(request.POST.get("title")), body))


def comparison(request: HttpRequest, found: Exercise, taken: ExerciseTaken, title: str = "", body: str = "") -> dict[str, Any]:
    """What was handed in, frozen; where that version is gone, or nothing was handed in, the record as it is."""
    mine = taken.handed_in or taken.record
    text = mine.body if mine else body
    return {
        "exercise": found,
        "taken": taken,
        "mine_title": mine.title if mine else title[:200],
        "mine_html": preview_html(text) if text else "",
        "model_html": preview_html(found.answer_body),
        **rated(found, taken),
        "ratings": exercises.RATINGS,
        "lab": lab_link(found),
    }


def rated(found: Exercise, taken: ExerciseTaken) -> dict[str, Any]:
    """The points that there are now, and how many of them are rated."""
    points = rated_points(found, taken)
    return {"points": points, "rated": sum(bool(point["rating"]) for point in points)}


def rated_points(found: Exercise, taken: ExerciseTaken) -> list[dict[str, Any]]:
    return [
        {
            "id": point["id"],
            "point": safe_inline(point["point"]),
            "why": safe_inline(point["why"]),
            "rating": taken.ratings.get(point["id"], ""),
        }
        for point in found.points
    ]


def lab_link(found: Exercise) -> dict[str, Any] | None:
    """The lab whose runs bear on the decision, opened as the exercise wants it."""
    experiment = catalogue.experiments().get((found.evidence or {}).get("slug", ""))
    if experiment is None or found.evidence is None:
        return None
    knobs = urlencode({f"set.{name}": value for name, value in found.evidence.get("parameters", {}).items()})
    return {
        "title": experiment.title,
        "url": f"/labs/{experiment.slug}/" + (f"?{knobs}" if knobs else ""),
        "why": safe_inline(found.evidence.get("why", "")),
    }


@require_POST
@login_required
def ratings(request: LearnersRequest, slug: str) -> HttpResponse:
    """Keep the self-assessment; what is not said stays as it was."""
    found = access_exercise(request, slug)
    taken = taken_of(request, found)
    if taken is None or not taken.compared:
        messages.info(request, "The points open when you have handed in a decision of your own.")
        return redirect(found)
    said = {name: request.POST.get(f"point-{name}", "") for name in exercises.points_of(found)}
    kept = exercises.exercise_rate(taken=taken, ratings=said)
    if request.headers.get("HX-Request") == "true":
        return render(request, "exercises/_rated.html", {**rated(found, kept), "saved": True})
    messages.success(request, "Kept.")
    return redirect("courses:exercise_compare", found.slug)
