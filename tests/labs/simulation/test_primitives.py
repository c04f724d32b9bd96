import asyncio
from typing import Any

from labs.simulation.primitives import Semaphore, now_s, sleep, spawn, timeout
from labs.simulation.worlds import World, run

PLANS = ((3, 1, 2), (1, 3, 2), (1, 1, 2), (None, 1, 2), (1, None, 2), (2, 2, 2), (3, 3, 1), (0, 1, 1), (1, -1, 1))


def trace_of(limit: Any) -> list[Any]:
    """What nested time limits of this make do, with plans of (outer, inner, work) in seconds, and under a cancellation."""
    trace: list[Any] = []

    async def work(delay_s: float) -> None:
        try:
            await asyncio.sleep(delay_s)
            trace.append((now_s(), "done"))
        except asyncio.CancelledError:
            trace.append((now_s(), "cancelled"))
            raise

    async def nested(outer_s: float | None, inner_s: float | None, delay_s: float) -> None:
        try:
            async with limit(outer_s):
                try:
                    async with limit(inner_s):
                        await work(delay_s)
                except TimeoutError:
                    trace.append((now_s(), "inner"))
                    await asyncio.sleep(0)
        except TimeoutError:
            trace.append((now_s(), "outer"))

    async def main(_world: World) -> None:
        for plan in PLANS:
            await nested(*plan)
        task = asyncio.create_task(nested(5, 6, 9))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        trace.append((now_s(), task.cancelled()))

    run(main)
    return trace


def test_own_timeout_does_what_the_standard_one_does() -> None:
    assert trace_of(timeout) == trace_of(asyncio.timeout)


def test_a_timeout_that_is_left_in_time_does_nothing_later() -> None:
    async def main(world: World) -> None:
        with timeout(1) as scope:
            await sleep(0.5)
        await sleep(2)
        assert not scope.expired()

    run(main)


def test_a_cancelled_waiter_passes_its_slot_on() -> None:
    trace: list[str] = []

    async def main(world: World) -> None:
        semaphore = Semaphore(0)

        async def user(name: str) -> None:
            async with semaphore:
                trace.append(name)

        first, _second = spawn(user("first")), spawn(user("second"))
        await sleep(1)
        semaphore.release()
        first.cancel()
        await sleep(1)
        assert semaphore.free == 1

    run(main)
    assert trace == ["second"]
