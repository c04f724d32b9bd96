"""What the admin of every kind of material has: rules checked on saving, the state against the file, both sides of a conflict.

For applications above this one, too: `class QuestionAdmin(MaterialAdmin)`.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin

from courses.admin.history import field_changes
from courses.admin.markdown_field import MarkdownWidget
from courses.admin.yaml_field import YamlField
from courses.diagrams import publish_for_a_day
from courses.editing import faults_of, state_of
from courses.loading.difference import side_by_side
from courses.loading.export import row_beside_file
from courses.loading.kinds import Kind, kind_of_model
from courses.loading.source import MaterialError, text_hash
from courses.loading.three_way import keep_admins_side, take_files_side
from courses.rendering.blocks.question import with_questions
from courses.rendering.document import author_document, learner_document

MAXIMUM_PREVIEW = 200_000
STATE_COLOURS = {"conflict": "state-bad", "edited": "state-warn", "from its file": "state-ok", "only here": "state-plain"}


class MaterialForm(ModelForm):  # type: ignore[type-arg]
    """Refuses what the loader would refuse, with the line in the text. `text_field` is what stands below the front matter."""

    text_field: ClassVar[str] = "body"
    NAMES_IN_FILES: ClassVar = {"order": "position", "minutes": "reading_minutes"}

    def clean(self) -> dict[str, Any]:
        """The text as the files have it: line ends of one kind, no blank lines around."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if isinstance(cleaned.get(self.text_field), str):
            cleaned[self.text_field] = cleaned[self.text_field].replace("\r\n", "\n").strip("\n")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        for fault in faults_of(kind_of_model(type(self.instance)), self.instance):
            field = self.text_field if fault.line else self.NAMES_IN_FILES.get(fault.field, fault.field)
            what = f"Line {fault.line}: {fault.what}" if fault.line else fault.what
            self.add_error(field if field in self.fields else None, ValidationError(what))


class MaterialAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """`markdown_fields` become editors with a preview; `learners_text`: the preview shows what a learner's text may hold.

    Fields of JSON are written as YAML; `yaml_keys` orders the names within the entries of such a list.
    """

    form: ClassVar[Any] = MaterialForm
    markdown_fields: ClassVar[tuple[str, ...]] = ("body",)
    learners_text: ClassVar[bool] = False
    yaml_keys: ClassVar[Mapping[str, Sequence[str]]] = {}
    actions: ClassVar[tuple[str, ...]] = ("take_files", "keep_admins")
    change_form_template = "admin/courses/material_form.html"
    object_history_template = "admin/courses/history.html"
    object_history_list_template = "admin/courses/history_list.html"
    object_history_form_template = "admin/courses/history_form.html"

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
        if isinstance(db_field, models.JSONField):
            text = {"label": capfirst(db_field.verbose_name), "help_text": db_field.help_text, **kwargs}
            keys = self.yaml_keys.get(db_field.name, ())
            return YamlField(empty=db_field.get_default, required=not db_field.blank, keys=keys, **text)
        return named_in_parts(super().formfield_for_dbfield(db_field, request, **kwargs))

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
        if word not in ("conflict", "edited"):
            return badge
        url = reverse(f"admin:{self.name('difference')}", args=[row.pk])
        return format_html('{} <a href="{}">see the difference</a>', badge, url)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        edited = kwargs.get("obj")
        if edited is not None:
            row = self.model._default_manager.get(pk=edited.pk)  # as kept: a refused form left its values in the other
            url = reverse(f"admin:{self.name('difference')}", args=[row.pk])
            source = self.kind.source(row)
            context = {**context, "file_state": state_of(self.kind, row), "source": source, "difference_url": url}
        rendered: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return rendered

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, **_: Any) -> None:
        """Each record with what it changed; the oldest one made the row."""
        for after, before in pairwise(historical_records):
            after.field_changes = field_changes(after, before)

    def difference(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The row beside the newest text of its file; in a conflict, a POST takes one of them."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such row.")
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        source = self.kind.source(row)
        mine, theirs = row_beside_file(self.kind, row) if source.source_path else ("", "")
        seen = text_hash(f"{mine}\0{theirs}")
        if request.method == "POST" and self.settled(request, row, seen):
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{row}: here and in its file",
            "opts": self.opts,
            "original": row,
            "source": source,
            "state": state_of(self.kind, row),
            "newest": row.history.select_related("history_user").first(),
            "rows": side_by_side(mine, theirs),
            "seen": seen,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/courses/difference.html", context)

    def settled(self, request: HttpRequest, row: Any, seen: str) -> bool:
        """Whether the side that was asked for was taken: not when there is something newer than what the page showed."""
        side = request.POST.get("side")
        if side not in ("file", "admin"):
            self.message_user(request, "Say which side to take.", messages.ERROR)
            return False
        if request.POST.get("seen", seen) != seen:
            words = "The row or its file has changed since this page was made. Look at it again, then take a side."
            self.message_user(request, words, messages.WARNING)
            return False
        self.settle(request, [row], files=side == "file")
        return True

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
        if settled:
            self.kind.loaded()
        self.message_user(request, words_for(settled, files=files), messages.SUCCESS if settled else messages.INFO)


def named_in_parts(field: Any) -> Any:
    """A date beside its time has one label for two inputs: each gets a name for those who hear the page."""
    if field is not None and isinstance(field.widget, AdminSplitDateTime):
        for part, word in zip(field.widget.widgets, ("date", "time"), strict=True):
            part.attrs["aria-label"] = f"{field.label}, {word}"
    return field


def words_for(settled: int, *, files: bool) -> str:
    if not settled:
        return "Nothing was in conflict here, so nothing was changed."
    done = f"{settled} conflict settled" if settled == 1 else f"{settled} conflicts settled"
    if files:
        return f"{done}: took the file's side. What stood here before is in the history."
    return f"{done}: kept the admin's side. It is written to its file when the material is exported."
