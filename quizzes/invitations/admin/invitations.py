"""Invitations: made many at once, shown once as links; the report of each candidate; erasure."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes.invitations.errors import InvitingRefused
from quizzes.invitations.forms import InviteForm
from quizzes.invitations.models import Invitation
from quizzes.invitations.services.accepting import candidate_of, standing_of
from quizzes.invitations.services.data import candidate_data, candidate_erase, kept_until
from quizzes.invitations.services.inviting import Link, invitation_revoke, invite, link_renew
from quizzes.invitations.services.report import candidate_report

RENEWED_FOR_DAYS = 14
WORDS = {
    "new": "not opened yet", "accepted": "taken up", "running": "running now", "over": "handed in", "expired": "expired",
    "revoked": "taken back", "erased": "erased",
}  # fmt: skip


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["person", "quiz", "state", "score", "expires_at", "made_by", "made_at"]
    list_filter = [("quiz", admin.RelatedOnlyFieldListFilter), ("made_by", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "email", "candidate__name", "candidate__email", "quiz__title"]
    list_select_related = ["quiz", "made_by", "candidate__user"]
    date_hierarchy = "made_at"
    actions = ["export_json", "take_back"]
    change_form_template = "invitations/admin/invitation.html"
    list_display_links = ["person"]

    @admin.display(description="for")
    def person(self, invitation: Invitation) -> str:
        candidate = candidate_of(invitation)
        known = candidate or invitation
        return (
            f"{known.name} <{known.email}>" if known.name and known.email else known.name or known.email or "whoever opens it"
        )

    def state(self, invitation: Invitation) -> str:
        return WORDS[standing_of(invitation).phase]

    def score(self, invitation: Invitation) -> str | SafeString:
        attempt = standing_of(invitation).attempt
        if attempt is None or attempt.running:
            return "–"
        if attempt.needs_grading:
            return "to be graded"
        return "–" if attempt.score is None else format_html("{} %", f"{100 * attempt.score:.0f}")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing of an invitation is edited; what can be done with it are the buttons on its page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any, wrap: Any = require_POST) -> Any:
            return self.admin_site.admin_view(wrap(function))

        return [
            path("<int:pk>/report/", view(self.report, require_GET), name="invitations_invitation_report"),
            path("<int:pk>/data/", view(self.data, require_GET), name="invitations_invitation_data"),
            path("<int:pk>/renew/", view(self.renew), name="invitations_invitation_renew"),
            path("<int:pk>/take-back/", view(self.take_back_one), name="invitations_invitation_take_back"),
            path("<int:pk>/erase/", view(self.erase), name="invitations_invitation_erase"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Whom to invite to what; then the links, shown this once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST or None, initial={"quiz": request.GET.get("quiz")})
        if request.method == "POST" and form.is_valid():
            try:
                made = invite(form.cleaned_data["quiz"], form.cleaned_data["people"], form.terms(), by=request.user)
                return self._links(request, made)
            except InvitingRefused as error:
                for problem in error.problems:
                    form.add_error("people", problem)
        context = {"title": "Invite candidates", "form": form, "opts": self.opts, **self.admin_site.each_context(request)}
        return TemplateResponse(request, "invitations/admin/invite.html", context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such invitation.")
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        standing = standing_of(found)
        context = {
            "title": str(found), "original": found, "candidate": candidate_of(found), "standing": standing,
            "state": WORDS[standing.phase], "kept_until": kept_until(found, standing.attempt), "opts": self.opts,
            "may_change": self.has_add_permission(request), **self.admin_site.each_context(request),
        }  # fmt: skip
        return TemplateResponse(request, self.change_form_template or "", context)

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the candidate did, in full, for those who invite; made to be printed."""
        found = self._found(request, pk)
        context = {"title": f"Report: {found}", "report": candidate_report(found), "original": found, "opts": self.opts}
        return TemplateResponse(request, "invitations/admin/report.html", context | self.admin_site.each_context(request))

    def data(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self._found(request, pk)
        reply = JsonResponse(candidate_data(found), json_dumps_params={"indent": 2})
        reply["Content-Disposition"] = f'attachment; filename="candidate-{found.pk}.json"'
        return reply

    def renew(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return self._links(request, [link_renew(self._mine(request, pk), RENEWED_FOR_DAYS)])
        except InvitingRefused as error:
            messages.error(request, str(error))
            return self._back(pk)

    def take_back_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        if invitation_revoke(self._mine(request, pk)):
            messages.success(request, "The invitation is taken back; its link opens nothing any more.")
        else:
            messages.error(request, "It was taken up or taken back before. Nothing was changed.")
        return self._back(pk)

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For good, so the word has to be typed."""
        found = self._mine(request, pk)
        if request.POST.get("sure", "").strip().lower() != "erase":
            messages.error(request, "Nothing was erased. Type the word “erase” to confirm.")
            return self._back(pk)
        candidate_erase(found)
        messages.success(request, "Name, address, account and all answers are erased.")
        return self._back(pk)

    @admin.action(description="Export what is kept (JSON)", permissions=["view"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> HttpResponse:
        data = [candidate_data(invitation) for invitation in queryset.select_related("quiz", "candidate__user")]
        reply = JsonResponse(data, safe=False, json_dumps_params={"indent": 2})
        reply["Content-Disposition"] = 'attachment; filename="candidates.json"'
        return reply

    @admin.action(description="Take back those that nobody has taken up", permissions=["add"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        done = sum(invitation_revoke(invitation) for invitation in queryset)
        messages.success(request, f"{done} of {len(queryset)} taken back.")

    def _links(self, request: HttpRequest, made: list[Link]) -> HttpResponse:
        links = [
            {"link": one, "url": request.build_absolute_uri(reverse("invitations:invitation", args=[one.token]))}
            for one in made
        ]
        context = {"title": "The links", "links": links, "opts": self.opts, **self.admin_site.each_context(request)}
        return never_cache(lambda _: TemplateResponse(request, "invitations/admin/links.html", context))(request)

    def _found(self, request: HttpRequest, pk: int) -> Invitation:
        every = self.get_queryset(request).select_related("quiz", "candidate__user", "made_by")
        found: Invitation | None = every.filter(pk=pk).first()
        if found is None:
            raise Http404("There is no such invitation.")
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def _mine(self, request: HttpRequest, pk: int) -> Invitation:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._found(request, pk)

    def _back(self, pk: int) -> HttpResponse:
        return redirect("admin:invitations_invitation_change", pk)
