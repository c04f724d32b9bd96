"""A small HTTP/1.1 client with kept-alive connections, for calls to the lab's own services over loopback.

    HttpError
    ├── ConnectFailed      nobody listens, or the way there is broken
    ├── ConnectTimedOut    no connection within `connect_timeout_s`
    ├── RequestTimedOut    no whole response within `request_timeout_s` of asking (waiting for a connection included)
    ├── ConnectionLost     the peer hung up before the whole response was here
    └── BadResponse        what came is not a response this client reads

A request is never sent twice behind the caller's back: a hidden second try would falsify what the lab counts. A request
that is cancelled or times out closes its connection, as HTTP/1.1 has no other way to take a request back.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

MAXIMUM_HEAD_BYTES = 16_384
MAXIMUM_BODY_BYTES = 1_048_576

Class = Literal["ok", "redirect", "client_error", "server_error"]


class HttpError(Exception):
    """A call that brought no response."""


class ConnectFailed(HttpError): ...


class ConnectTimedOut(HttpError): ...


class RequestTimedOut(HttpError): ...


class ConnectionLost(HttpError): ...


class BadResponse(HttpError): ...


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes

    @property
    def classification(self) -> Class:
        """By the hundreds of the status; everything below 300 counts as ok."""
        if self.status < HTTPStatus.MULTIPLE_CHOICES:
            return "ok"
        if self.status < HTTPStatus.BAD_REQUEST:
            return "redirect"
        return "client_error" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"


class HttpClient:
    """Calls one address. Idle connections are reused, the last one used first; at most `max_connections` are open, and
    whoever comes when all are busy waits in line (`waited` counts them)."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        connect_timeout_s: float = 1.0,
        request_timeout_s: float = 30.0,
        max_connections: int = 128,
    ) -> None:
        self.host, self.port = host, port
        self.connect_timeout_s, self.request_timeout_s = connect_timeout_s, request_timeout_s
        self._places = asyncio.Semaphore(max_connections)
        self._idle: deque[_Connection] = deque()
        self._open: set[_Connection] = set()
        self._closed = False
        self.waited = 0

    @property
    def open_connections(self) -> int:
        return len(self._open)

    async def get(self, target: str = "/") -> Response:
        """The response to `GET target`, whatever its status; raises `HttpError` where there is none."""
        self.waited += self._places.locked()
        try:
            async with asyncio.timeout(self.request_timeout_s), self._places:
                connection = await self._connection()
                return await self._exchange(connection, target)
        except TimeoutError:
            raise RequestTimedOut(f"no response within {self.request_timeout_s} s") from None

    async def close(self) -> None:
        """Closes every connection; whoever waits for a response sees `ConnectionLost`."""
        self._closed = True
        connections = tuple(self._open)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.gone.wait()

    async def _connection(self) -> "_Connection":
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return await self._connect()

    async def _connect(self) -> "_Connection":
        if self._closed:
            raise ConnectFailed("the client is closed")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.connect_timeout_s) as limit:
                _, connection = await loop.create_connection(lambda: _Connection(self._open), self.host, self.port)
        except TimeoutError as late:
            if not limit.expired():
                raise ConnectFailed(str(late)) from late
            raise ConnectTimedOut(f"no connection within {self.connect_timeout_s} s") from None
        except OSError as failure:
            raise ConnectFailed(str(failure)) from failure
        return connection

    async def _exchange(self, connection: "_Connection", target: str) -> Response:
        try:
            response = await connection.exchange(f"GET {target} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
        except BaseException:
            connection.abort()
            raise
        if connection.usable and not self._closed:
            self._idle.append(connection)
        return response


class _Connection(asyncio.Protocol):
    """One connection: one request at a time, its response by `Content-Length`."""

    def __init__(self, siblings: set["_Connection"]) -> None:
        self.gone = asyncio.Event()
        self._siblings = siblings
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiter: asyncio.Future[Response] | None = None
        self._keep = True

    @property
    def usable(self) -> bool:
        return self._keep and self._transport is not None and not self._transport.is_closing()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, request: bytes) -> Response:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionLost("the peer closed the connection")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._siblings.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._siblings.discard(self)
        self.gone.set()
        self._fail(ConnectionLost("the peer closed the connection"))

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            self.abort()  # nobody asked: what follows cannot be told from the answer to the next request
            return
        self._received += data
        try:
            response = self._parse()
        except BadResponse as bad:
            self._fail(bad)
            self.abort()
            return
        if response is not None and not self._waiter.done():
            self._waiter.set_result(response)

    def _fail(self, error: HttpError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _parse(self) -> Response | None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > MAXIMUM_HEAD_BYTES:
                raise BadResponse("the head of the response is too long")
            return None
        status, length, keep = read_head(bytes(self._received[:end]))
        if len(self._received) < end + 4 + length:
            return None
        body = bytes(self._received[end + 4 : end + 4 + length])
        self._keep = keep and len(self._received) == end + 4 + length
        self._received.clear()
        return Response(status, body)


def read_head(head: bytes) -> tuple[int, int, bool]:
    """Status, length of the body in bytes, and whether the connection stays open after it (RFC 9112, sections 4, 6.3, 9.3)."""
    first, *lines = head.split(b"\r\n")
    version, _, rest = first.partition(b" ")
    status = rest[:3]
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or len(status) != 3 or not status.isdigit():
        raise BadResponse(f"not an HTTP/1.1 response: {first[:40]!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or int(length) > MAXIMUM_BODY_BYTES:
        raise BadResponse(f"no usable Content-Length: {length[:40]!r}")
    keep = version == b"HTTP/1.1" and headers.get(b"connection", b"").lower() != b"close"
    return int(status), int(length), keep
