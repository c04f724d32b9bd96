"""Decision records: list, editor, preview, history, sharing, export, evidence."""

import re
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.rates import within_rate
from courses import decisions
from courses import evidence as evidences
from courses.decisions import DecisionRefused, StaleDecision, access_decision
from courses.diagrams import publish_for_a_day
from courses.loading.difference import side_by_side
from courses.models import DecisionRecord, DecisionTemplate, Evidence
from courses.models.decisions import Status
from courses.people import LearnersRequest, learner_id
from courses.rendering.document import learner_document
from courses.views.checklists import on_record
from courses.views.posted import clean
from labs.access import address_of, remember, visitor_made
from labs.errors import LimitReached, StoreAway
from labs.experiments.spec import SpecError
from labs.services import Asker

PREVIEWS_PER_MINUTE = 120
RUN_ADDRESS = re.compile(r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """A learner's records; a visitor sees what records are and may try the editor."""
    owner = learner_id(request)
    records = DecisionRecord.objects.filter(owner_id=owner).order_by("-number").defer("body") if owner else ()
    context = {"records": records, "templates": DecisionTemplate.objects.all()}
    return render(request, "decisions/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a record. A visitor's stays in the browser until it is exported, or kept under an account."""
    templates = list(DecisionTemplate.objects.all())
    chosen = next((each for each in templates if each.slug == request.GET.get("template")), templates[0] if templates else None)
    owner = learner_id(request)
    if owner is None:
        if request.method == "POST":
            raise PermissionDenied("Sign in to keep a record.")
        return render(
            request, "decisions/try.html", {"template": chosen, "templates": templates, "maximum": decisions.MAXIMUM_BODY}
        )
    if request.method != "POST":
        context = {"templates": templates, "chosen": chosen, "run": request.GET.get("run", "")}
        return render(request, "decisions/new.html", context)
    return begin(request, owner, templates)


def begin(request: HttpRequest, owner: int, templates: list[DecisionTemplate]) -> HttpResponse:
    chosen = next((each for each in templates if each.slug == request.POST.get("template")), None)
    title, body = clean(request.POST.get("title")), clean(request.POST.get("body"))
    try:
        record = decisions.decision_start(owner_id=owner, title=title, template=chosen, body=body or None)
    except DecisionRefused as error:
        context = {
            "templates": templates,
            "chosen": chosen,
            "title": title,
            "error": str(error),
            "run": request.POST.get("run", ""),
        }
        return render(request, "decisions/new.html", context, status=422)
    run = RUN_ADDRESS.search(request.POST.get("run", ""))
    if run:
        try:
            evidences.cite_run(record=record, run_id=UUID(run["id"]))
        except DecisionRefused as error:
            messages.warning(request, str(error))
    return redirect(record)


@require_safe
@never_cache
@login_required
def decision(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = access_decision(request, pk)
    others = DecisionRecord.objects.filter(owner_id=record.owner_id).exclude(pk=record.pk).order_by("-number")
    context = {
        "record": record,
        "statuses": Status.choices,
        "others": others.only("id", "number", "title"),
        "preview": preview_html(record.body),
        "cited": [evidences.shown(each) for each in record.evidence.all()],
        "maximum": decisions.MAXIMUM_BODY,
        **on_record(record),
        "share_url": request.build_absolute_uri(f"/decisions/shared/{record.share_token}/") if record.share_token else "",
    }
    return render(request, "decisions/decision.html", context)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A text as it will look, for the editor. Nothing is kept but diagrams, for a day."""
    body = clean(request.POST.get("body"))
    if len(body) > decisions.MAXIMUM_BODY:
        return HttpResponse(
            f"The text is longer than {decisions.MAXIMUM_BODY:,} characters.", status=422, content_type="text/plain"
        )
    if not may_preview(request):
        return HttpResponse("Too many previews in a minute.", status=429, content_type="text/plain")
    return HttpResponse(preview_html(body))


def preview_html(body: str) -> str:
    made = learner_document(body)
    publish_for_a_day(made.drawings)
    return mark_safe(made.html)  # noqa: S308 (sanitised by the document)


def may_preview(request: HttpRequest) -> bool:
    """Previews cost a rendering each."""
    who = learner_id(request) or get_adapter().get_client_ip(request)
    return within_rate(f"previews:{who}", PREVIEWS_PER_MINUTE)


@require_POST
@login_required
def save(request: LearnersRequest, pk: UUID) -> HttpResponse:
    """Keep what the editor holds. 409 when another tab has saved since; 422 with the reason when it cannot be kept."""
    record = access_decision(request, pk)
    revision = request.POST.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        return JsonResponse({"message": "The page is out of date. Reload it."}, status=422)
    title, body = clean(request.POST.get("title")), clean(request.POST.get("body"))
    version = request.POST.get("version") == "yes"
    try:
        saved = decisions.decision_save(record=record, title=title, body=body, revision=int(revision), version=version)
    except StaleDecision:
        record.refresh_from_db()
        theirs = {"title": record.title, "body": record.body, "revision": record.revision}
        return JsonResponse({"message": "This record was changed in another tab or browser.", **theirs}, status=409)
    except DecisionRefused as error:
        return JsonResponse({"message": str(error)}, status=422)
    return JsonResponse({"revision": saved.revision})


@require_POST
@login_required
def status(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = access_decision(request, pk)
    successor = RUN_ADDRESS.fullmatch(request.POST.get("superseded_by", ""))
    try:
        decisions.decision_set_status(
            record=record,
            status=request.POST.get("status", ""),
            superseded_by=UUID(successor["id"]) if successor else None,
        )
    except DecisionRefused as error:
        messages.error(request, str(error))
    return redirect(record)


@require_POST
@login_required
def share(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = decisions.decision_share(record=access_decision(request, pk), on=request.POST.get("share") == "on")
    messages.success(request, "Whoever has the link may read it." if record.share_token else "The link leads nowhere now.")
    return redirect(record)


@require_POST
@login_required
def delete(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = access_decision(request, pk)
    record.delete()
    messages.success(request, f"ADR {record.number} is gone.")
    return redirect("courses:decisions")


@require_safe
@login_required
def export(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = access_decision(request, pk)
    name = f"{record.number:04}-{slugify(record.title)[:60] or 'decision'}.md"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(decisions.decision_markdown(record), content_type="text/markdown; charset=utf-8", headers=headers)


@require_safe
@login_required
def history(request: LearnersRequest, pk: UUID) -> HttpResponse:
    """Versions, and one of them against the text as it is."""
    record = access_decision(request, pk)
    versions = list(record.versions.all())
    number = request.GET.get("version", "")
    old = next((each for each in versions if str(each.number) == number), versions[0] if versions else None)
    rows = side_by_side(old.body, record.body) if old else []
    context = {"record": record, "versions": versions, "old": old, "rows": rows}
    return render(request, "decisions/history.html", context)


@require_POST
@login_required
def restore(request: LearnersRequest, pk: UUID, number: int) -> HttpResponse:
    record = decisions.decision_restore(record=access_decision(request, pk), number=number)
    messages.success(request, f"Version {number} is back. What stood here before is a version, too.")
    return redirect(record)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Read-only, for whoever has the link: the latest version, not what is being typed."""
    version = decisions.shared_decision(token)
    context = {
        "version": version,
        "record": version.record,
        "html": preview_html(version.body),
        "cited": [evidences.shown(each) for each in version.record.evidence.all()],
    }
    response = render(request, "decisions/shared.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


# Evidence


def access_evidence(request: LearnersRequest, pk: UUID, evidence_id: int) -> Evidence:
    """Evidence of one's own record. Raises `Http404`."""
    return get_object_or_404(Evidence, pk=evidence_id, record=access_decision(request, pk))


@require_POST
@login_required
def cite(request: LearnersRequest, pk: UUID) -> HttpResponse:
    record = access_decision(request, pk)
    found = RUN_ADDRESS.search(request.POST.get("run", "")[:500])
    try:
        if found is None:
            raise DecisionRefused("Paste the address of a run.")
        evidences.cite_run(record=record, run_id=UUID(found["id"]))
    except DecisionRefused as error:
        messages.error(request, str(error))
    return redirect(f"{record.get_absolute_url()}#evidence")


@require_POST
@login_required
def uncite(request: LearnersRequest, pk: UUID, evidence_id: int) -> HttpResponse:
    found = access_evidence(request, pk, evidence_id)
    found.delete()
    return redirect(f"{found.record.get_absolute_url()}#evidence")


@require_POST
@login_required
def condition(request: LearnersRequest, pk: UUID, evidence_id: int) -> HttpResponse:
    """`what` is the arm and the metric, with a bar between them."""
    found = access_evidence(request, pk, evidence_id)
    arm, _, metric = request.POST.get("what", "").partition("|")
    try:
        value = number_from(request.POST.get("value", ""))
        evidences.set_condition(evidence=found, arm=arm, metric=metric, operator=request.POST.get("operator", ""), value=value)
    except DecisionRefused as error:
        return fragment(request, found, str(error), status=422)
    return fragment(request, found)


def number_from(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None


@require_POST
@login_required
def confirm(request: LearnersRequest, pk: UUID, evidence_id: int) -> HttpResponse:
    """Start the cited run again."""
    found = access_evidence(request, pk, evidence_id)
    asker = Asker(visitor=visitor_made(request), address=address_of(request))
    try:
        evidences.confirm(asker=asker, evidence=found, same_traffic=request.POST.get("traffic") != "new")
    except (DecisionRefused, SpecError, LimitReached, StoreAway) as error:
        return fragment(request, found, str(error), status=422)
    response = fragment(request, found)
    remember(response, asker.visitor)
    return response


@require_safe
@login_required
def evidence(request: LearnersRequest, pk: UUID, evidence_id: int) -> HttpResponse:
    """One cited run, asked for again while its confirmation runs."""
    return fragment(request, access_evidence(request, pk, evidence_id))


def fragment(request: HttpRequest, found: Evidence, error: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"cited": evidences.shown(found), "record": found.record, "error": error, "mine": True}
    if request.headers.get("HX-Request") != "true":
        if error:
            messages.error(request, error)
        return redirect(f"{found.record.get_absolute_url()}#evidence")
    return render(request, "decisions/_evidence.html", context, status=status)
