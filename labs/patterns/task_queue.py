"""Task queue: a bounded queue, and the line of those who wait for room in it.

Problem. A bounded queue is simple until somebody may wait in front of it. Then there are two lines, and a task can be passed
over by a later one, or stand before a queue that has long had room.

Rule. Whoever takes a task from the queue lets in the next of those who wait outside, in the order in which they came. With a
capacity of 0 there is no queue to be let into, and tasks are taken from the line itself. A new capacity counts at once.

Source. `java.util.concurrent.ArrayBlockingQueue` with its fairness policy: those who wait for room get it in their order.

Limits. One event loop, first come, first served. Part of `task_processor.py`, which decides who may wait and who is refused.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Task = Callable[[], Awaitable[Result]]


class Rejected(Exception):
    """The task was not accepted and will not be run."""


class Job(Generic[Result]):
    """A task with the future that its submitter holds."""

    __slots__ = ("future", "key", "task")

    def __init__(self, task: Task[Result], future: "asyncio.Future[Result]", key: str) -> None:
        self.task = task
        self.future = future
        self.key = key


class TaskQueue:
    """Its length is the number of tasks inside; who waits for room is not counted."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._jobs: deque[Job[Any]] = deque()
        self._line: deque[tuple[asyncio.Future[None], Job[Any]]] = deque()

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job[Any]]:
        return iter(self._jobs)

    @property
    def capacity(self) -> int:
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: int) -> None:
        self._capacity = capacity
        self._let_in()

    @property
    def has_room(self) -> bool:
        return len(self._jobs) < self._capacity

    def put(self, job: Job[Any]) -> None:
        """At the end, whether there is room or not."""
        self._jobs.append(job)

    def take(self) -> Job[Any] | None:
        """The oldest task that waits, in the queue or before it."""
        job = self._jobs.popleft() if self._jobs else self._first_in_line()
        if job is not None:
            self._let_in()
        return job

    def push_out(self) -> Job[Any]:
        """The oldest task inside, to make room for the newest."""
        return self._jobs.popleft()

    def clear(self) -> None:
        self._jobs.clear()

    async def room_for(self, job: Job[Any]) -> None:
        """Returns when the task is inside, or with a worker. Raises Rejected after `turn_away`."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append((place, job))
        await place

    def turn_away(self) -> None:
        """Nobody who waits for room will get any."""
        for place, _job in self._line:
            if not place.done():
                place.set_exception(Rejected("the processor was shut down while the task waited for room"))
        self._line.clear()

    def _let_in(self) -> None:
        """Those who wait before the queue follow while there is room in it."""
        while self.has_room and (job := self._first_in_line()) is not None:
            self._jobs.append(job)

    def _first_in_line(self) -> Job[Any] | None:
        """The task of the submitter that waits longest, who waits no more."""
        while self._line:
            place, job = self._line.popleft()
            if not place.done():
                place.set_result(None)
                return job
        return None
