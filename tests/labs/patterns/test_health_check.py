import asyncio
from collections.abc import Callable

import pytest

from labs.patterns.health_check import HealthChecker, RiseFall
from labs.patterns.naive_health_check import RemovingPool
from tests.labs.patterns.clock import run


def results(state: RiseFall, *good: bool) -> list[bool]:
    return [state.saw(one) for one in good]


def test_a_state_falls_after_so_many_bad_results_in_a_row() -> None:
    state = RiseFall(rise=2, fall=3)
    assert results(state, False, False) == [False, False]
    assert state.up
    assert results(state, False) == [True]
    assert not state.up


def test_one_good_result_forgives_the_bad_ones_before_it() -> None:
    state = RiseFall(rise=2, fall=3)
    assert not any(results(state, False, False, True, False, False, True))
    assert state.up


def test_a_state_rises_after_so_many_good_results_in_a_row() -> None:
    state = RiseFall(rise=2, fall=1)
    assert results(state, False, True, False, True, True) == [True, False, False, False, True]
    assert state.up


class Over(Exception):
    """The story has come to its end."""


class Instants:
    """A clock that moves when somebody sleeps; it ends the run after so many sleeps."""

    def __init__(self, sleeps: int) -> None:
        self.now_s = 0.0
        self.left = sleeps

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, delay_s: float) -> None:
        self.left -= 1
        if self.left < 0:
            raise Over
        await asyncio.sleep(0)
        self.now_s += delay_s


def checker(clock: Instants, probe: Callable[[str], bool], changes: list[tuple[str, bool]]) -> HealthChecker[str]:
    async def asked(member: str) -> bool:
        return probe(member)

    def changed(member: str, up: bool) -> None:
        changes.append((member, up))

    return HealthChecker(["a"], asked, interval_s=2.0, rise=2, fall=3, on_change=changed, clock=clock, sleep=clock.sleep)


def watched(clock: Instants, subject: HealthChecker[str]) -> None:
    async def story() -> None:
        try:
            await subject.run()
        except* Over:
            pass

    run(story())


def test_a_member_goes_and_comes_back_and_is_never_removed() -> None:
    answers = iter([True, False, False, False, False, True, True, True])
    clock, changes = Instants(8), list[tuple[str, bool]]()
    subject = checker(clock, lambda member: next(answers), changes)
    watched(clock, subject)
    assert changes == [("a", False), ("a", True)]
    assert subject.members == ("a",)
    assert subject.up == ("a",)


def test_an_error_of_any_kind_is_a_bad_probe() -> None:
    clock, changes = Instants(3), list[tuple[str, bool]]()

    def broken(member: str) -> bool:
        raise ValueError("not even HTTP")

    watched(clock, checker(clock, broken, changes))
    assert changes == [("a", False)]


def test_a_probe_that_hangs_is_cut_at_its_timeout() -> None:
    async def hang(member: str) -> bool:
        await asyncio.Event().wait()
        return True

    subject = HealthChecker(["a"], hang, timeout_s=0.001)
    assert run(subject.check("a")) is False


def test_probes_of_many_members_are_spread_over_the_interval() -> None:
    """The first sleep of each watch is its offset."""
    offsets: list[float] = []

    async def story() -> None:
        async def offset(delay_s: float) -> None:
            offsets.append(delay_s)
            await asyncio.Event().wait()

        async def well(member: str) -> bool:
            return True

        subject = HealthChecker(["a", "b", "c", "d"], well, interval_s=2.0, clock=lambda: 0.0, sleep=offset)
        task = asyncio.ensure_future(subject.run())
        await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())
    assert offsets == [0.0, 0.5, 1.0, 1.5]


def test_works_on_a_plain_event_loop_with_its_own_clock() -> None:
    changes = list[tuple[str, bool]]()

    async def story() -> None:
        found = asyncio.Event()

        def changed(member: str, up: bool) -> None:
            changes.append((member, up))
            found.set()

        async def dead(member: str) -> bool:
            raise ConnectionRefusedError

        subject = HealthChecker(["a"], dead, interval_s=0.001, fall=2, on_change=changed)
        async with asyncio.timeout(2.0):
            task = asyncio.ensure_future(subject.run())
            await found.wait()
            task.cancel()

    run(story())
    assert changes[0] == ("a", False)


# The naive one


async def one_round(pool: RemovingPool[str], rounds: int) -> None:
    sleeps = iter([None] * rounds)

    async def sleep(delay_s: float) -> None:
        if next(sleeps, "over") == "over":
            raise asyncio.CancelledError

    pool.sleep = sleep
    with pytest.raises(asyncio.CancelledError):
        await pool.run()


def test_the_naive_pool_removes_at_the_first_failed_probe_and_for_good() -> None:
    well = {"a": True, "b": True}

    async def probe(member: str) -> bool:
        return well[member]

    pool = RemovingPool(["a", "b"], probe)
    well["a"] = False
    run(one_round(pool, 1))
    assert pool.members == ["b"]
    well["a"] = True
    run(one_round(pool, 5))
    assert pool.members == ["b"]
    assert {pool.pick() for _ in range(4)} == {"b"}


def test_the_naive_pool_raises_when_nobody_is_left() -> None:
    async def probe(member: str) -> bool:
        raise ConnectionRefusedError

    pool = RemovingPool(["a", "b"], probe)
    run(one_round(pool, 1))
    assert pool.members == []
    with pytest.raises(ZeroDivisionError):
        pool.pick()
