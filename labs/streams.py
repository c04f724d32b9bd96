"""Where a run's events lie in Valkey: names, numbers, frames, and the notices that a run begins, changes or ends.

- Each take of a run has its complete history in a stream of its own. An entry's id is the event's number in its take
  plus one (`17-0` is event 16): an event that is there already is refused by the server, so a take that is computed
  again after a worker's death changes nothing for whoever reads it.
- What is new also goes to one of a few bus streams, which every web process reads once for all of its browsers. A bus
  entry carries a batch of events as ready-made SSE frames; entries are trimmed, who misses one reads the history.
- A hash per run says which take is the newest and how far each take is. A hash per take, `cuts`, says for each
  earlier take with which number a reader who comes from there goes on, and up to when what it has stays true.

`labs.publisher` is the worker's side of it, `labs.event_streams` the readers'. The row in the database decides; all of this
can be lost and is made again from the row or from the worker's memory.
"""

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

from labs.limits import limits

SHARDS = 4
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
