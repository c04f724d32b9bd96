"""Texts to grade: a list of what waits, and a page for each that keeps the writer's name away until there is a grade."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from quizzes.admin.essay_form import EssayForm
from quizzes.errors import GradedMeanwhile, GradingRefused
from quizzes.kinds.essay import word_count
from quizzes.models import EssayAnswer, Grade
from quizzes.services.essays import QUEUE, essay_grade, essays, grade_of, neighbours, waiting
from quizzes.templatetags.quizzes import percent


class StateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("graded", "Graded"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        found = list(super().choices(changelist))
        return [{**found[0], "display": "Waiting"}, *found[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EssayAnswer]) -> QuerySet[EssayAnswer]:
        match self.value():
            case "all":
                return queryset
            case "graded":
                return queryset.filter(grade__score__isnull=False)
        return waiting(queryset)


class OfEssays(admin.SimpleListFilter):
    """Offers what there are texts of, with their number."""

    column: str
    words: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = essays().order_by(self.words).values_list(self.column, self.words).annotate(count=Count("pk"))
        return [(str(pk), f"{words} ({count})") for pk, words, count in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EssayAnswer]) -> QuerySet[EssayAnswer]:
        known = dict(self.lookup_choices)
        return queryset.filter(**{self.column: self.value()}) if self.value() in known else queryset


class QuizFilter(OfEssays):
    title, parameter_name, column, words = "quiz", "quiz", "attempt__quiz", "attempt__quiz__title"


class QuestionFilter(OfEssays):
    title, parameter_name, column, words = "question", "question", "version__question", "version__question__slug"


@admin.register(EssayAnswer)
class EssayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["text", "quiz", "words", "handed_in", "state", "writer"]
    list_filter = [StateFilter, QuizFilter, QuestionFilter]
    list_per_page = 50
    actions = None
    change_list_template = "quizzes/admin/essay_list.html"

    class Media:
        css = {"all": ("build/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[EssayAnswer]:
        return essays().select_related(
            "attempt__quiz", "attempt__user", "version__question", "grade__answer", "grade__by", "grade__version"
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return QUEUE

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown: HttpResponse = super().changelist_view(request, {"title": "Needs grading", **(extra_context or {})})
        return shown

    # The list

    def text(self, essay: EssayAnswer) -> str:
        return f"{essay} on {essay.version.question.slug}"

    def quiz(self, essay: EssayAnswer) -> str:
        return str(essay.attempt.quiz.title)

    def words(self, essay: EssayAnswer) -> int:
        return word_count(text_of(essay))

    @admin.display(description="handed in", ordering="attempt__submitted_at")
    def handed_in(self, essay: EssayAnswer) -> Any:
        return essay.attempt.submitted_at

    def state(self, essay: EssayAnswer) -> SafeString:
        score = grade_of(essay).score
        if score is None:
            return format_html('<span class="state state-warn">{}</span>', "waiting")
        return format_html('<span class="state state-ok">{}</span>', f"graded: {percent(score)}")

    def writer(self, essay: EssayAnswer) -> SafeString | str:
        """Who wrote it is told once there is a grade."""
        if grade_of(essay).score is None:
            return format_html('<span class="quiet">{}</span>', "hidden")
        return str(essay.attempt.user)

    # One text

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        essay = self.get_object(request, object_id)
        if essay is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
            return missing
        may_change = self.has_change_permission(request, essay)
        if not (may_change or (request.method in ("GET", "HEAD") and self.has_view_permission(request, essay))):
            raise PermissionDenied
        form = EssayForm(grade_of(essay), request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid() and (done := self.graded(request, essay, form)):
            return done
        return self.page(request, essay, form, may_change=may_change)

    def graded(self, request: HttpRequest, essay: EssayAnswer, form: EssayForm) -> HttpResponse | None:
        """Keep the grade and go on; None when it was refused, with the reason said on the form."""
        found = form.cleaned_data
        try:
            grade = essay_grade(
                essay, form.marks(), by=request.user, seen=found["seen"], comment=found["comment"].strip(),
                reason=found.get("reason", "").strip(),
            )  # fmt: skip
        except GradedMeanwhile as error:
            words = f"{error} Nothing was overwritten: your marks are below, theirs in the history. Save to add yours."
            form.add_error(None, words)
            form.count_as_seen(error.grade)
            return None
        except GradingRefused as error:
            form.add_error(None, str(error))
            return None
        self.log_change(request, essay, f"Graded: {percent(grade.score)}.")
        return self.onward(request, essay, grade)

    def onward(self, request: HttpRequest, essay: EssayAnswer, grade: Grade) -> HttpResponse:
        """To the next text that waits, where that was asked for."""
        following = neighbours(essay).following if "next" in request.POST else None
        rest = "" if following or "next" not in request.POST else " Nothing else waits."
        messages.success(request, f"{essay} is graded: {percent(grade.score)}.{rest}")
        if "next" in request.POST and following is None:
            return redirect(reverse("admin:quizzes_essayanswer_changelist"))
        return redirect(reverse("admin:quizzes_essayanswer_change", args=[(following or essay).pk]))

    def page(self, request: HttpRequest, essay: EssayAnswer, form: EssayForm, *, may_change: bool) -> HttpResponse:
        essay = essays().select_related("attempt__quiz", "attempt__user", "grade__answer", "grade__version").get(pk=essay.pk)
        grade = grade_of(essay)
        posed = grade.version.posed(essay.draw)
        context = {
            **self.admin_site.each_context(request), "title": str(essay), "opts": self.opts, "original": essay, "form": form,
            "essay": essay, "grade": grade, "may_change": may_change, "place": neighbours(essay), "media": self.media,
            "stem": posed.words(essay.version.stem), "view": posed.review(grade.answer.value if grade.answer else None),
            "history": Grade.objects.filter(attempt_question=essay.pk, score__isnull=False).select_related("by"),
            "named": grade.score is not None or "names" in request.GET,
        }  # fmt: skip
        return TemplateResponse(request, "quizzes/admin/essay.html", context, status=200 if not form.errors else 422)


def text_of(essay: EssayAnswer) -> str:
    answer = grade_of(essay).answer
    return answer.value if answer is not None and isinstance(answer.value, str) else ""
