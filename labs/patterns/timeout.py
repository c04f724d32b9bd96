"""Timeout: a bound on how long a caller waits, and two ways to mean it.

Problem. A call without a bound lasts as long as the slowest thing on its way. A caller that stops waiting is only half of the
cure: if nobody tells the callee, it goes on working for someone who has left, and its slots stay full of such work.

Rule. `call_within` cancels the call: the connection closes, and a callee that notices stops. `wait_at_most` only stops
waiting, as a timed wait on a future that runs in some thread pool does: the call goes on behind the caller's back. It is here
to be measured against the first.

The limits of nested calls must shrink inwards, and clearly: connect 250 ms, request 800 ms, everything 1 s. Equal limits race,
so the reason in the log is luck; an inner limit above the outer one never applies.

Source. Michael Nygard, *Release It!* (2nd edition, 2018), "Timeouts"; `asyncio.timeout` of the standard library (3.11).

Limits. After a timeout the caller does not know whether the work was done: repeat only what is idempotent. Cancelling helps
only where the callee notices that the connection is gone. A timeout set near the median turns a slow minute into an outage.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

Result = TypeVar("Result")
TimeLimit = Callable[[float], AbstractAsyncContextManager[Any]]
Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Future[Any]"]


async def call_within(timeout_s: float, call: Awaitable[Result], time_limit: TimeLimit = asyncio.timeout) -> Result:
    """Await `call`; after `timeout_s` cancel it and raise TimeoutError."""
    async with time_limit(timeout_s):
        return await call


async def wait_at_most(
    timeout_s: float,
    call: Coroutine[Any, Any, Result],
    time_limit: TimeLimit = asyncio.timeout,
    spawn: Spawn = asyncio.ensure_future,
) -> Result:
    """Await `call`; after `timeout_s` raise TimeoutError and let it run on. Its late result or error is dropped."""
    task = spawn(call)
    task.add_done_callback(_drop_error)
    async with time_limit(timeout_s):
        result: Result = await asyncio.shield(task)
        return result


def _drop_error(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()
