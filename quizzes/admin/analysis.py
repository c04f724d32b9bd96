"""Results and item analysis in the admin: pages for a quiz, for a question of it, for a question over all quizzes, and CSV.

What is hung into `QuizAdmin`, `QuestionAdmin` and `AttemptAdmin`. Everything here shows what people answered, so it takes the
right to look at attempts.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from courses.admin.history import FieldChange, field_change
from quizzes.admin.result_filters import ResultFilters, headings, ordered
from quizzes.analysis.chart import Map, histogram, question_map
from quizzes.analysis.export import long, marked, wide
from quizzes.analysis.readings import METHODS, reliability_words
from quizzes.analysis.reports import QuestionLine, QuizReport, question_attempts, question_report, quiz_report
from quizzes.analysis.selection import population
from quizzes.analysis.structure import NoReliability
from quizzes.analysis.usage import uses_of
from quizzes.models import Attempt, Question, QuestionVersion, Quiz

LAYOUTS = {"attempts": wide, "answers": long}


class MayLook:
    """For a ModelAdmin: whoever may not look at attempts gets 403, and a row that is none 404."""

    def has_look_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("quizzes.view_attempt"))

    def row_to_look_at(self: Any, request: HttpRequest, object_id: str) -> Any:
        if not self.has_look_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such row.")
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def page(self: Any, request: HttpRequest, row: Any, template: str, **context: Any) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": row, "media": self.media}
        return TemplateResponse(request, f"quizzes/admin/{template}.html", shared | context)


class QuizResults(MayLook):
    """Pages of a quiz's results, and the tables of several quizzes as one file."""

    def get_urls(self: Any) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(require_safe(function))

        return [
            path("<path:object_id>/results/", view(self.results), name=self.name("results")),
            path("<path:object_id>/results/csv/", view(self.results_csv), name=self.name("results_csv")),
            path("<path:object_id>/results/<int:question_id>/", view(self.item), name=self.name("item")),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def results(self: Any, request: HttpRequest, object_id: str) -> Any:
        quiz: Quiz = self.row_to_look_at(request, object_id)
        filters = ResultFilters(request.GET, population(quiz).revisions)
        report = quiz_report(quiz, filters.selection())
        order = request.GET.get("o", "place")
        lines = ordered(report.lines, "place")
        numbers = {line.version.pk: number for number, line in enumerate(lines, start=1)}
        return self.page(
            request, quiz, "results", title=f"Results: {quiz}", report=report, filters=filters, query=filters.query(),
            headings=headings(order, filters), lines=[(numbers[line.version.pk], line) for line in ordered(lines, order)],
            looks=[(numbers[line.version.pk], line) for line in ordered(lines, "flags") if line.alarms >= 10],
            chart=histogram(report.scores, quiz.pass_mark),
            map=_map(numbers, lines), reliability_words=reliability_words(report.reliability), method=_method(report),
        )  # fmt: skip

    def item(self: Any, request: HttpRequest, object_id: str, question_id: int) -> Any:
        quiz: Quiz = self.row_to_look_at(request, object_id)
        question = Question.objects.filter(pk=question_id).first() if question_id < 2**31 else None
        if question is None:
            raise Http404("There is no such question.")
        filters = ResultFilters(request.GET, population(quiz).revisions)
        reports = question_report(filters.selection().of(quiz), question)
        return self.page(
            request, quiz, "item", title=f"{question} in {quiz}", question=question, reports=reports, filters=filters,
            query=filters.query(),
        )  # fmt: skip

    def results_csv(self: Any, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        quiz: Quiz = self.row_to_look_at(request, object_id)
        filters = ResultFilters(request.GET, population(quiz).revisions)
        found = Attempt.objects.filter(quiz=quiz) if request.GET.get("all") else filters.selection().of(quiz)
        return csv_reply(found, quiz.slug, request.GET.get("layout", ""), for_excel=bool(request.GET.get("excel")))

    @admin.action(description="Results as CSV: one line an attempt", permissions=["look"])
    def csv_attempts(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> StreamingHttpResponse:
        return csv_reply(attempts_of(queryset), "quizzes", "attempts", for_excel=True)

    @admin.action(description="Results as CSV: one line an answer", permissions=["look"])
    def csv_answers(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> StreamingHttpResponse:
        return csv_reply(attempts_of(queryset), "quizzes", "answers", for_excel=True)


class AttemptResults:
    """The selected attempts as a file."""

    @admin.action(description="As CSV: one line an attempt", permissions=["view"])
    def csv_attempts(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> StreamingHttpResponse:
        return csv_reply(queryset, "selected", "attempts", for_excel=True)

    @admin.action(description="As CSV: one line an answer", permissions=["view"])
    def csv_answers(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> StreamingHttpResponse:
        return csv_reply(queryset, "selected", "answers", for_excel=True)


class QuestionRecord(MayLook):
    """A question's versions, what each changed, where it is asked, and its figures over all quizzes."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.record))
        return [path("<path:object_id>/record/", view, name=self.name("record")), *super().get_urls()]  # type: ignore[misc]

    def record(self: Any, request: HttpRequest, object_id: str) -> Any:
        question: Question = self.row_to_look_at(request, object_id)
        reports = question_report(question_attempts(question), question)
        versions = list(question.versions.select_related("made_by").order_by("-number"))
        by_version = {report.version.pk: report for report in reports if report.version}
        return self.page(
            request, question, "record", title=f"{question}: versions and statistics",
            pooled=reports[0] if reports and reports[0].version is None else None,
            versions=[(version, changes, by_version.get(version.pk)) for version, changes in _changes(versions)],
            uses=uses_of(question), regrades=question.regrades.select_related("version", "by"),
        )  # fmt: skip


def attempts_of(quizzes: QuerySet[Quiz]) -> QuerySet[Attempt]:
    """Without previews, which are nobody's results."""
    return Attempt.objects.filter(quiz__in=quizzes.order_by().values("pk"), preview=False)


def csv_reply(attempts: QuerySet[Attempt], name: str, layout: str, *, for_excel: bool) -> StreamingHttpResponse:
    """A download that is made while it is sent."""
    layout = layout if layout in LAYOUTS else "attempts"
    lines: Iterator[str] = LAYOUTS[layout](attempts)
    reply = StreamingHttpResponse(marked(lines) if for_excel else lines, content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{name}-{layout}-{datetime.now(UTC):%Y-%m-%d}.csv"'
    return reply


def _map(numbers: Mapping[int, int], lines: list[QuestionLine]) -> Map | None:
    found = [
        (
            numbers[line.version.pk], line.item.facility.value, line.item.rest_correlation.value,
            line.flags[0].weight if line.flags else "", line.version.question.slug,
        )
        for line in lines if line.item.facility and line.item.rest_correlation
    ]  # fmt: skip
    return question_map(found) if found else None


def _method(report: QuizReport) -> str:
    return "" if isinstance(report.reliability, NoReliability) else METHODS[report.reliability.method]


def _changes(versions: list[QuestionVersion]) -> Iterator[tuple[QuestionVersion, list[FieldChange]]]:
    """Each version, the newest first, with what it changed of the one before."""
    for version, before in pairwise([*versions, None]):
        if version is not None:
            yield version, [] if before is None else _between(before, version)


def _between(before: QuestionVersion, after: QuestionVersion) -> list[FieldChange]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in QuestionVersion.CONTENT]
    return [field_change(name, old, new) for name, old, new in pairs if old != new]
