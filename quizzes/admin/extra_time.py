"""Minutes for running attempts: what is hung into `AttemptAdmin`. First a page that says who would get them, then they do."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from quizzes.errors import ExtraTimeRefused
from quizzes.models import Attempt, Quiz
from quizzes.services.extra_time import MAX_GRANT_MINUTES
from quizzes.services.time_grants import Reach, attempts_running, reach_of, time_grant_once

MOST = 2_000
NAMED = 12
"""So many names are read in a message; the rest is counted."""


class GrantForm(forms.Form):
    """`seen`: the newest grant that the page knew of."""

    minutes = forms.IntegerField(min_value=1, max_value=MAX_GRANT_MINUTES, initial=5, label="Minutes more")
    reason = forms.CharField(
        max_length=200, label="Why", help_text="Kept beside the attempt: a fire alarm, a failed projector, an illness."
    )
    seen = forms.IntegerField(min_value=0, max_value=2**62, required=False, widget=forms.HiddenInput)


class ExtraTime:
    """An action for selected attempts, and the page that it, the live view and an attempt's own page lead to."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.extra_time))
        return [path("extra-time/", view, name="quizzes_attempt_extra_time"), *super().get_urls()]  # type: ignore[misc]

    def has_time_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("quizzes.add_timegrant") and request.user.has_perm("quizzes.view_attempt"))

    @admin.action(description="Give extra time…", permissions=["time"])
    def give_time(self: Any, request: HttpRequest, queryset: QuerySet[Attempt]) -> HttpResponse | None:
        ids = list(queryset.order_by().values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            self.message_user(request, f"Choose at most {MOST:,} attempts at once. Nothing was given.", messages.ERROR)
            return None
        page: HttpResponse = self.extra_time_page(request, reach_of(Attempt.objects.filter(pk__in=ids)), ids, None, GrantForm())
        return page

    def extra_time(self: Any, request: HttpRequest) -> HttpResponse:
        """Without `step` the question; with it the minutes are given."""
        if not self.has_time_permission(request):
            raise PermissionDenied
        quiz = _quiz_of(request)
        everybody = quiz is not None and request.POST.get("scope") == "all"
        ids = [] if everybody else _ids([*request.POST.getlist("attempt"), *request.POST.get("attempts", "").split(",")])
        wanted = attempts_running(quiz) if everybody and quiz else Attempt.objects.filter(pk__in=ids)
        reach = reach_of(wanted)
        form = GrantForm(request.POST if request.POST.get("step") == "give" else None)
        if form.is_bound and form.is_valid():
            try:
                done: HttpResponse = self._given(request, reach, quiz, form)
                return done
            except ExtraTimeRefused as error:
                form.add_error(None, str(error))
        page: HttpResponse = self.extra_time_page(request, reach, None if everybody else ids, quiz, form)
        return page

    def extra_time_page(
        self: Any, request: HttpRequest, reach: Reach, ids: list[int] | None, quiz: Quiz | None, form: GrantForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "Extra time", "reach": reach, "form": form,
            "quiz": quiz, "ids": "" if ids is None else ",".join(map(str, ids)), "everybody": ids is None, "media": self.media,
            "back": _back(reach, quiz),
        }  # fmt: skip
        return TemplateResponse(request, "quizzes/admin/extra_time.html", context, status=422 if form.errors else 200)

    def _given(self: Any, request: HttpRequest, reach: Reach, quiz: Quiz | None, form: GrantForm) -> HttpResponse:
        found = form.cleaned_data
        minutes = found["minutes"]
        given = time_grant_once(
            reach.getting, minutes, reason=found["reason"], by=request.user, seen=found["seen"] or 0
        )  # fmt: skip
        got = {attempt.pk for attempt in given}
        if given:
            who = reach.getting[0].user.name if len(given) == 1 and len(reach.getting) == 1 else _counted(len(given))
            self.message_user(request, f"{minutes} min more for {who}, effective at once.", messages.SUCCESS)
        late = [(attempt, "its time was over") for attempt in reach.getting if attempt.pk not in got]
        if missed := [*reach.left_out, *late]:
            self.message_user(request, f"{_counted(len(missed))} got nothing: {_named(missed)}.", messages.WARNING)
        if not given and not missed:
            self.message_user(request, "Nobody is running, so nobody got anything.", messages.WARNING)
        return redirect(_back(reach, quiz))


def _back(reach: Reach, quiz: Quiz | None) -> str:
    if quiz is not None:
        return reverse("admin:quizzes_quiz_live", args=[quiz.pk])
    asked = [*reach.getting, *(attempt for attempt, _ in reach.left_out)]
    if len(asked) == 1:
        return reverse("admin:quizzes_attempt_change", args=[asked[0].pk])
    return reverse("admin:quizzes_attempt_changelist")


def _quiz_of(request: HttpRequest) -> Quiz | None:
    found = _ids([request.POST.get("quiz", "")])
    return Quiz.objects.filter(pk__in=found).first() if found else None


def _ids(texts: Iterable[str]) -> list[int]:
    """What could be ids, once each."""
    found = (text for text in texts if text.isascii() and text.isdigit() and len(text) < 19)
    return list(dict.fromkeys(int(text) for text in found))[:MOST]


def _counted(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count:,} attempts"


def _named(missed: list[tuple[Attempt, str]]) -> str:
    said = "; ".join(f"{attempt.user.name} ({why})" for attempt, why in missed[:NAMED])
    return said if len(missed) <= NAMED else f"{said}; and {len(missed) - NAMED} more"
