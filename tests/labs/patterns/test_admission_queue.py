import asyncio
from collections.abc import Awaitable, Callable

import pytest

from labs.patterns.adaptive_lifo import AdaptiveLifo
from labs.patterns.admission_queue import AdmissionQueue, Fifo, Line, Rejected
from labs.patterns.load_shedding import PriorityLine
from tests.labs.patterns.clock import HandClock, answer, run


class Shop:
    """A queue whose customers are let out by hand; `order` tells who was let in, `lost` who was turned away."""

    def __init__(self, line: Line, slots: int = 1) -> None:
        self.clock = HandClock()
        self.queue = AdmissionQueue(slots, line, clock=self.clock)
        self.order: list[str] = []
        self.lost: list[str] = []
        self._doors: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str, priority: int = 0) -> None:
        for name in names:
            self._tasks[name] = asyncio.create_task(self._visit(name, priority))
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # for those whom it pushes out

    async def _visit(self, name: str, priority: int) -> None:
        self._doors[name] = asyncio.Event()
        try:
            async with self.queue.slot(priority):
                self.order.append(name)
                await self._doors[name].wait()
        except Rejected:
            self.lost.append(name)

    async def done(self, *names: str) -> None:
        """They leave one after the other, each when it has been let in."""
        for name in names:
            self._doors[name].set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def cancel(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])

    async def finish(self) -> None:
        while waiting := [task for task in self._tasks.values() if not task.done()]:
            for door in self._doors.values():
                door.set()
            await asyncio.wait(waiting, timeout=1.0)


def shop(line: Callable[[], Line], story: Callable[[Shop], Awaitable[None]], slots: int = 1) -> Shop:
    async def main() -> Shop:
        made = Shop(line(), slots)
        await story(made)
        await made.finish()
        assert (made.queue.busy, made.queue.waiting) == (0, 0)
        return made

    found = run(main())
    assert isinstance(found, Shop)
    return found


def test_so_many_work_at_a_time_and_the_rest_come_in_their_order() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d")
        assert subject.order == ["a", "b"]
        assert subject.queue.waiting == 2
        await subject.done("b", "a")

    assert shop(lambda: Fifo(10), story, slots=2).order == ["a", "b", "c", "d"]


def test_a_full_line_turns_the_newcomer_away_at_once() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d")
        assert subject.lost == ["d"]

    assert shop(lambda: Fifo(2), story).order == ["a", "b", "c"]


def test_without_a_limit_nobody_is_turned_away() -> None:
    async def story(subject: Shop) -> None:
        await subject.come(*map(str, range(200)))

    assert shop(lambda: Fifo(None), story).lost == []


def test_a_refusal_says_why_and_that_nothing_was_done() -> None:
    async def story() -> None:
        queue = AdmissionQueue(1, Fifo(0), name="checkout")
        async with queue.slot():
            with pytest.raises(Rejected, match="checkout is overloaded: 0 wait already"):
                await queue.call(answer)

    run(story())


def test_call_gives_the_result_and_the_slot_back_whatever_happens() -> None:
    async def fail() -> int:
        raise ConnectionError

    async def story() -> None:
        queue = AdmissionQueue(1, Fifo(0))
        assert await queue.call(answer, 201) == 201
        with pytest.raises(ConnectionError):
            await queue.call(fail)
        assert await queue.call(answer) == 200

    run(story())


def test_who_hangs_up_while_waiting_leaves_its_place_to_others() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c")
        await subject.cancel("b")
        await subject.come("d")
        await subject.done("a")

    found = shop(lambda: Fifo(2), story)
    assert found.order == ["a", "c", "d"]


def test_who_hangs_up_at_work_frees_the_slot() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b")
        await subject.cancel("a")

    assert shop(lambda: Fifo(2), story).order == ["a", "b"]


def test_who_hangs_up_in_the_moment_of_its_turn_passes_it_on() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c")
        subject._doors["a"].set()
        await asyncio.sleep(0)
        assert subject.queue.waiting == 1
        assert subject.order == ["a"], "its turn has come, but it has not woken up"
        await subject.cancel("b")

    assert "c" in shop(lambda: Fifo(5), story).order


def test_more_slots_let_the_line_in_at_once() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d")
        subject.queue.slots = 3
        await asyncio.sleep(0)
        assert subject.order == ["a", "b", "c"]
        subject.queue.slots = 1
        await subject.done("a", "b")
        assert subject.order == ["a", "b", "c"]

    assert shop(lambda: Fifo(10), story).order == ["a", "b", "c", "d"]


def test_entering_tells_how_long_it_took() -> None:
    async def story() -> None:
        clock = HandClock()
        queue = AdmissionQueue(1, Fifo(5), clock=clock)
        assert await queue.enter() == 0.0
        waiting = asyncio.create_task(queue.enter())
        await asyncio.sleep(0)
        clock.now_s = 0.25
        queue.leave()
        assert await waiting == 0.25

    run(story())


# Adaptive LIFO


def test_a_crowd_is_served_newest_first_and_a_few_in_order() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d", "e")
        await subject.done("a", "e", "d", "b")

    assert shop(lambda: AdaptiveLifo(10, lifo_from=3), story).order == ["a", "e", "d", "b", "c"]


def test_a_full_stack_turns_the_oldest_away() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d")
        assert subject.lost == ["b"]

    assert shop(lambda: AdaptiveLifo(2), story).order == ["a", "d", "c"]


def test_who_leaves_a_stack_is_forgotten() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c")
        await subject.cancel("c")

    assert shop(lambda: AdaptiveLifo(None), story).order == ["a", "b"]


# Shedding by priority


def test_what_matters_most_starts_first_and_equals_in_their_order() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("at work")
        await subject.come("report", priority=2)
        await subject.come("page 1", "page 2", priority=1)
        await subject.come("checkout", priority=0)

    assert shop(lambda: PriorityLine(10), story).order == ["at work", "checkout", "page 1", "page 2", "report"]


def test_a_newcomer_takes_the_place_of_the_newest_that_matters_least() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("at work")
        await subject.come("report 1", "report 2", priority=2)
        await subject.come("page", priority=1)
        await subject.come("checkout 1", "checkout 2", "checkout 3", priority=0)
        assert subject.lost == ["report 2", "report 1", "page"]
        await subject.come("checkout 4", priority=0)
        assert subject.lost[-1] == "checkout 4"

    assert shop(lambda: PriorityLine(3), story).order == ["at work", "checkout 1", "checkout 2", "checkout 3"]


def test_nobody_is_pushed_out_by_its_equal() -> None:
    async def story(subject: Shop) -> None:
        await subject.come("at work", "a", "b", priority=1)
        await subject.cancel("a")
        await subject.come("c", "d", priority=1)
        assert subject.lost == ["d"]

    assert shop(lambda: PriorityLine(2), story).order == ["at work", "b", "c"]


@pytest.mark.parametrize("line", [Fifo(3), AdaptiveLifo(3), PriorityLine(3)], ids=["fifo", "lifo", "priority"])
def test_a_lower_limit_holds_for_those_who_come_from_then_on(line: Fifo | AdaptiveLifo | PriorityLine) -> None:
    async def story(subject: Shop) -> None:
        await subject.come("a", "b", "c", "d", priority=1)
        line.limit = 1
        await subject.come("e", priority=1)
        assert len(subject.lost) == 1

    shop(lambda: line, story)
