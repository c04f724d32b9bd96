"""Connection pool: a bounded set of connections, lent out one borrower at a time, and looked after.

Problem. Opening a connection takes longer than many a query (TCP, TLS, log-in, a process at the database), and a database can
keep only so many. So programs share a few that stay open. The naive pool is a queue of connections
(`naive_connection_pool.py`), and it hangs, hands out dead connections and loses track of them: what a pool is for lies in
the cases that a demonstration does not show.

Rule.

1. *Bounded, and fair.* At most `maximum` connections; who asks when all are out waits in line, first come, first served.
2. *Nobody waits for ever.* After `acquire_timeout_s` the borrower gets `PoolTimeout`, and while `max_waiting` are in line
   already, `PoolExhausted` at once. A leak or a slow query makes errors that name the pool, not a program that stands still.
3. *Whole at the start.* `open` opens `minimum`; if one of them fails, the others are closed and the error is raised.
4. *Checked before use.* A connection that lay idle is asked with `validate` before it is handed out; a dead one is replaced on
   the way. One that was in use a moment ago is taken on trust, since a check costs a round trip.
5. *Clean after use.* `reset` (a rollback) ends what the borrower left open, before the next one gets the connection. If that
   fails, the connection is closed.
6. *Given back once.* A borrower holds a `Lease`. It is given back exactly once, however often it is released, so a connection
   is never in two hands.
7. *Mortal.* Connections are replaced after `max_lifetime_s` (±10 %, so that they do not all go at once): servers, balancers and
   firewalls drop old ones without a word, and after a fail-over the pool must find the new server. Idle ones beyond
   `minimum` are closed after `idle_timeout_s`.
8. *Missed.* A lease out for longer than `leak_after_s` is reported to `on_leak`. With `reclaim` it is also revoked: its
   connection is closed and its place is free again.
9. *Closed for good.* `close` refuses newcomers, sends away those in line, waits `drain_s` for what is out and then closes it.
   A connection that comes back to a closed pool is closed.

Size. By Little's law a pool holds (queries a second) · (seconds that a connection is held) connections busy on average, and
needs some more for the bursts. More than the database can work on at once only makes it slower: begin with twice its cores.
What counts is the sum over all instances of the program: 20 instances with 50 each are 1,000.

Source. The semantics of HikariCP and psycopg_pool (documentation, "About pool sizing" and "Connection pools"); Michael Nygard,
*Release It!* (2nd edition, 2018), "Blocked Threads" and "Integration Points".

Limits. It knows its own process only. `reclaim` closes a connection under its borrower: if that was slow rather than gone, its
next statement fails, so choose `leak_after_s` well above the longest honest use. Borrowers that hold one connection and ask for
a second can starve each other; take both from different pools, or neither. Not thread-safe: use it from one event loop.

    PoolError
    ├── PoolTimeout      no connection came free in time
    ├── PoolExhausted    too many wait already
    ├── PoolClosed       the pool is closed
    └── ConnectFailed    the server refused or could not be reached (`__cause__` says why)
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Generic, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time

Connection = TypeVar("Connection")
TimeLimit = Callable[[float | None], AbstractAsyncContextManager[Any]]
Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Future[Any]"]

LIFETIME_SPREAD = 0.1


class PoolError(Exception):
    """Nothing was borrowed."""


class PoolTimeout(PoolError):
    """No connection came free in time."""


class PoolExhausted(PoolError):
    """Too many wait already."""


class PoolClosed(PoolError):
    """The pool is closed."""


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


class _Held(Generic[Connection]):
    """A connection of the pool, and until when it may live."""

    __slots__ = ("connection", "dies_s", "idle_since_s")

    def __init__(self, connection: Connection, now_s: float, dies_s: float) -> None:
        self.connection = connection
        self.idle_since_s = now_s
        self.dies_s = dies_s


class Lease(Generic[Connection]):
    """One borrower's hold on a connection, from `taken_s` on. `borrower` is the name given to `acquire`, for reports."""

    __slots__ = ("_held", "_pool", "borrower", "reported", "returned", "taken_s")

    def __init__(self, pool: "ConnectionPool[Connection]", held: _Held[Connection], borrower: str, taken_s: float) -> None:
        self._pool = pool
        self._held = held
        self.borrower = borrower
        self.taken_s = taken_s
        self.returned = self.reported = False

    @property
    def connection(self) -> Connection:
        """Raises PoolError when the lease is over: a connection that was given back is somebody else's."""
        if self.returned:
            raise PoolError("this connection was given back or revoked")
        return self._held.connection

    async def release(self) -> None:
        """Give it back; a second time nothing happens."""
        await self._pool.take_back(self, self._held)

    async def __aenter__(self) -> Connection:
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.release()


def _say_nothing(lease: Lease[Any]) -> None:
    """Nobody listens for leaks."""


class ConnectionPool(Generic[Connection]):
    """Use it as

        pool = ConnectionPool(connect, close, maximum=10)
        await pool.open()
        async with await pool.acquire() as connection:
            ...
        await pool.close()

    `connect()` opens a connection and `close(connection)` ends one; `validate(connection)` says whether it still works and
    `reset(connection)` makes it as new. None as a time means: never.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        close: Callable[[Connection], Awaitable[None]],
        *,
        minimum: int = 0,
        maximum: int = 10,
        acquire_timeout_s: float | None = 5.0,
        max_waiting: int | None = None,
        validate: Callable[[Connection], Awaitable[bool]] | None = None,
        validate_after_s: float = 0.5,
        reset: Callable[[Connection], Awaitable[None]] | None = None,
        clean_up_timeout_s: float = 2.0,
        idle_timeout_s: float | None = 600.0,
        max_lifetime_s: float | None = 1800.0,
        leak_after_s: float | None = None,
        reclaim: bool = False,
        on_leak: Callable[[Lease[Connection]], None] = _say_nothing,
        sweep_s: float = 1.0,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
        time_limit: TimeLimit = asyncio.timeout,
        spawn: Spawn = asyncio.ensure_future,
        rng: Random | None = None,
    ) -> None:
        self.minimum = minimum
        self.acquire_timeout_s = acquire_timeout_s
        self.max_waiting = max_waiting
        self.validate_after_s = validate_after_s
        self.clean_up_timeout_s = clean_up_timeout_s
        self.idle_timeout_s = idle_timeout_s
        self.max_lifetime_s = max_lifetime_s
        self.leak_after_s = leak_after_s
        self.reclaim = reclaim
        self.counts = Counts()
        self.closed = False
        self._connect, self._close = connect, close
        self._validate, self._reset = validate, reset
        self._on_leak = on_leak
        self._sweep_s = sweep_s
        self._clock, self._sleep, self._time_limit, self._spawn = clock, sleep, time_limit, spawn
        self._uniform = (rng or Random()).uniform
        self._maximum = maximum
        self._places = 0  # connections that are open, being opened, or being cleaned
        self._opening = 0
        self._idle: deque[_Held[Connection]] = deque()  # the one used last at the right end
        self._leases: OrderedDict[Lease[Connection], None] = OrderedDict()  # the oldest first
        self._waiters: OrderedDict[asyncio.Future[_Held[Connection]], None] = OrderedDict()
        self._tasks: set[asyncio.Future[Any]] = set()
        self._housekeeper: asyncio.Future[Any] | None = None
        self._cleaning = 0
        self._came_back = asyncio.Event()

    # What can be seen from outside

    @property
    def size(self) -> int:
        """Connections, those that are just being opened included."""
        return self._places

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def leased(self) -> int:
        return len(self._leases)

    @property
    def opening(self) -> int:
        return self._opening

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    @property
    def leases(self) -> tuple[Lease[Connection], ...]:
        """Those that are out, the oldest first."""
        return tuple(self._leases)

    @property
    def maximum(self) -> int:
        return self._maximum

    @maximum.setter
    def maximum(self, maximum: int) -> None:
        """More are opened for those who wait; beyond fewer, idle ones are closed now and the others as they come back."""
        self._maximum = maximum
        while self._idle and self._places > maximum:
            self._discard(self._idle.popleft())
        self._grow()

    # From open to close

    async def open(self) -> None:
        """Open `minimum` connections. All or none: raises ConnectFailed after the others were closed."""
        wanted, failures = min(self.minimum, self._maximum), list[PoolError]()
        self._places += wanted
        try:
            await asyncio.gather(*(self._open_first(failures) for _ in range(wanted)))
            if failures:
                raise failures[0]
        except BaseException:
            await self.close()
            raise
        self._housekeeper = self._spawn(self._keep_house())

    async def _open_first(self, failures: list[PoolError]) -> None:
        try:
            self._hand_on(await self._make())
        except PoolError as error:
            self._places -= 1
            failures.append(error)

    async def close(self, drain_s: float = 5.0) -> None:
        """Refuse newcomers, wait for what is out, then close everything."""
        self.closed = True
        while self._waiters:
            self._tell_first(PoolClosed("the pool is closing"))
        with suppress(TimeoutError):
            async with self._time_limit(drain_s):
                while self._leases or self._cleaning:
                    self._came_back.clear()
                    await self._came_back.wait()
        for lease in self.leases:
            self._revoke(lease)
        while self._idle:
            self._discard(self._idle.pop())
        if self._housekeeper is not None:
            self._housekeeper.cancel()
        while tasks := [task for task in self._tasks if not task.done()]:
            _done, late = await asyncio.wait(tasks, timeout=self.clean_up_timeout_s)
            for task in late:
                task.cancel()

    # Borrowing

    async def acquire(self, borrower: str = "") -> Lease[Connection]:
        """A connection for this borrower. Raises PoolTimeout, PoolExhausted, PoolClosed or ConnectFailed."""
        if self.closed:
            raise PoolClosed("the pool is closed")
        if self._idle and not self._waiters and not self._needs_check(self._idle[-1]):
            return self._lend(self._idle.pop(), borrower)
        timeout_s = self.acquire_timeout_s  # it may be another one when this is over
        try:
            async with self._time_limit(timeout_s):
                held = await self._next()
                if self._needs_check(held):
                    held = await self._checked(held)
        except TimeoutError:
            self.counts.timeouts += 1
            raise PoolTimeout(f"no connection within {timeout_s:g} s: {self.leased} of {self._maximum} are out") from None
        return self._lend(held, borrower)

    async def take_back(self, lease: Lease[Connection], held: _Held[Connection]) -> None:
        """What `Lease.release` does."""
        if lease.returned:
            return
        self._forget(lease)
        self._cleaning += 1
        try:
            await self._clean(held)
        finally:
            self._cleaning -= 1
            self._came_back.set()

    async def _clean(self, held: _Held[Connection]) -> None:
        """Make it as new and hand it on, or close it."""
        if self.closed or self._places > self._maximum or self._too_old(held):
            self._discard(held)
            return
        try:
            if self._reset is not None:
                async with self._time_limit(self.clean_up_timeout_s):
                    await self._reset(held.connection)
        except Exception:
            self._discard(held)
        except BaseException:
            self._discard(held)
            raise
        else:
            self._hand_on(held)

    async def _next(self) -> _Held[Connection]:
        """One that is idle, or the next that comes free: in the order in which they asked."""
        if self._idle and not self._waiters:
            return self._idle.pop()
        if self.max_waiting is not None and len(self._waiters) >= self.max_waiting:
            raise PoolExhausted(f"{self.max_waiting} wait for a connection already")
        turn: asyncio.Future[_Held[Connection]] = asyncio.get_running_loop().create_future()
        self._waiters[turn] = None
        self._grow()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._hand_on(turn.result())  # its turn came in the very moment in which it gave up
            raise
        finally:
            self._waiters.pop(turn, None)

    def _needs_check(self, held: _Held[Connection]) -> bool:
        now_s = self._clock()
        return now_s >= held.dies_s or (self._validate is not None and now_s - held.idle_since_s > self.validate_after_s)

    async def _checked(self, held: _Held[Connection]) -> _Held[Connection]:
        """The same if it still works, else a new one in its place."""
        try:
            if not self._too_old(held):
                if self._validate is None or await self._validate(held.connection):
                    return held
                self.counts.dead += 1
        except Exception:
            self.counts.dead += 1
        except BaseException:
            self._discard(held)
            raise
        self._discard(held, keep_place=True)
        return await self._replaced()

    async def _replaced(self) -> _Held[Connection]:
        """A new one for a place that is taken already."""
        try:
            return await self._make()
        except BaseException:
            self._free_place()
            raise

    def _lend(self, held: _Held[Connection], borrower: str) -> Lease[Connection]:
        lease = Lease(self, held, borrower, self._clock())
        self._leases[lease] = None
        return lease

    def _forget(self, lease: Lease[Connection]) -> None:
        lease.returned = True
        del self._leases[lease]
        self._came_back.set()

    # Connections that come and go

    def _hand_on(self, held: _Held[Connection]) -> None:
        """To whoever waits longest, else to the idle ones."""
        if self.closed:
            self._discard(held)
            return
        held.idle_since_s = self._clock()
        while self._waiters:
            turn, _nothing = self._waiters.popitem(last=False)
            if not turn.done():
                turn.set_result(held)
                return
        self._idle.append(held)

    def _tell_first(self, error: PoolError) -> None:
        """Whoever waits longest hears of it."""
        while self._waiters:
            turn, _nothing = self._waiters.popitem(last=False)
            if not turn.done():
                turn.set_exception(error)
                return

    async def _make(self) -> _Held[Connection]:
        """Open one, for a place that is taken already."""
        try:
            connection = await self._connect()
        except Exception as error:
            self.counts.failed_to_open += 1
            raise ConnectFailed(f"no connection could be opened: {error}") from error
        self.counts.opened += 1
        now_s, life_s = self._clock(), self.max_lifetime_s
        spread = self._uniform(1.0 - LIFETIME_SPREAD, 1.0 + LIFETIME_SPREAD)
        return _Held(connection, now_s, now_s + life_s * spread if life_s is not None else float("inf"))

    def _grow(self) -> None:
        """Open as many as those in line need, as far as there is room."""
        while not self.closed and self._places < self._maximum and self._opening < len(self._waiters):
            self._open_one()

    def _open_one(self) -> None:
        self._places += 1
        self._opening += 1
        self._start(self._open_and_hand_on())

    async def _open_and_hand_on(self) -> None:
        try:
            held = await self._make()
        except BaseException as error:
            self._opening -= 1
            self._places -= 1
            if not isinstance(error, PoolError):
                raise
            self._tell_first(error)
            self._grow()
        else:
            self._opening -= 1
            self._hand_on(held)

    def _discard(self, held: _Held[Connection], keep_place: bool = False) -> None:
        """Close it, in a task of its own: nobody waits for a connection that hangs."""
        self.counts.closed += 1
        self._start(self._end(held.connection))
        if not keep_place:
            self._free_place()

    def _free_place(self) -> None:
        self._places -= 1
        self._grow()

    async def _end(self, connection: Connection) -> None:
        with suppress(Exception):
            async with self._time_limit(self.clean_up_timeout_s):
                await self._close(connection)

    def _too_old(self, held: _Held[Connection]) -> bool:
        return self._clock() >= held.dies_s

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The house

    async def _keep_house(self) -> None:
        while not self.closed:
            await self._sleep(self._sweep_s)
            self.sweep()

    def sweep(self) -> None:
        """Close what is too old or idle for too long, open up to `minimum`, look for leaks. Done each `sweep_s`."""
        now_s = self._clock()
        for held in [one for one in self._idle if one.dies_s <= now_s]:
            self._idle.remove(held)
            self._discard(held)
        if self.idle_timeout_s is not None:
            while self._idle and self._places > self.minimum and now_s - self._idle[0].idle_since_s >= self.idle_timeout_s:
                self._discard(self._idle.popleft())
        while not self.closed and self._places < min(self.minimum, self._maximum):
            self._open_one()
        if self.leak_after_s is not None:
            self._look_for_leaks(now_s - self.leak_after_s)

    def _look_for_leaks(self, taken_before_s: float) -> None:
        for lease in self.leases:
            if lease.taken_s > taken_before_s:
                return
            if not lease.reported:
                lease.reported = True
                self.counts.leaks += 1
                self._on_leak(lease)
            if self.reclaim:
                self._revoke(lease)

    def _revoke(self, lease: Lease[Connection]) -> None:
        held = lease._held
        self._forget(lease)
        self._discard(held)
