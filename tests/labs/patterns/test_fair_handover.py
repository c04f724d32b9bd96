"""The line on asyncio's own loop."""

import asyncio

import pytest

from labs.patterns.fair_handover import FairHandover
from tests.labs.patterns.clock import run


def test_what_comes_free_goes_to_whoever_waits_longest() -> None:
    async def story() -> None:
        line: FairHandover[str] = FairHandover(lambda thing: None)
        assert not line.give_first("nobody waits")
        waiting = [asyncio.ensure_future(line.wait(line.join())) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert len(line) == 2
        assert line.give_first("a")
        assert line.tell_first(LookupError("no more"))
        assert await waiting[1] == "a"
        with pytest.raises(LookupError, match="no more"):
            await waiting[2]
        assert not line.tell_first(LookupError("nobody waits"))

    run(story())


def test_what_was_given_to_somebody_who_has_just_left_is_handed_on() -> None:
    async def story() -> None:
        found: list[str] = []
        line: FairHandover[str] = FairHandover(found.append)
        left = asyncio.ensure_future(line.wait(line.join()))
        await asyncio.sleep(0)
        assert line.give_first("a")
        left.cancel()
        await asyncio.wait([left])
        assert left.cancelled()
        assert found == ["a"]

    run(story())
