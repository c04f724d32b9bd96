"""The lab's pages and what their script asks for. Each view: method, access, form, one service call, answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labs import exports, forms, laboratory, pages, services
from labs.access import access_run, address_of, remember, visitor_made, visitor_of
from labs.errors import LimitReached, RunRefused, StoreAway
from labs.experiments.contract import Experiment
from labs.experiments.spec import SpecError
from labs.models import Run, RunPrediction, Scenario, Status
from labs.predictions import calibration
from labs.services import Asker

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
TRACE_AGAIN_AFTER_S = 60
SEES_DRAFTS = "labs.view_scenario"


def refusals_as_json(view: View[P]) -> View[P]:
    """What the laboratory refuses becomes the answer that the pages' contract gives it."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SpecError as error:
            return JsonResponse({"errors": error.errors}, status=422)
        except LimitReached as error:
            return JsonResponse({"limit": error.limit, "message": error.message}, status=429)
        except RunRefused as error:
            return JsonResponse({"message": error.message}, status=409)
        except StoreAway as error:
            return JsonResponse({"message": error.message}, status=503, headers={"Retry-After": "5"})
        except Http404 as error:
            return JsonResponse({"message": str(error)}, status=404)

    return answered  # type: ignore[return-value]


# Pages


@require_safe
def lab_list(request: HttpRequest) -> HttpResponse:
    return render(request, "labs/list.html", {"groups": pages.lab_groups()})


@require_safe
@ensure_csrf_cookie
@never_cache
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """A lab before its run, preset by a scene, a scenario or the address."""
    declared = _lab(slug)
    scenarios = list(Scenario.objects.filter(lab=slug, published=True))
    scenario = next((one for one in scenarios if one.slug == request.GET.get("scenario")), None) or _draft(request, slug)
    preset = pages.scenario_preset(scenario) if scenario else pages.address_preset(declared, request.GET)
    return _lab_page(request, declared, scenarios=scenarios, scenario=scenario, preset=preset)


def _draft(request: HttpRequest, lab: str) -> Scenario | None:
    """A scenario that is not published, for those who write scenarios."""
    slug = request.GET.get("scenario", "")
    if not slug or "\0" in slug or not request.user.has_perm(SEES_DRAFTS):
        return None
    return Scenario.objects.filter(lab=lab, slug=slug).first()


@require_safe
@ensure_csrf_cookie
@never_cache
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The permalink: the same page with a run in it."""
    found = access_run(request, run_id)
    scenarios = list(Scenario.objects.filter(lab=found.lab, published=True))
    return _lab_page(request, _lab(found.lab), scenarios=scenarios, scenario=found.scenario, run=found)


def _lab_page(
    request: HttpRequest,
    declared: Experiment,
    *,
    scenarios: list[Scenario],
    scenario: Scenario | None,
    run: Run | None = None,
    preset: dict[str, Any] | None = None,
) -> HttpResponse:
    visitor = visitor_of(request)
    context = {
        "lab": pages.lab_object(declared.slug),
        "run": pages.run_object(run, visitor) if run else None,
        "preset": preset,
        "scenario": pages.chosen_scenario_object(scenario) if scenario else None,
        "scenarios": [pages.scenario_object(one) for one in scenarios],
        "recent_runs": pages.recent_runs(declared.slug, visitor),
    }
    return render(request, "labs/lab.html", context)


def _lab(slug: str) -> Experiment:
    try:
        return laboratory.experiment(slug)
    except SpecError as error:
        raise Http404(str(error)) from None


# What the page's script asks for


@require_POST
@refusals_as_json
def run_start(request: HttpRequest, slug: str) -> HttpResponseBase:
    if slug not in {declared.slug for declared in laboratory.experiments()}:
        raise Http404("There is no such lab.")
    order = forms.run_order(slug, forms.body_of(request))
    if order.scenario and request.user.has_perm(SEES_DRAFTS):
        order = replace(order, drafts=True)
    asker = _asker(request)
    made = services.run_start(asker=asker, order=order)
    return _made(made, asker, pages.new_run_object(made, asker.visitor, order.prediction or {}))


@require_POST
@refusals_as_json
def run_fork(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    parent = access_run(request, run_id)
    t_s, changes, parameters = forms.fork(forms.body_of(request))
    asker = _asker(request)
    made = services.run_fork(asker=asker, parent=parent, t_s=t_s, changes=changes, parameters=parameters)
    return _made(made, asker, pages.run_object(made, asker.visitor))


def _made(made: Run, asker: Asker, state: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(state, status=201, headers={"Location": made.get_absolute_url()})
    remember(response, asker.visitor)
    return response


@require_POST
@refusals_as_json
def run_change(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    found = access_run(request, run_id, change=True)
    taken = services.run_change(asker=_asker(request), run=found, change=forms.change(forms.body_of(request)))
    answer = {"take": taken.take, "t_s": taken.t_s, "index": taken.index, "text": taken.text}
    return JsonResponse(answer | {"changes": pages.changes(found)}, status=201)


@require_http_methods(["DELETE"])
@refusals_as_json
def run_change_undo(request: HttpRequest, run_id: UUID, index: int) -> HttpResponseBase:
    found = access_run(request, run_id, change=True)
    if not found.changes.filter(index=index).exists():
        raise Http404("This run has no such change.")
    taken = services.run_change_undo(asker=_asker(request), run=found, index=index)
    return JsonResponse({"take": taken.take, "t_s": taken.t_s, "changes": pages.changes(found)})


@require_POST
@refusals_as_json
def run_cancel(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    found = services.run_cancel(run=access_run(request, run_id, change=True))
    return JsonResponse(pages.run_object(found, visitor_of(request)))


def _asker(request: HttpRequest) -> Asker:
    return Asker(visitor_made(request), address_of(request))


# What came out


@require_safe
@refusals_as_json
def run_data(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Run and events; the same bytes for as long as the take is the newest."""
    found = _finished(request, run_id)
    return _cached_by_etag(request, found, lambda state: HttpResponse(exports.data_json(state, exports.stored_lines(found))))


@require_safe
@refusals_as_json
def run_export_json(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    found = _finished(request, run_id)
    state = pages.run_object(found, visitor_of(request)) | {
        "summary": found.summary,
        "engine": found.engine,
        "wire": found.wire,
    }
    return _as_file(HttpResponse(exports.data_json(state, exports.stored_lines(found))), found, "json")


@require_safe
@refusals_as_json
def run_export_csv(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    found = _finished(request, run_id)
    rows = exports.csv_rows(exports.stored_lines(found), laboratory.row_labels(found.lab))
    return _as_file(StreamingHttpResponse(rows), found, "csv")


@require_safe
@never_cache
@refusals_as_json
def run_lines(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Which lines of the patterns ran: worked out when first asked for."""
    found = _finished(request, run_id)
    if found.lines is not None:
        return JsonResponse(found.lines)
    asked = f"labs-trace:{found.pk}:{found.take}"
    if cache.add(asked, 1, TRACE_AGAIN_AFTER_S):
        try:
            services.run_trace_start(run=found)
        except StoreAway:
            cache.delete(asked)
            raise
    return JsonResponse({"pending": True}, status=202)


@require_safe
@never_cache
def my_calibration(request: HttpRequest) -> HttpResponse:
    """How well the visitor predicts, over time."""
    mine = Run.objects.filter(visitor_of(request).runs())
    return JsonResponse(pages.calibration_object(calibration(RunPrediction.objects.filter(run__in=mine))))


def _finished(request: HttpRequest, run_id: UUID) -> Run:
    found = access_run(request, run_id)
    if found.status != Status.FINISHED:
        raise RunRefused("This run has no result: it is still being computed, or it never ended.")
    return found


def _cached_by_etag(request: HttpRequest, found: Run, answer: Callable[[dict[str, Any]], HttpResponse]) -> HttpResponse:
    """304 where the browser has it. What differs by reader or by the hour, whose it is and the stream's token, stays out."""
    state = pages.run_object(found, visitor_of(request)) | {"mine": False}
    state["events_url"] = state["events_url"].partition("?")[0]
    tag = exports.etag(found, str(state["scores"]))
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponse(status=304) if tag in known or "*" in known else answer(state)
    response["Content-Type"] = "application/json"
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"
    return response


def _as_file(response: HttpResponseBase, found: Run, ending: str) -> HttpResponseBase:
    response["Content-Type"] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}[ending]
    response["Content-Disposition"] = f'attachment; filename="{found.lab}-{str(found.pk)[:8]}.{ending}"'
    return response
