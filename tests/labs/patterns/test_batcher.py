import asyncio
from collections.abc import Sequence

import pytest

from labs.patterns.batcher import Batcher
from tests.labs.patterns.clock import run


class Table:
    """Takes rows in batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def insert(self, rows: Sequence[int]) -> list[str]:
        self.batches.append(list(rows))
        await asyncio.sleep(0)
        return [f"row {row}" for row in rows]


def test_a_full_batch_goes_at_once_and_each_gets_its_own_result() -> None:
    async def story() -> list[str]:
        table = Table()
        batcher = Batcher(table.insert, batch_size=3, linger_s=60.0)
        found = await asyncio.gather(*[batcher.add(row) for row in range(6)])
        assert table.batches == [[0, 1, 2], [3, 4, 5]]
        return found

    assert run(story()) == [f"row {row}" for row in range(6)]


def test_a_batch_that_does_not_fill_goes_when_its_first_has_lingered() -> None:
    async def story() -> None:
        table = Table()
        naps: list[float] = []
        gate = asyncio.Event()

        async def nap(delay_s: float) -> None:
            naps.append(delay_s)
            await gate.wait()

        batcher = Batcher(table.insert, batch_size=100, linger_s=0.05, sleep=nap)
        first, second = batcher.add(1), batcher.add(2)
        await asyncio.sleep(0)
        assert (naps, table.batches, batcher.waiting) == ([0.05], [], 2)
        gate.set()
        assert [await first, await second] == ["row 1", "row 2"]

    run(story())


def test_the_timer_of_a_batch_that_filled_up_leaves_the_next_one_alone() -> None:
    async def story() -> None:
        table, gate = Table(), asyncio.Event()

        async def nap(_delay_s: float) -> None:
            await gate.wait()

        batcher = Batcher(table.insert, batch_size=2, linger_s=1.0, sleep=nap)
        await asyncio.gather(batcher.add(1), batcher.add(2))
        await asyncio.sleep(0)
        batcher.sleep = asyncio.sleep
        batcher.add(3)
        gate.set()
        await asyncio.sleep(0.001)
        assert (table.batches, batcher.waiting) == ([[1, 2]], 1)
        await batcher.close()
        assert table.batches == [[1, 2], [3]]

    run(story())


def test_a_failed_batch_fails_each_of_its_things() -> None:
    async def refuse(rows: Sequence[int]) -> list[str]:
        raise ConnectionError("refused")

    async def story() -> None:
        batcher = Batcher(refuse, batch_size=2, linger_s=1.0)
        outcomes = await asyncio.gather(batcher.add(1), batcher.add(2), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ConnectionError, ConnectionError]

    run(story())


def test_too_few_results_are_an_error_and_not_a_mix_up() -> None:
    async def forgetful(rows: Sequence[int]) -> list[str]:
        return ["one"]

    async def story() -> None:
        batcher = Batcher(forgetful, batch_size=2, linger_s=1.0)
        batcher.add(1).add_done_callback(lambda future: future.exception())
        with pytest.raises(ValueError, match="2 things were handed on, 1 results"):
            await batcher.add(2)

    run(story())


def test_close_hands_on_what_is_left_and_waits_for_it() -> None:
    async def story() -> None:
        table = Table()
        batcher = Batcher(table.insert, batch_size=10, linger_s=60.0)
        future = batcher.add(1)
        await batcher.close()
        assert future.result() == "row 1"
        await batcher.close()

    run(story())


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not a batch"):
        Batcher(Table().insert, batch_size=0, linger_s=1.0)
