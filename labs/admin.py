"""Runs to look at, scenarios to write."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin

from labs import laboratory
from labs.experiments.spec import SpecError
from labs.models import Change, Run, RunPrediction, Scenario
from labs.scenarios import ScenarioDraft, scenario_checked

DRAFT_FIELDS = ("lab", "parameters", "world", "arms", "duration_s", "seed", "open_control", "goals")


class ScenarioForm(forms.ModelForm):  # type: ignore[type-arg]
    """A scenario that the lab itself has checked."""

    class Meta:
        model = Scenario
        fields = ("title", "slug", *DRAFT_FIELDS, "text", "published", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labs = [(lab.slug, f"{lab.number}. {lab.title}") for lab in laboratory.experiments()]
        self.fields["lab"] = forms.ChoiceField(choices=[("", "Choose a lab"), *labs], help_text="Which lab it sets up.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not set(DRAFT_FIELDS) <= set(cleaned):
            return cleaned
        try:
            scenario_checked(ScenarioDraft(**{name: cleaned[name] for name in DRAFT_FIELDS}))
        except SpecError as error:
            raise ValidationError(error.errors) from None
        return cleaned


@admin.register(Scenario)
class ScenarioAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    form = ScenarioForm
    list_display = ("title", "lab", "world", "open_control", "published", "position")
    list_filter = ("lab", "world", "published")
    search_fields = ("title", "slug", "text")
    prepopulated_fields: ClassVar[dict[str, tuple[str, ...]]] = {"slug": ("title",)}


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
