"""Task processor: workers that share a queue, and a decision what happens when it is full.

Problem. Work comes in bursts and is done at a steady pace. Somebody must hold what cannot be done yet, and say no when too
much is held: a queue without a bound only moves the failure to the moment at which memory or patience ends.

Rule. `core` workers take from a queue of `queue_capacity`; up to `maximum` when there is too much to do. What comes when all
that is full meets the *policy*:

    caller-runs       the submitter does it itself: nothing is lost, and the submitter does nothing else meanwhile
    abort             the submitter gets `Rejected` at once, and can tell its own caller
    discard-oldest    the task that waits longest is cancelled to make room: right where only the newest counts
    block             the submitter waits for room
    unbounded         there is always room (the capacity is ignored), so workers never grow beyond `core`

Details that surprise:

1. *Growth*. In Java's ThreadPoolExecutor, whose rules these are (`growth="queue-full"`), a worker beyond `core` starts only
   when the queue is full: with core 4, maximum 8 and a queue of 100 the fifth starts at the 105th task. Until then the queue is
   the latency. `growth="eager"` grows first and queues then, as Tomcat's pool does.
2. *Caller-runs stalls whoever submits*. It is back-pressure if that is a worker of its own; it is an outage if it is the event
   loop or the thread that accepts connections. Admission control in front of the pool keeps it rare.
3. *After `shutdown` every submission raises `Rejected`*. Java's caller-runs drops such a task silently, and its future never
   completes; whoever awaits it waits for ever. Here each accepted task's future ends: result, error or cancellation.
4. *Accepted is not done*. The queue is memory and dies with the process. Give a `journal`, which keeps what was accepted until
   it is done, and hand `journal.unfinished()` to the next process: work that users were promised. They run at least once then,
   so they must bear to be run twice.
5. `shutdown(grace_s)` lets workers finish for so long, then cancels. The grace must be shorter than the platform's: Kubernetes
   kills after 30 s by default, and a pool that waits 60 s never gets to its second half.

Source. `java.util.concurrent.ThreadPoolExecutor` (documentation; D. Lea, JSR 166); B. Goetz, *Java Concurrency in Practice*
(2006), ch. 8.

Limits. One event loop: workers are tasks, so they overlap waiting and not computing (give `asyncio.to_thread` for that). First
come, first served, without priorities. A task that never ends keeps its worker: put a timeout inside it. Not for tasks that
wait for other tasks of the same pool: with all workers waiting nobody is left to work.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, Protocol, TypeVar

from labs.patterns.task_queue import Job, Rejected, Task, TaskQueue
from labs.patterns.timeout import Spawn, TimeLimit

__all__ = ["Growth", "Job", "Journal", "Policy", "Rejected", "Task", "TaskProcessor"]

Result = TypeVar("Result")
Policy = Literal["caller-runs", "abort", "discard-oldest", "block", "unbounded"]
Growth = Literal["queue-full", "eager"]


class Journal(Protocol):
    """Keeps accepted tasks where a crash does not reach them: a table, a log, a queue of its own."""

    async def accepted(self, key: str) -> None:
        """Returns when it is safe."""
        ...

    async def done(self, key: str) -> None: ...

    def unfinished(self) -> list[str]:
        """Accepted and not done, oldest first: what the next process has to run."""
        ...


class TaskProcessor:
    """Submit with `await processor.submit(task)` and await the future that it returns; close with `shutdown`.

    Cancelling that future: a task that waits is passed over when its turn comes; one that runs is not interrupted, its result
    is dropped.
    `keep_alive_s`: a worker beyond `core` leaves after so long without a task. `on_full` hears of each
    task that meets the policy, and must not raise.
    """

    def __init__(
        self,
        *,
        core: int,
        maximum: int,
        queue_capacity: int,
        policy: Policy = "abort",
        growth: Growth = "queue-full",
        keep_alive_s: float = 60.0,
        journal: Journal | None = None,
        on_full: Callable[[Policy], None] = lambda policy: None,
        spawn: Spawn = asyncio.ensure_future,
        time_limit: TimeLimit = asyncio.timeout,
    ) -> None:
        if not 0 <= core <= maximum or maximum < 1 or queue_capacity < 0:
            raise ValueError(f"not a pool: core {core}, maximum {maximum}, queue {queue_capacity}")
        self.core = core
        self.maximum = maximum
        self._queue = TaskQueue(queue_capacity)
        self.policy: Policy = policy
        self.growth: Growth = growth
        self.keep_alive_s = keep_alive_s
        self.journal = journal
        self.on_full = on_full
        self.spawn = spawn
        self.time_limit = time_limit
        self.closed = False
        self.workers = 0
        self.busy = 0
        self._idle: deque[asyncio.Future[Job[Any] | None]] = deque()
        self._running: dict[Job[Any], None] = {}
        self._tasks: dict[asyncio.Future[Any], None] = {}

    @property
    def queue_capacity(self) -> int:
        """May be set at any time: a longer queue lets in at once who waits for room, a shorter one drops nobody."""
        return self._queue.capacity

    @queue_capacity.setter
    def queue_capacity(self, capacity: int) -> None:
        self._queue.capacity = capacity

    @property
    def queued(self) -> int:
        """Tasks that wait for a worker."""
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether a task that came now would meet the policy: ask before you accept work."""
        if self.policy == "unbounded" or self.workers < self.maximum or self._queue.has_room:
            return False
        return all(call.done() for call in self._idle)

    async def execute(self, task: Task[Any], key: str = "") -> None:
        """Fire and forget: an error of the task is dropped. Raises Rejected."""
        (await self.submit(task, key)).add_done_callback(_drop_error)

    async def submit(self, task: Task[Result], key: str = "") -> "asyncio.Future[Result]":
        """Hand the task over; the future ends with its result, its error, or a cancellation. Raises Rejected.

        Under caller-runs and block this may take long. `key` names the task in the journal.
        """
        job = Job(task, asyncio.get_running_loop().create_future(), key)
        self._check_open()
        if self.journal is not None and key:
            await self.journal.accepted(key)
            if self.closed:
                await self._forget(job)
            self._check_open()
        if not self._placed(job):
            self.on_full(self.policy)
            await self._refused(job)
        return job.future

    async def shutdown(self, grace_s: float = 25.0) -> list[str]:
        """Accept nothing more, work the queue off for `grace_s`, cancel the rest; returns the keys of what was lost."""
        self.closed = True
        self._wake_all()
        try:
            async with self.time_limit(grace_s):
                while self._running or self._queue:
                    await asyncio.wait([job.future for job in (*self._running, *self._queue)])
                    await asyncio.sleep(0)
        except TimeoutError:
            return self.stop()
        return []

    def stop(self) -> list[str]:
        """Cancel whatever waits or runs, now; returns the keys of it. The journal keeps them."""
        self.closed = True
        lost = [job for job in (*self._running, *self._queue) if not job.future.done()]
        self._queue.clear()
        for job in lost:
            job.future.cancel()
        for worker in list(self._tasks):
            worker.cancel()
        self._wake_all()
        return [job.key for job in lost]

    # Where a task goes

    def _placed(self, job: Job[Any]) -> bool:
        """Give it to a worker or to the queue, in the order that the growth rule says; False if there is no place."""
        if self.workers < max(1, self.core):  # with core 0 somebody has to be there all the same
            self._start_worker(job)
        elif self._handed_over(job):
            pass
        elif self.policy == "unbounded":
            self._queue.put(job)
        elif self.growth == "eager" and self.workers < self.maximum:
            self._start_worker(job)
        elif self._queue.has_room:
            self._queue.put(job)
        elif self.workers < self.maximum:
            self._start_worker(job)
        else:
            return False
        return True

    async def _refused(self, job: Job[Any]) -> None:
        if self.policy == "caller-runs":
            await self._run(job)
        elif self.policy == "block":
            await self._wait_for_room(job)
        elif self.policy == "discard-oldest" and self._queue:
            oldest = self._queue.push_out()
            self._queue.put(job)
            oldest.future.cancel()
            await self._forget(oldest)
        else:
            await self._forget(job)
            raise Rejected(f"{self.maximum} workers are busy and {len(self._queue)} tasks wait")

    async def _wait_for_room(self, job: Job[Any]) -> None:
        """A submitter that is cancelled while it waits takes its task along."""
        try:
            await self._queue.room_for(job)
        except (asyncio.CancelledError, Rejected):
            job.future.cancel()
            await self._forget(job)
            raise

    def _handed_over(self, job: Job[Any]) -> bool:
        """Give it to the worker that is idle for longest, if there is one."""
        while self._idle:
            call = self._idle.popleft()
            if not call.done():
                call.set_result(job)
                return True
        return False

    def _check_open(self) -> None:
        if self.closed:
            raise Rejected("the processor is shut down")

    async def _forget(self, job: Job[Any]) -> None:
        """A journal that cannot be told hands it to the next process, to be run twice; its error is not the task's."""
        if self.journal is not None and job.key:
            with suppress(Exception):
                await self.journal.done(job.key)

    # Workers

    def _start_worker(self, job: Job[Any]) -> None:
        self.workers += 1
        self._running[job] = None
        worker = self.spawn(self._work(job))
        self._tasks[worker] = None
        worker.add_done_callback(self._left)

    def _left(self, worker: "asyncio.Future[Any]") -> None:
        del self._tasks[worker]

    async def _work(self, job: Job[Any] | None) -> None:
        try:
            while job is not None:
                self.busy += 1
                try:
                    await self._run(job)
                finally:
                    self.busy -= 1
                job = await self._next()
        finally:
            self.workers -= 1

    async def _next(self) -> Job[Any] | None:
        """The oldest task that waits, in the queue or before it, or the next that comes; None when the worker is to leave."""
        job = self._queue.take()
        return job if job is not None or self.closed else await self._idled()

    async def _idled(self) -> Job[Any] | None:
        """Wait for a task; None where none came for so long and the worker is one too many, and after `shutdown`."""
        while True:
            call: asyncio.Future[Job[Any] | None] = asyncio.get_running_loop().create_future()
            self._idle.append(call)
            try:
                async with self.time_limit(self.keep_alive_s):
                    return await call
            except TimeoutError:
                if not call.cancelled():
                    return call.result()  # it came in the very instant
                if call in self._idle:
                    self._idle.remove(call)
                if self.workers > self.core:
                    return None

    async def _run(self, job: Job[Any]) -> None:
        """Run it here, in the worker's task or the caller's, and settle its future."""
        self._running[job] = None
        try:
            if not job.future.done():
                self._settle(job, await job.task())
        except asyncio.CancelledError:
            job.future.cancel()
            if self._cancelled():
                raise
        except Exception as error:
            if not job.future.done():
                job.future.set_exception(error)
        finally:
            del self._running[job]
        if not (self.closed and job.future.cancelled()):  # what `stop` has cut off stays in the journal
            await self._forget(job)

    def _settle(self, job: Job[Any], result: Any) -> None:
        if not job.future.done():
            job.future.set_result(result)

    def _cancelled(self) -> bool:
        """Whether it is this worker that is cancelled, and not something that its task waited for."""
        task = asyncio.current_task()
        return task is None or bool(task.cancelling())

    def _wake_all(self) -> None:
        for call in self._idle:
            if not call.done():
                call.set_result(None)
        self._idle.clear()
        self._queue.turn_away()


def _drop_error(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled():
        future.exception()
