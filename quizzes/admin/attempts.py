"""Attempts in the admin: to look at. Nobody edits an answer, a grade or a draw."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from quizzes.admin.analysis import AttemptResults
from quizzes.admin.extra_time import ExtraTime
from quizzes.kinds import AnswerError
from quizzes.models import Answer, Attempt, AttemptQuestion


class ReadOnly:
    """No adding, no changing, no deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DrawnInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = AttemptQuestion
    fk_name = "attempt"
    fields = ("position", "version", "last_answer", "answers_sent", "flagged", "points", "score")
    readonly_fields = ("position", "version", "last_answer", "answers_sent", "flagged", "points", "score")
    ordering = ["position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttemptQuestion]:
        return super().get_queryset(request).select_related("version__question", "grade").prefetch_related("answers")

    def last_answer(self, drawn: AttemptQuestion) -> str:
        answers: list[Answer] = sorted(drawn.answers.all(), key=lambda answer: answer.client_seq)
        return in_plain_words(drawn, answers[-1]) if answers else "–"

    def answers_sent(self, drawn: AttemptQuestion) -> int:
        return len(drawn.answers.all())

    def score(self, drawn: AttemptQuestion) -> str:
        return f"{drawn.grade.score:.2f}" if drawn.grade and drawn.grade.score is not None else "–"


def in_plain_words(drawn: AttemptQuestion, answer: Answer) -> str:
    """An answer as its kind words it."""
    try:
        response = drawn.posed.response(answer.value, answer.facts)
    except AnswerError:
        return str(answer.value)
    return "taken back" if response is None else drawn.posed.answer_text(answer.value, answer.facts)


@admin.register(Attempt)
class AttemptAdmin(ExtraTime, AttemptResults, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    actions = ("give_time", "csv_attempts", "csv_answers")
    list_display = ["quiz", "user", "number", "status", "score_shown", "started_at", "submitted_at"]
    list_filter = ["status", "quiz"]
    search_fields = ["user__username", "user__email", "quiz__title", "uuid"]
    list_select_related = ["quiz", "user"]
    date_hierarchy = "started_at"
    fields = [
        "uuid", "quiz", "user", "number", "attempt_limit", "status", "started_at", "due_at", "deadline_at", "submitted_at",
        "pass_mark", "score_shown",
    ]  # fmt: skip
    inlines = [DrawnInline]

    @admin.display(description="score", ordering="score")
    def score_shown(self, attempt: Attempt) -> str:
        return "–" if attempt.score is None else format_html("{} %", f"{100 * attempt.score:.0f}")
