"""A lesson to read, its mark, and the notes beside it."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from config.shared_pages import alike_for_visitors
from courses.lessons import MAXIMUM_NOTE, ensure_rendering, mark_read, mark_unread, save_note
from courses.maps import place_of
from courses.models import Lesson, LessonNote, LessonProgress
from courses.people import LearnersRequest, learner_id
from courses.rendering.blocks.question import with_questions
from courses.views.posted import clean


def access_lesson(request: HttpRequest, slug: str) -> Lesson:
    """The lesson, if whoever asks may read it: unpublished ones are for the admin's people. Raises `Http404`."""
    found = Lesson.objects.select_related("module__course").defer("text", *Lesson.SOURCE_FIELDS).filter(slug=slug)
    visible = found if request.user.has_perm("courses.view_lesson") else found.filter(Q(published=True))
    lesson = visible.first()
    if lesson is None:
        raise Http404("There is no such lesson.")
    return lesson


@require_safe
@alike_for_visitors
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    found = access_lesson(request, slug)
    ensure_rendering(found)
    reader = learner_id(request)
    note = LessonNote.objects.filter(learner_id=reader, lesson=found).first() if reader else None
    context = {
        "lesson": found,
        "html": with_questions(found.html),
        "place": place_of(found),
        "read": bool(reader) and LessonProgress.objects.filter(learner_id=reader, lesson=found).exists(),
        "note": note,
        "has_lab": "data-lab-inline" in found.html,
        "maximum_note": MAXIMUM_NOTE,
    }
    return render(request, "courses/lesson.html", context)


@require_POST
@login_required
def progress(request: LearnersRequest, slug: str) -> HttpResponse:
    """Mark the lesson read, or take the mark away."""
    found = access_lesson(request, slug)
    read = request.POST.get("read") == "yes"
    (mark_read if read else mark_unread)(learner_id=request.user.pk, lesson=found)
    return render(request, "courses/_mark_read.html", {"lesson": found, "read": read, "place": place_of(found)})


@require_POST
@login_required
def note(request: LearnersRequest, slug: str) -> HttpResponse:
    """Keep a note. 409 with what stands there now when another tab has saved in the meantime."""
    found = access_lesson(request, slug)
    revision = request.POST.get("revision", "")
    text = clean(request.POST.get("text"))
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        return JsonResponse({"message": "The page is out of date. Reload it."}, status=422)
    if len(text) > MAXIMUM_NOTE:
        return JsonResponse({"message": f"A note holds {MAXIMUM_NOTE:,} characters. This one is longer."}, status=422)
    saved = save_note(learner_id=request.user.pk, lesson=found, text=text, revision=int(revision))
    return JsonResponse(asdict(saved), status=200 if saved.saved else 409)
