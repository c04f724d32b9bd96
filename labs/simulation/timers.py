"""Callbacks that are due at a time, as asyncio's handles."""

import asyncio
from collections.abc import Callable
from typing import Any


class Timer(asyncio.TimerHandle):
    """A callback that is due; `timer` is its number while it is pending, 0 once it has run or was cancelled."""

    __slots__ = ("timer",)

    def __init__(self, when_s: float, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._when = when_s
        self._callback: Callable[..., object] | None = callback
        self._args: tuple[Any, ...] = args
        self._cancelled = False
        self.timer = 0

    def __repr__(self) -> str:
        return f"<Timer when={self._when:g}{' cancelled' if self._cancelled else ''}>"

    def cancel(self) -> None:
        self._cancelled = True
        self._callback = None
        self._args = ()
        self.timer = 0

    def _run(self) -> None:
        if (callback := self._callback) is not None:
            callback(*self._args)
