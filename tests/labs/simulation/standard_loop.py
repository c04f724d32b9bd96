"""The standard library's own event loop with a clock that jumps: what virtual time is compared with."""

import asyncio
from typing import Any


class JumpingStandardLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, tasks and futures; instead of waiting for a timer it sets its clock to it."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._clock_resolution = 1e-9
        self._poll = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now_s

    def _jump(self, timeout_s: float | None) -> Any:
        if timeout_s is None:
            raise AssertionError("nothing can happen any more")
        if timeout_s > 0:
            self._now_s = self._scheduled[0]._when  # type: ignore[attr-defined]
        return self._poll(0)
