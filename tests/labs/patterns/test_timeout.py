import asyncio

import pytest

from labs.patterns.timeout import call_within, wait_at_most
from labs.simulation.loop import VirtualLoop


def play(story: object) -> None:
    loop = VirtualLoop()
    try:
        loop.run_until_complete(story)
    finally:
        loop.close()


class Work:
    """Takes a second; knows whether it came to its end."""

    finished = cancelled = False

    async def run(self) -> int:
        try:
            await asyncio.sleep(1.0)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.finished = True
        return 7


def test_call_within_stops_the_work_when_time_is_up() -> None:
    work = Work()

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await call_within(0.5, work.run())
        await asyncio.sleep(1.0)

    play(story())
    assert (work.cancelled, work.finished) == (True, False)


def test_wait_at_most_leaves_the_work_running() -> None:
    work = Work()

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await wait_at_most(0.5, work.run())
        await asyncio.sleep(1.0)

    play(story())
    assert (work.cancelled, work.finished) == (False, True)


def test_both_give_the_result_in_time() -> None:
    async def story() -> None:
        assert await call_within(2.0, Work().run()) == 7
        assert await wait_at_most(2.0, Work().run()) == 7

    play(story())


def test_a_late_error_of_abandoned_work_is_dropped_quietly() -> None:
    async def break_late() -> None:
        await asyncio.sleep(1.0)
        raise ConnectionError

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await wait_at_most(0.5, break_late())
        await asyncio.sleep(1.0)

    loop = VirtualLoop()
    loop.run_until_complete(story())
    loop.close()
    assert loop.failures == []
