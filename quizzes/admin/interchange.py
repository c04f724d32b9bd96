"""Import and export in the admin: what is hung into `QuestionAdmin`.

An import is looked at first: the form, the preview and the import are one page, and its text travels with it, so nothing waits
on the server and nothing is lost by going back. The import computes the plan anew; when it is not the one that the preview
showed, because the bank or the text below it was changed, the page says so and shows it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST

from courses.admin.history import FieldChange, field_change
from quizzes.admin.import_form import ImportForm
from quizzes.errors import QuestionInvalid
from quizzes.interchange.export import Export, exported
from quizzes.interchange.formats import FORMATS, Format
from quizzes.interchange.from_bank import record_of
from quizzes.interchange.outline import Line, outline
from quizzes.interchange.plan import CHANGED, ERROR, ImportRefused, Plan, Row, import_chosen, plan
from quizzes.interchange.records import NotHeld
from quizzes.models import Question
from quizzes.services.preview import question_preview

FEW = 20
"""As many questions are shown with their answers open."""
MAX_EXPORTED = 5_000
MOVED = "The text, its settings or the bank are not what this preview showed. Look at it again: nothing was imported."
NOTHING = "No question is ticked. Nothing was imported."


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the preview with its answers in lines."""

    row: Row
    ticked: bool
    lines: tuple[Line, ...]


class Interchange:
    """For `QuestionAdmin`: pages to import and to export, and the action that leads to the latter."""

    change_list_template = "quizzes/admin/question_list.html"

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = require_http_methods(["GET", "HEAD", "POST"])(self.import_page)
        return [
            path("import/", view(pages), name=self.name("import")),
            path("import/question/", view(require_POST(self.import_question)), name=self.name("import_question")),
            path("export/", view(require_POST(self.export_file)), name=self.name("export")),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self: Any, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may = {"may_import": self.may_import(request)}
        return super().changelist_view(request, {**(extra_context or {}), **may})  # type: ignore[misc]

    def may_import(self: Any, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    # Import

    def import_page(self: Any, request: HttpRequest) -> Any:
        """The empty form, a preview, or the import itself."""
        if not self.may_import(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._import_page(request, ImportForm())
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._import_page(request, form, status=422)
        try:
            found = plan(form.cleaned_data["text"], form.found_format, form.wishes)
            if request.POST.get("step") == "import":
                return self._import(request, form, found)
        except ImportRefused as error:
            form.add_error(None, str(error))
            return self._import_page(request, form, status=422)
        return self._preview_page(request, form, found)

    def _import(self: Any, request: HttpRequest, form: ImportForm, found: Plan) -> Any:
        chosen = {
            int(number) for number in request.POST.getlist("take") if number.isascii() and number.isdigit() and len(number) < 6
        }
        if found.seen != request.POST.get("seen"):
            return self._preview_page(request, form, found, warning=MOVED, chosen=chosen, status=409)
        if not any(row.takes and row.number in chosen for row in found.rows):
            return self._preview_page(request, form, found, warning=NOTHING, chosen=chosen, status=422)
        done = import_chosen(found, chosen, made_by=request.user)
        parts = [f"{count} {word}" for count, word in ((done.new, "new"), (done.changed, "changed")) if count]
        self.message_user(request, f"Imported from {form.found_format.label}: {', '.join(parts)}.", messages.SUCCESS)
        return redirect(reverse(f"admin:{self.name('changelist')}"))

    def _preview_page(
        self: Any,
        request: HttpRequest,
        form: ImportForm,
        found: Plan,
        *,
        warning: str = "",
        chosen: set[int] | None = None,
        status: int = 200,
    ) -> Any:
        shown = [_shown(row, chosen) for row in found.rows]
        context = {
            "plan": found, "shown": shown, "found_format": form.found_format, "notice": form.notice, "warning": warning,
            "ticked": sum(each.ticked for each in shown), "open": len(shown) <= FEW,
        }  # fmt: skip
        return self._import_page(request, form.with_text(), status=status, **context)

    def _import_page(self: Any, request: HttpRequest, form: ImportForm, *, status: int = 200, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Import questions", "form": form}
        return TemplateResponse(request, "quizzes/admin/import.html", shared | context, status=status)

    def import_question(self: Any, request: HttpRequest) -> HttpResponse:
        """One question of the preview as learners would see it, and what it would change."""
        if not self.may_import(request):
            raise PermissionDenied
        form = ImportForm(request.POST, request.FILES)
        row = _row_asked_for(form, request.POST.get("number", ""))
        if row is None or row.content is None or row.state == ERROR:
            raise Http404("There is no such question in the text.")
        try:
            shown = question_preview(row.content)
        except QuestionInvalid as error:
            raise Http404(str(error)) from error
        context = {"row": row, "shown": shown, "changes": _field_changes(row)}
        return render(request, "quizzes/admin/import_question.html", context)

    # Export

    @admin.action(description="Export as GIFT, Aiken or Moodle XML", permissions=["view"])
    def export_questions(self: Any, request: HttpRequest, queryset: QuerySet[Question]) -> HttpResponse:
        """What each format would hold of the selected questions, before one is taken."""
        slugs = list(queryset.order_by("slug").values_list("slug", flat=True)[: MAX_EXPORTED + 1])
        if len(slugs) > MAX_EXPORTED:
            self.message_user(request, f"At most {MAX_EXPORTED:,} questions can be exported at once.", messages.ERROR)
            return redirect(reverse(f"admin:{self.name('changelist')}"))
        questions = _questions(slugs)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"Export {_counted(len(questions))}",
            "exports": [exported(questions, form) for form in FORMATS.values()], "slugs": ",".join(slugs),
        }  # fmt: skip
        return TemplateResponse(request, "quizzes/admin/export.html", context)

    def export_file(self: Any, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form: Format | None = FORMATS.get(request.POST.get("format", ""))
        slugs = request.POST.get("slugs", "").replace("\x00", "").split(",")[:MAX_EXPORTED]
        questions = _questions(slugs)
        if form is None or not questions:
            raise Http404("There is nothing to export.")
        return _download(exported(questions, form))


def _shown(row: Row, chosen: set[int] | None) -> Shown:
    """New and changed questions are ticked until a person unticks them, but for what may take the place of another question."""
    ticked = row.takes and (not row.doubtful if chosen is None else row.number in chosen)
    return Shown(row, ticked, _outlined(row))


def _outlined(row: Row) -> tuple[Line, ...]:
    """As it would be in the bank; where that cannot be, as it is in the file."""
    if row.content is not None and row.state != ERROR:
        try:
            return outline(record_of(row.slug, row.content)[0].body)
        except NotHeld:
            return ()
    return outline(row.record.body) if row.record else ()


def _row_asked_for(form: ImportForm, number: str) -> Row | None:
    if not form.is_valid() or not (number.isascii() and number.isdigit() and len(number) < 6):
        return None
    try:
        rows: Sequence[Row] = plan(form.cleaned_data["text"], form.found_format, form.wishes).rows
    except ImportRefused:
        return None
    return next((row for row in rows if row.number == int(number)), None)


def _field_changes(row: Row) -> list[FieldChange]:
    if row.state != CHANGED or row.question is None or row.question.current is None or row.content is None:
        return []
    old, new = row.question.current, row.content.columns()
    return [field_change(capfirst(name), getattr(old, name), new[name]) for name in new if getattr(old, name) != new[name]]


def _questions(slugs: Sequence[str]) -> list[Question]:
    return list(Question.objects.select_related("current").filter(slug__in=slugs).order_by("slug"))


def _counted(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _download(found: Export) -> HttpResponse:
    reply = HttpResponse(found.text, content_type=f"{found.form.content_type}; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="questions.{found.form.extension}"'
    return reply
