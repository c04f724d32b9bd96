import asyncio

import pytest

from labs.patterns.read_model import Change, MissedChange, ReadModel, TooFarBehind
from tests.labs.patterns.clock import run, settle


def test_changes_are_applied_once_and_in_order() -> None:
    async def main() -> None:
        model = ReadModel[str]()
        assert await model.apply(Change(1, "o1", "pending"))
        assert await model.apply(Change(2, "o1", "paid"))
        assert not await model.apply(Change(1, "o1", "pending")), "it came again"
        assert await model.read("o1") == "paid"
        assert await model.apply(Change(3, "o1", None))
        assert await model.read("o1") is None

    run(main())


def test_a_gap_is_refused() -> None:
    async def main() -> None:
        model = ReadModel[str]()
        with pytest.raises(MissedChange, match="2 came after 0"):
            await model.apply(Change(2, "o1", "paid"))
        assert model.position == 0

    run(main())


def test_a_writer_waits_for_the_own_write() -> None:
    async def main() -> None:
        model = ReadModel[str]()
        mine = asyncio.ensure_future(model.read("o1", at_least=1))
        anybody = await model.read("o1")
        await settle()
        assert anybody is None
        assert not mine.done()
        await model.apply(Change(1, "o1", "pending"))
        assert await mine == "pending"

    run(main())


def test_patience_ends() -> None:
    async def main() -> None:
        with pytest.raises(TooFarBehind, match="at 0, asked for 1"):
            await ReadModel[str]().read("o1", at_least=1, patience_s=0.0)

    run(main())
