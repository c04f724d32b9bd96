"""One reader of the bus per web process, however many browsers: hands each run's news to whoever watches that run.

The hub never waits for a browser. A subscription holds a bounded queue; when it overflows the queue is thrown away and the
stream, once it gets there, reads what it missed from the run's history. The same happens after the store was away.
"""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio
import structlog
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from labs.streams import CONNECTION_LOST, Keys, keys

log = structlog.get_logger(__name__)

QUEUE_ITEMS = 512
QUEUE_BYTES = 1024 * 1024
BLOCK_MS = 1000
READ_COUNT = 1000
TICK_S = 1.0
KEEPALIVE_TICKS = 15


class Batch(NamedTuple):
    """Events `first` to `last` of a take, as ready-made SSE frames."""

    take: int
    first: int
    last: int
    frames: bytes


class Control(NamedTuple):
    """A message without a number; `final`: the take has ended."""

    take: int
    body: bytes
    final: bool


class Resync(NamedTuple):
    """Something may have been missed: read the history."""


class Tick(NamedTuple):
    """Time passes: `keepalive` every 15 s, else once a second for those who wait in the queue."""

    keepalive: bool


class Close(NamedTuple):
    """The browser has gone or the server stops: end the stream."""


Item = Batch | Control | Resync | Tick | Close
RESYNC, TICK, KEEPALIVE, CLOSE = Resync(), Tick(False), Tick(True), Close()


class Subscription:
    """What one stream has not taken yet. `impatient`: wants a tick a second."""

    __slots__ = ("_bytes", "_items", "_waiter", "closed", "impatient", "run")

    def __init__(self, run: bytes) -> None:
        self.run = run
        self.impatient = False
        self.closed = False
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._waiter: asyncio.Future[None] | None = None

    def offer(self, item: Item) -> None:
        """Queue an item; never waits."""
        if type(item) is Batch:
            self._bytes += len(item.frames)
        self._items.append(item)
        if len(self._items) > QUEUE_ITEMS or self._bytes > QUEUE_BYTES:
            self._overflow()
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def _overflow(self) -> None:
        kept = [item for item in self._items if type(item) is Close or (type(item) is Control and item.final)]
        self._items.clear()
        self._items.append(RESYNC)
        self._items.extend(kept)
        self._bytes = 0

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.offer(CLOSE)

    async def take(self) -> deque[Item]:
        """Everything that is queued; waits until there is something."""
        if not self._items:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        items, self._items, self._bytes = self._items, deque(), 0
        return items


class Hub:
    """Reads the bus while anybody is subscribed."""

    def __init__(self) -> None:
        self.names: Keys = keys()
        self.store: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=10,
            socket_connect_timeout=2,
            max_connections=1000,
        )
        self._reader = redis.asyncio.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), socket_timeout=None)
        self._slots = asyncio.Semaphore(32)
        self._by_run: dict[bytes, set[Subscription]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._last: dict[Any, Any] = {}
        self._idle = asyncio.Event()
        self.reading = asyncio.Event()

    @contextmanager
    def subscription(self, run: UUID) -> Iterator[Subscription]:
        """The run's news from now on."""
        mine = Subscription(run.bytes)
        self._by_run.setdefault(mine.run, set()).add(mine)
        self._idle.clear()
        self._start()
        try:
            yield mine
        finally:
            others = self._by_run[mine.run]
            others.discard(mine)
            if not others:
                del self._by_run[mine.run]
            if not self._by_run:
                self._idle.set()

    @property
    def slots(self) -> asyncio.Semaphore:
        """Bounds how many streams read the store at once: a storm of reconnects must not open a thousand connections."""
        return self._slots

    def subscriptions(self) -> Iterator[Subscription]:
        return itertools.chain.from_iterable(list(self._by_run.values()))

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.ensure_future(task) for task in (self._read_for_ever(), self._tick(), self._drain())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._reader.aclose()
        await self.store.aclose()

    async def _read_for_ever(self) -> None:
        pause_s = 0.05
        while True:
            try:
                if not self.reading.is_set():
                    await self._begin()
                    pause_s = 0.05
                await self._read()
            except CONNECTION_LOST as error:
                if self.reading.is_set():
                    log.warning("bus_lost", error=str(error))
                self.reading.clear()
                await asyncio.sleep(pause_s)
                pause_s = min(1.0, pause_s * 2)
            except redis.RedisError:
                log.exception("bus_not_read")
                self.reading.clear()
                await asyncio.sleep(1.0)

    async def _begin(self) -> None:
        """Start behind the newest entry of each shard; whoever is subscribed may have missed what came before."""
        for name in self.names.buses():
            newest: Any = await self._reader.xrevrange(name, count=1)
            self._last[name] = newest[0][0] if newest else b"0-0"
        self.reading.set()
        for subscription in self.subscriptions():
            subscription.offer(RESYNC)

    async def _read(self) -> None:
        found: Any = await self._reader.xread({**self._last}, count=READ_COUNT, block=BLOCK_MS)
        for name, entries in found.items() if isinstance(found, dict) else found or ():
            rows = entries[0] if isinstance(found, dict) else entries
            self._last[name.decode()] = rows[-1][0]
            for _id, fields in rows:
                self._dispatch(fields)

    def _dispatch(self, fields: dict[bytes, bytes]) -> None:
        watchers = self._by_run.get(fields[b"r"])
        if not watchers:
            return
        take = int(fields[b"k"])
        frames = fields.get(b"b")
        item: Item
        if frames is not None:
            item = Batch(take, int(fields[b"a"]), int(fields[b"z"]), frames)
        else:
            item = Control(take, fields[b"c"], b"f" in fields)
        for watcher in watchers:
            watcher.offer(item)

    async def _tick(self) -> None:
        for tick in itertools.count(1):
            await asyncio.sleep(TICK_S)
            keepalive = tick % KEEPALIVE_TICKS == 0
            for subscription in self.subscriptions():
                if keepalive:
                    subscription.offer(KEEPALIVE)
                elif subscription.impatient:
                    subscription.offer(TICK)

    async def _drain(self) -> None:
        """The server is about to stop: every stream ends, its browser comes back to the next process."""
        from config.server import draining

        await draining().wait()
        for subscription in self.subscriptions():
            subscription.close()
        await self._idle.wait()
        self._tasks.remove(asyncio.current_task())  # type: ignore[arg-type]
        await self.close()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The running loop's hub."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found


async def close_hub() -> None:
    with contextlib.suppress(KeyError):
        await _hubs.pop(asyncio.get_running_loop()).close()
