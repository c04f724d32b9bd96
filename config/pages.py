"""Pages over ASGI: a WSGI application in a bounded pool of threads, one hop to a thread and back for each page.

The request's body is read before a thread is taken, with limits of time and size, so a client that sends slowly
holds a coroutine and never one of the few threads.
"""

import asyncio
import contextvars
import io
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WSGIApplication = Callable[[Environ, Any], Iterable[bytes]]

BODY_WITHIN_S = 30.0


class Pages:
    """An ASGI application for a WSGI one. A response whose `streaming` is false is sent whole."""

    def __init__(self, application: WSGIApplication, *, threads: int, body_limit_bytes: int) -> None:
        self.application = application
        self.body_limit_bytes = body_limit_bytes
        self.executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await self._body(receive)
        except TimeoutError:
            await refuse(send, 408, f"The request took longer than {BODY_WITHIN_S:.0f} s to arrive.")
        except ValueError:
            await refuse(send, 413, f"The request is larger than the {self.body_limit_bytes} bytes that are taken here.")
        except ConnectionError:
            return  # the client is gone
        else:
            await self._respond(environ(scope, body), send)

    async def _body(self, receive: Receive) -> bytes:
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.body_limit_bytes:
                raise ValueError
            if not message.get("more_body", False):
                return b"".join(parts)

    async def _respond(self, request: Environ, send: Send) -> None:
        loop = asyncio.get_running_loop()

        def send_now(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(_awaited(send, message), loop).result()

        run = contextvars.copy_context().run
        for message in await loop.run_in_executor(self.executor, run, self._page, request, send_now):
            await send(message)

    def _page(self, request: Environ, send_now: Callable[[Message], None]) -> list[Message]:
        """In a thread: make the page; returns what is still to be sent."""
        start = Start()
        response = self.application(request, start)
        try:
            if not getattr(response, "streaming", True):
                return [start.message(), {"type": "http.response.body", "body": b"".join(response)}]
            pending: list[Message] = []
            for part in response:
                if not pending:
                    pending.append(start.message())
                    send_now(pending[0])
                send_now({"type": "http.response.body", "body": part, "more_body": True})
            return [*([] if pending else [start.message()]), {"type": "http.response.body", "body": b""}]
        finally:
            getattr(response, "close", lambda: None)()


class Start:
    """WSGI's `start_response`: keeps status and headers."""

    status = 500
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = tuple((name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers)
        return _no_write

    def message(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}


def _no_write(data: bytes) -> None:
    raise NotImplementedError("Django never writes through start_response")


async def _awaited(send: Send, message: Message) -> None:
    await send(message)


async def refuse(send: Send, status: int, text: str) -> None:
    """A plain answer, with the connection closed: the rest of the request is not read."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def environ(scope: Scope, body: bytes) -> Environ:
    """WSGI's view of a request (PEP 3333); bytes that are not ASCII arrive as Latin-1, as it demands."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    found: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin1"),
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        _add_header(found, raw_name.decode("latin1"), raw_value.decode("latin1"))
    return found


def _add_header(found: Environ, name: str, value: str) -> None:
    """A header that comes twice is one with both values; cookies are joined as cookies are."""
    if name == "content-length" or "_" in name:  # ours is counted; an underscore would pass for a dash
        return
    key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
    if key in found:
        value = f"{found[key]}{'; ' if name == 'cookie' else ','}{value}"
    found[key] = value
