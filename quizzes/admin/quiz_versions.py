"""Copies and revisions of a quiz, and its preview as a learner: what is hung into `QuizAdmin`."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.admin.history import FieldChange, field_change
from quizzes.admin.analysis import MayLook
from quizzes.errors import StartRefused
from quizzes.models import Quiz
from quizzes.services.quiz_previews import preview_discard, preview_of, preview_start
from quizzes.services.quiz_revisions import Revision, revisions_of
from quizzes.services.quizzes import quiz_duplicate


class DuplicateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Quiz
        fields = ["slug", "title"]


class QuizVersions(MayLook):
    """Pages to copy a quiz and to read its revisions, and the button that previews it."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view
        both = require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("<path:object_id>/duplicate/", view(both(self.duplicate)), name=self.name("duplicate")),
            path("<path:object_id>/revisions/", view(require_GET(self.revisions)), name=self.name("revisions")),
            path(
                "<path:object_id>/preview-attempt/", view(require_POST(self.preview_attempt)), name=self.name("preview_attempt")
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def quiz_to_change(self: Any, request: HttpRequest, object_id: str) -> Quiz:
        quiz: Quiz | None = self.get_object(request, object_id)
        if quiz is None:
            raise Http404("There is no such quiz.")
        if not self.has_change_permission(request, quiz):
            raise PermissionDenied
        return quiz

    def duplicate(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        quiz = self.quiz_to_change(request, object_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"slug": f"{quiz.slug[:42]}-copy", "title": f"{quiz.title[:152]} (copy)"}
        form = DuplicateForm(request.POST if request.method == "POST" else None, initial=initial)
        if form.is_bound and form.is_valid():
            try:
                copy = quiz_duplicate(quiz, form.cleaned_data["slug"], form.cleaned_data["title"])
            except ValidationError as error:
                form.add_error(None if set(error.message_dict) - set(form.fields) else next(iter(error.message_dict)), error)
            else:
                self.log_addition(request, copy, f"Copied from {quiz.slug}.")
                words = "This is the copy, with the rules and the draw of {}. It is not published and nobody has taken it."
                self.message_user(request, words.format(quiz.title), messages.SUCCESS)
                return redirect(reverse(f"admin:{self.name('change')}", args=[copy.pk]))
        page: HttpResponse = self.page(request, quiz, "duplicate", title=f"Duplicate: {quiz}", form=form)
        page.status_code = 422 if form.errors else 200
        return page

    def revisions(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        quiz: Quiz = self.row_to_look_at(request, object_id)
        found = [(revision, _changes(revision)) for revision in revisions_of(quiz)]
        may_restore = self.has_change_permission(request, quiz)
        page: HttpResponse = self.page(
            request, quiz, "revisions", title=f"Revisions: {quiz}", revisions=found, may_restore=may_restore
        )
        return page

    def preview_attempt(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Into the preview; with `anew` into a new one; with `discard` there is none afterwards."""
        quiz = self.quiz_to_change(request, object_id)
        back = redirect(reverse(f"admin:{self.name('change')}", args=[quiz.pk]))
        if "discard" in request.POST:
            gone = preview_discard(request.user, quiz)
            self.message_user(request, "Your preview is deleted." if gone else "There was no preview to delete.")
            return back
        try:
            attempt = preview_start(request.user, quiz, anew="anew" in request.POST)
        except StartRefused as error:
            self.message_user(request, str(error), messages.ERROR)
            return back
        return redirect("quizzes:attempt", uuid=attempt.uuid)

    def render_change_form(self: Any, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        quiz = kwargs.get("obj")
        if quiz is not None:
            rows = revisions_of(quiz)
            context = context | {
                "revision": next(row for row in rows if row.current), "revision_count": len(rows),
                "earlier_attempts": sum(row.attempts for row in rows if not row.current),
                "preview_attempt": preview_of(request.user, quiz),
            }  # fmt: skip
        rendered: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return rendered


def _changes(revision: Revision) -> list[FieldChange]:
    pairs = [(name, getattr(revision.before, name), getattr(revision.first, name)) for name in revision.changed]
    labels = {field.name: str(field.verbose_name) for field in Quiz._meta.fields}
    return [field_change(labels[name], old, new) for name, old, new in pairs]
