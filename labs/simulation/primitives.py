"""Sleep, timeout, spawn and a semaphore for the hot path of simulated worlds.

They mean what asyncio's mean, cost a fraction, and work on `VirtualLoop` only: elsewhere they raise `OnlyInVirtualTime`.
Code that must run in the live world too (every pattern) takes its sleep and its timeout as arguments, and is handed
these in virtual time.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator
from heapq import heappush
from types import TracebackType, coroutine
from typing import Any

from labs.simulation.errors import OnlyInVirtualTime
from labs.simulation.futures import PARKED, RUNNABLE, Task
from labs.simulation.loop import VirtualLoop

running_loop: Any = asyncio._get_running_loop


def virtual_loop() -> VirtualLoop:
    """The running loop, which must be a virtual one."""
    loop = running_loop()
    if loop.__class__ is not VirtualLoop:
        raise OnlyInVirtualTime(f"this works on a VirtualLoop only, and the running loop is {loop!r}; use asyncio's own")
    return loop


def current_task() -> Task:
    """The task that runs now, in virtual time."""
    task = virtual_loop().current
    if task is None:
        raise OnlyInVirtualTime("this must be awaited inside a task; a callback cannot wait")
    return task


def now_s() -> float:
    """The running world's clock."""
    return virtual_loop().now


def spawn(coro: Coroutine[Any, Any, object], name: str | None = None) -> Task:
    """Start a task that nobody needs to await; its failure, if nobody awaits it, ends the run with that exception."""
    return Task(coro, virtual_loop(), name, True)


@coroutine
def sleep(delay_s: float) -> Generator[Any, None, None]:
    """Let `delay_s` virtual seconds pass; 0 or less only lets the others that are ready run first."""
    try:
        yield delay_s
    except RuntimeError:
        virtual_loop()
        raise


@coroutine
def park() -> Generator[Any, None, None]:
    """Wait until somebody calls `wake()` on this task."""
    yield PARKED


class timeout:  # noqa: N801 - it is read like asyncio.timeout
    """`with timeout(0.5):` or `async with timeout(0.5):` raises TimeoutError when the block takes longer.

    Exactly as `asyncio.timeout`: the deadline cancels the task, and the cancellation becomes a TimeoutError at the edge
    of the block unless somebody else has asked for it too. None never expires. The plain `with` is the faster.
    """

    __slots__ = ("_cancelling", "_delay_s", "_expired", "_task", "timer")

    def __init__(self, delay_s: float | None) -> None:
        self._delay_s = delay_s
        self._expired = False
        self.timer = RUNNABLE

    def __enter__(self) -> "timeout":
        loop = running_loop()
        if loop.__class__ is not VirtualLoop or loop.current is None:
            current_task()
        self._task: Task | None = loop.current
        self._cancelling = loop.current._cancels
        if self._delay_s is not None:
            when_s = loop.now + self._delay_s
            if loop.now < when_s and len(loop.timers) < loop.sweep_at:
                self.timer = number = loop.next_number()
                heappush(loop.timers, (when_s, number, self))
            else:
                loop.schedule(when_s, self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.timer = RUNNABLE
        if not self._expired:
            self._task = None
            return
        task, self._task = self._task, None
        if task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    async def __aenter__(self) -> "timeout":
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def expired(self) -> bool:
        return self._expired

    def _run(self) -> None:
        """The deadline has come. Called by the loop."""
        if self._task is not None:
            self._expired = True
            self._task.cancel()


class Semaphore:
    """A number of slots with a first-come, first-served queue: a released slot goes to whoever waits longest."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, slots: int = 1) -> None:
        if slots < 0:
            raise ValueError(f"a semaphore cannot start with {slots} slots")
        self._free = slots
        self._waiting: deque[Task] = deque()

    @property
    def free(self) -> int:
        return self._free

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def locked(self) -> bool:
        return self._free == 0

    @coroutine
    def acquire(self) -> Generator[Any, None, bool]:
        """Take a slot, waiting in line for it. A task that is cancelled in line leaves it; its slot passes on."""
        if self._free:
            self._free -= 1
            return True
        task = current_task()
        self._waiting.append(task)
        try:
            yield PARKED
        except BaseException:
            if task in self._waiting:
                self._waiting.remove(task)
            else:
                self.release()
            raise
        return True

    def release(self) -> None:
        if self._waiting:
            self._waiting.popleft().wake()
        else:
            self._free += 1

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_error: object) -> None:
        self.release()
