"""Prompts: written as YAML, checked by the rules of their files and by the lab itself, and tried as a candidate."""

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from courses.admin.material import MaterialAdmin
from quizzes.interviews.content import FollowUp, RubricItem, Stage
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.models import Prompt, Round
from quizzes.interviews.services.rounds import round_start


@admin.register(Prompt)
class PromptAdmin(MaterialAdmin):
    markdown_fields = ("summary", "brief")
    yaml_keys = {"stages": (*Stage.model_fields, *FollowUp.model_fields), "rubric": tuple(RubricItem.model_fields)}
    change_form_template = "interviews/admin/prompt_form.html"
    list_display = ["title", "slug", "minutes", "lab_slug", "published", "rounds_begun", "state"]
    list_filter = ["published"]
    search_fields = ["title", "slug", "brief"]
    fieldsets = [
        (None, {"fields": ["slug", "title", "summary", "published"]}),
        ("What the candidate meets", {"fields": ["brief", "minutes", "stages", "lab", "change"]}),
        ("What is looked for", {"fields": ["rubric", "model_answer", "diagram"]}),
        ("About it", {"fields": ["tags", "covers", "sources"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prompt]:
        found: QuerySet[Prompt] = super().get_queryset(request)
        return found.annotate(round_count=Count("rounds"))

    @admin.display(description="lab")
    def lab_slug(self, prompt: Prompt) -> str:
        return str(prompt.lab.get("slug", "")) if isinstance(prompt.lab, dict) else ""

    @admin.display(description="rounds", ordering="round_count")
    def rounds_begun(self, prompt: Prompt) -> int:
        return int(getattr(prompt, "round_count", 0))

    def has_delete_permission(self, request: HttpRequest, obj: Prompt | None = None) -> bool:
        """A prompt of which there are rounds is unpublished, not deleted."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and obj.rounds.exists())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.as_candidate))
        return [path("<path:object_id>/try/", view, name=self.name("try")), *super().get_urls()]

    def as_candidate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A round of the prompt as it is saved, published or not; it counts nowhere."""
        prompt = self.get_object(request, object_id)
        if not isinstance(prompt, Prompt) or not self.has_view_permission(request, prompt):
            raise Http404("There is no such prompt.")
        try:
            made: Round = round_start(request.user, prompt, request.POST.get("level", ""), preview=True)
        except RoundRefused as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(f"admin:{self.name('change')}", prompt.pk)
        return redirect(made)
