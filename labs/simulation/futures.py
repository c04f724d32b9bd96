"""Futures and tasks of virtual time: asyncio's contract without its weight.

asyncio accepts any object as a future that carries `_asyncio_future_blocking` and its methods, so `gather`, `wait`,
`shield`, `timeout` and `TaskGroup` work on these unchanged. Three things make them light: slots, callbacks kept as bare
(callback, future) pairs or as the waiting task itself, and no copy of the context variables for each task (a task
shares its creator's unless it is created with `context=`).

A task's coroutine tells the loop what it waits for by what it yields:

- a future: until that is done;
- a float: that many seconds of virtual time;
- `PARKED`: until somebody calls `wake()`;
- None: only for what else is ready now.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from labs.simulation.loop import VirtualLoop

PENDING: Final = "PENDING"
FINISHED: Final = "FINISHED"
FAILED: Final = "FAILED"
CANCELLED: Final = "CANCELLED"

PARKED: Final = -1
RUNNABLE: Final = 0


class Future:
    """A result that is not there yet.

    `_outcome` holds the result, the exception or the message of the cancellation, as `_state` says.
    """

    __slots__ = (
        "__weakref__",
        "_asyncio_future_blocking",
        "_log_destroy_pending",  # asyncio.gather sets it
        "_loop",
        "_outcome",
        "_state",
        "_waiters",
        "number",
        "timer",
    )

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop
        self._state = PENDING
        self._waiters: Any = None  # nothing, the one task that waits, or a list of tasks and callbacks
        self._outcome: Any = None
        self._asyncio_future_blocking = False

    def __await__(self) -> Generator[Any, None, Any]:
        if self._state is PENDING:
            self._asyncio_future_blocking = True
            yield self
        if self._state is FINISHED:
            return self._outcome
        return self.result()

    __iter__ = __await__

    def __hash__(self) -> int:
        """The order of creation, not the address: sets of futures then iterate alike in every process."""
        try:
            return self.number
        except AttributeError:
            self.number: int = self._loop.next_number()
            return self.number

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state.lower()}>"

    def get_loop(self) -> "VirtualLoop":
        return self._loop

    def done(self) -> bool:
        return self._state is not PENDING

    def cancelled(self) -> bool:
        return self._state is CANCELLED

    def result(self) -> Any:
        """The result; raises what the future failed with, CancelledError, or InvalidStateError while it is pending."""
        if self._state is FINISHED:
            return self._outcome
        exception = self.exception()
        assert exception is not None
        raise exception

    def exception(self) -> BaseException | None:
        if self._state is FINISHED:
            return None
        if self._state is PENDING:
            raise asyncio.InvalidStateError("the result is not there yet")
        if self._state is CANCELLED:
            raise self._make_cancelled_error()
        self._loop.forget_failure(self)
        return cast(BaseException, self._outcome)

    def set_result(self, result: Any) -> None:
        if self._state is not PENDING:
            raise asyncio.InvalidStateError(f"{self._state}: {self!r}")
        self._settle(FINISHED, result)

    def set_exception(self, exception: type[BaseException] | BaseException) -> None:
        if self._state is not PENDING:
            raise asyncio.InvalidStateError(f"{self._state}: {self!r}")
        if isinstance(exception, type):
            exception = exception()
        if isinstance(exception, StopIteration):
            raise TypeError("StopIteration cannot be raised into a future: it would end the waiting coroutine")
        self._settle(FAILED, exception)

    def cancel(self, msg: Any = None) -> bool:
        if self._state is not PENDING:
            return False
        self.timer = RUNNABLE
        self._settle(CANCELLED, msg)
        return True

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context | None = None) -> None:
        """Call `callback(self)` soon after the future is done; it runs in the context of whoever runs the loop."""
        if self._state is PENDING:
            self.add_waiter(callback)
        else:
            self._loop.ready.append((callback, self))

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        before = self._waiters if isinstance(self._waiters, list) else []
        kept = [known for known in before if known != callback]
        if before:
            self._waiters = kept or None
        return len(before) - len(kept)

    def add_waiter(self, waiter: Any) -> None:
        """Wake this task, or call this callback, when the future is done."""
        known = self._waiters
        if known is None:
            self._waiters = waiter if waiter.__class__ is Task else [waiter]
        elif known.__class__ is list:
            known.append(waiter)
        else:
            self._waiters = [known, waiter]

    @property
    def _cancel_message(self) -> Any:
        """asyncio.gather reads it; a task cancelled while it waits keeps none, as in asyncio."""
        return self._outcome if self._state is CANCELLED and self.__class__ is Future else None

    def _make_cancelled_error(self) -> asyncio.CancelledError:
        return asyncio.CancelledError() if self._outcome is None else asyncio.CancelledError(self._outcome)

    def _settle(self, state: str, outcome: Any) -> None:
        """Enter a final state and make ready whatever waited for it, first come, first served."""
        self._state = state
        self._outcome = outcome
        if (waiters := self._waiters) is None:
            return
        self._waiters = None
        if waiters.__class__ is Task:
            waiters._awaited = None
            self._loop.ready.append(waiters)
            return
        ready = self._loop.ready
        for waiter in waiters:
            if waiter.__class__ is Task:
                waiter._awaited = None
                ready.append(waiter)
            else:
                ready.append((waiter, self))

    def _run(self) -> None:
        """The timer of an `asyncio.sleep` has come: see `VirtualLoop.call_later`."""
        if self._state is PENDING:
            self._settle(FINISHED, self._outcome)


class Task(Future):
    """A coroutine that the loop steps; the stepping itself is in `VirtualLoop._run`.

    `timer` says where the task is: the number of the timer it sleeps on, `PARKED` in somebody's queue, or `RUNNABLE`
    (running, ready, or waiting for the future `_awaited`). `_error` is thrown into the coroutine at its next step.
    """

    __slots__ = ("_awaited", "_cancels", "_coroutine", "_error", "_name", "_spawned")

    def __init__(self, coroutine: Any, loop: "VirtualLoop", name: str | None = None, spawned: bool = False) -> None:
        self._loop = loop
        self._state = PENDING
        self._waiters = None
        self._outcome = None
        self._asyncio_future_blocking = False
        self._coroutine: Coroutine[Any, Any, Any] = coroutine
        self._name = name
        self._spawned = spawned
        self._awaited: Any = None
        self._error: BaseException | None = None
        self._cancels = 0
        self.timer = RUNNABLE
        self.number = number = loop.next_number()
        loop.tasks[number] = self
        loop.ready.append(self)

    def __repr__(self) -> str:
        return f"<Task {self.get_name()} {self._state.lower()} {coroutine_name(self._coroutine)}>"

    def get_name(self) -> str:
        return f"Task-{self.number}" if self._name is None else self._name

    def set_name(self, value: object) -> None:
        self._name = str(value)

    def get_coro(self) -> Coroutine[Any, Any, Any]:
        return self._coroutine

    def get_context(self) -> Context | None:
        return getattr(self._coroutine, "context", None)

    def set_result(self, result: Any) -> None:
        raise RuntimeError("a task's result comes from its coroutine")

    def set_exception(self, exception: type[BaseException] | BaseException) -> None:
        raise RuntimeError("a task's exception comes from its coroutine")

    def cancel(self, msg: Any = None) -> bool:
        """Throw CancelledError into the coroutine where it waits; False when the task is done."""
        if self._state is not PENDING:
            return False
        self._cancels += 1
        if self._awaited is not None and self._awaited.cancel(msg=msg):
            return True
        self._error = asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg)
        self.wake()
        return True

    def cancelling(self) -> int:
        return self._cancels

    def uncancel(self) -> int:
        """Take one request to cancel back; a cancellation that was not thrown yet is dropped with the last of them."""
        if self._cancels > 0:
            self._cancels -= 1
            if self._cancels == 0 and isinstance(self._error, asyncio.CancelledError):
                self._error = None
        return self._cancels

    def wake(self) -> None:
        """Make a sleeping or parked task ready; nothing happens to one that is ready already."""
        if self.timer:
            self.timer = RUNNABLE
            self._loop.ready.append(self)

    def interrupt(self, error: BaseException) -> None:
        """Throw `error` where the task sleeps or is parked, unless it is about to be cancelled anyway."""
        if self._error is None:
            self._error = error
            self.wake()

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        frame = getattr(self._coroutine, "cr_frame", None)
        return [] if frame is None else [frame]

    def print_stack(self, *, limit: int | None = None, file: Any = None) -> None:
        print(self.describe(), file=file)

    def describe(self) -> str:
        """The name, the place in the code where the task stands, and what it waits for."""
        what = "PARKED in a queue" if self.timer == PARKED else repr(self._awaited) if self._awaited else "its turn"
        return f"{self.get_name()}: {where(self._coroutine)}, waiting for {what.removeprefix('PARKED in ')}"

    def wake_from(self, _future: Any) -> None:
        """A foreign future that this task awaited is done: step it next."""
        self._awaited = None
        self._loop.ready.appendleft(self)

    def finish(self, state: str, outcome: Any) -> None:
        """The coroutine has ended. Called by the loop alone."""
        del self._loop.tasks[self.number]
        if self._waiters is not None:
            self._settle(state, outcome)
            return
        self._state = state
        self._outcome = outcome
        if state is FAILED:
            self._loop.note_failure(self, outcome, crash=self._spawned)


def coroutine_name(coroutine: Any) -> str:
    return str(getattr(coroutine, "__qualname__", type(coroutine).__name__))


def where(coroutine: Any) -> str:
    """The chain of coroutines down to the innermost that waits, as `outer > inner (file.py:12)`."""
    names: list[str] = []
    place = ""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None or frame.f_code is Future.__await__.__code__:
            break
        names.append(coroutine_name(coroutine))
        place = f" ({frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno})"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return " > ".join(names) + place


class InContext:
    """A coroutine whose every step runs in one `contextvars.Context`, for tasks created with `context=`."""

    __slots__ = ("context", "coroutine")

    def __init__(self, coroutine: Any, context: Context) -> None:
        self.coroutine = coroutine
        self.context = context

    def __await__(self) -> "InContext":
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.coroutine, name)

    def send(self, value: Any) -> Any:
        return self.context.run(self.coroutine.send, value)

    def throw(self, error: BaseException) -> Any:
        return self.context.run(self.coroutine.throw, error)

    def close(self) -> None:
        self.context.run(self.coroutine.close)
