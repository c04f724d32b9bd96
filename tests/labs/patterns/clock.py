"""A clock that tests set, and coroutines that step without an event loop's time."""

import asyncio
from collections.abc import Awaitable
from typing import Any


class HandClock:
    """Stands still until it is told the time."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def answer(status: int = 200) -> int:
    return status


async def fail(error: Exception | None = None) -> int:
    raise error or ConnectionError("refused")


async def settle() -> None:
    """Let everybody go as far as they get without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())
