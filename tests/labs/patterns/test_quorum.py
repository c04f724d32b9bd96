import asyncio
from itertools import product
from random import Random

import pytest

from labs.patterns.quorum import NotEnoughReplicas, QuorumRegister, Versioned
from tests.labs.patterns.clock import run, settle


class Copy:
    def __init__(self) -> None:
        self.kept = Versioned((0, ""), "first")
        self.away = False
        self.gate: asyncio.Event | None = None
        self.writes = 0

    async def read(self) -> Versioned[str]:
        await self._reach()
        return self.kept

    async def write(self, new: Versioned[str]) -> None:
        self.writes += 1
        await self._reach()
        self.kept = max(self.kept, new, key=lambda each: each.version)

    async def _reach(self) -> None:
        if self.gate:
            await self.gate.wait()
        if self.away:
            raise ConnectionError("unreachable")


def register(r: int, w: int, n: int = 3) -> tuple[QuorumRegister[str], list[Copy]]:
    copies = [Copy() for _ in range(n)]
    return QuorumRegister(copies, read_quorum=r, write_quorum=w), copies


def cut_off(copies: list[Copy], *away: int) -> None:
    for number, copy in enumerate(copies):
        copy.away = number in away


def test_a_read_meets_the_last_write_whoever_is_away() -> None:
    for gone_at_write, gone_at_read in product(range(3), range(3)):
        quorum, copies = register(2, 2)
        cut_off(copies, gone_at_write)
        run(quorum.write(Versioned((1, "a"), "second")))
        cut_off(copies, gone_at_read)
        assert quorum.overlaps
        assert run(quorum.read()) == "second"


def test_without_overlap_a_read_may_miss_it() -> None:
    quorum, copies = register(1, 1)
    cut_off(copies, 1, 2)
    run(quorum.write(Versioned((1, "a"), "second")))
    cut_off(copies, 0)
    assert not quorum.overlaps
    assert run(quorum.read()) == "first"


def test_a_minority_is_refused_and_its_write_may_turn_up_later() -> None:
    quorum, copies = register(2, 2)
    cut_off(copies, 1, 2)
    with pytest.raises(NotEnoughReplicas, match="1 of 2"):
        run(quorum.write(Versioned((1, "a"), "refused")))
    with pytest.raises(NotEnoughReplicas):
        run(quorum.read())
    cut_off(copies, 2)
    assert run(quorum.read()) == "refused", "a failed write is not a write that did not happen"


def test_a_read_repairs_what_it_finds_behind() -> None:
    quorum, copies = register(2, 2)
    cut_off(copies, 2)
    run(quorum.write(Versioned((1, "a"), "second")))
    cut_off(copies, 1)
    run(quorum.read())
    assert copies[2].kept.value == "second"


def test_a_read_that_finds_nothing_behind_writes_nothing() -> None:
    quorum, copies = register(2, 2)
    assert run(quorum.read()) == "first"
    assert sum(copy.writes for copy in copies) == 0


def test_what_one_read_has_shown_the_next_one_shows() -> None:
    """A write under way is on one replica of three; whoever sees it leaves it on two."""
    quorum, copies = register(2, 2)
    copies[0].kept = Versioned((1, "a"), "second")
    cut_off(copies, 2)
    assert run(quorum.read()) == "second"
    cut_off(copies, 0)
    assert run(quorum.read()) == "second"


def test_a_slow_replica_is_not_waited_for_and_gets_its_write() -> None:
    async def main() -> None:
        quorum, copies = register(2, 2)
        copies[2].gate = asyncio.Event()
        await quorum.write(Versioned((1, "a"), "second"))
        assert copies[2].kept.value == "first"
        copies[2].gate.set()
        await settle()
        assert copies[2].kept.value == "second"

    run(main())


def test_a_late_failure_disturbs_nobody() -> None:
    async def main() -> None:
        quorum, copies = register(2, 2)
        copies[2].gate, copies[2].away = asyncio.Event(), True
        await quorum.write(Versioned((1, "a"), "second"))
        copies[2].gate.set()
        await settle()

    run(main())


def test_random_outages_never_lose_a_write_that_was_done() -> None:
    rng, (quorum, copies) = Random(4), register(3, 3, n=5)
    done = "first"
    for number in range(1, 200):
        cut_off(copies, *rng.sample(range(5), 2))
        run(quorum.write(Versioned((number, "a"), str(number))))
        done = str(number)
        cut_off(copies, *rng.sample(range(5), 2))
        assert run(quorum.read()) == done


@pytest.mark.parametrize(("r", "w"), [(0, 2), (2, 4)])
def test_a_quorum_that_cannot_be_is_refused(r: int, w: int) -> None:
    with pytest.raises(ValueError, match="must be from 1 to N = 3"):
        register(r, w)
