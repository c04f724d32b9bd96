"""Questions: a form that knows their kinds, a preview that looks like the site, every version kept."""

from copy import deepcopy
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from courses.admin.markdown_field import MarkdownWidget
from courses.admin.material import MaterialAdmin
from quizzes.admin.analysis import QuestionRecord
from quizzes.admin.interchange import Interchange
from quizzes.admin.regrading import QuestionRegrade
from quizzes.forms import QuestionForm
from quizzes.kinds import all_kinds
from quizzes.models import AttemptQuestion, Question
from quizzes.services.bank import question_save
from quizzes.services.preview import question_preview
from quizzes.services.regrading import graded_otherwise


class UsedKind(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, kind.label) for kind in all_kinds().values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        return queryset.filter(current__kind=self.value()) if self.value() else queryset


@admin.register(Question)
class QuestionAdmin(Interchange, QuestionRegrade, QuestionRecord, MaterialAdmin):
    form = QuestionForm
    markdown_fields = ()
    change_form_template = "quizzes/admin/question_form.html"
    actions = (*MaterialAdmin.actions, "export_questions")
    list_display = ["slug", "kind_label", "difficulty", "tags", "inline_allowed", "retired", "versions_made", "state"]
    list_filter = [UsedKind, "inline_allowed", "retired", "current__difficulty"]
    search_fields = ["slug", "current__stem"]
    list_select_related = ["current"]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["slug", "kind", "stem", "definition", "hints", "explanation", "sources"]}),
        ("Where it is asked", {"fields": ["tags", "difficulty", "inline_allowed", "retired", "covers"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        found: QuerySet[Question] = super().get_queryset(request)
        return found.annotate(version_count=Count("versions"))

    @admin.display(description="kind", ordering="current__kind")
    def kind_label(self, question: Question) -> str:
        return question.current.kind_object.label if question.current else "–"

    @admin.display(ordering="current__difficulty")
    def difficulty(self, question: Question) -> str:
        return str(question.current.difficulty) if question.current else "–"

    def tags(self, question: Question) -> str:
        return ", ".join(question.current.tags) if question.current else ""

    @admin.display(description="versions", ordering="version_count")
    def versions_made(self, question: Any) -> int:
        return int(question.version_count)

    def save_model(self, request: HttpRequest, obj: Question, form: QuestionForm, change: bool) -> None:
        before = obj.current_id
        version = question_save(obj, form.content(), made_by=request.user)
        older = graded_otherwise(version).count() if change and version.pk != before else 0
        if older and self.may_regrade(request):
            url = reverse(f"admin:{self.name('regrade')}", args=[obj.pk])
            words = "{} mark was given by an older version." if older == 1 else "{} marks were given by older versions."
            self.message_user(
                request, format_html(words + ' <a href="{}">See what version {} would change</a>', older, url, version.number),
                messages.WARNING,
            )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """A question that somebody was asked is retired, not deleted."""
        asked = obj is not None and AttemptQuestion.objects.filter(version__question=obj).exists()
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not asked

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.as_learner))
        return [path("as-learner/", view, name=self.name("as_learner")), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Stem and explanation are no fields of the model, so they are given their editors here."""
        made = super().get_form(request, obj, change, **kwargs)
        for name in ("stem", "explanation"):
            field = made.base_fields[name] = deepcopy(made.base_fields[name])
            nonce, url = str(getattr(request, "csp_nonce", "")), reverse(f"admin:{self.name('preview')}")
            field.widget = MarkdownWidget(nonce=nonce, kind=self.kind.name, preview_url=url)
        return made

    def as_learner(self, request: HttpRequest) -> HttpResponse:
        """The content in the form as learners would see it, before anything is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        slug = request.POST.get("slug", "").replace("\x00", "")
        form = QuestionForm(request.POST, instance=Question.objects.filter(slug=slug).first())
        shown = question_preview(form.content()) if form.is_valid() else None
        return render(request, "quizzes/admin/preview.html", {"form": form, "shown": shown}, status=200 if shown else 422)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        question = kwargs.get("obj")
        extra = {
            "kinds": all_kinds().values(), "versions": question.versions.all() if question else [],
            "may_regrade": self.may_regrade(request),
        }  # fmt: skip
        rendered: HttpResponse = super().render_change_form(request, context | extra, *args, **kwargs)
        return rendered
