"""Quizzes in the admin. Running attempts keep what they were started with."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.admin.material import MaterialAdmin
from quizzes.admin.analysis import QuizResults
from quizzes.admin.live import QuizLive
from quizzes.admin.quiz_versions import QuizVersions
from quizzes.forms import QuizForm
from quizzes.models import Attempt, Quiz
from quizzes.services.quizzes import quiz_save


@admin.register(Quiz)
class QuizAdmin(QuizLive, QuizVersions, QuizResults, MaterialAdmin):
    actions = (*MaterialAdmin.actions, "csv_attempts", "csv_answers")
    form = QuizForm
    markdown_fields = ("summary",)
    change_form_template = "quizzes/admin/quiz_form.html"
    list_display = [
        "title",
        "taken",
        "running_now",
        "slug",
        "mode",
        "published",
        "time_limit_s",
        "attempts_allowed",
        "opens_at",
        "closes_at",
        "state",
    ]
    list_filter = ["mode", "published", "invited_only"]
    search_fields = ["title", "slug"]
    fieldsets = [
        (None, {"fields": ["slug", "title", "summary", "mode", "published", "invited_only"]}),
        (
            "Time and attempts",
            {"fields": ["time_limit_s", "grace_s", "on_expiry", "attempts_allowed", "opens_at", "closes_at", "pass_mark"]},
        ),
        ("Draw", {"fields": ["sections", "shuffle_questions", "shuffle_options", "layout", "one_way"]}),
        ("Tries", {"fields": ["certainty", "retry_penalty", "hint_penalty"]}),
        ("Afterwards", {"fields": ["review", "covers"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        found: QuerySet[Quiz] = super().get_queryset(request)
        return found.annotate(
            attempt_count=Count("attempts", filter=Q(attempts__preview=False)),
            running_count=Count("attempts", filter=Q(attempts__preview=False, attempts__status=Attempt.Status.IN_PROGRESS)),
        )

    @admin.display(description="attempts", ordering="attempt_count")
    def taken(self, quiz: Quiz) -> SafeString:
        url = reverse("admin:quizzes_quiz_results", args=[quiz.pk])
        return format_html('<a href="{}">{}</a>', url, getattr(quiz, "attempt_count", 0))

    @admin.display(description="running", ordering="running_count")
    def running_now(self, quiz: Quiz) -> SafeString:
        url = reverse("admin:quizzes_quiz_live", args=[quiz.pk])
        return format_html('<a href="{}">{}</a>', url, getattr(quiz, "running_count", 0))

    def save_model(self, request: HttpRequest, obj: Quiz, form: QuizForm, change: bool) -> None:
        quiz_save(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Quiz | None = None) -> bool:
        """A quiz that somebody took is unpublished, not deleted."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and obj.attempts.exists())
