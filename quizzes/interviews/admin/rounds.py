"""Rounds in the admin: to look at. What a candidate wrote is shown where the candidate shares it with the instructors. Points
of a scoring never are, or whoever scores next would not be blind to them."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from quizzes.admin.attempts import ReadOnly
from quizzes.interviews.content import STAGE_WORDS
from quizzes.interviews.models import Round, RoundRun, RoundStage, Scoring
from quizzes.interviews.services.notes import note_texts


class StageInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = RoundStage
    verbose_name_plural = "stages"
    fields = ("stage", "opened_at", "due_at", "closed_at", "closed_by")
    readonly_fields = fields


class RunInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = RoundRun
    verbose_name_plural = "runs of the lab"
    fields = ("number", "page", "started_at", "change", "changed_at")
    readonly_fields = fields

    def change(self, run: RoundRun) -> str:
        return "–" if run.change_t_s is None else f"at {run.change_t_s:g} s of the run"

    def page(self, run: RoundRun) -> SafeString:
        return format_html('<a href="{}">{}</a>', run.run.get_absolute_url(), run.run_id)


class ScoringInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Scoring
    fields = ("by", "role", "started_at", "finished_at")
    readonly_fields = fields


@admin.register(Round)
class RoundAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    view_on_site = False  # its page is the candidate's own
    list_display = ["prompt", "user", "level", "status", "started_at", "ended_at", "for_instructors", "scored", "preview"]
    list_filter = ["status", "level", "for_instructors", "preview", "prompt"]
    search_fields = ["user__username", "user__email", "prompt__title", "uuid"]
    list_select_related = ["prompt", "user"]
    date_hierarchy = "started_at"
    fields = [
        "uuid", "prompt", "user", "level", "status", "started_at", "ended_at", "ended_by", "change_opened_at",
        "for_instructors", "preview", "written",
    ]  # fmt: skip
    inlines = [StageInline, RunInline, ScoringInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Round]:
        found: QuerySet[Round] = super().get_queryset(request)
        return found.defer("content").annotate(scoring_count=Count("scorings__finished_at"))

    @admin.display(description="scorings", ordering="scoring_count")
    def scored(self, round_: Round) -> int:
        return int(getattr(round_, "scoring_count", 0))

    @admin.display(description="notes")
    def written(self, round_: Round) -> str:
        if not round_.for_instructors:
            return "The candidate has not shared them with the instructors."
        notes = note_texts(round_)
        rows = ((STAGE_WORDS.get(pad, "Diagram"), text) for pad, text in sorted(notes.items()))
        return format_html_join("", "<p><strong>{}</strong></p><pre>{}</pre>", rows) or "Nothing was written."
