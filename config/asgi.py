"""The site as one ASGI application: a router in front of three.

- Event streams (`ASYNC_ROUTES`) go to ASGI applications of their own, without Django's middleware.
- Static files go to servestatic, which streams them.
- A page that all visitors see alike is shared for some seconds (`config.shared_pages`).
- Everything else is a page: Django's WSGI application in a bounded pool of threads. Django's middleware costs a
  thread hop each under its ASGI handler; this way the whole page is one.
"""

import asyncio
import os
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from config.pages import Pages
from config.shared_pages import SharedPages
from config.statics import static_files
from config.wsgi import application as pages

Scope = dict[str, Any]
ASGIApplication = Callable[[Scope, Any, Any], Any]
P = ParamSpec("P")
R = TypeVar("R")

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

ASYNC_ROUTES: list[tuple[str, str]] = [
    # (regular expression for the whole path, dotted path of the ASGI application). The application gets the
    # expression's named groups as scope["path_params"].
    (rf"/labs/runs/(?P<run>{UUID})/events", "labs.event_streams.events"),
]

_pages = Pages(pages, threads=settings.WEB_THREADS, body_limit_bytes=settings.PAGE_BODY_LIMIT_BYTES)
_shared = SharedPages(_pages, lasts_s=settings.SHARED_PAGES_S)
_static = static_files()
_routes = [(re.compile(pattern), target) for pattern, target in ASYNC_ROUTES]


async def in_page_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` (which may use the database) in one of the threads that make pages.

    For async code that needs a row before it streams: the connection belongs to the thread, so however many
    streams are open, there are at most WEB_THREADS connections.
    """

    def call() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pages.executor, call)


async def application(scope: Scope, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await route(scope["path"])(scope, receive, send)
    else:  # a WebSocket: there are none here
        await send({"type": "websocket.close", "code": 1000})


def route(path: str) -> ASGIApplication:
    for pattern, target in _routes:
        if match := pattern.fullmatch(path):
            return _with_params(import_string(target), match.groupdict())
    return _static if path.startswith(settings.STATIC_URL) else _shared


def _with_params(target: ASGIApplication, params: dict[str, str]) -> ASGIApplication:
    return lambda scope, receive, send: target({**scope, "path_params": params}, receive, send)


async def lifespan(receive: Any, send: Any) -> None:
    """Load what streams need before the first one asks for it."""
    await receive()
    for _, target in _routes:
        import_string(target)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
