import asyncio
from itertools import pairwise
from typing import Any

from labs.patterns.self_healing import Supervisor
from tests.labs.patterns.clock import run


class Over(Exception):
    """The story has come to its end."""


class House:
    """Members that live or do not, a clock that moves by sleeping, and an end after so many seconds."""

    def __init__(self, ends_s: float, **alive: bool) -> None:
        self.now_s = 0.0
        self.ends_s = ends_s
        self.living = dict(alive)
        self.cured_by_restart = True
        self.restarts: list[tuple[str, float]] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, delay_s: float) -> None:
        self.now_s += delay_s
        if self.now_s > self.ends_s:
            raise Over
        await asyncio.sleep(0)

    async def alive(self, member: str) -> bool:
        return self.living[member]

    async def restart(self, member: str) -> None:
        self.restarts.append((member, self.now_s))
        self.living[member] = self.cured_by_restart


def supervise(house: House, **settings: Any) -> Supervisor[str]:
    usual: dict[str, Any] = {"interval_s": 10.0, "fall": 3, "backoff_s": 10.0, "backoff_cap_s": 40.0, "stable_s": 100.0}
    subject = Supervisor(
        list(house.living), house.alive, house.restart, clock=house, sleep=house.sleep, **{**usual, **settings}
    )

    async def story() -> None:
        try:
            await subject.run()
        except* Over:
            pass

    run(story())
    return subject


def test_restarts_what_was_not_alive_so_many_times_in_a_row() -> None:
    house = House(100.0, a=False)
    assert supervise(house).restarts == 1
    assert house.restarts == [("a", 20.0)]


def test_leaves_the_living_alone() -> None:
    house = House(1000.0, a=True)
    assert supervise(house).restarts == 0


def test_a_crash_loop_is_restarted_ever_more_rarely() -> None:
    house = House(400.0, a=False)
    house.cured_by_restart = False
    supervise(house)
    times = [at_s for _member, at_s in house.restarts]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[:3] == [40.0, 50.0, 70.0], "three probes, and a wait of 10, 20, 40 s"
    assert set(gaps[3:]) == {70.0}


def test_who_gets_well_while_it_waits_is_not_restarted() -> None:
    house = House(300.0, a=False)
    house.cured_by_restart = False
    recovers_s = 55.0

    async def alive(member: str) -> bool:
        return house.now_s > recovers_s

    house.alive = alive  # type: ignore[method-assign]
    assert supervise(house).restarts == 1


def test_a_stable_life_resets_the_wait() -> None:
    house = House(500.0, a=False)
    subject = Supervisor(["a"], house.alive, house.restart, backoff_s=10.0)
    assert [subject.wait_s(loops) for loops in range(7)] == [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0]

    async def dies_twice(member: str) -> bool:
        return not (house.now_s < 25.0 or 300.0 < house.now_s < 335.0)

    house.alive = dies_twice  # type: ignore[method-assign]
    supervise(house)
    assert [at_s for _member, at_s in house.restarts] == [20.0, 330.0], "no wait: it had lived long enough"


def test_a_restart_that_fails_is_tried_again_like_a_crash_and_the_others_are_still_watched() -> None:
    house = House(120.0, a=False, b=False)

    async def refused(member: str) -> None:
        house.restarts.append((member, house.now_s))
        if member == "a":
            raise ConnectionError("the machine did not answer")
        house.living[member] = True

    house.restart = refused  # type: ignore[method-assign]
    supervise(house)
    tried = [member for member, _at_s in house.restarts]
    assert tried.count("a") > 1
    assert tried.count("b") == 1


def test_no_more_than_so_many_at_once() -> None:
    booting = most = 0

    async def story() -> None:
        done = asyncio.Event()

        async def dead(member: int) -> bool:
            return False

        async def restart(member: int) -> None:
            nonlocal booting, most
            booting += 1
            most = max(most, booting)
            await asyncio.sleep(0.001)
            booting -= 1
            if subject.restarts >= 6:
                done.set()

        subject = Supervisor(range(6), dead, restart, interval_s=0.001, fall=1, at_once=2)
        task = asyncio.ensure_future(subject.run())
        async with asyncio.timeout(2.0):
            await done.wait()
        task.cancel()

    run(story())
    assert most == 2


def test_a_crash_loop_that_lasts_for_weeks_is_no_error() -> None:
    async def alive(member: str) -> bool:
        return True

    async def restart(member: str) -> None:
        return None

    supervisor = Supervisor(["one"], alive, restart)
    assert supervisor.wait_s(5000) == supervisor.backoff_cap_s
