"""Courses, lessons and templates."""

from typing import Any, ClassVar

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin

from courses.admin.material import MaterialAdmin
from courses.admin.searched import SearchedAdmin
from courses.content_kinds import SourcePart
from courses.lessons import store_rendering
from courses.models import Course, DecisionTemplate, Lesson, Module


class NamedRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """In a table the heading names a column for the eye alone; here each input says it, too."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label or "")


class ModuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Module
    formset = NamedRows
    extra = 0
    fields = ("position", "slug", "title", "summary", "quiz")
    ordering = ("position",)


@admin.register(Course)
class CourseAdmin(MaterialAdmin):
    list_display = ("title", "slug", "state")
    fields = ("slug", "title", "summary", "body")
    inlines = (ModuleInline,)


@admin.register(Module)
class ModuleAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    list_display = ("title", "course", "position")
    list_filter = ("course",)
    search_fields = ("title", "slug")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # modules are reached through their course


@admin.register(Lesson)
class LessonAdmin(SearchedAdmin):
    yaml_keys: ClassVar = {"sources": tuple(SourcePart.model_fields)}
    list_display = ("title", "module", "position", "published", "state", "on_the_site")
    list_filter = ("published", "module")
    list_select_related = ("module",)
    search_fields = ("title", "slug", "summary", "body")
    fields = (
        ("title", "slug"),
        ("module", "position", "reading_minutes", "published"),
        *("summary", "body", "quiz", "covers", "sources"),
    )

    @admin.display(description="on the site")
    def on_the_site(self, lesson: Lesson) -> SafeString:
        return format_html('<a href="{}">open</a>', lesson.get_absolute_url())

    def saved(self, row: Lesson) -> None:
        store_rendering(row)


@admin.register(DecisionTemplate)
class DecisionTemplateAdmin(SearchedAdmin):
    learners_text: ClassVar[bool] = True
    list_display = ("title", "slug", "position", "state")
    search_fields = ("title", "slug", "body")
    fields = (("title", "slug"), ("position",), "summary", "body", "covers")
