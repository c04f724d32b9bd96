import asyncio
from itertools import pairwise

import pytest

from labs.patterns.admission_queue import Line, Ticket
from labs.patterns.codel import CoDel, ControlledDelay
from tests.labs.patterns.clock import run


class Till:
    """A line fed by hand: one may come and one may start at any time (s)."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.dropped: list[float] = []

    def come(self, *times_s: float) -> None:
        for came_s in times_s:
            self.line.join(Ticket(came_s, 0, asyncio.get_running_loop().create_future()), came_s, self._turn_away)

    def start(self, now_s: float) -> float | None:
        """When the one who starts now had come."""
        ticket = self.line.next(now_s, self._turn_away)
        return ticket.came_s if ticket else None

    def _turn_away(self, ticket: Ticket, why: str) -> None:
        self.dropped.append(ticket.came_s)


def overloaded(line: Line, gap_s: float, work_s: float, length_s: float) -> tuple[Till, list[float]]:
    """One comes each `gap_s`, one starts each `work_s`; returns the waits of those who started."""

    async def story() -> tuple[Till, list[float]]:
        till, waits_s = Till(line), []
        next_s, now_s = 0.0, 0.0
        while now_s < length_s:
            while next_s <= now_s:
                till.come(next_s)
                next_s += gap_s
            came_s = till.start(now_s)
            if came_s is not None:
                waits_s.append(now_s - came_s)
            now_s += work_s
        return till, waits_s

    found: tuple[Till, list[float]] = run(story())
    return found


def test_a_burst_may_wait_a_whole_interval() -> None:
    async def story() -> None:
        till = Till(ControlledDelay(target_s=0.01, interval_s=0.1))
        till.come(0.0, 0.0, 0.0)
        assert till.start(0.05) == 0.0
        assert till.start(0.09) == 0.0
        assert till.dropped == []

    run(story())


def test_a_queue_that_stands_allows_the_target_only() -> None:
    async def story() -> None:
        till = Till(ControlledDelay(target_s=0.01, interval_s=0.1))
        till.come(0.0, 0.02, 0.11, 0.115)
        assert till.start(0.12) == 0.11  # it has not been empty for an interval: those of 0 and 0.02 waited too long
        assert till.dropped == [0.0, 0.02]

    run(story())


def test_an_empty_queue_forgives_at_once() -> None:
    async def story() -> None:
        till = Till(ControlledDelay(target_s=0.01, interval_s=0.1))
        till.come(0.0, 0.1)
        assert till.start(0.105) == 0.1
        till.come(0.2)
        assert till.start(0.29) == 0.2

    run(story())


def test_under_steady_overload_who_starts_has_waited_for_the_target_at_most() -> None:
    till, waits_s = overloaded(ControlledDelay(target_s=0.02, interval_s=0.1), 0.005, 0.01, 20.0)
    assert max(waits_s[100:]) <= 0.02
    assert len(waits_s) == pytest.approx(2000, abs=30), "nobody is turned away in vain: the server is always at work"
    assert len(till.dropped) == pytest.approx(2000, abs=40)


def test_the_law_of_packets_is_slow_where_senders_do_not_slow_down() -> None:
    """100 too many a second: the drops keep up after 2 s with an interval of 0.1 s, after 50 s with one of 0.5 s."""
    for interval_s, meets_s in ((0.1, 2.0), (0.5, 50.0)):
        till, _waits_s = overloaded(CoDel(target_s=0.02, interval_s=interval_s), 0.005, 0.01, meets_s)
        waiting = len(till.line)
        till, _waits_s = overloaded(CoDel(target_s=0.02, interval_s=interval_s), 0.005, 0.01, 0.3 * meets_s)
        assert waiting > len(till.line) > 10.0 * meets_s
    till, waits_s = overloaded(ControlledDelay(target_s=0.02, interval_s=0.5), 0.005, 0.01, 50.0)
    assert len(till.line) < 200
    assert max(waits_s) <= 0.5


def test_drops_follow_the_control_law() -> None:
    """RFC 8289, 3.3: the first after an interval above the target, the next after 1, 1/sqrt(2), 1/sqrt(3) intervals."""

    async def story() -> None:
        subject = CoDel(target_s=0.01, interval_s=0.1)
        till, drops_s, seen = Till(subject), [], 0
        till.come(*[0.0] * 3000)
        for step in range(1, 1000):
            till.start(step * 0.001)
            if len(till.dropped) > seen:
                drops_s.append(step * 0.001)
                seen = len(till.dropped)
        gaps_s = [later - before for before, later in pairwise(drops_s)]
        assert drops_s[0] == pytest.approx(0.11)
        assert gaps_s[:4] == pytest.approx([0.1 / number**0.5 for number in (1, 2, 3, 4)], abs=0.0015)

    run(story())


def test_codel_leaves_a_burst_alone() -> None:
    async def story() -> None:
        till = Till(CoDel(target_s=0.01, interval_s=0.1))
        till.come(*[0.0] * 8)
        for step in range(8):
            assert till.start(0.01 * step) == 0.0
        assert till.start(0.09) is None
        till.come(0.2)
        assert till.start(0.2) == 0.2
        assert till.dropped == []

    run(story())


@pytest.mark.parametrize("line", [ControlledDelay(0.01, 0.1, limit=2), CoDel(0.01, 0.1, limit=2)], ids=["delay", "codel"])
def test_length_is_bounded_as_well(line: Line) -> None:
    async def story() -> None:
        till = Till(line)
        till.come(0.0, 0.01, 0.02)
        assert till.dropped == [0.02]
        assert len(line) == 2

    run(story())


@pytest.mark.parametrize("line", [ControlledDelay(0.01, 0.1), CoDel(0.01, 0.1)], ids=["delay", "codel"])
def test_who_has_left_is_forgotten(line: Line) -> None:
    async def story() -> None:
        ticket = Ticket(0.0, 0, asyncio.get_running_loop().create_future())
        till = Till(line)
        line.join(ticket, 0.0, till._turn_away)
        till.come(0.01)
        line.leave(ticket)
        line.leave(ticket)
        assert till.start(0.02) == 0.01

    run(story())


@pytest.mark.parametrize(("pause_s", "dropped"), [(0.0, 2), (5.0, 1)], ids=["soon", "long after"])
def test_codel_goes_on_dropping_as_fast_as_was_right_last_time_unless_that_is_long_ago(pause_s: float, dropped: int) -> None:
    """Four drops, at gaps that shrink to interval / √4; then the delay is small; then the queue stands again."""

    async def story() -> None:
        till = Till(CoDel(target_s=0.01, interval_s=0.1))
        till.come(*[0.0] * 9)
        for now_s in (0.02, 0.13, 0.24, 0.32, 0.38):
            till.start(now_s)
        assert len(till.dropped) == 4
        till.come(0.39)
        assert till.start(0.392) == 0.39
        again_s = 0.4 + pause_s
        till.come(*[again_s] * 6)
        for later_s in (0.03, 0.14, 0.2):  # above the target; for an interval: one drop; then interval / √3 later
            till.start(again_s + later_s)
        assert till.dropped[4:] == [again_s] * dropped

    run(story())
