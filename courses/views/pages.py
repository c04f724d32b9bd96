"""Home, the course's map, search, diagrams."""

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from config.shared_pages import alike_for_visitors
from courses.diagrams import svg_of
from courses.laboratory import description, find_lab, lab_slugs
from courses.maps import course_map
from courses.models import Course
from courses.people import learner_id
from courses.rendering.document import author_document
from courses.search import search

FEATURED = "circuit-breaker"
SHA = re.compile(r"[0-9a-f]{64}")
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
@alike_for_visitors
def home(request: HttpRequest) -> HttpResponse:
    course = Course.objects.order_by("pk").first()
    slug = FEATURED if find_lab(FEATURED) else next(iter(lab_slugs()), "")
    lab = find_lab(slug)
    scene = lab.scenes[0] if lab and lab.scenes else None
    context = {
        "course": course,
        "map": course_map(course, learner_id(request)) if course else None,
        "lab": description(slug) if lab else None,
        "preset": dict(scene.parameters) if scene else {},
        "open_control": scene.open_control if scene else "",
        "arms": list(scene.arms) if scene else [],
        "scene": scene,
    }
    return render(request, "home.html", context)


@require_safe
def course_list(request: HttpRequest) -> HttpResponse:
    """The one course there is, or a choice."""
    courses = list(Course.objects.all())
    if len(courses) == 1:
        return redirect(courses[0])
    found = [(course, course_map(course, learner_id(request))) for course in courses]
    return render(request, "courses/course_list.html", {"courses": found})


@require_safe
@alike_for_visitors
def course(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Course, slug=slug)
    introduction = author_document(found.body).html
    context = {"course": found, "map": course_map(found, learner_id(request)), "introduction": introduction}
    return render(request, "courses/course.html", context)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which asks as somebody types, the results only."""
    words = request.GET.get("q", "").strip()
    context = {"words": words, "hits": search(words)}
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return render(request, "courses/_hits.html" if part else "search.html", context)


@require_safe
def diagram(request: HttpRequest, sha: str) -> HttpResponse:
    """Immutable: the address is the hash of what it shows. The policy takes the teeth out of an SVG opened by itself."""
    svg = svg_of(sha) if SHA.fullmatch(sha) else None
    if svg is None:
        raise Http404("There is no such diagram.")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": SVG_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(svg, content_type="image/svg+xml", headers=headers)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For pages without a link to the icon, the admin's above all."""
    return redirect(static("img/favicon.svg"), permanent=True)


@require_safe
def lessons(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect("/courses/")
