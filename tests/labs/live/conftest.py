import asyncio
import os
import select
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from labs.experiments.world import Request
from labs.live.loop import new_loop

Result = TypeVar("Result")
Play = Callable[[Coroutine[Any, Any, Result]], Result]


@pytest.fixture
def play() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine on the live world's loop, within ten seconds."""

    def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(asyncio.wait_for(coroutine, 10))

    return run


def request(number: int = 0, fate: float = 0.9, pace: float = 0.9, demand: float = 0.5) -> Request:
    return Request(number=number, at_s=0.0, fate=fate, pace=pace, demand=demand, key=0.5)


async def until(condition: Callable[[], bool], every_s: float = 0.005) -> None:
    """Wait for something that another process does; `play` bounds how long."""
    while not condition():  # noqa: ASYNC110 (what changes it is another process: there is no event to wait for)
        await asyncio.sleep(every_s)


async def failure_of(call: Awaitable[Any]) -> type[BaseException] | None:
    try:
        await call
    except Exception as failure:
        return type(failure)
    return None


def ends_within(pid: int, limit_s: float) -> bool:
    """Whether the process, which need not be our child, is gone by then. A zombie that waits to be reaped counts as gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], limit_s)[0])
    finally:
        os.close(descriptor)
