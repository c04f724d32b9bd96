"""Where a run's events lie in Valkey, and how the worker puts them there.

- Each take of a run has its complete history in a stream of its own. An entry's id is the event's number in its take
  plus one (`17-0` is event 16): an event that is there already is refused by the server, so a take that is computed
  again after a worker's death changes nothing for whoever reads it.
- What is new also goes to one of a few bus streams, which every web process reads once for all of its browsers. A bus
  entry carries a batch of events as ready-made SSE frames; entries are trimmed, who misses one reads the history.
- A hash per run says which take is the newest and how far each take is. A hash per take, `cuts`, says for each
  earlier take with which number a reader who comes from there goes on, and up to when what it has stays true.

The row in the database decides; all of this can be lost and is made again from the row or from the worker's memory.
"""

import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from labs.errors import StoreAway
from labs.limits import limits

SHARDS = 4
ALREADY_THERE = "equal or smaller than the target stream top item"
FIELD = b"e"
CONNECTION_LOST = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError)


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of the keys, all under one prefix."""

    prefix: str

    def state(self, run: UUID) -> str:
        return f"{self.prefix}run:{run}"

    def history(self, run: UUID, take: int) -> str:
        return f"{self.prefix}run:{run}:{take}"

    def cuts(self, run: UUID, take: int) -> str:
        return f"{self.prefix}run:{run}:{take}:cuts"

    def changes(self, run: UUID) -> str:
        """The list through which changes reach a live run."""
        return f"{self.prefix}run:{run}:changes"

    def queue(self, world: str) -> str:
        """The sorted set of runs that wait for a worker."""
        return f"{self.prefix}queue:{world}"

    def active(self, asker: str) -> str:
        """The sorted set of an asker's runs under way."""
        return f"{self.prefix}active:{asker}"

    def rate(self, address: str) -> str:
        return f"{self.prefix}rate:{address}"

    def bus(self, run: UUID) -> str:
        return f"{self.prefix}bus:{run.int % SHARDS}"

    def buses(self) -> list[str]:
        return [f"{self.prefix}bus:{shard}" for shard in range(SHARDS)]


def keys() -> Keys:
    return Keys(settings.LABS_KEY_PREFIX)


@cache
def store() -> "redis.Redis":
    """This process's connections. Nothing is tried twice behind our back: what a lost connection means, we decide."""
    return redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=2)


def frame(take: int, number: int, line: bytes) -> bytes:
    """One event as browsers read it."""
    return b"id: %d.%d\ndata: %b\n\n" % (take, number, line)


def control_frame(body: bytes) -> bytes:
    return b"data: %b\n\n" % body


def entry_id(number: int) -> str:
    return f"{number + 1}-0"


def number_of(entry: bytes) -> int:
    return int(entry.partition(b"-")[0]) - 1


def pack(lines: Iterable[bytes]) -> bytes:
    return zlib.compress(b"\n".join(lines), 3)


def unpack(series: bytes) -> list[bytes]:
    return zlib.decompress(series).split(b"\n")


def time_of(line: bytes) -> float:
    """Virtual seconds of an encoded event; the head of a run has none and counts as 0."""
    return float(orjson.loads(line).get("t") or 0.0)


def divergence_s(take_starts: Sequence[float], seen: int, newest: int) -> float:
    """The instant from which take `newest` differs from take `seen`: the earliest change made in between."""
    return min(take_starts[seen:newest])


def first_number_from(lines: Sequence[bytes], t_s: float) -> int:
    """The number of the first event at or after `t_s`; events come in order of time."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if time_of(lines[middle]) < t_s:
            low = middle + 1
        else:
            high = middle
    return low


def cut_of(lines: Sequence[bytes], t_s: float) -> "Cut":
    """Where a reader goes on in a whole take whose other version it knows until `t_s`."""
    number = first_number_from(lines, t_s)
    return Cut(number, time_of(lines[number - 1]) if number else 0.0)


@dataclass(frozen=True, slots=True)
class Cut:
    """The first event that a reader of another take does not have, and the time of the one before it.

    Everything that the reader holds from a later time than `kept_s` is no longer true.
    """

    number: int
    kept_s: float

    def encoded(self) -> str:
        return f"{self.number} {self.kept_s!r}"

    @classmethod
    def decoded(cls, text: bytes) -> "Cut":
        number, _, kept_s = text.partition(b" ")
        return cls(int(number), float(kept_s))


def take_body(take: int, at_s: float, cut: Cut) -> bytes:
    """The message that sends a reader to another take, which differs from instant `at_s` on."""
    return orjson.dumps({"type": "take", "take": take, "t": cut.kept_s, "at": at_s, "next": cut.number})


class Superseded(Exception):
    """Nobody waits for this take any more: there is a newer one, or the run was cancelled."""


class Publisher:
    """Puts one take's events into the store, in batches: the first few at once, then every `interval_s`.

    Everything is also kept in `lines`. When the store was away, or came back empty, what is missing is put there again
    under the same numbers. Of a live run, which has seconds between events, each is sent as it comes.
    """

    interval_s = 0.015
    batch = 64
    eager = 4
    patience_s = 60.0

    def __init__(self, run: UUID, take: int, take_starts: Sequence[float], *, world: str = "simulated", asker: str = ""):
        self.run, self.take, self.world, self.asker = run, take, world, asker
        self.lines: list[bytes] = []
        self._keys, self._store, self._limits = keys(), store(), limits()
        self._take_starts = list(take_starts)
        self._public_from_s = take_starts[take - 1]
        self._public: int | None = 0 if take == 1 else None
        self._cut_at = {seen: divergence_s(take_starts, seen, take) for seen in range(1, take)}
        self._cuts: dict[int, Cut] = {}
        self._last_s = 0.0
        self._cuts_sent = 0
        self._sent = 0
        self._fresh = True
        self._at_once = world == "live"
        self._flushed_at = 0.0
        self._flushes = 0

    def add(self, line: bytes, t_s: float) -> None:
        """Take in the next event; send what is due. Raises `Superseded` or `StoreAway`."""
        if self._cut_at:
            self._note_cuts(t_s)
        self.lines.append(line)
        self._last_s = t_s
        if self._public is None and t_s >= self._public_from_s:
            self._public = len(self.lines) - 1
        if self._due():
            self.flush()

    def hold(self, line: bytes, t_s: float) -> None:
        """Take in an event that is not to be seen before `end`: the run's last one."""
        self.flush()
        self._note_cuts(float("inf"))
        self._public = len(self.lines) if self._public is None else self._public
        self.lines.append(line)

    def end(self, status: str, message: str = "") -> None:
        """Send what is left, say that the run has ended and how, and close its streams."""
        self._push(status, message)

    def flush(self) -> None:
        if self._sent < len(self.lines) or self._fresh:
            self._push()

    def _note_cuts(self, t_s: float) -> None:
        reached = [seen for seen, cut_s in self._cut_at.items() if t_s >= cut_s]
        for seen in reached:
            del self._cut_at[seen]
            self._cuts[seen] = Cut(len(self.lines), self._last_s)

    def _due(self) -> bool:
        if self._at_once or self._fresh:
            return True
        waiting = len(self.lines) - self._sent
        if self._public is None:
            return waiting >= 4 * self.batch
        return self._flushes < self.eager or waiting >= self.batch or time.monotonic() - self._flushed_at >= self.interval_s

    def _push(self, status: str = "", message: str = "") -> None:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                self._send_all(status, message)
                return
            except CONNECTION_LOST as error:
                if time.monotonic() > deadline:
                    raise StoreAway from error
                self._find_out_what_is_there(deadline)

    def _send_all(self, status: str, message: str) -> None:
        while True:
            last = min(len(self.lines), self._sent + 500)
            self._send(last, status if last == len(self.lines) else "", message)
            if self._sent >= len(self.lines):
                return

    def _send(self, last: int, status: str, message: str) -> None:
        """One transaction: the history, the cuts, the bus, and the state where it changes."""
        state, history = self._keys.state(self.run), self._keys.history(self.run, self.take)
        pipe: Any = self._store.pipeline(transaction=True)
        pipe.hmget(state, "take", f"status:{self.take}")
        for number in range(self._sent, last):
            pipe.execute_command("XADD", history, entry_id(number), FIELD, self.lines[number])
        self._send_cuts(pipe)
        if self._fresh:
            self._open(pipe)
        self._send_news(pipe, last)
        if status:
            close(pipe, self._keys, self.run, self.take, status, message, self.asker, total=last)
        answers = pipe.execute(raise_on_error=False)
        self._judge(answers, last)

    def _send_cuts(self, pipe: Any) -> None:
        if len(self._cuts) > self._cuts_sent:
            name = self._keys.cuts(self.run, self.take)
            pipe.hset(name, mapping={str(seen): cut.encoded() for seen, cut in self._cuts.items()})
            pipe.expire(name, self._limits.stream_ttl_s)

    def _open(self, pipe: Any) -> None:
        state = self._keys.state(self.run)
        pipe.zrem(self._keys.queue(self.world), str(self.run))
        fields = {"take": self.take, f"status:{self.take}": "running", "world": self.world}
        pipe.hset(state, mapping={**fields, "starts": orjson.dumps(self._take_starts)})
        for name in (state, self._keys.history(self.run, self.take)):
            pipe.expire(name, self._limits.stream_ttl_s)
        pipe.execute_command(*self._bus_entry(b"c", status_body("running", take=self.take)))

    def _send_news(self, pipe: Any, last: int) -> None:
        if self._public is None:
            return
        first = max(self._sent, self._public)
        if first < last:
            frames = b"".join([frame(self.take, number, self.lines[number]) for number in range(first, last)])
            pipe.execute_command(*self._bus_entry(b"b", frames, b"a", first, b"z", last - 1))

    def _bus_entry(self, *fields: bytes | int) -> tuple[Any, ...]:
        return bus_entry(self._keys, self.run, self.take, *fields)

    def _judge(self, answers: list[Any], last: int) -> None:
        """What the server said: refusals of what was there already are welcome, other errors are not."""
        wrong = [answer for answer in answers if isinstance(answer, Exception) and ALREADY_THERE not in str(answer)]
        if wrong:
            raise wrong[0]
        newest, status = answers[0]
        if newest is None and not self._fresh:
            self._start_over()
            return
        superseded = newest is not None and int(newest) > self.take
        if superseded and self._fresh:
            self._store.hset(self._keys.state(self.run), "take", newest)
        if superseded or status == b"cancelled":
            raise Superseded
        self._sent, self._fresh, self._cuts_sent = last, False, len(self._cuts)
        self._flushed_at, self._flushes = time.monotonic(), self._flushes + (self._public is not None)

    def _start_over(self) -> None:
        """The store has forgotten the run: put it there again from the first event on."""
        self._store.delete(self._keys.history(self.run, self.take))
        self._sent, self._fresh, self._cuts_sent = 0, True, 0

    def _find_out_what_is_there(self, deadline: float) -> None:
        """After a lost connection: wait until the store answers, and go on behind the last event that it has."""
        history = self._keys.history(self.run, self.take)
        pause_s = 0.05
        while True:
            try:
                found: Any = self._store.xrevrange(history, count=1)
                known = self._store.exists(self._keys.state(self.run))
            except CONNECTION_LOST as error:
                if time.monotonic() > deadline:
                    raise StoreAway from error
                time.sleep(pause_s)
                pause_s = min(1.0, pause_s * 2)
                continue
            self._sent = number_of(found[0][0]) + 1 if found else 0
            self._cuts_sent = 0
            if not known:
                self._start_over()
            return


def status_body(status: str, **more: Any) -> bytes:
    return orjson.dumps({"type": "status", "status": status} | more)


def bus_entry(names: Keys, run: UUID, take: int, *fields: bytes | int) -> tuple[Any, ...]:
    """The command that puts one entry on the run's bus: r run, k take, then b frames, a first, z last number, or c control."""
    return ("XADD", names.bus(run), "MAXLEN", "~", limits().bus_entries, "*", b"r", run.bytes, b"k", take, *fields)


def close(pipe: Any, names: Keys, run: UUID, take: int, status: str, message: str, asker: str, total: int = 0) -> None:
    """Note how a take ended, after how many events, and tell its readers; in whatever transaction `pipe` is."""
    state = names.state(run)
    pipe.hset(state, mapping={f"status:{take}": status, f"message:{take}": message, f"total:{take}": total})
    pipe.hsetnx(state, "take", take)
    for name in (names.queue("simulated"), names.queue("live"), names.active(asker), names.active("live runs")):
        pipe.zrem(name, str(run))
    pipe.expire(state, limits().stream_ttl_s)
    pipe.execute_command(*bus_entry(names, run, take, b"c", status_body(status, message=message, take=take), b"f", 1))


def announce_end(run: UUID, take: int, status: str, message: str, asker: str) -> None:
    """Tell whoever reads the run that it has ended without its worker: cancelled, given up."""
    pipe = store().pipeline(transaction=True)
    close(pipe, keys(), run, take, status, message, asker)
    pipe.execute()


def withdraw(run: UUID, asker: str) -> None:
    """Take back what was noted of a run that nobody came to compute, as if it had never been asked for."""
    names = keys()
    pipe = store().pipeline(transaction=True)
    for name in (names.queue("simulated"), names.queue("live"), names.active(asker), names.active("live runs")):
        pipe.zrem(name, str(run))
    pipe.delete(names.state(run))
    pipe.execute()


def announce_queued(run: UUID, take_starts: Sequence[float], world: str, at: float) -> None:
    """Note that the newest take waits for a worker since `at` (seconds since 1970)."""
    names = keys()
    state = names.state(run)
    pipe = store().pipeline(transaction=True)
    take = len(take_starts)
    starts = orjson.dumps(list(take_starts))
    fields: dict[Any, Any] = {"take": take, f"status:{take}": "queued", "world": world, "starts": starts}
    pipe.hset(state, mapping=fields)
    pipe.expire(state, limits().stream_ttl_s)
    pipe.zadd(names.queue(world), {str(run): at}, nx=True)
    pipe.execute()


def forget(run: UUID, takes: int) -> None:
    """Remove everything that the store holds of a run."""
    names = keys()
    store().delete(
        names.state(run),
        names.changes(run),
        *(names.history(run, take) for take in range(1, takes + 1)),
        *(names.cuts(run, take) for take in range(1, takes + 1)),
    )


def send_live_change(run: UUID, row: dict[str, Any]) -> None:
    """Hand a change to the worker that plays the live run."""
    name = keys().changes(run)
    pipe = store().pipeline(transaction=True)
    pipe.rpush(name, orjson.dumps(row))
    pipe.expire(name, limits().stream_ttl_s)
    pipe.execute()
