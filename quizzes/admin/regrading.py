"""Correcting past marks: what is hung into `QuestionAdmin`. A preview of who gains and who loses, and below it the deed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from quizzes.admin.analysis import MayLook
from quizzes.errors import RegradeRefused
from quizzes.models import Question, QuestionVersion, Regrade
from quizzes.services.regrade_effects import regrade_effects
from quizzes.services.regrading import regrade_apply, regrade_plan

SHOWN = 300
"""So many attempts are listed; the counts are of all."""


class RegradeForm(forms.Form):
    """`version` is the one that the preview was made with."""

    version = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=500, label="Why the marks are corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Learners read it in their review, beside the question, wherever they may see marks.",
    )  # fmt: skip
    nobody_loses = forms.BooleanField(required=False, label="Nobody loses: only marks that grow are corrected")


class QuestionRegrade(MayLook):
    """For a ModelAdmin of questions."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.regrade))
        return [path("<path:object_id>/regrade/", view, name=self.name("regrade")), *super().get_urls()]  # type: ignore[misc]

    def may_regrade(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("quizzes.add_regrade") and self.has_look_permission(request))

    def regrade(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        question: Question = self.row_to_look_at(request, object_id)
        if not self.may_regrade(request):
            raise PermissionDenied
        version = question.current
        if version is None:
            raise Http404("This question has no version yet.")
        form = RegradeForm(request.POST if request.method == "POST" else None, initial={"version": version.pk})
        done: HttpResponse | None = None
        if form.is_bound and form.is_valid():
            done = self._regraded(request, question, form)
        return done or self._regrade_page(request, question, version, form)

    def _regraded(self: Any, request: HttpRequest, question: Question, form: RegradeForm) -> HttpResponse | None:
        """Apply what the preview showed; None when it was refused, with the reason said on the form."""
        found = form.cleaned_data
        version = QuestionVersion.objects.filter(pk=found["version"], question=question).first()
        if version is None:
            raise Http404("This question has no such version.")
        try:
            made = regrade_apply(version, reason=found["reason"], by=request.user, keep_gains_only=found["nobody_loses"])
        except RegradeRefused as error:
            form.add_error(None, str(error))
            return None
        self.log_change(request, question, f"Corrected past marks: {_counts(made)}.")
        self.message_user(request, f"Marks are corrected by version {version.number}: {_counts(made)}.", messages.SUCCESS)
        return redirect(reverse(f"admin:{self.name('record')}", args=[question.pk]))

    def _regrade_page(
        self: Any, request: HttpRequest, question: Question, version: QuestionVersion, form: RegradeForm
    ) -> HttpResponse:
        plan = regrade_plan(version)
        effects = regrade_effects(plan)
        page: HttpResponse = self.page(
            request, question, "regrade", title=f"Correct past marks: {question}", plan=plan, version=version, form=form,
            effects=effects[:SHOWN], more=max(0, len(effects) - SHOWN), left_alone=plan.left_alone[:SHOWN],
            unchanged=len(plan.having("unchanged")), by_hand=len(plan.having("by-hand")),
            asked_otherwise=len(plan.having("asked-otherwise")),
            now_pass=sum(effect.flip == "passes" for effect in effects),
            now_fail=sum(effect.flip == "fails" for effect in effects),
            regrades=question.regrades.select_related("version", "by"),
        )  # fmt: skip
        page.status_code = 422 if form.errors else 200
        return page


def _counts(made: Regrade) -> str:
    return f"{made.gained} gained, {made.lost} lost, {made.unchanged} as before"
