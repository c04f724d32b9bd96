"""Connection pool: a bounded set of connections, lent out one borrower at a time and missed when they do not come back.

Problem. Opening a connection takes longer than many a query (TCP, TLS, log-in, a process at the database), and a database can
keep only so many. So programs share a few that stay open. The naive pool is a queue of connections
(`naive_connection_pool.py`), and it hangs, hands out dead connections and loses track of them: what a pool is for lies in
the cases that a demonstration does not show.

Rule.

1. *Bounded, and fair.* At most `maximum` connections; who asks when all are out waits in line, first come, first served
   (`fair_handover.py`).
2. *Nobody waits for ever.* After `acquire_timeout_s` the borrower gets `PoolTimeout`, and while `max_waiting` are in line
   already, `PoolExhausted` at once. A leak or a slow query makes errors that name the pool, not a program that stands still.
3. *Whole at the start.* `open` opens `minimum`; if one of them fails, the others are closed and the error is raised.
4. *Checked before use, clean after it, mortal.* What is done to a connection itself is a page of its own
   (`pooled_connection.py`): dead ones are replaced on the way, what cannot be cleaned is closed, and old ones are replaced.
5. *Given back once.* A borrower holds a `Lease` (`connection_lease.py`). It is given back exactly once, however often it is
   released, so a connection is never in two hands.
6. *No more than needed.* Idle connections beyond `minimum` are closed after `idle_timeout_s`.
7. *Missed.* A lease out for longer than `leak_after_s` is reported to `on_leak`. With `reclaim` it is also revoked: its
   connection is closed and its place is free again.
8. *Closed for good.* `close` refuses newcomers, sends away those in line, waits `drain_s` for what is out and then closes it.
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
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from labs.patterns.clock import Sleep
from labs.patterns.connection_lease import Lease
from labs.patterns.fair_handover import FairHandover
from labs.patterns.pooled_connection import ConnectionCare, PooledConnection, PoolError

Connection = TypeVar("Connection")


class PoolTimeout(PoolError):
    """No connection came free in time."""


class PoolExhausted(PoolError):
    """Too many wait already."""


class PoolClosed(PoolError):
    """The pool is closed."""


def _say_nothing(lease: Lease[Any]) -> None:
    """Nobody listens for leaks."""


class ConnectionPool(Generic[Connection]):
    """Use it as

        care = ConnectionCare(connect, close, validate=..., reset=...)
        pool = ConnectionPool(care, maximum=10)
        await pool.open()
        async with await pool.acquire() as connection:
            ...
        await pool.close()

    None as a time means: never. What can be set here can be changed while it works. `on_leak` must not raise: it is called
    on the round that keeps the house.
    """

    def __init__(
        self,
        care: ConnectionCare[Connection],
        *,
        minimum: int = 0,
        maximum: int = 10,
        acquire_timeout_s: float | None = 5.0,
        max_waiting: int | None = None,
        idle_timeout_s: float | None = 600.0,
        leak_after_s: float | None = None,
        reclaim: bool = False,
        on_leak: Callable[[Lease[Connection]], None] = _say_nothing,
        sweep_s: float = 1.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.care, self.counts = care, care.counts
        self.minimum = minimum
        self.acquire_timeout_s = acquire_timeout_s
        self.max_waiting = max_waiting
        self.idle_timeout_s = idle_timeout_s
        self.leak_after_s = leak_after_s
        self.reclaim = reclaim
        self.closed = False
        self._on_leak = on_leak
        self._sweep_s = sweep_s
        self._clock, self._sleep = care.clock, sleep
        self._maximum = maximum
        self._places = 0  # connections that are open, being opened, or being cleaned
        self._opening = 0
        self._idle: deque[PooledConnection[Connection]] = deque()  # the one used last at the right end
        self._leases: OrderedDict[Lease[Connection], None] = OrderedDict()  # the oldest first
        self._line = FairHandover(self._hand_on)
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
        return len(self._line)

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
        self._housekeeper = self.care.spawn(self._keep_house())

    async def _open_first(self, failures: list[PoolError]) -> None:
        try:
            self._hand_on(await self.care.open())
        except PoolError as error:
            self._places -= 1
            failures.append(error)

    async def close(self, drain_s: float = 5.0) -> None:
        """Refuse newcomers, wait for what is out, then close everything."""
        self.closed = True
        while self._line.tell_first(PoolClosed("the pool is closing")):
            pass
        with suppress(TimeoutError):
            async with self.care.time_limit(drain_s):
                while self._leases or self._cleaning:
                    self._came_back.clear()
                    await self._came_back.wait()
        for lease in self.leases:
            self._revoke(lease)
        while self._idle:
            self._discard(self._idle.pop())
        if self._housekeeper is not None:
            self._housekeeper.cancel()
        await self.care.finish()

    # Borrowing

    async def acquire(self, borrower: str = "") -> Lease[Connection]:
        """A connection for this borrower. Raises PoolTimeout, PoolExhausted, PoolClosed or ConnectFailed."""
        if self.closed:
            raise PoolClosed("the pool is closed")
        if self._idle and not self._line and not self.care.needs_check(self._idle[-1]):
            return self._lend(self._idle.pop(), borrower)
        timeout_s = self.acquire_timeout_s  # it may be another one when this is over
        try:
            async with self.care.time_limit(timeout_s):
                held = await self._next()
                if self.care.needs_check(held):
                    held = await self._checked(held)
        except TimeoutError:
            self.counts.timeouts += 1
            raise PoolTimeout(f"no connection within {timeout_s:g} s: {self.leased} of {self._maximum} are out") from None
        return self._lend(held, borrower)

    async def _take_back(self, lease: Lease[Connection]) -> None:
        """What `Lease.release` does."""
        self._forget(lease)
        self._cleaning += 1
        try:
            await self._clean(lease.held)
        finally:
            self._cleaning -= 1
            self._came_back.set()

    async def _clean(self, held: PooledConnection[Connection]) -> None:
        """Make it as new and hand it on, or close it."""
        if self.closed or self._places > self._maximum or self.care.too_old(held):
            self._discard(held)
            return
        try:
            clean = await self.care.clean(held)
        except BaseException:
            self._discard(held)
            raise
        if clean:
            self._hand_on(held)
        else:
            self._discard(held)

    async def _next(self) -> PooledConnection[Connection]:
        """One that is idle, or the next that comes free: in the order in which they asked."""
        if self._idle and not self._line:
            return self._idle.pop()
        if self.max_waiting is not None and len(self._line) >= self.max_waiting:
            raise PoolExhausted(f"{self.max_waiting} wait for a connection already")
        turn = self._line.join()
        self._grow()
        return await self._line.wait(turn)

    async def _checked(self, held: PooledConnection[Connection]) -> PooledConnection[Connection]:
        """The same if it still works, else a new one in its place."""
        try:
            if await self.care.works(held):
                return held
        except BaseException:
            self._discard(held)
            raise
        self._discard(held, keep_place=True)
        return await self._replaced()

    async def _replaced(self) -> PooledConnection[Connection]:
        """A new one for a place that is taken already."""
        try:
            return await self.care.open()
        except BaseException:
            self._free_place()
            raise

    def _lend(self, held: PooledConnection[Connection], borrower: str) -> Lease[Connection]:
        lease = Lease(self._take_back, held, borrower, self._clock())
        self._leases[lease] = None
        return lease

    def _forget(self, lease: Lease[Connection]) -> None:
        lease.returned = True
        del self._leases[lease]
        self._came_back.set()

    # Connections that come and go

    def _hand_on(self, held: PooledConnection[Connection]) -> None:
        """To whoever waits longest, else to the idle ones."""
        if self.closed:
            self._discard(held)
            return
        held.idle_since_s = self._clock()
        if not self._line.give_first(held):
            self._idle.append(held)

    def _grow(self) -> None:
        """Open as many as those in line need, as far as there is room."""
        while not self.closed and self._places < self._maximum and self._opening < len(self._line):
            self._open_one()

    def _open_one(self) -> None:
        self._places += 1
        self._opening += 1
        self.care.start(self._open_and_hand_on())

    async def _open_and_hand_on(self) -> None:
        try:
            held = await self.care.open()
        except BaseException as error:
            self._opening -= 1
            self._places -= 1
            if not isinstance(error, PoolError):
                raise
            self._line.tell_first(error)
            self._grow()
        else:
            self._opening -= 1
            self._hand_on(held)

    def _discard(self, held: PooledConnection[Connection], keep_place: bool = False) -> None:
        """Close it, and give its place to another."""
        self.care.end(held)
        if not keep_place:
            self._free_place()

    def _free_place(self) -> None:
        self._places -= 1
        self._grow()

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
        self._forget(lease)
        self._discard(lease.held)
