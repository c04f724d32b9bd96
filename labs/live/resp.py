"""A lean client for Valkey: all callers of one event loop share one connection, and their commands travel together.

A client with a pool gives each of fifty callers a connection, and each command two system calls here and two at the server.
Here commands of one turn of the loop leave in one write, and the answers that have come in are read in one go. Answers come in
the order of the commands, so a queue of futures is all that is needed to tell whose they are.

Speaks RESP2: strings, errors, integers, bulk strings and arrays. A caller that is cancelled leaves its command on the way; its
answer is read and dropped. When the connection is lost every caller gets a ConnectionError, and so does whoever asks then.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from hashlib import sha1
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

Argument = bytes | str | int | float

PING = b"*1\r\n$4\r\nPING\r\n"


class ReplyError(Exception):
    """The server refused a command; the message is its own."""


Reply: TypeAlias = "bytes | int | ReplyError | list[Reply] | None"


class Script:
    """A Lua script. `head` is the encoded beginning of a call by digest with one key and so many arguments; `source_head` that
    of a call by source, which teaches the server the digest.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = sha1(source.encode(), usedforsecurity=False).hexdigest()

    def head(self, arguments: int) -> bytes:
        return b"*%d\r\n$7\r\nEVALSHA\r\n$40\r\n%b\r\n$1\r\n1\r\n" % (4 + arguments, self.digest.encode())

    def source_head(self, arguments: int) -> bytes:
        return b"*%d\r\n" % (4 + arguments) + bulk("EVAL", self.source, 1)


def encoded(*arguments: Argument) -> bytes:
    """A command in RESP."""
    return b"*%d\r\n%b" % (len(arguments), bulk(*arguments))


def bulk(*arguments: Argument) -> bytes:
    """The arguments of a command without its head: for commands that are put together from parts made before."""
    parts = [argument if isinstance(argument, bytes) else str(argument).encode() for argument in arguments]
    return b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


class Connection(asyncio.Protocol):
    """One connection to a server. `await send(encoded(...))` gives the reply; commands go out at the end of the loop's turn."""

    def __init__(self, on_lost: Callable[[], None] = lambda: None) -> None:
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._callers: deque[asyncio.Future[Reply] | None] = deque()
        self._outgoing: list[bytes] = []
        self._incoming = b""

    @classmethod
    async def open(cls, url: str, on_lost: Callable[[], None] = lambda: None) -> "Connection":
        """Connect and log in; `on_lost` is called when the connection ends. Raises OSError or ReplyError."""
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 6379
        _, connection = await asyncio.get_running_loop().create_connection(lambda: cls(on_lost), host, port)
        if parts.password:
            await connection.send(encoded("AUTH", unquote(parts.password)))
        if database := parts.path.strip("/"):
            await connection.send(encoded("SELECT", database))
        return connection

    @property
    def waiting(self) -> int:
        """Replies that have not come yet."""
        return len(self._callers)

    def send(self, command: bytes, replies: int = 1) -> "asyncio.Future[Reply]":
        """The reply to come; of several commands in one, the last of so many.

        Raises ReplyError for an error that the server answers, ConnectionError without a server.
        """
        caller: asyncio.Future[Reply] = self._loop.create_future()
        if self._transport is None:
            caller.set_exception(ConnectionError("not connected to the store"))
            return caller
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(command)
        for _ in range(replies - 1):
            self._callers.append(None)
        self._callers.append(caller)
        return caller

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._outgoing.clear()
        while self._callers:
            caller = self._callers.popleft()
            if caller is not None and not caller.done():
                caller.set_exception(ConnectionError("the connection to the store was lost"))
                caller.exception()  # whoever awaits it still gets it; one that nobody awaits is no news
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        buffer = self._incoming + data if self._incoming else data
        callers, at, size = self._callers, 0, len(buffer)
        while at < size:
            found = read(buffer, at)
            if found is None:
                break
            reply, at = found
            caller = callers.popleft()
            if caller is not None and not caller.done():
                if isinstance(reply, ReplyError):
                    caller.set_exception(reply)
                else:
                    caller.set_result(reply)
        self._incoming = buffer[at:]

    def _flush(self) -> None:
        if self._transport is not None and self._outgoing:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()


def read(buffer: bytes, at: int) -> tuple[Reply, int] | None:
    """The reply that begins at `at` and where the next one does; None while it is not there whole."""
    end = buffer.find(b"\r\n", at)
    if end < 0:
        return None
    kind, after = buffer[at], end + 2
    if kind == 36:  # "$": what scripts answer, so it comes first
        last = after + int(buffer[at + 1 : end])
        if last < after:
            return None, after
        return (buffer[after:last], last + 2) if len(buffer) >= last + 2 else None
    head = buffer[at + 1 : end]
    if kind == 43:  # "+"
        return head, after
    if kind == 58:  # ":"
        return int(head), after
    if kind == 42:  # "*"
        return _read_array(buffer, int(head), after)
    if kind == 45:  # "-"
        return ReplyError(head.decode()), after
    raise ConnectionError(f"the store does not speak RESP2: {buffer[at : at + 20]!r}")


def _read_array(buffer: bytes, size: int, at: int) -> tuple[Reply, int] | None:
    replies: list[Reply] = []
    for _ in range(size):
        found = read(buffer, at)
        if found is None:
            return None
        reply, at = found
        replies.append(reply)
    return (replies if size >= 0 else None), at
