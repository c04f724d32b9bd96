import asyncio

import pytest

from labs.patterns.single_flight import SingleFlight
from tests.labs.patterns.clock import run, settle


class Source:
    def __init__(self, error: Exception | None = None) -> None:
        self.loads = 0
        self.error = error
        self.gate = asyncio.Event()

    async def load(self) -> int:
        self.loads += 1
        number = self.loads
        await self.gate.wait()
        if self.error:
            raise self.error
        return number


def test_all_who_ask_meanwhile_share_one_load() -> None:
    async def main() -> None:
        source, flights = Source(), SingleFlight[int]()
        asked = [asyncio.ensure_future(flights.get("k", source.load)) for _ in range(100)]
        await settle()
        assert source.loads == 1
        source.gate.set()
        assert await asyncio.gather(*asked) == [1] * 100
        assert await flights.get("k", source.load) == 2, "it is no cache"

    run(main())


def test_other_keys_load_for_themselves() -> None:
    async def main() -> None:
        source, flights = Source(), SingleFlight[int]()
        source.gate.set()
        answers = await asyncio.gather(*(flights.get(key, source.load) for key in "ab"))
        assert answers == [1, 2]

    run(main())


def test_an_error_goes_to_all_and_is_forgotten() -> None:
    async def main() -> None:
        source, flights = Source(OSError("gone")), SingleFlight[int]()
        source.gate.set()
        answers = await asyncio.gather(*(flights.get("k", source.load) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(each, OSError) for each in answers)
        source.error = None
        assert await flights.get("k", source.load) == 2

    run(main())


def test_one_who_leaves_does_not_take_the_load_along() -> None:
    async def main() -> None:
        source, flights = Source(), SingleFlight[int]()
        leaves, stays = (asyncio.ensure_future(flights.get("k", source.load)) for _ in range(2))
        await settle()
        leaves.cancel()
        await settle()
        source.gate.set()
        assert await stays == 1
        with pytest.raises(asyncio.CancelledError):
            await leaves

    run(main())


def test_after_parting_new_callers_start_a_load_of_their_own() -> None:
    async def main() -> None:
        source, flights = Source(), SingleFlight[int]()
        before = asyncio.ensure_future(flights.get("k", source.load))
        await settle()
        flights.part("k")
        after = asyncio.ensure_future(flights.get("k", source.load))
        await settle()
        source.gate.set()
        assert (await before, await after) == (1, 2)
        assert not flights.under_way("k")

    run(main())
