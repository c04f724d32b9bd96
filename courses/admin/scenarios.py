"""Lab scenarios: set up by an instructor, checked by the lab, with what the lab declares to look at beside the form."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from courses.admin.material import MaterialAdmin
from courses.admin.scenario_form import ScenarioForm
from courses.content_kinds import ScenarioKind
from courses.laboratory import find_lab
from labs.experiments.spec import SpecError
from labs.models import Scenario
from labs.scenario_goals import goal_in_words, goals_of


def read_goals(scenario: Scenario) -> list[tuple[str, list[str]]]:
    """The goals that are kept, as the lab reads them; none where they no longer fit it."""
    lab = find_lab(scenario.lab)
    try:
        return [(goal.text, goal_in_words(lab, goal)) for goal in goals_of(lab, scenario.goals)] if lab else []
    except SpecError:
        return []


HELP = {
    "parameters": "The knobs that differ from the lab's defaults, one a line, such as <code>rate_rps: 40</code>.",
    "arms": "The arms to compare, one a line after <code>- </code>. Empty: the lab's own choice.",
    "goals": (
        "Each goal has an id, a text and conditions on a metric, a series, a mark or a change; it ticks off when all of them "
        "have held. An example stands in the column of the lab."
    ),
}


@admin.register(Scenario)
class ScenarioAdmin(MaterialAdmin):
    form = ScenarioForm
    markdown_fields = ("text",)
    learners_text: ClassVar[bool] = True
    change_form_template = "admin/courses/scenario_form.html"
    list_display = ("title", "lab", "open_control", "published", "position", "in_the_lab", "state")
    list_select_related = ("source",)
    list_filter = ("lab", "world", "published")
    search_fields = ("title", "slug", "text")
    prepopulated_fields: ClassVar[dict[str, tuple[str, ...]]] = {"slug": ("title",)}
    view_on_site = False
    fieldsets = (
        (None, {"fields": (("title", "slug"), ("lab", "world", "position", "published"))}),
        ("Setup", {"classes": ("setup",), "fields": ("parameters", "arms", ("duration_s", "seed", "open_control"), "goals")}),
        ("Text", {"fields": ("text", "covers")}),
    )

    @admin.display(description="in the lab")
    def in_the_lab(self, scenario: Scenario) -> SafeString:
        return format_html('<a href="{}">try it</a>', scenario.get_absolute_url())

    def covers(self, scenario: Scenario) -> str:
        """For who may only look at it: the form has a field of this name."""
        return ", ".join(ScenarioKind().source(scenario).covers)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.reference))
        return [path("reference/", view, name=self.name("reference")), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "help_texts": HELP})

    def save_model(self, request: HttpRequest, obj: Scenario, form: ScenarioForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.kind.remember(obj, covers=form.cleaned_data["covers"])

    def reference(self, request: HttpRequest) -> HttpResponse:
        """What the lab of that name declares, for the column beside the form."""
        if not (self.has_view_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        lab = find_lab(request.GET.get("lab", ""))
        if lab is None:
            raise Http404("There is no such lab.")
        return render(request, "admin/courses/_lab_reference.html", {"lab": lab})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        form, row = context["adminform"].form, kwargs.get("obj")
        chosen = (form["lab"].value() if "lab" in form.fields else row and row.lab) or ""
        extra = {
            "lab": find_lab(chosen),
            "reference_url": reverse(f"admin:{self.name('reference')}"),
            "goals_read": read_goals(row) if row else [],
        }
        rendered: HttpResponse = super().render_change_form(request, context | extra, *args, **kwargs)
        return rendered
