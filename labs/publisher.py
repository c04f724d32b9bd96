"""The worker's side of a run's streams: puts one take's events there in batches, whatever happens to the store meanwhile."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from labs.errors import StoreAway
from labs.limits import limits
from labs.streams import (
    CONNECTION_LOST,
    FIELD,
    Cut,
    bus_entry,
    close,
    divergence_s,
    entry_id,
    frame,
    keys,
    number_of,
    status_body,
    store,
)

ALREADY_THERE = "equal or smaller than the target stream top item"


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
