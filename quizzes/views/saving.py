"""What the page of a running attempt talks to: save answers and flags, read where the attempt stands. JSON both ways.

POST /attempts/<uuid>/answers/   {"answers": [{"question": "3", "seq": 2, "value": …}], "flags": {"3": true}}
    200 {"fates": {"3:2": "kept" | "conflict"}, "state": …}
    409 {"fates": {"3:2": "kept" | "refused"}, "state": …, "message": …}   the attempt is over
    422 {"errors": {"3:2": words}, "message": …}                           nothing of the request was kept
GET  /attempts/<uuid>/state/     200 {"state": …}
Signed out: 401 {"message", "login_url"}. Another person's attempt: 404.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes.access import attempt_for
from quizzes.errors import AnswersRefused
from quizzes.models import Attempt
from quizzes.services.answers import MAX_SEQUENCE, Sent, answers_save
from quizzes.services.finish import attempt_expire_if_overdue
from quizzes.services.state import attempt_state

MAX_BODY_BYTES = 256 * 1024
MAX_ANSWERS = 200

AttemptView = Callable[[HttpRequest, Attempt], HttpResponse]


def for_own_attempt(view: AttemptView) -> Callable[..., HttpResponseBase]:
    """Hands the view the user's attempt; in JSON where a page would redirect to the sign-in."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, uuid: UUID) -> HttpResponse:
        if not request.user.is_authenticated:
            page = reverse("quizzes:attempt", args=[uuid])
            login_url = f"{reverse('account_login')}?{urlencode({'next': page})}"
            return JsonResponse({"message": "You are signed out. Sign in to go on.", "login_url": login_url}, status=401)
        return view(request, attempt_for(request.user, uuid))

    return wrapper


@require_GET
@for_own_attempt
def state(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    attempt_expire_if_overdue(attempt)
    return JsonResponse({"state": attempt_state(attempt).as_json()})


@require_POST
@for_own_attempt
def answers(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    try:
        sent, flags = read_answers(request.body)
        fates = answers_save(attempt, sent, flags)
    except AnswersRefused as error:
        message = "; ".join(dict.fromkeys(error.problems.values()))
        return JsonResponse({"errors": error.problems, "message": message}, status=422)
    return _reply(attempt, fates)


def _reply(attempt: Attempt, fates: dict[str, Any]) -> HttpResponse:
    attempt_expire_if_overdue(attempt)
    attempt.refresh_from_db(fields=["status"])
    reply: dict[str, Any] = {"fates": fates, "state": attempt_state(attempt).as_json()}
    if attempt.running and "refused" not in fates.values():
        return JsonResponse(reply)
    return JsonResponse(reply | {"message": "This attempt is over and takes no more answers."}, status=409)


def read_answers(body: bytes) -> tuple[list[Sent], dict[int, bool]]:
    """The body of a save, checked for its form. Raises `AnswersRefused` with the name "request"."""
    try:
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"A request has at most {MAX_BODY_BYTES // 1024} kB.")
        data = json.loads(body)
        if not isinstance(data, dict) or not data.keys() <= {"answers", "flags"}:
            raise ValueError("A request names answers and flags.")
        return _answers(data.get("answers", [])), _flags(data.get("flags", {}))
    except (ValueError, RecursionError) as error:
        unreadable = isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError)
        problem = "The request cannot be read as JSON." if unreadable else str(error)
        raise AnswersRefused({"request": problem}) from None


def _answers(items: Any) -> list[Sent]:
    if not isinstance(items, list) or len(items) > MAX_ANSWERS:
        raise ValueError(f"Answers come as a list of at most {MAX_ANSWERS}.")
    sent = [_sent(item) for item in items]
    if len({one.name for one in sent}) != len(sent):
        raise ValueError("An answer is named twice in one request.")
    return sent


def _sent(item: Any) -> Sent:
    if not isinstance(item, dict) or item.keys() != {"question", "seq", "value"}:
        raise ValueError("An answer has question, seq and value.")
    seq = item["seq"]
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= MAX_SEQUENCE:
        raise ValueError(f"Sequence numbers are whole numbers from 1 to {MAX_SEQUENCE:,}.")
    return Sent(position=_position(item["question"]), seq=seq, value=item["value"])


def _position(name: Any) -> int:
    if not isinstance(name, str) or not name.isascii() or not name.isdigit() or len(name) > 5:
        raise ValueError("A question is named by its number.")
    return int(name)


def _flags(flags: Any) -> dict[int, bool]:
    if not isinstance(flags, dict) or len(flags) > MAX_ANSWERS or not all(isinstance(on, bool) for on in flags.values()):
        raise ValueError("Flags are true or false by question.")
    return {_position(name): on for name, on in flags.items()}
