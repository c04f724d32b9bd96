"""The event stream of a run, as an ASGI application of its own: Server-Sent Events with resume.

`GET /labs/runs/<uuid>/events?token=…`: the token was checked into the page, so no session and no database is needed to
begin. Where to go on comes from `Last-Event-ID` or `?last=`, as `<take>.<number>`. The stream subscribes first, reads the
history then, and joins the two by the events' numbers: nothing is lost or told twice. The database is asked, in a
thread of two, only where the store of streams knows nothing (any more).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
import structlog
from django.db import close_old_connections
from prometheus_client import Counter, Gauge

from labs import streams
from labs.capabilities import may_listen
from labs.hub import Batch, Close, Control, Hub, Item, Resync, Subscription, Tick, hub
from labs.models import ENDED, Run, Status

log = structlog.get_logger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE = 500
CURSOR = re.compile(r"(?P<take>[0-9]{1,9})\.(?P<number>-1|[0-9]{1,15})")
"""Of no more digits than the store's numbers have: it refuses a command with a longer one."""
RETRY = b"retry: 1000\n\n"
OPEN_STREAMS = Gauge("plimsoll_event_streams", "Event streams that are open.", multiprocess_mode="livesum")
RESYNCS = Counter("plimsoll_event_stream_resyncs", "Times that a stream read a run's history instead of the bus.")
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_rows = ThreadPoolExecutor(2, thread_name_prefix="event-stream-rows")


@dataclass(slots=True)
class Cursor:
    """What the browser has: events below `next` of `take`; take 0 is none yet."""

    take: int = 0
    next: int = 0

    @classmethod
    def decoded(cls, text: str) -> "Cursor":
        """From `<take>.<number>` of the last event; anything else is a fresh start."""
        if found := CURSOR.fullmatch(text):
            return cls(int(found["take"]), int(found["number"]) + 1)
        return cls()


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is, as the store or the row says.

    `total`: how many events a take that ended has, 0 if unknown; `lines`: all of them, from the row of a finished run.
    """

    take: int
    status: str
    world: str
    message: str
    take_starts: tuple[float, ...]
    total: int = 0
    lines: tuple[bytes, ...] | None = None


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application; `config.asgi` routes to it with the run's id in `path_params`."""
    if scope["method"] != "GET":
        await _refuse(send, 405, b"Only GET.", (b"allow", b"GET"))
        return
    run = UUID(scope["path_params"]["run"])
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=None))
    if not may_listen(run, query.get("token", "")):
        await _refuse(send, 403, b"This address is no longer valid. Reload the page.")
        return
    headers = dict(scope["headers"])
    last = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("last", "")
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    with hub().subscription(run) as subscription, OPEN_STREAMS.track_inprogress():
        watcher = asyncio.ensure_future(_close_when_gone(receive, subscription))
        try:
            await Stream(run, Cursor.decoded(last), hub(), subscription, send).tell()
            if not watcher.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watcher.cancel()


async def _refuse(send: Send, status: int, text: bytes, *headers: tuple[bytes, bytes]) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": text})


async def _close_when_gone(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.close()


class Stream:
    """Tells one browser one run, from its cursor to the end."""

    __slots__ = ("_cursor", "_ended", "_hub", "_run", "_send", "_silent", "_subscription", "_told", "_told_nothing")

    def __init__(self, run: UUID, cursor: Cursor, hub: Hub, subscription: Subscription, send: Send) -> None:
        self._run = run
        self._cursor = cursor
        self._hub = hub
        self._subscription = subscription
        self._send = send
        self._ended = False
        self._silent = True
        self._told_nothing = True
        self._told: tuple[int, str, int] = (0, "", -1)

    async def tell(self) -> None:
        await self._refresh()
        subscription, cursor = self._subscription, self._cursor
        while not self._over():
            parts: list[bytes] = []
            for item in await subscription.take():
                if type(item) is Batch and item.take == cursor.take and item.first == cursor.next:
                    cursor.next = item.last + 1
                    parts.append(item.frames)
                    continue
                if parts:
                    await self._write(b"".join(parts))
                    parts = []
                await self._handle(item)
                if self._over():
                    return
            if parts:
                await self._write(parts[0] if len(parts) == 1 else b"".join(parts))

    def _over(self) -> bool:
        return self._ended

    async def _write(self, body: bytes) -> None:
        if self._told_nothing:
            self._told_nothing, body = False, RETRY + body
        self._silent = False
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _handle(self, item: Item) -> None:
        """Everything but the batch that comes just in turn."""
        match item:
            case Batch(take=take, last=last):
                if take > self._cursor.take or (take == self._cursor.take and last >= self._cursor.next):
                    await self._refresh()
            case Control(final=True):
                await self._refresh()
            case Control(take=take, body=body):
                if take >= self._cursor.take and self._told != (take, Status.RUNNING, -1):
                    self._told = (take, Status.RUNNING, -1)
                    self._subscription.impatient = False
                    await self._write(streams.control_frame(body))
            case Resync():
                RESYNCS.inc()
                await self._refresh()
            case Tick(keepalive=keepalive):
                await self._tick(keepalive)
            case Close():
                self._ended = True

    async def _tick(self, keepalive: bool) -> None:
        """In the queue: say when it moves. Else, after 15 s without a word: a comment, and a look at the row."""
        if self._subscription.impatient:
            await self._refresh()
        if keepalive:
            silent, self._silent = self._silent, True
            if silent:
                await self._send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
                await self._look_at_the_row()

    async def _refresh(self) -> None:
        """Ask the store how far the run is and tell what the browser has not got; the row, where the store knows too little."""
        try:
            state, page = await self._look()
            whole = state is not None and await self._catch_up(state, page)
        except streams.CONNECTION_LOST:
            state, whole = None, False
        if state is not None and state.status not in ENDED:
            await self._tell_status(state)
        elif state is not None and whole:
            await self._end(state)
        else:
            await self._look_at_the_row()

    async def _ask(self, command: Awaitable[Any]) -> Any:
        async with self._hub.slots:
            return await command

    async def _look(self) -> tuple[State | None, list[Any] | None]:
        """How far the run is, and the history behind the cursor in what is most likely the newest take: one round trip."""
        pipe = self._hub.store.pipeline(transaction=False)
        pipe.hgetall(self._hub.names.state(self._run))
        history = self._hub.names.history(self._run, self._cursor.take or 1)
        pipe.xrange(history, min=streams.entry_id(self._cursor.next), count=PAGE)
        found, page = await self._ask(pipe.execute())
        if b"take" not in found or b"starts" not in found:
            return None, None
        take = int(found[b"take"])
        state = State(
            take=take,
            status=found.get(b"status:%d" % take, b"queued").decode(),
            world=found.get(b"world", b"simulated").decode(),
            message=found.get(b"message:%d" % take, b"").decode(),
            take_starts=tuple(orjson.loads(found[b"starts"])),
            total=int(found.get(b"total:%d" % take, 0)),
        )
        return state, page if take == (self._cursor.take or 1) else None

    async def _catch_up(self, state: State, page: list[Any] | None) -> bool:
        """Tell what the history has, beginning with `page`; whether that is all there will ever be of a take that has ended."""
        if self._cursor.take != state.take and not await self._go_to_take(state):
            return False
        name = self._hub.names.history(self._run, state.take)
        while True:
            at = streams.entry_id(self._cursor.next)
            found = page if page is not None else await self._ask(self._hub.store.xrange(name, min=at, count=PAGE))
            frames, page = [], None
            for entry, fields in found:
                if streams.number_of(entry) != self._cursor.next:
                    break
                frames.append(streams.frame(state.take, self._cursor.next, fields[streams.FIELD]))
                self._cursor.next += 1
            if frames:
                await self._write(b"".join(frames))
            if len(frames) < PAGE:
                return self._cursor.next >= state.total

    async def _go_to_take(self, state: State) -> bool:
        """Send the browser on to the newest take; False while it is not known where it goes on there."""
        seen = self._cursor.take
        if not 0 < seen < state.take:
            await self._set_take(state.take, 0.0, streams.Cut(0, 0.0), tell=seen > 0)
            return True
        found = await self._ask(self._hub.store.hget(self._hub.names.cuts(self._run, state.take), str(seen)))
        if found is None:
            return False
        at_s = streams.divergence_s(state.take_starts, seen, state.take)
        await self._set_take(state.take, at_s, streams.Cut.decoded(found))
        return True

    async def _set_take(self, take: int, at_s: float, cut: streams.Cut, tell: bool = True) -> None:
        """The browser drops what it has from later than the cut; what it had not got before it, it gets now."""
        number = min(cut.number, self._cursor.next) if tell and self._cursor.take else 0
        self._cursor.take, self._cursor.next = take, number
        if tell:
            body = streams.take_body(take, at_s, streams.Cut(number, cut.kept_s))
            await self._write(b"id: %d.%d\n" % (take, number - 1) + streams.control_frame(body))

    async def _tell_status(self, state: State) -> None:
        """Say how far the run is, unless that was said before."""
        queued = state.status == Status.QUEUED
        self._subscription.impatient = queued
        ahead = await self._runs_ahead(state) if queued else -1
        if self._told == (state.take, state.status, ahead):
            return
        self._told = (state.take, state.status, ahead)
        more = {"ahead": ahead} if queued else {}
        await self._write(streams.control_frame(streams.status_body(state.status, take=state.take, **more)))

    async def _runs_ahead(self, state: State) -> int:
        try:
            return int(await self._ask(self._hub.store.zrank(self._hub.names.queue(state.world), str(self._run))) or 0)
        except streams.CONNECTION_LOST:
            return max(0, self._told[2])

    async def _look_at_the_row(self) -> None:
        """The last word. A run that goes on is told when the store knows it again."""
        state = await asyncio.get_running_loop().run_in_executor(_rows, row_state, self._run)
        if state is None:
            await self._end(State(self._cursor.take, "failed", "", "This run is no longer there.", ()))
        elif state.status not in ENDED:
            await self._tell_status(state)
        else:
            if state.lines is not None:
                await self._tell_lines(state, state.lines)
            await self._end(state)

    async def _tell_lines(self, state: State, lines: tuple[bytes, ...]) -> None:
        seen = self._cursor.take
        if 0 < seen < state.take:
            at_s = streams.divergence_s(state.take_starts, seen, state.take)
            await self._set_take(state.take, at_s, streams.cut_of(lines, at_s))
        elif seen != state.take:
            await self._set_take(state.take, 0.0, streams.Cut(0, 0.0), tell=seen > 0)
        while self._cursor.next < len(lines):
            first, last = self._cursor.next, min(len(lines), self._cursor.next + PAGE)
            self._cursor.next = last
            await self._write(b"".join([streams.frame(state.take, number, lines[number]) for number in range(first, last)]))

    async def _end(self, state: State) -> None:
        self._ended = True
        status = streams.status_body(state.status, message=state.message, take=state.take)
        await self._write(streams.control_frame(status) + streams.control_frame(b'{"type":"end","take":%d}' % state.take))


def row_state(run_id: UUID) -> State | None:
    """What the database says, with the events of a finished run. Its connection goes back before the stream goes on."""
    close_old_connections()
    try:
        run = Run.objects.filter(pk=run_id).first()
        if run is None:
            return None
        finished = run.status == Status.FINISHED and run.series is not None
        lines = tuple(streams.unpack(bytes(run.series))) if finished and run.series is not None else None
        return State(run.take, run.status, run.world, run.message, tuple(run.take_starts), lines=lines)
    finally:
        close_old_connections()
