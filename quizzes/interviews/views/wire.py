"""What the pages' scripts send and get. Both ways JSON.

A save:  {"answers": [{"question": "sizing", "seq": 2, "value": …}], "flags": {}}     the words of the quiz's saver
    200 {"fates": {"sizing:2": "kept" | "conflict"}, "state": …}
    409 {"fates": {"sizing:2": "kept" | "refused"}, "state": …, "message": …}         it is over
    422 {"errors": {"sizing:2": words}, "message": …}                                 nothing of the request was kept
Signed out: 401 {"message", "login_url"}. Another person's: 404.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from quizzes.interviews.errors import RoundRefused, SavingRefused
from quizzes.interviews.services.autosave import MAX_SEQUENCE, Sent

MAX_BODY_BYTES = 1024 * 1024
MAX_SAVES = 100


Decorator = Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponseBase]]


def own(access: Callable[[Any, UUID], Any], page: str) -> Decorator:
    """Hands the view what `access` finds; answers in JSON where a page would redirect to the sign-in, and refusals as 409."""

    def decorated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @wraps(view)
        def wrapper(request: HttpRequest, uuid: UUID) -> HttpResponse:
            if not request.user.is_authenticated:
                login_url = f"{reverse('account_login')}?{urlencode({'next': reverse(page, args=[uuid])})}"
                return JsonResponse({"message": "You are signed out. Sign in to go on.", "login_url": login_url}, status=401)
            try:
                return view(request, access(request.user, uuid))
            except RoundRefused as error:
                return JsonResponse({"message": str(error)}, status=409)
            except SavingRefused as error:
                return JsonResponse({"errors": error.problems, "message": str(error)}, status=422)

        return wrapper

    return decorated


def saved(fates: Mapping[str, str], state: Mapping[str, Any], over: str) -> HttpResponse:
    """The reply to a save; `over`: what to say where it takes no more."""
    reply = {"fates": fates, "state": state}
    if state["status"] == "in_progress" and "refused" not in fates.values():
        return JsonResponse(reply)
    return JsonResponse(reply | {"message": over}, status=409)


def read_saves(body: bytes) -> list[Sent]:
    """The body of a save, checked for its form. Raises `SavingRefused` with the name "request"."""
    try:
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"A request has at most {MAX_BODY_BYTES // 1024} kB.")
        data = json.loads(body)
        if not isinstance(data, dict) or not data.keys() <= {"answers", "flags"}:
            raise ValueError("A request names answers and flags.")
        return _saves(data.get("answers", []))
    except (ValueError, RecursionError) as error:
        unreadable = isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError)
        problem = "The request cannot be read as JSON." if unreadable else str(error)
        raise SavingRefused({"request": problem}) from None


def _saves(items: Any) -> list[Sent]:
    if not isinstance(items, list) or len(items) > MAX_SAVES:
        raise ValueError(f"Answers come as a list of at most {MAX_SAVES}.")
    sent = [_sent(item) for item in items]
    if len({one.key for one in sent}) != len(sent):
        raise ValueError("One is named twice in one request.")
    return sent


def _sent(item: Any) -> Sent:
    if not isinstance(item, dict) or item.keys() != {"question", "seq", "value"}:
        raise ValueError("Each has question, seq and value.")
    name, seq = item["question"], item["seq"]
    if not isinstance(name, str) or len(name) > 80:
        raise ValueError("A question is a name.")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= MAX_SEQUENCE:
        raise ValueError(f"Sequence numbers are whole numbers from 1 to {MAX_SEQUENCE:,}.")
    return Sent(name=name, seq=seq, value=item["value"])
