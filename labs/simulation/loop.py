"""An asyncio event loop whose clock is a number.

It runs what is ready, then jumps to the next timer: an hour of sleeping costs nothing, and nothing that happens depends on
the machine. Whatever happens at the same instant happens in the order in which it was asked for: first come, first served
by (time, sequence number). The standard library's `sleep`, `timeout`, `gather`, `Semaphore`, `Queue` and `TaskGroup` run on
it unchanged; `labs.simulation.primitives` has faster ones for the hot path.

One known leak of memory addresses into order lies in the standard library: `asyncio.as_completed` starts bare coroutines in
the order of a set. Hand it tasks instead: those iterate in the order of their creation.
"""

import asyncio
import math
import sys
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, TypeVarTuple

from labs.simulation.errors import Deadlock
from labs.simulation.failures import FailureKeeper
from labs.simulation.futures import CANCELLED, FAILED, FINISHED, PARKED, RUNNABLE, Future, InContext, Task
from labs.simulation.timers import Timer

Arguments = TypeVarTuple("Arguments")

END_OF_TIME_S = sys.float_info.max
STALE_TIMERS_WORTH_SWEEPING = 1024


REGISTER: Any = asyncio._register_task
SET_RESULT: Any = asyncio.futures._set_result_unless_cancelled  # type: ignore[attr-defined]


class SwappedTasks(dict[Any, Any]):
    """Since Python 3.14 asyncio keeps the current task in the thread: writing to this mapping sets it there."""

    def __setitem__(self, loop: Any, task: Any) -> None:
        asyncio.tasks._swap_current_task(loop, task)  # type: ignore[attr-defined]


CURRENT_TASKS: dict[Any, Any] = SwappedTasks() if sys.version_info >= (3, 14) else asyncio.tasks._current_tasks  # type: ignore[attr-defined]


class VirtualLoop(FailureKeeper):
    """Virtual time in seconds, starting at 0. Several may live in one thread and be stepped in turn.

    Of use to tests and tools: `tasks` (those that have not ended, by number, in order of creation) and `failures` (what
    `call_exception_handler` was told of).
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.create_future: Callable[[], Any] = partial(Future, self)
        self.ready: deque[Any] = deque()
        self.timers: list[tuple[float, int, Any]] = []
        self.next_number = count(1).__next__
        self.current: Task | None = None
        self.tasks: dict[int, Task] = {}
        self._generators: weakref.WeakValueDictionary[int, AsyncGenerator[Any, Any]] = weakref.WeakValueDictionary()
        self._running = self._closed = self._debug = False
        self._task_factory: Any = None
        self.sweep_at = STALE_TIMERS_WORTH_SWEEPING

    # The clock and what is due

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None) -> Timer:
        return self.call_at(self.now, callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> Any:
        if callback is SET_RESULT and context is None:
            return self._sleep_on(*args, self.now + delay)  # type: ignore[call-arg, arg-type]
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _sleep_on(self, future: Future, result: Any, when_s: float) -> Future:
        """What `asyncio.sleep` asks for. The future is its own timer: to cancel the one is to cancel the other."""
        future._outcome = result
        if when_s > self.now:
            future.timer = number = self.next_number()
            heappush(self.timers, (when_s, number, future))
        else:
            self.schedule(when_s, future)
        return future

    def call_at(
        self, when: float, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> Timer:
        """Call back at the given virtual time, or soon if that is not in the future."""
        timer = Timer(when, callback, args) if context is None else Timer(when, context.run, (callback, *args))
        self.schedule(when, timer)
        return timer

    def schedule(self, when_s: float, item: Any) -> None:
        """Run `item._run()` (or step the task that `item` is) at `when_s`, unless `item.timer` has changed by then."""
        if when_s <= self.now:
            self.ready.append(item)
        elif when_s != when_s:
            raise ValueError("a timer cannot be set to NaN")
        else:
            item.timer = number = self.next_number()
            heappush(self.timers, (when_s, number, item))
            if len(self.timers) > self.sweep_at:
                self._sweep()

    def _sweep(self) -> None:
        """Drop cancelled timers, so that long timeouts that never fire do not pile up."""
        self.timers[:] = [entry for entry in self.timers if entry[2].timer == entry[1]]
        heapify(self.timers)
        self.sweep_at = max(STALE_TIMERS_WORTH_SWEEPING, 2 * len(self.timers))

    # Futures and tasks

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None, eager_start: bool | None = None
    ) -> Any:
        """A task as asyncio knows it. A failure that nobody fetches is reported when the run ends."""
        if eager_start or self._closed:
            self._check_open()
            raise NotImplementedError("tasks of virtual time never start eagerly: each waits for its turn")
        if context is not None:
            coro = InContext(coro, context)
        if self._task_factory is not None:
            return self._task_factory(self, coro)
        if not hasattr(coro, "send"):
            raise TypeError(f"a coroutine was expected, got {coro!r}")
        task = Task(coro, self, name)
        REGISTER(task)
        return task

    def spawn(self, coro: Coroutine[Any, Any, object], name: str | None = None) -> Task:
        """Start a task that nobody needs to await. If it fails unawaited, `advance` or `run_until_complete` raises that."""
        return Task(coro, self, name, True)

    def set_task_factory(self, factory: Any) -> None:
        self._task_factory = factory

    def get_task_factory(self) -> Any:
        return self._task_factory

    # Running

    def run_until_complete(self, future: Any) -> Any:
        """Run until the coroutine or future is done and return its result; raises `Deadlock` when it never can be."""
        self._check_open()
        main = asyncio.ensure_future(future, loop=self)
        main.add_done_callback(self._stop_with)
        with self._entered():
            self._run(END_OF_TIME_S)
        main.remove_done_callback(self._stop_with)
        self._raise_crash()
        if not main.done():
            raise Deadlock(self.now, self._waiting()) if not self._stopping else RuntimeError("stopped before the end")
        self._report_unless_fetched(main)
        return main.result()

    def run_forever(self) -> None:
        """Run until `stop()`; returns early when nothing can happen any more."""
        with self._entered():
            self._run(END_OF_TIME_S)
        self._raise_crash()

    def advance(self, until_s: float) -> None:
        """Run everything that is due up to and including `until_s`, then set the clock to it."""
        if until_s < self.now:
            raise ValueError(f"virtual time does not run backwards: it is {self.now:g} s, asked for {until_s:g} s")
        with self._entered():
            self._run(until_s)
        self._raise_crash()
        if not self._stopping:
            self.now = until_s

    def stop(self) -> None:
        self._stopping = True

    def _stop_with(self, _main: Any) -> None:
        self._stopping = True

    def _run(self, until_s: float) -> None:
        """The heart: take what is ready, else jump to the next timer; step it if it is a task, call it if it is not."""
        ready, timers, next_number = self.ready, self.timers, self.next_number
        current_tasks = CURRENT_TASKS
        popleft = ready.popleft
        while not self._stopping:
            if ready:
                item = popleft()
            elif timers and timers[0][0] <= until_s:
                now, number, item = heappop(timers)
                if item.timer != number:
                    continue
                item.timer = RUNNABLE
                self.now = now
                while timers and timers[0][0] == now:
                    _, number, other = heappop(timers)
                    if other.timer == number:
                        other.timer = RUNNABLE
                        ready.append(other)
            else:
                return

            if item.__class__ is Future and item._waiters.__class__ is Task and not ready:
                # An asyncio.sleep is over, and its task would be next anyway: step it in this very turn.
                item._state = FINISHED
                item = item._waiters
                item._awaited = None
            elif item.__class__ is not Task:
                if self.current is not None:
                    self.current = current_tasks[self] = None
                try:
                    if item.__class__ is tuple:
                        item[0](item[1])
                    else:
                        item._run()
                except (KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as error:
                    self.callback_failed(item, error)
                continue

            task: Any = item
            self.current = current_tasks[self] = task
            try:
                if task._error is None:
                    wanted = task._coroutine.send(None)
                else:
                    thrown, task._error = task._error, None
                    wanted = task._coroutine.throw(thrown)
            except StopIteration as stop:
                task.finish(FINISHED, stop.value)
            except asyncio.CancelledError as cancelled:
                task.finish(CANCELLED, cancelled.args[0] if cancelled.args else None)
            except (KeyboardInterrupt, SystemExit) as leaving:
                task.finish(FAILED, leaving)
                raise
            except BaseException as failure:
                task.finish(FAILED, failure)
            else:
                if task._error is not None:
                    self._suspend(task, wanted)
                elif wanted.__class__ is float and (due := self.now + wanted) > self.now:
                    task.timer = number = next_number()
                    heappush(timers, (due, number, task))
                elif wanted is PARKED:
                    task.timer = PARKED
                elif wanted.__class__ is Future and wanted._asyncio_future_blocking:
                    wanted._asyncio_future_blocking = False
                    task._awaited = wanted
                    if wanted._waiters is None:
                        wanted._waiters = task
                    else:
                        wanted.add_waiter(task)
                else:
                    self._suspend(task, wanted)

    def _suspend(self, task: Task, wanted: Any) -> None:
        """The rarer ways to wait: see the list at the top of `futures`."""
        if wanted is None or wanted is PARKED:
            self.ready.append(task)
        elif isinstance(wanted, float | int):
            self._suspend_for(task, wanted)
        elif getattr(wanted, "_asyncio_future_blocking", None):
            self._suspend_on(task, wanted)
        else:
            task._error = RuntimeError(f"{task.get_name()} yielded {wanted!r}: use `await`, and await something awaitable")
            self.ready.append(task)

    def _suspend_for(self, task: Task, delay_s: float) -> None:
        if task._error is not None or delay_s <= 0:
            self.ready.append(task)
        elif math.isnan(delay_s):
            task._error = ValueError("a task cannot sleep for NaN seconds")
            self.ready.append(task)
        else:
            self.schedule(self.now + delay_s, task)

    def _suspend_on(self, task: Task, future: Any) -> None:
        future._asyncio_future_blocking = False
        if future is task:
            task._error = RuntimeError(f"{task.get_name()} awaits itself")
            self.ready.append(task)
            return
        task._awaited = future
        if isinstance(future, Future):
            future.add_waiter(task)
        else:
            future.add_done_callback(task.wake_from)
        if task._error is not None and future.cancel():
            task._error = None

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Be this thread's running loop for a while."""
        self._check_open()
        if asyncio._get_running_loop() is not None:
            raise RuntimeError("virtual time cannot be run from inside a running event loop")
        generators = sys.get_asyncgen_hooks()
        self._running, self._stopping = True, False
        sys.set_asyncgen_hooks(firstiter=self._generator_starts, finalizer=self._generator_dropped)
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            self.current = CURRENT_TASKS[self] = None
            CURRENT_TASKS.pop(self, None)
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*generators)
            self._running = False

    def _report_unless_fetched(self, main: Any) -> None:
        if isinstance(main, Future):
            self.forget_failure(main)
        self._report_failures()

    def _waiting(self) -> tuple[str, ...]:
        return tuple(task.describe() for task in self.tasks.values())

    # The end

    def close(self) -> None:
        """Cancel what is left, at the present instant: clean-up code runs, but time does not pass for it."""
        if self._running:
            raise RuntimeError("a running loop cannot be closed")
        if self._closed:
            return
        with self._entered():
            for task in list(self.tasks.values()):
                task.cancel()
            self._run(self.now)
            Task(self.shutdown_asyncgens(), self)
            self._run(self.now)
            for task in list(self.tasks.values()):
                self._abandon(task)
        self._report_failures()
        self._closed = True
        self.timers.clear()
        self.ready.clear()

    def _abandon(self, task: Task) -> None:
        """Close a coroutine that would not end when it was cancelled."""
        try:
            task._coroutine.close()
        except BaseException as error:
            self.call_exception_handler({"message": f"{task.get_name()} did not end when closed", "exception": error})
        task.finish(CANCELLED, None)

    async def shutdown_asyncgens(self) -> None:
        generators = [self._generators[number] for number in sorted(self._generators)]
        self._generators.clear()
        results = await asyncio.gather(*(each.aclose() for each in generators), return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                self.call_exception_handler({"message": "an async generator failed while closing", "exception": error})

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There is none."""

    def _generator_starts(self, generator: AsyncGenerator[Any, Any]) -> None:
        self._generators[self.next_number()] = generator

    def _generator_dropped(self, generator: AsyncGenerator[Any, Any]) -> None:
        if not self._closed:
            self.create_task(generator.aclose())

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("this virtual loop is closed")

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def get_debug(self) -> bool:
        return self._debug

    def set_debug(self, enabled: bool) -> None:
        self._debug = enabled
