"""The live view of a running exam: what is hung into `QuizAdmin`. The page asks for its table anew every few seconds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from quizzes.admin.analysis import MayLook
from quizzes.models import Quiz
from quizzes.services.live import live


class QuizLive(MayLook):
    """Who is taking a quiz now."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(never_cache(self.live)))
        return [path("<path:object_id>/live/", view, name=self.name("live")), *super().get_urls()]  # type: ignore[misc]

    def live(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        quiz: Quiz = self.row_to_look_at(request, object_id)
        context = {"live": live(quiz), "original": quiz, "may_give": request.user.has_perm("quizzes.add_timegrant")}
        if "table" in request.GET:
            return TemplateResponse(request, "quizzes/admin/_live_table.html", context)
        page: HttpResponse = self.page(request, quiz, "live", title=f"Live: {quiz}", **context)
        return page
