"""What the page of a running attempt talks to: save answers and flags, read where the attempt stands. JSON both ways.

POST /attempts/<uuid>/answers/   {"answers": [{"question": "3", "seq": 2, "value": …, "certainty": 1…3}],
                                  "flags": {"3": true}, "active_ms": {"3": 5200}, "at": "3"}      each part may be left out
    200 {"fates": {"3:2": "kept" | "conflict"}, "state": …}
    409 {"fates": {"3:2": "kept" | "refused"}, "state": …, "message": …}   the attempt or its section is over
    422 {"errors": {"3:2": words}, "message": …}                           nothing of the request was kept
GET  /attempts/<uuid>/state/?at=3   200 {"state": …}
POST /attempts/<uuid>/questions/3/{check,hint,solution}/   {"number": n}: the sequence number of the answer to judge, the hint
    200 {"html": …, "closed": …, "state": …}   409 {"message": …}
Signed out: 401 {"message", "login_url"}. Another person's attempt: 404.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes.access import attempt_for
from quizzes.errors import AnswersRefused, AttemptClosed
from quizzes.models import Attempt
from quizzes.presence import seen
from quizzes.services.answers import MAX_SEQUENCE, Aside, Sent, answers_save
from quizzes.services.checks import Tried, answer_check, hint_show, solution_show
from quizzes.services.finish import attempt_expire_if_overdue
from quizzes.services.grading import CERTAINTY_MARKS
from quizzes.services.state import attempt_state

MAX_BODY_BYTES = 256 * 1024
MAX_ANSWERS = 200
MAX_ACTIVE_MS = 10**10
NEEDED = {"question", "seq", "value"}
SIGNED_OUT = "You are signed out. Sign in, or open the link of your invitation again, to go on."

AttemptView = Callable[..., HttpResponse]


def for_own_attempt(view: AttemptView) -> Callable[..., HttpResponseBase]:
    """Hands the view the user's attempt; in JSON where a page would redirect to the sign-in."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, uuid: UUID, **place: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            page = reverse("quizzes:attempt", args=[uuid])
            login_url = f"{reverse('account_login')}?{urlencode({'next': page})}"
            return JsonResponse({"message": SIGNED_OUT, "login_url": login_url}, status=401)
        return view(request, attempt_for(request.user, uuid), **place)

    return wrapper


@require_GET
@for_own_attempt
def state(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Where the attempt stands. A page that asks is there."""
    attempt_expire_if_overdue(attempt)
    seen(attempt, _place(request.GET.get("at", "")))
    return JsonResponse({"state": attempt_state(attempt).as_json()})


@require_POST
@for_own_attempt
def answers(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    try:
        said = read_answers(request.body)
        fates = answers_save(attempt, said.sent, said.aside)
    except AnswersRefused as error:
        message = "; ".join(dict.fromkeys(error.problems.values()))
        return JsonResponse({"errors": error.problems, "message": message}, status=422)
    seen(attempt, said.at)
    return _reply(attempt, fates)


def _reply(attempt: Attempt, fates: dict[str, Any]) -> HttpResponse:
    if "refused" in fates.values():
        attempt.refresh_from_db()
    attempt_expire_if_overdue(attempt)
    reply: dict[str, Any] = {"fates": fates, "state": attempt_state(attempt).as_json()}
    if attempt.running and "refused" not in fates.values():
        return JsonResponse(reply)
    what = "This part" if attempt.running else "This attempt"
    return JsonResponse(reply | {"message": f"{what} is over and takes no more answers."}, status=409)


@require_POST
@for_own_attempt
def practice(request: HttpRequest, attempt: Attempt, position: int, step: str) -> HttpResponse:
    """Judge an answer, show a hint, show the solution."""
    attempt_expire_if_overdue(attempt)
    try:
        found = _step(attempt, position, step, _number(request.body))
    except AttemptClosed as error:
        return JsonResponse({"message": str(error)}, status=409)
    html = render_to_string("quizzes/_tried.html", {"tried": found, "attempt": attempt}, request)
    return JsonResponse({"html": html, "closed": found.closed, "state": attempt_state(attempt).as_json()})


def _step(attempt: Attempt, position: int, step: str, number: int) -> Tried:
    match step:
        case "check":
            return answer_check(attempt, position, number)
        case "hint":
            return hint_show(attempt, position, number)
        case _:
            return solution_show(attempt, position)


def _number(body: bytes) -> int:
    """The number in the body; 0 where there is none that could be meant."""
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return 0
    number = data.get("number") if isinstance(data, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MAX_SEQUENCE else 0


@dataclass(frozen=True, slots=True)
class Said:
    """The body of a save. `at`: the place of the question in view."""

    sent: Sequence[Sent]
    aside: Aside
    at: int | None


def read_answers(body: bytes) -> Said:
    """The body of a save, checked for its form. Raises `AnswersRefused` with the name "request"."""
    try:
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"A request has at most {MAX_BODY_BYTES // 1024} kB.")
        data = json.loads(body)
        if not isinstance(data, dict) or not data.keys() <= {"answers", "flags", "active_ms", "at"}:
            raise ValueError("A request names answers, flags, times and the question in view.")
        aside = Aside(_by_question(data.get("flags", {}), _flag), _by_question(data.get("active_ms", {}), _active_ms))
        return Said(_answers(data.get("answers", [])), aside, _place(data.get("at")))
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
    if not isinstance(item, dict) or not NEEDED <= item.keys() <= NEEDED | {"certainty"}:
        raise ValueError("An answer has question, seq and value.")
    seq = item["seq"]
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= MAX_SEQUENCE:
        raise ValueError(f"Sequence numbers are whole numbers from 1 to {MAX_SEQUENCE:,}.")
    certainty = item.get("certainty")
    if certainty is not None and (type(certainty) is not int or certainty not in CERTAINTY_MARKS):  # no bool, no 1.0, no list
        raise ValueError("How sure somebody is goes from 1 to 3.")
    return Sent(position=_position(item["question"]), seq=seq, value=item["value"], certainty=certainty)


def _position(name: Any) -> int:
    if not isinstance(name, str) or not name.isascii() or not name.isdigit() or len(name) > 5:
        raise ValueError("A question is named by its number.")
    return int(name)


def _place(name: Any) -> int | None:
    try:
        return _position(name)
    except ValueError:
        return None


def _by_question(items: Any, read: Callable[[Any], Any]) -> dict[int, Any]:
    if not isinstance(items, dict) or len(items) > MAX_ANSWERS:
        raise ValueError(f"Flags and times come by question, at most {MAX_ANSWERS}.")
    return {_position(name): read(value) for name, value in items.items()}


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("A flag is true or false.")
    return value


def _active_ms(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_ACTIVE_MS:
        raise ValueError("Times are whole milliseconds.")
    return value
