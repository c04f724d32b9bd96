"""Runs, to look at. Scenarios are material, so their admin stands with the material's."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from labs.models import Change, Run, RunPrediction


class ReadOnly(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """What learners did is looked at, never rewritten."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ChangeInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Change
    fields = readonly_fields = ("index", "t_s", "kind", "name", "value", "target", "take", "removed_in_take")
    extra = 0


class PredictionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = RunPrediction
    fields = readonly_fields = ("question", "value", "measured", "score")
    extra = 0


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("id", "lab", "world", "status", "take", "owner", "created_at", "finished_at")
    list_filter = ("status", "world", "lab", "created_at")
    search_fields = ("id", "owner__username")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    exclude = ("series", "visitor", "claim", "lines")
    readonly_fields = ("page",)
    inlines = (ChangeInline, PredictionInline)

    @admin.display(description="Its page")
    def page(self, run: Run) -> str:
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run.get_absolute_url())
