"""A real HTTP/1.1 service in a process of its own: `python -m labs.live.http_service`.

Its parent speaks to it over pipes, one JSON object a line. In: first the plan (`{"plan": {…}, "behaviour": {…}, "port": 0}`),
then a `{"behaviour": {…}}` or a `{"plan": {…}}` whenever one changes. Out: `{"port": N}` once it listens, then
`{"busy": n, "queued": n, "busy_s": s, "at_s": monotonic}`, at most every 20 ms and only after a change.

Callers send `GET /?fate=…&pace=…&demand=…` over loopback; the draws decide the answer (see `labs.live.slots`). The process
goes when its parent does: the kernel kills it (PR_SET_PDEATHSIG) where there is such a call, and it leaves when its standard
input ends. Bounds: `MAXIMUM_CONNECTIONS`, `MAXIMUM_HEAD_BYTES`, the plan's queue, one request at a time on a connection.
"""

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from labs.experiments.world import Behaviour, ServicePlan
from labs.live.loop import new_loop
from labs.live.slots import Job, Slots

HOST = "127.0.0.1"
MAXIMUM_CONNECTIONS = 640
BACKLOG = 256
MAXIMUM_HEAD_BYTES = 8_192
REPORT_EVERY_S = 0.02
PR_SET_PDEATHSIG = 1

REASONS = {
    200: "OK",
    400: "Bad Request",
    405: "Method Not Allowed",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class BadRequest(Exception):
    """A request that is not understood; the first argument is the status to answer with, on a connection that then closes."""


def response(status: int, keep: bool = True) -> bytes:
    body = f"{REASONS[status]}\n"
    connection = "" if keep else "Connection: close\r\n"
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n{connection}\r\n"
    return (head + body).encode()


def read_request(head: bytes) -> Mapping[str, float]:
    """The draws in the target of a GET; raises BadRequest with 400, 405 or 413."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if version != "HTTP/1.1":
        raise BadRequest(400)
    if method != "GET":
        raise BadRequest(405)
    names = {line.partition(":")[0].strip().lower() for line in lines}
    if names & {"content-length", "transfer-encoding"}:
        raise BadRequest(413)
    return read_draws(target.partition("?")[2])


def read_draws(query: str) -> Mapping[str, float]:
    """`fate`, `pace` and `demand`, each in [0, 1)."""
    try:
        given = dict(parse_qsl(query, max_num_fields=8))
        draws = {name: float(given[name]) for name in ("fate", "pace", "demand")}
    except (KeyError, ValueError):
        raise BadRequest(400) from None
    if not all(0.0 <= draw < 1.0 for draw in draws.values()):
        raise BadRequest(400)
    return draws


class Connection(asyncio.Protocol):
    """One caller. Answers in the order of asking; a caller who hangs up takes its request back."""

    def __init__(self, slots: Slots, siblings: set["Connection"]) -> None:
        self._slots, self._siblings = slots, siblings
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._job: Job | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._siblings.add(self)
        if len(self._siblings) > MAXIMUM_CONNECTIONS:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._siblings.discard(self)
        if self._job is not None:
            self._slots.drop(self._job)
            self._job = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._job is None:
            self._next()
        elif len(self._received) > MAXIMUM_HEAD_BYTES:
            self._refuse(431)

    def _next(self) -> None:
        if self._job is not None:
            return  # its answer calls again
        end = self._received.find(b"\r\n\r\n")
        if end > MAXIMUM_HEAD_BYTES or (end < 0 and len(self._received) > MAXIMUM_HEAD_BYTES):
            self._refuse(431)
        elif end >= 0:
            head = bytes(self._received[:end])
            del self._received[: end + 4]
            self._serve(head)

    def _serve(self, head: bytes) -> None:
        try:
            draws = read_request(head)
        except BadRequest as bad:
            self._refuse(bad.args[0])
            return
        self._job = Job(draws["fate"], draws["pace"], draws["demand"], self._answer)
        self._slots.take(self._job)

    def _answer(self, status: int) -> None:
        self._job = None
        if self._transport is not None:
            self._transport.write(response(status))
            if self._received:
                asyncio.get_running_loop().call_soon(self._next)

    def _refuse(self, status: int) -> None:
        if self._transport is not None:
            self._received.clear()
            self._transport.write(response(status, keep=False))
            self._transport.close()


class Reporter:
    """Says how busy the slots are, soon after each change but not more often than every `REPORT_EVERY_S`."""

    def __init__(self, write: Callable[[Mapping[str, Any]], None]) -> None:
        self.slots: Slots | None = None
        self._write = write
        self._due = False

    def changed(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(REPORT_EVERY_S, self._report)

    def _report(self) -> None:
        self._due = False
        if self.slots is not None:
            at_s = asyncio.get_running_loop().time()
            self._write({"busy": self.slots.busy, "queued": self.slots.queued, "busy_s": self.slots.busy_s, "at_s": at_s})


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel for SIGKILL when the parent's thread is gone; leave at once if it already is."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def write_line(message: Mapping[str, Any]) -> None:
    """To the parent; where nobody reads any more there is nobody left to serve."""
    try:
        os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")
    except OSError:
        os._exit(1)


async def serve() -> None:
    """Read the plan, listen, and obey until standard input ends."""
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    first = json.loads(await commands.readline())
    reporter = Reporter(write_line)
    slots = reporter.slots = Slots(ServicePlan(**first["plan"]), Behaviour(**first["behaviour"]), reporter.changed)
    siblings: set[Connection] = set()
    server = await loop.create_server(lambda: Connection(slots, siblings), HOST, first["port"], backlog=BACKLOG)
    write_line({"port": server.sockets[0].getsockname()[1]})
    while line := await commands.readline():
        obey(slots, json.loads(line))
    pipe.close()
    server.close()


def obey(slots: Slots, message: Mapping[str, Any]) -> None:
    if "plan" in message:
        slots.plan = ServicePlan(**message["plan"])
    if "behaviour" in message:
        slots.behaviour = Behaviour(**message["behaviour"])


def main() -> None:
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when we go
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
