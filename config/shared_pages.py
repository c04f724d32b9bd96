"""Pages that all visitors see alike are made once and shared for a few seconds, before Django is asked at all.

A view says that its page is such a one with `@alike_for_visitors`. The answer is kept only for requests without a
session, without a query and not from htmx, and only when it is a 200 that sets no cookie but the CSRF one. Such a page
must not hold a CSRF token: scripts read the cookie, and whoever has none gets a fresh one with the shared page.

While a page is made, others who ask for it wait for it: a crowd makes it once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http.cookies import SimpleCookie
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from prometheus_client import Counter

from config.pages import Message, Receive, Scope, Send

MARK = "X-Alike-For-Visitors"
MARK_ON_THE_WIRE = MARK.lower().encode()
CSRF_SECRET_LENGTH = 32

SHARED = Counter("plimsoll_shared_pages", "Pages that were answered with one made before.")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def alike_for_visitors(view: View[P]) -> View[P]:
    """For a page that depends on nothing but its address unless somebody is signed in."""

    @wraps(view)
    def marked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            response[MARK] = "yes"
        return response

    return marked


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer. `headers` are without cookies and without the mark."""

    made_s: float
    headers: list[tuple[bytes, bytes]]
    body: bytes


class SharedPages:
    """In front of `pages`: answers what it has kept for less than `lasts_s` seconds; at most `entries` pages. 0 s: nothing."""

    def __init__(
        self, pages: Callable[[Scope, Receive, Send], Any], *, lasts_s: float, entries: int = 256, clock: Any = time.monotonic
    ) -> None:
        self.pages = pages
        self.lasts_s = lasts_s
        self.entries = entries
        self.clock = clock
        self._kept: OrderedDict[bytes, Page] = OrderedDict()
        self._being_made: dict[bytes, asyncio.Future[Page | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookies = _cookies(scope)
        key = self._key(scope, cookies) if self.lasts_s > 0 else None
        page = await self._have(key) if key is not None else None
        if page is not None:
            SHARED.inc()
            await _answer(page, settings.CSRF_COOKIE_NAME in cookies, send)
        elif key is None or key in self._being_made:  # the one being made turned out not to be one that can be shared
            await self.pages(scope, receive, _without_mark(send))
        else:
            await self._make(key, scope, receive, send)

    def _key(self, scope: Scope, cookies: set[str]) -> bytes | None:
        """Scheme, host and path; None where the answer may be somebody's own."""
        own = {settings.SESSION_COOKIE_NAME, "messages"} & cookies
        if own or scope["method"] != "GET" or scope["query_string"]:
            return None
        headers = dict(scope["headers"])
        if b"hx-request" in headers or b"authorization" in headers:
            return None
        return b" ".join((scope.get("scheme", "http").encode(), headers.get(b"host", b""), scope["path"].encode()))

    async def _have(self, key: bytes) -> Page | None:
        page = self._kept.get(key)
        if page is not None and self.clock() - page.made_s < self.lasts_s:
            return page
        being_made = self._being_made.get(key)
        return await asyncio.shield(being_made) if being_made is not None else None

    async def _make(self, key: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        made: asyncio.Future[Page | None] = asyncio.get_running_loop().create_future()
        self._being_made[key] = made
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)
            await _without_mark(send)(message)

        page = None
        try:
            await self.pages(scope, receive, keep)
            page = self._shareable(answer)
        finally:
            del self._being_made[key]
            if page is not None:
                self._kept[key] = page
                self._kept.move_to_end(key)
                if len(self._kept) > self.entries:
                    self._kept.popitem(last=False)
            made.set_result(page)

    def _shareable(self, answer: list[Message]) -> Page | None:
        if len(answer) != 2 or answer[0]["status"] != 200 or answer[1].get("more_body"):
            return None
        headers = answer[0]["headers"]
        if MARK_ON_THE_WIRE not in dict(headers) or any(_sets_own_cookie(*header) for header in headers):
            return None
        kept = [header for header in headers if header[0] not in (b"set-cookie", MARK_ON_THE_WIRE)]
        return Page(self.clock(), kept, answer[1]["body"])


def _sets_own_cookie(name: bytes, value: bytes) -> bool:
    return name == b"set-cookie" and not value.lstrip().startswith(f"{settings.CSRF_COOKIE_NAME}=".encode())


def _cookies(scope: Scope) -> set[str]:
    """The names of the cookies that came."""
    parts = (value.split(b";") for name, value in scope["headers"] if name == b"cookie")
    return {part.partition(b"=")[0].strip().decode("latin1") for some in parts for part in some}


def _without_mark(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if header[0] != MARK_ON_THE_WIRE]
            message = {**message, "headers": headers}
        await send(message)

    return sent


async def _answer(page: Page, has_token: bool, send: Send) -> None:
    headers = page.headers if has_token else [*page.headers, (b"set-cookie", _csrf_cookie())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.body})


def _csrf_cookie() -> bytes:
    """A new secret, as `django.middleware.csrf` would set it."""
    cookie: SimpleCookie = SimpleCookie()
    cookie[settings.CSRF_COOKIE_NAME] = get_random_string(CSRF_SECRET_LENGTH)
    morsel = cookie[settings.CSRF_COOKIE_NAME]
    morsel["path"] = settings.CSRF_COOKIE_PATH
    morsel["max-age"] = settings.CSRF_COOKIE_AGE
    morsel["samesite"] = settings.CSRF_COOKIE_SAMESITE
    morsel["domain"] = settings.CSRF_COOKIE_DOMAIN or ""
    morsel["secure"] = settings.CSRF_COOKIE_SECURE
    return morsel.OutputString().encode()
