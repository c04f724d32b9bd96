import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from labs.patterns.refreshing_cache import RefreshingCache, expires_early
from tests.labs.patterns.clock import HandClock, run, settle


class World:
    """A cache over a row that changes, in a loop of its own; loads wait while `gate` is shut."""

    def __init__(self, *, jitter: float = 0.0, capacity: int = 3) -> None:
        self.clock = HandClock()
        self.row = "old"
        self.loads = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.background: list[asyncio.Task[None]] = []
        self.cache = RefreshingCache[str](
            fresh_s=60.0,
            stale_s=30.0,
            spawn=lambda work: self.background.append(asyncio.ensure_future(work)),
            rng=Random(1),
            capacity=capacity,
            jitter=jitter,
            clock=self.clock,
        )

    async def load(self) -> str:
        self.loads += 1
        row = self.row
        await self.gate.wait()
        if self.error:
            raise self.error
        return row

    async def get(self, key: str = "k") -> str:
        return await self.cache.get(key, self.load)


def world(scene: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        await scene(World())

    run(main())


def test_fresh_entries_are_not_loaded_again() -> None:
    async def scene(w: World) -> None:
        assert await w.get() == "old"
        w.row, w.clock.now_s = "new", 59.9
        assert await w.get() == "old"
        assert w.loads == 1

    world(scene)


def test_a_stale_entry_is_served_while_one_refresh_runs() -> None:
    async def scene(w: World) -> None:
        await w.get()
        w.row, w.clock.now_s = "new", 60.0
        w.gate.clear()
        for _ in range(100):
            assert await w.get() == "old"
            await settle()
        assert w.loads == 2
        w.gate.set()
        await settle()
        assert await w.get() == "new"
        assert w.loads == 2

    world(scene)


def test_a_source_that_is_away_leaves_the_stale_entry_until_its_time_is_over() -> None:
    async def scene(w: World) -> None:
        await w.get()
        w.error, w.clock.now_s = OSError("away"), 89.9
        assert await w.get() == "old"
        await settle()
        assert await w.get() == "old"
        w.clock.now_s = 90.0
        with pytest.raises(OSError, match="away"):
            await w.get()

    world(scene)


def test_a_missing_entry_is_loaded_once_for_all() -> None:
    async def scene(w: World) -> None:
        w.gate.clear()
        asked = [asyncio.ensure_future(w.get()) for _ in range(100)]
        await settle()
        w.gate.set()
        assert await asyncio.gather(*asked) == ["old"] * 100
        assert w.loads == 1

    world(scene)


def test_a_load_that_an_invalidation_overtook_is_not_kept() -> None:
    async def scene(w: World) -> None:
        w.gate.clear()
        asked = asyncio.ensure_future(w.get())
        await settle()
        w.row = "new"
        w.cache.invalidate("k")
        w.gate.set()
        assert await asked == "old", "who asked before the change may get what was there before"
        assert await w.get() == "new"

    world(scene)


def test_the_entry_not_read_for_longest_goes() -> None:
    async def scene(w: World) -> None:
        for key in "abc":
            await w.get(key)
        await w.get("a")
        await w.get("d")
        loads = w.loads
        await w.get("a")
        assert w.loads == loads
        await w.get("b")
        assert w.loads == loads + 1

    world(scene)


def test_jitter_spreads_what_was_loaded_together() -> None:
    async def main() -> None:
        w = World(jitter=0.5, capacity=1000)
        for key in range(1000):
            await w.get(str(key))
        w.clock.now_s = 45.0
        for key in range(1000):
            await w.get(str(key))
        await settle()
        assert 450 <= w.loads - 1000 <= 550, "half of the way through the jitter, half have expired"

    run(main())


@pytest.mark.parametrize(("left_s", "chance"), [(0.0, 1.0), (0.4, 0.368), (0.8, 0.135), (2.0, 0.0067)])
def test_early_expiry_has_an_exponential_tail(left_s: float, chance: float) -> None:
    """P = exp(-left / (beta · load)), by the law of the logarithm of an even draw."""
    rng = Random(2)
    share = sum(expires_early(left_s, 0.4, rng) for _ in range(20_000)) / 20_000
    assert share == pytest.approx(chance, abs=0.01)
