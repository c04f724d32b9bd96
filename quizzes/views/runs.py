"""The learner's runs of a lab, for a question that asks for one of them. JSON.

GET /attempts/<uuid>/questions/3/runs/
    200 {"runs": [{"answer", "url", "words", "seed", "created_at", "ended", "why_not"}]}    newest first
Signed out: 401. Another person's attempt, a question that asks for no run or is not open: 404.
"""

from dataclasses import asdict

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from quizzes.kinds.lab_goal import LabGoal
from quizzes.models import Attempt
from quizzes.services.witness import own_runs
from quizzes.views.saving import for_own_attempt


@require_GET
@for_own_attempt
def question_runs(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    question = attempt.questions.select_related("version").filter(position=position, opened_at__isnull=False).first()
    if question is None or question.version.kind != LabGoal.slug:
        raise Http404("There is no such question, or it asks for no run.")
    return JsonResponse({"runs": [asdict(run) for run in own_runs(attempt, question)]})
