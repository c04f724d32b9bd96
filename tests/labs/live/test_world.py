"""What a live world does when one of its parts misbehaves."""

import asyncio

import pytest

from labs.live.world import LiveWorld, RunClock
from tests.labs.live.conftest import Play


class Backend:
    """Ends slowly, or not at all."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.closed = False

    async def open(self) -> None: ...

    async def close(self) -> None:
        if self.failure is not None:
            raise self.failure
        await asyncio.sleep(0.01)
        self.closed = True


def test_one_backend_that_fails_to_end_keeps_no_other_from_it(play: Play[None]) -> None:
    async def scene() -> None:
        world = LiveWorld("arm", seed=1, duration_s=1.0, warm_up_s=0.0, clock=RunClock(), on_failure=lambda failure: None)
        bad, good = Backend(OSError("by design")), Backend()
        world.backends += [bad, good]
        with pytest.raises(OSError, match="by design"):
            await world.close()
        assert good.closed

    play(scene())
