"""What the admin of every kind of material has: rules checked on saving, the state against the file, both sides of a conflict.

For applications above this one, too: `class QuestionAdmin(MaterialAdmin)`.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin

from courses.admin.markdown_field import MarkdownWidget
from courses.diagrams import publish_for_a_day
from courses.editing import faults_of, state_of
from courses.loading.difference import side_by_side
from courses.loading.kinds import Kind, kind_of_model
from courses.loading.source import MaterialError
from courses.loading.three_way import keep_admins_side, take_files_side
from courses.rendering.blocks.question import with_questions
from courses.rendering.document import author_document, learner_document

MAXIMUM_PREVIEW = 200_000
STATE_COLOURS = {"conflict": "state-bad", "edited": "state-warn", "from its file": "state-ok", "only here": "state-plain"}


class MaterialForm(ModelForm):  # type: ignore[type-arg]
    """Refuses what the loader would refuse, with the line in the text."""

    def clean_body(self) -> str:
        """As the files have it: line ends of one kind, no blank lines around."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").strip("\n")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        for fault in faults_of(kind_of_model(type(self.instance)), self.instance):
            if fault.line and "body" in self.fields:
                self.add_error("body", ValidationError(f"Line {fault.line}: {fault.what}"))
            else:
                self.add_error(None, ValidationError(fault.what))


class MaterialAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """`markdown_fields` become editors with a preview; `learners_text`: the preview shows what a learner's text may hold."""

    form: ClassVar[Any] = MaterialForm
    markdown_fields: ClassVar[tuple[str, ...]] = ("body",)
    learners_text: ClassVar[bool] = False
    actions = ("take_files", "keep_admins")
    change_form_template = "admin/courses/material_form.html"

    class Media:
        css: ClassVar = {"all": ("build/admin.css",)}
        js: ClassVar = ()

    @property
    def kind(self) -> Kind[Any]:
        return kind_of_model(self.model)

    def name(self, part: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{part}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(require_POST(self.preview)), name=self.name("preview")),
            path("<path:object_id>/difference/", view(self.difference), name=self.name("difference")),
            *super().get_urls(),
        ]

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.markdown_fields:
            url = reverse(f"admin:{self.name('preview')}")
            kwargs["widget"] = MarkdownWidget(
                nonce=str(getattr(request, "csp_nonce", "")), kind=self.kind.name, preview_url=url
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """A text as the site would show it; nothing is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        text = request.POST.get("body", "").replace("\r\n", "\n")
        if len(text) > MAXIMUM_PREVIEW:
            return HttpResponse("The text is too long to be shown.", status=422, content_type="text/plain")
        made = learner_document(text) if self.learners_text else author_document(text)
        publish_for_a_day(made.drawings)
        return HttpResponse(with_questions(made.html))

    # The row and its file

    @admin.display(description="file")
    def state(self, row: Any) -> SafeString:
        word = state_of(self.kind, row)
        badge = format_html('<span class="state {}">{}</span>', STATE_COLOURS[word], word)
        if word != "conflict":
            return badge
        url = reverse(f"admin:{self.name('difference')}", args=[row.pk])
        return format_html('{} <a href="{}">see the difference</a>', badge, url)

    def difference(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The row beside the newer text of its file; a POST takes one of them."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such row.")
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        source = self.kind.source(row)
        if request.method == "POST":
            self.settle(request, [row], files=request.POST.get("side") == "file")
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]))
        mine = self.kind.canonical(self.kind.entry_of(row))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{row}: the admin's side and the file's",
            "opts": self.opts,
            "original": row,
            "source": source,
            "rows": side_by_side(mine, source.conflict_text) if source.in_conflict else [],
            "media": self.media,
        }
        return TemplateResponse(request, "admin/courses/difference.html", context)

    @admin.action(description="In conflicts, take the file's side", permissions=["change"])
    def take_files(self, request: HttpRequest, queryset: Any) -> None:
        self.settle(request, queryset, files=True)

    @admin.action(description="In conflicts, keep the admin's side", permissions=["change"])
    def keep_admins(self, request: HttpRequest, queryset: Any) -> None:
        self.settle(request, queryset, files=False)

    def settle(self, request: HttpRequest, rows: Any, *, files: bool) -> None:
        settled = 0
        for row in rows:
            if not self.kind.source(row).in_conflict:
                continue
            try:
                with transaction.atomic():
                    (take_files_side if files else keep_admins_side)(self.kind, row)
                settled += 1
            except MaterialError as error:
                self.message_user(request, str(error), messages.ERROR)
        side = "the file's side" if files else "the admin's side"
        words = f"{settled} in conflict: took {side}." if settled else "None of these is in conflict."
        self.message_user(request, words, messages.SUCCESS if settled else messages.INFO)
