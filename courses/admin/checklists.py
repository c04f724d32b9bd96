"""Checklists: the groups are written as YAML, and shown as learners read them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pydantic import TypeAdapter
from pydantic import ValidationError as Unfit

from courses.admin.markdown_field import MarkdownWidget
from courses.admin.material import MAXIMUM_PREVIEW, MaterialForm
from courses.admin.searched import SearchedAdmin
from courses.admin.yaml_field import YamlField
from courses.checklist_kind import ChecklistKind, GroupPart
from courses.checklists import groups_of
from courses.loading.yaml_source import words
from courses.models import Checklist
from courses.views.checklists import shown

GROUPS = TypeAdapter(list[GroupPart])


class ChecklistForm(MaterialForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The names within an item in the order of the files: the database has one of its own."""
        super().__init__(*args, **kwargs)
        if self.instance.pk and "groups" in self.initial:
            self.initial["groups"] = ChecklistKind().entry_of(self.instance).fields()["groups"]


@admin.register(Checklist)
class ChecklistAdmin(SearchedAdmin):
    form = ChecklistForm
    markdown_fields = ()
    list_display = ("title", "slug", "position", "items", "state", "on_the_site")
    search_fields = ("title", "slug", "summary")
    fields = (("title", "slug"), ("position",), "summary", "when", "groups", "covers")

    @admin.display(description="items")
    def items(self, checklist: Checklist) -> int:
        return sum(len(group["items"]) for group in checklist.groups)

    @admin.display(description="on the site")
    def on_the_site(self, checklist: Checklist) -> SafeString:
        return format_html('<a href="{}">open</a>', checklist.get_absolute_url())

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups":
            url = reverse(f"admin:{self.name('preview')}")
            field.widget = MarkdownWidget(nonce=str(getattr(request, "csp_nonce", "")), kind=self.kind.name, preview_url=url)
        return field

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The groups as the site would show them; nothing is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        text = request.POST.get("body", "").replace("\r\n", "\n")
        if len(text) > MAXIMUM_PREVIEW:
            return HttpResponse("The text is too long to be shown.", status=422, content_type="text/plain")
        try:
            groups = GROUPS.validate_python(YamlField(required=False).clean(text) or [])
        except ValidationError as error:
            return HttpResponse(" ".join(error.messages)[:500], status=422, content_type="text/plain")
        except Unfit as error:
            return HttpResponse(words(dict(error.errors()[0]), GroupPart)[:500], status=422, content_type="text/plain")
        made = Checklist(groups=[group.model_dump(mode="json", exclude_defaults=True) for group in groups])
        return render(request, "checklists/_groups.html", {"groups": shown(groups_of(made))})
