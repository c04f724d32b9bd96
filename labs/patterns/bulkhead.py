"""Bulkhead: a bound on the calls to one dependency, at work and in line, so that a slow one cannot take every slot there is.

Problem. Ten worker threads serve calls to A, B and C. C becomes slow. Each call to it holds its thread for seconds instead of
milliseconds, and within moments all ten threads wait for C. A and B are in perfect health, and nobody can reach them: the
slowest dependency decides for all. A ship without compartments sinks by one hole.

Rule. Give each dependency a compartment: `slots` calls at a time, `queue_limit` more in line, none of them in line for longer
than `max_wait_s`. Whoever finds it full is told so at once (`BulkheadFull`): nothing was sent, so the caller may go elsewhere.

Two builds of the same wall:

- `SemaphoreBulkhead` counts. The caller makes the call itself, in its own task or thread, and holds a slot meanwhile. Cheap,
  no hand-over, right for calls that carry a timeout of their own. It cannot abandon a call: a caller that is stuck in one
  that cannot be cancelled stays stuck, and keeps the slot.
- `PoolBulkhead` has workers. The call runs in a task of the pool, and the caller only waits for its result. A caller that
  loses patience leaves, and goes on with something else; the worker stays where it is until the call ends. The pool saves the
  caller, not the worker: C's own compartment still fills up with calls that hang. Only a timeout inside the call empties it.

What sketches leave out:

1. A wall has a price. Slots that are idle in A's compartment do not help B: split pools turn away more calls than one pool of
   as many slots under the same healthy traffic (`labs.theory.bulkhead.split_loss`). That is an insurance premium; know it.
2. Size by Little's law: rate x time gives the slots that are busy on average. Take the 99th percentile of the time instead of
   its mean, and add headroom. Too few slots throttle a healthy dependency; too many keep nothing back when it falls ill.
3. The queue is 0 or short. A long one only moves the waiting to where the caller cannot see it, and hands work that is stale
   to a dependency that has just recovered.
4. The line is first come, first served, and whoever leaves it (timeout, cancellation) leaves no hole: a slot that is handed to
   someone who has just gone passes on to the next.

Source. Michael Nygard, *Release It!* (2nd edition, 2018), "Bulkheads"; semaphore and thread-pool forms as in the documentation
of Resilience4j and, before it, of Hystrix ("Isolation").

Limits. It bounds how many, not how long: pair it with a timeout inside. Each process has compartments of its own: fifty
processes with four slots each send C up to 200 calls. A wall inside one process does not hold where the two sides share
something else (CPU, memory, one event loop that is blocked). Not thread-safe: use it from one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from labs.patterns.timeout import Spawn, TimeLimit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class BulkheadFull(Exception):
    """No slot was free in time: nothing was sent. `waited` tells a call that stood in line from one turned away at the door."""

    def __init__(self, name: str, why: str, waited: bool) -> None:
        super().__init__(f"{name} {why}")
        self.waited = waited


class Compartment:
    """Slots and the line for them: what both bulkheads are made of. `busy` and `queued` may be read at any time.

    `slots`, `queue_limit` and `max_wait_s` may be set at any time: more slots go to the line at once, fewer let the calls
    under way finish. `max_wait_s` None: whoever is in line waits until it is served or cancelled.
    """

    def __init__(
        self,
        name: str = "the bulkhead",
        *,
        slots: int,
        queue_limit: int = 0,
        max_wait_s: float | None = None,
        time_limit: TimeLimit = asyncio.timeout,
    ) -> None:
        self.name = name
        self.queue_limit = queue_limit
        self.max_wait_s = max_wait_s
        self.busy = 0
        self._slots = slots
        self._line: deque[asyncio.Future[None]] = deque()
        self._time_limit = time_limit

    @property
    def slots(self) -> int:
        return self._slots

    @slots.setter
    def slots(self, slots: int) -> None:
        self._slots = slots
        self._admit()

    @property
    def queued(self) -> int:
        """Calls that stand in line at this instant."""
        return len(self._line)

    async def enter(self) -> None:
        """Take a slot, in line for it if need be; raises BulkheadFull. To be given back by `leave()`."""
        if self.busy < self._slots:  # then nobody is in line: see `_admit`
            self.busy += 1
            return
        if len(self._line) >= self.queue_limit:
            raise BulkheadFull(self.name, f"is full: {self.busy} at work, {len(self._line)} in line", waited=False)
        await self._stand_in_line()

    async def _stand_in_line(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        max_wait_s = self.max_wait_s  # it may be another one when the wait is over
        try:
            if max_wait_s is None:
                await turn
            else:
                async with self._time_limit(max_wait_s):
                    await turn
        except BaseException as reason:
            self._give_up(turn)
            if isinstance(reason, TimeoutError):
                raise BulkheadFull(self.name, f"had no free slot within {max_wait_s:g} s", waited=True) from None
            raise

    def _give_up(self, turn: "asyncio.Future[None]") -> None:
        """Leave the line, or pass on the slot that came in this very instant."""
        if turn.done() and not turn.cancelled():
            self.leave()
        with suppress(ValueError):
            self._line.remove(turn)

    def leave(self) -> None:
        """Give a slot back: it goes to whoever has stood in line longest."""
        self.busy -= 1
        self._admit()

    def _admit(self) -> None:
        while self._line and self.busy < self._slots:
            turn = self._line.popleft()
            if not turn.done():
                self.busy += 1
                turn.set_result(None)


class SemaphoreBulkhead(Compartment):
    """The caller makes the call itself and holds a slot meanwhile. `await bulkhead.call(send, request)`, `@bulkhead`, or

    async with bulkhead.slot():
        answer = await send(request)
    """

    @asynccontextmanager
    async def slot(self) -> "AsyncIterator[None]":
        """A slot for the block; raises BulkheadFull before the block is entered."""
        await self.enter()
        try:
            yield
        finally:
            self.leave()

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` in a slot; raises BulkheadFull or the function's own error."""
        await self.enter()
        try:
            return await function(*args, **kwargs)
        finally:
            self.leave()

    def __call__(self, function: Callable[Arguments, Awaitable[Result]]) -> Callable[Arguments, Awaitable[Result]]:
        @wraps(function)
        async def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            return await self.call(function, *args, **kwargs)

        return guarded


class PoolBulkhead(Compartment):
    """The call runs in a worker of the pool. A caller that is cancelled (a timeout around `call`) leaves at once: from the line
    with nothing sent; from a call under way, whose worker goes on and keeps its slot to the end, its late result dropped.
    `spawn` starts a worker's task. With a timeout of the caller's own: `call_within(1.0, pool.call(send, request))`.
    """

    def __init__(
        self,
        name: str = "the pool",
        *,
        slots: int,
        queue_limit: int = 0,
        max_wait_s: float | None = None,
        time_limit: TimeLimit = asyncio.timeout,
        spawn: Spawn = asyncio.ensure_future,
    ) -> None:
        super().__init__(name, slots=slots, queue_limit=queue_limit, max_wait_s=max_wait_s, time_limit=time_limit)
        self._spawn = spawn

    async def call(
        self, function: Callable[Arguments, Coroutine[Any, Any, Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await the result of `function(*args, **kwargs)`, run by a worker; raises BulkheadFull or the function's own error."""
        await self.enter()
        try:
            worker = self._spawn(function(*args, **kwargs))
        except BaseException:  # no worker, no callback: wrong arguments, for instance
            self.leave()
            raise
        worker.add_done_callback(self._finished)
        result: Result = await asyncio.shield(worker)
        return result

    def __call__(self, function: Callable[Arguments, Coroutine[Any, Any, Result]]) -> Callable[Arguments, Awaitable[Result]]:
        @wraps(function)
        async def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            return await self.call(function, *args, **kwargs)

        return guarded

    def _finished(self, worker: "asyncio.Future[Any]") -> None:
        """As a callback, not in the worker's own `finally`: a task that is cancelled before its first step never gets there."""
        if not worker.cancelled():
            worker.exception()  # seen, so that a late error nobody waits for is not reported as forgotten
        self.leave()
