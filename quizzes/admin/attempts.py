"""Attempts in the admin: to look at. Nobody edits an answer, a grade or a draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from quizzes.admin.analysis import AttemptResults, MayLook
from quizzes.admin.extra_time import ExtraTime
from quizzes.kinds import AnswerError
from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection
from quizzes.presence import sight
from quizzes.services.attempt_record import QuestionRecord, attempt_record
from quizzes.templatetags.quizzes import duration, percent

LONG = 240
"""Longer answers are folded."""
STATES = {"in_progress": "state-warn", "submitted": "state-ok", "expired": "", "abandoned": "state-bad"}


class ReadOnly:
    """No adding, no changing, no deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PreviewFilter(admin.SimpleListFilter):
    """Without previews, unless they are asked for."""

    title = "previews"
    parameter_name = "preview"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "Previews only"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        found = list(super().choices(changelist))
        return [{**found[0], "display": "Without previews"}, *found[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        return queryset if self.value() == "all" else queryset.filter(preview=self.value() == "only")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words; `long` ones are folded."""

    text: str

    @property
    def long(self) -> bool:
        return len(self.text) > LONG or self.text.count("\n") > 3

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Line:
    """A question of the attempt's page: what is known of it, the answer that counts, and the tries of practice in words."""

    record: QuestionRecord
    answer: Said | None
    tries: Sequence[tuple[Any, Said]]


@admin.register(Attempt)
class AttemptAdmin(ExtraTime, AttemptResults, MayLook, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    actions = ("give_time", "csv_attempts", "csv_answers")
    list_display = ["person", "at", "state", "score_shown", "time", "started"]
    list_filter = ["status", "mode", "needs_grading", PreviewFilter, "quiz"]
    search_fields = ["user__username", "user__email", "user__first_name", "user__last_name", "quiz__title", "uuid"]
    list_select_related = ["quiz", "user"]
    list_per_page = 50
    date_hierarchy = "started_at"

    class Media:
        css = {"all": ("build/admin.css", "build/quiz_supervision.css")}

    @admin.display(ordering="user__username")
    def person(self, attempt: Attempt) -> str:
        return str(attempt.user.name)

    @admin.display(description="quiz", ordering="quiz__title")
    def at(self, attempt: Attempt) -> SafeString:
        return format_html(
            '{} <span class="quiet one-line">{}, attempt {}</span>', attempt.quiz.title, attempt.mode, attempt.number
        )

    @admin.display(description="status", ordering="status")
    def state(self, attempt: Attempt) -> SafeString:
        preview = format_html(' <span class="state">{}</span>', "preview") if attempt.preview else ""
        words = attempt.get_status_display()
        return format_html('<span class="state {}">{}</span>{}', STATES[attempt.status], words, preview)

    @admin.display(description="score", ordering="score")
    def score_shown(self, attempt: Attempt) -> str:
        return "needs grading" if attempt.needs_grading else percent(attempt.score)

    @admin.display(description="time", ordering="base_limit_s")
    def time(self, attempt: Attempt) -> SafeString:
        """Base + extra."""
        base = "by parts" if attempt.mode == "interview" and not attempt.base_limit_s else duration(attempt.base_limit_s)
        words = f"{base} + {duration(attempt.extra_s)}" if attempt.extra_s else base
        return format_html('<span class="one-line">{}</span>', words)

    @admin.display(description="started (UTC)", ordering="started_at")
    def started(self, attempt: Attempt) -> SafeString:
        at = attempt.started_at
        return format_html('<span class="one-line">{}</span>', f"{at.day} {at:%b %Y, %H:%M}")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        attempt = self.get_object(request, object_id)
        if attempt is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
            return missing
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, attempt):
            raise PermissionDenied
        seen = sight([attempt]) if attempt.running else None
        took_s = (attempt.submitted_at - attempt.started_at).total_seconds() if attempt.submitted_at else None
        page: HttpResponse = self.page(
            request, attempt, "attempt", title=str(attempt), attempt=attempt, parts=_parts(attempt), took_s=took_s,
            presence=seen.by_attempt.get(attempt.pk) if seen else None, blind=bool(seen and seen.blind),
            grants=attempt.time_grants.select_related("by"), may_give=self.has_time_permission(request),
        )  # fmt: skip
        return page


def _parts(attempt: Attempt) -> list[tuple[AttemptSection, list[Line]]]:
    return [(part.section, [_line(record) for record in part.questions]) for part in attempt_record(attempt)]


def _line(record: QuestionRecord) -> Line:
    drawn, latest = record.question, record.given.latest
    tries = [(check, Said(in_plain_words(drawn, check.answer))) for check in record.given.tries]
    return Line(record, Said(in_plain_words(drawn, latest)) if latest else None, tries)


def in_plain_words(drawn: AttemptQuestion, answer: Answer) -> str:
    """An answer as its kind words it."""
    try:
        response = drawn.posed.response(answer.value, answer.facts)
    except AnswerError:
        return str(answer.value)
    return "taken back" if response is None else drawn.posed.answer_text(answer.value, answer.facts)
