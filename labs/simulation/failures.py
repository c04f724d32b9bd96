"""Failures that nobody has asked about yet, so that none of them vanishes.

A task that was *spawned* promises its failure to nobody: the run ends with that exception at once. A task made by
`create_task` may be awaited late; what is still unfetched when the run ends is handed to the exception handler, which by
default logs it and keeps it in `failures`.
"""

import logging
from collections.abc import Callable
from typing import Any

from labs.simulation.futures import Future, Task
from labs.simulation.refusals import NoRealWorld
from labs.simulation.timers import Timer

log = logging.getLogger(__name__)


class FailureKeeper(NoRealWorld):
    """The part of the event loop that is told of failures."""

    now: float

    def __init__(self) -> None:
        self.failures: list[dict[str, Any]] = []
        self._unretrieved: dict[int, dict[str, Any]] = {}
        self._crash: BaseException | None = None
        self._stopping = False
        self._exception_handler: Callable[..., object] | None = None

    def note_failure(self, task: Task, exception: BaseException, *, crash: bool) -> None:
        """A task ended in an exception while nobody was waiting for it."""
        if crash and isinstance(exception, Exception):
            self._crash_with(exception, task.get_name())
        else:
            message = f"{task.get_name()} failed and nobody fetched its exception"
            self._unretrieved[hash(task)] = {"message": message, "exception": exception, "task": task}

    def callback_failed(self, item: Any, error: BaseException) -> None:
        """asyncio's callbacks go to the exception handler; parts of the world (traffic, services) end the run."""
        if isinstance(error, Exception) and not isinstance(item, tuple | Timer):
            self._crash_with(error, repr(item))
        else:
            self.call_exception_handler({"message": f"a callback failed: {item!r}", "exception": error})

    def _crash_with(self, error: Exception, where: str) -> None:
        error.add_note(f"in {where} of virtual time, at t={self.now:g} s")
        self._crash = self._crash or error
        self._stopping = True

    def forget_failure(self, future: Future) -> None:
        self._unretrieved.pop(hash(future), None)

    def _report_failures(self) -> None:
        unretrieved, self._unretrieved = self._unretrieved, {}
        for context in unretrieved.values():
            self.call_exception_handler(context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.failures.append(context)
        if self._exception_handler is None:
            self.default_exception_handler(context)
        else:
            self._exception_handler(self, context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        log.error("%s", context["message"], exc_info=context.get("exception"))

    def set_exception_handler(self, handler: Callable[..., object] | None) -> None:
        self._exception_handler = handler

    def get_exception_handler(self) -> Any:
        return self._exception_handler

    def _raise_crash(self) -> None:
        crash, self._crash = self._crash, None
        if crash is not None:
            raise crash
