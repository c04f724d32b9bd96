import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from labs.patterns.task_processor import Policy, Rejected, TaskProcessor
from tests.labs.patterns.clock import run, settle


class Gate:
    """Tasks that run until they are let go; knows how many ran at once and what began, in order."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.running = self.most = 0
        self.began: list[object] = []

    def task(self, name: object = None) -> Callable[[], Awaitable[object]]:
        async def work() -> object:
            self.began.append(name)
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await self.event.wait()
            finally:
                self.running -= 1
            return name

        return work


def pool(policy: Policy = "abort", **options: Any) -> TaskProcessor:
    return TaskProcessor(**{"core": 2, "maximum": 4, "queue_capacity": 3, "policy": policy, **options})


def test_core_4_maximum_8_queue_100_the_fifth_worker_starts_at_the_105th_task() -> None:
    async def story() -> list[int]:
        gate, workers = Gate(), []
        subject = TaskProcessor(core=4, maximum=8, queue_capacity=100)
        for _ in range(108):
            await subject.submit(gate.task())
            workers.append(subject.workers)
        with pytest.raises(Rejected):
            await subject.submit(gate.task())
        gate.event.set()
        await subject.shutdown()
        return workers

    workers = run(story())
    assert workers[3] == workers[103] == 4
    assert workers[104:] == [5, 6, 7, 8]


def test_eager_growth_fills_the_workers_before_the_queue() -> None:
    async def story() -> list[tuple[int, int]]:
        gate, seen = Gate(), []
        subject = pool(growth="eager")
        for _ in range(7):
            await subject.submit(gate.task())
            seen.append((subject.workers, subject.queued))
        gate.event.set()
        await subject.shutdown()
        return seen

    assert run(story()) == [(1, 0), (2, 0), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3)]


def test_a_pool_of_size_one_has_core_0_and_one_worker_all_the_same() -> None:
    async def story() -> tuple[int, int]:
        gate = Gate()
        subject = TaskProcessor(core=0, maximum=1, queue_capacity=10)
        for _ in range(5):
            await subject.submit(gate.task())
        await settle()
        found = (subject.workers, gate.running)
        gate.event.set()
        await subject.shutdown()
        return found

    assert run(story()) == (1, 1)


async def full(subject: TaskProcessor, gate: Gate) -> "list[asyncio.Future[Any]]":
    return [await subject.submit(gate.task(number)) for number in range(7)]


def test_results_and_errors_reach_the_future() -> None:
    async def fail() -> None:
        raise ConnectionError("refused")

    async def answer() -> int:
        return 42

    async def story() -> None:
        subject = pool()
        good, bad = await subject.submit(answer), await subject.submit(fail)
        assert await good == 42
        with pytest.raises(ConnectionError):
            await bad
        assert await (await subject.submit(answer)) == 42, "the worker outlives an error"
        await subject.execute(fail)
        await subject.shutdown()

    run(story())


def test_abort_says_so_at_once() -> None:
    async def story() -> None:
        gate, told = Gate(), list[str]()
        subject = pool(on_full=told.append)
        await full(subject, gate)
        with pytest.raises(Rejected, match="3 tasks wait"):
            await subject.submit(gate.task())
        assert told == ["abort"]
        gate.event.set()
        await subject.shutdown()

    run(story())


def test_caller_runs_keeps_the_submitter_busy() -> None:
    async def story() -> None:
        gate = Gate()
        subject = pool("caller-runs")
        await full(subject, gate)
        submitter = asyncio.ensure_future(subject.submit(gate.task("mine")))
        await settle()
        assert not submitter.done(), "the submitter does nothing else meanwhile"
        assert gate.most == 5
        assert subject.workers == 4
        gate.event.set()
        assert (await submitter).result() == "mine"
        await subject.shutdown()

    run(story())


def test_discard_oldest_cancels_what_waits_longest() -> None:
    async def story() -> None:
        gate = Gate()
        subject = pool("discard-oldest")
        futures = await full(subject, gate)
        newest = await subject.submit(gate.task("newest"))
        assert [number for number, future in enumerate(futures) if future.cancelled()] == [2]
        gate.event.set()
        assert await newest == "newest"
        await subject.shutdown()

    run(story())


def test_block_waits_for_room_first_come_first_served() -> None:
    async def story() -> None:
        gate = Gate()
        subject = pool("block")
        await full(subject, gate)
        waiting = [asyncio.ensure_future(subject.submit(gate.task(name))) for name in ("a", "b", "c")]
        await settle()
        assert not any(one.done() for one in waiting)
        waiting[1].cancel()
        gate.event.set()
        assert [await (await waiting[0]), await (await waiting[2])] == ["a", "c"]
        assert "b" not in gate.began
        await subject.shutdown()

    run(story())


def test_unbounded_never_refuses_and_never_grows() -> None:
    async def story() -> tuple[int, int]:
        gate = Gate()
        subject = pool("unbounded")
        for _ in range(500):
            await subject.submit(gate.task())
        found = (subject.workers, subject.queued)
        gate.event.set()
        await subject.shutdown()
        return found

    assert run(story()) == (2, 498)


def test_tasks_are_begun_in_the_order_in_which_they_came() -> None:
    async def story() -> list[object]:
        gate = Gate()
        gate.event.set()
        subject = TaskProcessor(core=1, maximum=1, queue_capacity=100)
        await asyncio.gather(*[await subject.submit(gate.task(number)) for number in range(20)])
        await subject.shutdown()
        return gate.began

    assert run(story()) == list(range(20))


def test_a_worker_beyond_core_leaves_after_its_keep_alive() -> None:
    async def story() -> tuple[int, int]:
        gate = Gate()
        subject = pool(keep_alive_s=0.002)
        await full(subject, gate)
        most = subject.workers
        gate.event.set()
        await asyncio.sleep(0.02)
        left = subject.workers
        await subject.shutdown()
        return most, left

    assert run(story()) == (4, 2)


def test_a_future_that_is_cancelled_while_it_waits_is_never_begun() -> None:
    async def story() -> list[object]:
        gate = Gate()
        subject = pool()
        futures = await full(subject, gate)
        futures[3].cancel()
        gate.event.set()
        await subject.shutdown()
        return gate.began

    assert 3 not in run(story())


def test_a_task_whose_own_wait_is_cancelled_does_not_take_its_worker_along() -> None:
    async def story() -> None:
        subject = TaskProcessor(core=1, maximum=1, queue_capacity=5)

        async def waits_for_the_dead() -> None:
            dead: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            dead.cancel()
            await dead

        async def fine() -> int:
            return 1

        bad, good = await subject.submit(waits_for_the_dead), await subject.submit(fine)
        assert await good == 1
        assert bad.cancelled()
        await subject.shutdown()

    run(story())


# Closing


def test_after_shutdown_a_submission_is_refused_and_not_dropped_silently() -> None:
    async def story() -> None:
        subject = pool("caller-runs")
        await subject.shutdown()
        with pytest.raises(Rejected, match="shut down"):
            await subject.submit(Gate().task())

    run(story())


def test_shutdown_works_off_what_was_accepted() -> None:
    async def story() -> list[object]:
        gate = Gate()
        subject = pool()
        futures = await full(subject, gate)
        closing = asyncio.ensure_future(subject.shutdown(1.0))
        await settle()
        gate.event.set()
        assert await closing == []
        assert subject.workers == 0
        return [future.result() for future in futures]

    assert run(story()) == list(range(7))


def test_a_grace_that_ends_cancels_the_rest_and_names_it() -> None:
    async def story() -> None:
        gate = Gate()
        subject = pool()
        futures = [await subject.submit(gate.task(), key=f"order-{number}") for number in range(5)]
        lost = await subject.shutdown(0.002)
        assert lost == [f"order-{number}" for number in range(5)]
        assert all(future.cancelled() for future in futures), "whoever awaits them hears of it"
        await settle()
        assert (subject.workers, gate.running) == (0, 0)

    run(story())


def test_a_blocked_submitter_hears_of_the_shutdown() -> None:
    async def story() -> None:
        gate = Gate()
        subject = pool("block")
        await full(subject, gate)
        waiting = asyncio.ensure_future(subject.submit(gate.task()))
        await settle()
        subject.stop()
        with pytest.raises(Rejected, match="while the task waited"):
            await waiting

    run(story())


def test_a_task_that_no_worker_has_begun_yet_is_ended_by_a_stop_as_well() -> None:
    async def story() -> None:
        subject = pool()
        future = await subject.submit(Gate().task(), key="a")
        assert subject.stop() == ["a"]
        assert future.cancelled()

    run(story())


class MemoryJournal:
    """A journal in memory: it outlives the pool."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}

    async def accepted(self, key: str) -> None:
        self.keys[key] = None

    async def done(self, key: str) -> None:
        del self.keys[key]

    def unfinished(self) -> list[str]:
        return list(self.keys)


def test_a_journal_keeps_what_a_crash_takes_and_nothing_else() -> None:
    async def story() -> list[str]:
        gate, journal = Gate(), MemoryJournal()
        gate.event.set()
        subject = pool(journal=journal)
        await (await subject.submit(gate.task(), key="done"))
        gate.event.clear()
        for number in range(7):
            await subject.submit(gate.task(), key=f"order-{number}")
        with pytest.raises(Rejected):
            await subject.submit(gate.task(), key="refused")
        subject.stop()
        await settle()
        return journal.unfinished()

    assert run(story()) == [f"order-{number}" for number in range(7)]


@pytest.mark.parametrize("wrong", [{"core": 5}, {"maximum": 0, "core": 0}, {"queue_capacity": -1}, {"core": -1}])
def test_sizes_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a pool"):
        pool(**wrong)


def test_a_blocked_submitter_goes_on_where_there_is_no_queue_at_all() -> None:
    async def story() -> list[object]:
        gate, subject = Gate(), pool("block", core=1, maximum=1, queue_capacity=0)
        await subject.submit(gate.task("first"))
        waiting = asyncio.ensure_future(subject.submit(gate.task("second")))
        await settle()
        assert not waiting.done()
        gate.event.set()
        await (await waiting)
        await subject.shutdown()
        return gate.began

    assert run(story()) == ["first", "second"]


def test_a_longer_queue_lets_in_who_waits_and_a_shorter_one_holds_them_back() -> None:
    async def story() -> list[tuple[int, int]]:
        gate, subject, seen = Gate(), pool("block", core=1, maximum=1, queue_capacity=1), []
        for _ in range(2):
            await subject.submit(gate.task())
        waiting = [asyncio.ensure_future(subject.submit(gate.task())) for _ in range(4)]
        for capacity in (3, 0):
            await settle()
            subject.queue_capacity = capacity
            await settle()
            seen.append((subject.queued, sum(one.done() for one in waiting)))
        gate.event.set()
        await asyncio.gather(*waiting)
        await subject.shutdown()
        return seen

    assert run(story()) == [(3, 2), (3, 2)]


def test_full_says_before_a_task_comes_what_it_would_meet() -> None:
    async def story() -> list[bool]:
        gate, subject, seen = Gate(), pool(core=1, maximum=2, queue_capacity=1), []
        for _ in range(3):
            seen.append(subject.full)
            await subject.submit(gate.task())
        seen.append(subject.full)
        gate.event.set()
        await settle()
        seen.append(subject.full)
        await subject.shutdown()
        return seen

    assert run(story()) == [False, False, False, True, False]


def test_a_task_cancelled_in_the_queue_is_not_left_in_the_journal() -> None:
    async def story() -> list[str]:
        gate, journal = Gate(), MemoryJournal()
        subject = pool(core=1, maximum=1, journal=journal)
        await subject.submit(gate.task(), "runs")
        (await subject.submit(gate.task(), "cancelled")).cancel()
        gate.event.set()
        await settle()
        await subject.shutdown()
        return journal.unfinished()

    assert run(story()) == []


def test_what_a_submitter_runs_itself_stays_in_the_journal_when_the_process_ends() -> None:
    async def story() -> list[str]:
        gate, journal = Gate(), MemoryJournal()
        subject = pool("caller-runs", core=1, maximum=1, queue_capacity=0, journal=journal)
        await subject.submit(gate.task(), "worker")
        caller = asyncio.ensure_future(subject.submit(gate.task(), "caller"))
        await settle()
        subject.stop()
        gate.event.set()
        await caller
        return sorted(journal.unfinished())

    assert run(story()) == ["caller", "worker"]


def test_a_journal_that_fails_when_a_task_is_done_costs_no_worker() -> None:
    """What it was not told runs once more in the next process, which is what a journal promises anyway."""

    class Torn(MemoryJournal):
        async def done(self, key: str) -> None:
            raise ConnectionError("the journal is away")

    async def story() -> tuple[list[Any], int]:
        gate, journal = Gate(), Torn()
        gate.event.set()
        subject = pool(core=1, maximum=1, queue_capacity=5, journal=journal)
        futures = [await subject.submit(gate.task(), key=f"order-{number}") for number in range(3)]
        async with asyncio.timeout(1.0):
            await asyncio.gather(*futures)
        await settle()
        return journal.unfinished(), subject.workers

    assert run(story()) == (["order-0", "order-1", "order-2"], 1)
