"""Pooled connection: opened once, used by many, checked before a use and cleaned after it, and not for ever.

Problem. A connection that is kept and shared is not the one that was opened. The server restarts, a firewall drops it without a
word, a borrower leaves a transaction open in it; and the next one, who has done nothing wrong, gets the error or, worse, works
inside a stranger's transaction.

Rule. Four questions in the life of each connection, whoever lends it out:

1. *Is it still there?* One that lay idle for longer than `validate_after_s` is asked before its next use. One that was in use a
   moment ago is taken on trust, since a check costs a round trip.
2. *Is it clean?* After each use `reset` ends what the borrower left open. What cannot be cleaned in `clean_up_timeout_s` is
   closed.
3. *Is it too old?* Each gets a lifetime when it is opened, `max_lifetime_s` give or take 10 %, so that they do not all go at
   once. After a fail-over that is how a pool finds the new server.
4. *How does it end?* In a task of its own and with a time limit: nobody waits for a connection that hangs.

Source. HikariCP (`maxLifetime`; it takes on trust what was in use half a second ago) and psycopg_pool (`check`, `reset`,
`max_lifetime`).

Limits. A check says that the connection worked a moment ago. A statement can fail all the same, so borrowers need an answer to
that; a pool spares them the failures that can be foreseen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

from labs.patterns.clock import Clock, running_loop_time
from labs.patterns.timeout import Spawn

Connection = TypeVar("Connection")
TimeLimit = Callable[[float | None], AbstractAsyncContextManager[Any]]

LIFETIME_SPREAD = 0.1


class PoolError(Exception):
    """Nothing was borrowed."""


class ConnectFailed(PoolError):
    """The server refused or could not be reached."""


@dataclass(slots=True)
class Counts:
    """What has happened so far."""

    opened: int = 0
    closed: int = 0
    failed_to_open: int = 0
    dead: int = 0
    leaks: int = 0
    timeouts: int = 0


class PooledConnection(Generic[Connection]):
    """A connection, since when nobody uses it, and until when it may live."""

    __slots__ = ("connection", "dies_s", "idle_since_s")

    def __init__(self, connection: Connection, now_s: float, dies_s: float) -> None:
        self.connection = connection
        self.idle_since_s = now_s
        self.dies_s = dies_s


class ConnectionCare(Generic[Connection]):
    """What is done to a connection from its opening to its end. `connect` opens one and `close` ends it; `validate` says
    whether it still works and `reset` makes it as new. Times may be changed at any moment; None means: never.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        close: Callable[[Connection], Awaitable[None]],
        *,
        validate: Callable[[Connection], Awaitable[bool]] | None = None,
        validate_after_s: float = 0.5,
        reset: Callable[[Connection], Awaitable[None]] | None = None,
        clean_up_timeout_s: float = 2.0,
        max_lifetime_s: float | None = 1800.0,
        clock: Clock = running_loop_time,
        time_limit: TimeLimit = asyncio.timeout,
        spawn: Spawn = asyncio.ensure_future,
        rng: Random | None = None,
    ) -> None:
        self.validate_after_s = validate_after_s
        self.clean_up_timeout_s = clean_up_timeout_s
        self.max_lifetime_s = max_lifetime_s
        self.counts = Counts()
        self._connect, self._close = connect, close
        self._validate, self._reset = validate, reset
        self.clock, self.time_limit, self.spawn = clock, time_limit, spawn
        self._uniform = (rng or Random()).uniform
        self._tasks: set[asyncio.Future[Any]] = set()

    async def open(self) -> PooledConnection[Connection]:
        """A new one. Raises ConnectFailed."""
        try:
            connection = await self._connect()
        except Exception as error:
            self.counts.failed_to_open += 1
            raise ConnectFailed(f"no connection could be opened: {error}") from error
        self.counts.opened += 1
        now_s, life_s = self.clock(), self.max_lifetime_s
        spread = self._uniform(1.0 - LIFETIME_SPREAD, 1.0 + LIFETIME_SPREAD)
        return PooledConnection(connection, now_s, now_s + life_s * spread if life_s is not None else float("inf"))

    def too_old(self, held: PooledConnection[Connection]) -> bool:
        return self.clock() >= held.dies_s

    def needs_check(self, held: PooledConnection[Connection]) -> bool:
        now_s = self.clock()
        return now_s >= held.dies_s or (self._validate is not None and now_s - held.idle_since_s > self.validate_after_s)

    async def works(self, held: PooledConnection[Connection]) -> bool:
        """Whether it may be lent out."""
        if self.too_old(held):
            return False
        try:
            works = self._validate is None or await self._validate(held.connection)
        except Exception:
            works = False
        self.counts.dead += not works
        return works

    async def clean(self, held: PooledConnection[Connection]) -> bool:
        """Make it as new; False when that fails."""
        try:
            if self._reset is not None:
                async with self.time_limit(self.clean_up_timeout_s):
                    await self._reset(held.connection)
        except Exception:
            return False
        return True

    def end(self, held: PooledConnection[Connection]) -> None:
        """Close it, in a task of its own."""
        self.counts.closed += 1
        self.start(self._end(held.connection))

    async def _end(self, connection: Connection) -> None:
        with suppress(Exception):
            async with self.time_limit(self.clean_up_timeout_s):
                await self._close(connection)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that nobody waits for now; `finish` does."""
        task = self.spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what was started, and end what takes too long."""
        while tasks := [task for task in self._tasks if not task.done()]:
            _done, late = await asyncio.wait(tasks, timeout=self.clean_up_timeout_s)
            for task in late:
                task.cancel()
