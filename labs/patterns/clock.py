"""What a pattern asks of time, and where it gets it when nobody says: the running event loop.

A pattern takes its clock and its sleep as arguments, so that a test, or a simulation, moves time by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable

Clock = Callable[[], float]
"""Seconds from some moment on; never goes back."""
Sleep = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""


def running_loop_time() -> float:
    """The running event loop's clock: monotonic, so no correction of the wall clock can open or close anything."""
    return asyncio.get_running_loop().time()
