import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from labs.simulation.errors import Deadlock, NotInVirtualTime, OnlyInVirtualTime
from labs.simulation.loop import VirtualLoop
from labs.simulation.primitives import park, sleep, spawn
from labs.simulation.worlds import World, new_world, run


def run_here(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(lambda _world: main())


def test_timers_of_one_instant_fire_in_the_order_in_which_they_were_set() -> None:
    trace: list[int] = []

    async def main(world: World) -> None:
        for number in range(50):
            world.loop.call_at(1.0, trace.append, number)
        await asyncio.sleep(1)

    run(main)
    assert trace == list(range(50))


def test_what_a_timer_causes_comes_after_the_timers_that_were_set_before_it() -> None:
    trace: list[str] = []

    async def main(world: World) -> None:
        loop = world.loop
        loop.call_at(1.0, loop.call_soon, trace.append, "consequence")
        loop.call_at(1.0, trace.append, "second timer")
        loop.call_at(1.0, lambda: loop.call_later(0, trace.append, "last"))
        await asyncio.sleep(2)

    run(main)
    assert trace == ["second timer", "consequence", "last"]


def test_own_and_standard_sleepers_share_one_clock() -> None:
    trace: list[tuple[float, str]] = []

    async def main(world: World) -> None:
        async def own() -> None:
            for _ in range(3):
                await sleep(0.5)
                trace.append((world.loop.time(), "own"))

        spawn(own())
        for _ in range(2):
            await asyncio.sleep(0.6)
            trace.append((world.loop.time(), "standard"))
        await asyncio.sleep(1)

    run(main)
    assert trace == [(0.5, "own"), (0.6, "standard"), (1.0, "own"), (1.2, "standard"), (1.5, "own")]


def test_a_task_group_cancels_in_the_order_of_creation() -> None:
    trace: list[int] = []

    async def bystander(number: int) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            trace.append(number)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(bystander(number))
            await asyncio.sleep(1)
            raise KeyError

    with pytest.raises(ExceptionGroup):
        run_here(main)
    assert trace == list(range(100))


def test_a_deadlock_names_the_tasks_their_places_and_what_they_wait_for() -> None:
    async def consumer(queue: "asyncio.Queue[int]") -> None:
        await queue.get()

    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        hungry = asyncio.create_task(consumer(queue), name="hungry")
        spawn(parked(), name="parked")
        await asyncio.sleep(3)
        await hungry

    async def parked() -> None:
        await park()

    with pytest.raises(Deadlock) as caught:
        run_here(main)
    main_task, hungry, in_line = caught.value.tasks
    assert caught.value.now_s == 3
    assert "main" in main_task
    assert "test_loop.py:" in main_task
    assert "hungry: " in hungry
    assert "consumer > Queue.get (queues.py:" in hungry
    assert in_line.startswith("parked: ")
    assert in_line.endswith("waiting for a queue")
    assert all(line in str(caught.value) for line in caught.value.tasks)


def test_a_sleep_without_end_is_a_deadlock_too() -> None:
    with pytest.raises(Deadlock):
        run_here(lambda: asyncio.sleep(float("inf")))


@pytest.mark.parametrize(
    ("ask", "advice"),
    [
        (lambda: asyncio.to_thread(print), "nothing runs beside virtual time"),
        (lambda: asyncio.open_connection("localhost", 80), "there is no network here"),
        (lambda: asyncio.start_server(print, port=0), "there is no network here"),
        (lambda: asyncio.create_subprocess_exec("true"), "no child processes"),
    ],
)
def test_the_real_world_is_refused_with_advice(ask: Callable[[], Coroutine[Any, Any, Any]], advice: str) -> None:
    with pytest.raises(NotInVirtualTime, match=advice):
        run_here(ask)


def test_signals_and_other_threads_are_refused() -> None:
    loop = VirtualLoop()
    with pytest.raises(NotInVirtualTime, match="add_signal_handler"):
        loop.add_signal_handler(2, print)
    with pytest.raises(NotInVirtualTime, match="call_soon_threadsafe"):
        loop.call_soon_threadsafe(print)
    loop.close()


def test_own_primitives_say_that_they_need_virtual_time() -> None:
    async def napping() -> None:
        await sleep(0.1)

    with pytest.raises(OnlyInVirtualTime):
        asyncio.run(napping())


def test_not_a_number_is_no_time() -> None:
    async def main() -> None:
        for nap in (sleep, asyncio.sleep):
            with pytest.raises(ValueError, match="NaN"):
                await nap(float("nan"))

    run_here(main)


def test_several_worlds_are_stepped_in_turn() -> None:
    trace: list[tuple[str, float]] = []
    worlds = {name: VirtualLoop() for name in ("a", "b")}

    async def ticking(name: str, period_s: float) -> None:
        while True:
            await asyncio.sleep(period_s)
            assert asyncio.get_running_loop() is worlds[name]
            trace.append((name, asyncio.get_running_loop().time()))

    for (name, loop), period_s in zip(worlds.items(), (0.5, 0.4), strict=True):
        loop.spawn(ticking(name, period_s))
    for until_s in (1.0, 2.0):
        for loop in worlds.values():
            loop.advance(until_s)
            assert loop.time() == until_s
            with pytest.raises(RuntimeError):
                asyncio.get_running_loop()
    assert [at_s for name, at_s in trace if name == "a"] == [0.5, 1.0, 1.5, 2.0]
    assert [name for name, _ in trace] == ["a"] * 2 + ["b"] * 2 + ["a"] * 2 + ["b"] * 3
    for loop in worlds.values():
        loop.close()


def test_advance_runs_what_is_due_at_its_end_and_nothing_later() -> None:
    trace: list[float] = []
    with new_world(0) as (loop, _):
        for at_s in (1.0, 2.0, 2.0000001):
            loop.call_at(at_s, trace.append, at_s)
        loop.advance(2.0)
        assert trace == [1.0, 2.0]
        with pytest.raises(ValueError, match="backwards"):
            loop.advance(1.0)


def test_a_cancelled_timer_does_not_move_the_clock() -> None:
    async def main(world: World) -> float:
        async with asyncio.timeout(100):
            await asyncio.sleep(1)
        sleeper = asyncio.create_task(asyncio.sleep(50))
        await asyncio.sleep(1)
        sleeper.cancel()
        return 0

    with new_world(0) as world:
        world.loop.run_until_complete(main(world))
        world.loop.run_forever()
        assert world.loop.time() == 2


def test_long_timers_that_never_fire_do_not_pile_up() -> None:
    async def main(world: World) -> int:
        for _ in range(20_000):
            async with asyncio.timeout(1e6):
                await asyncio.sleep(0.001)
        return len(world.loop.timers)

    assert run(main) < 5_000


def test_the_failure_of_a_spawned_task_ends_the_run_and_says_where() -> None:
    async def broken() -> None:
        await sleep(2)
        raise KeyError("lost")

    with new_world(0) as (loop, _):
        loop.spawn(broken(), name="the broken one")
        loop.advance(1)
        with pytest.raises(KeyError, match="lost") as caught:
            loop.advance(10)
        assert loop.time() == 2
        assert "the broken one" in caught.value.__notes__[0]


def test_the_failure_of_a_spawned_task_that_is_awaited_goes_to_whoever_awaits_it() -> None:
    async def broken() -> None:
        await sleep(1)
        raise KeyError

    async def main() -> str:
        try:
            await spawn(broken())
        except KeyError:
            return "handled"
        return "lost"

    assert run_here(main) == "handled"


def test_failures_that_nobody_fetched_are_reported_in_order_and_fetched_ones_are_not() -> None:
    reported: list[str] = []

    async def broken(name: str) -> None:
        raise KeyError(name)

    async def main(world: World) -> None:
        world.loop.set_exception_handler(lambda _loop, context: reported.append(str(context["exception"])))
        tasks = [asyncio.create_task(broken(name)) for name in "abc"]
        await asyncio.sleep(1)
        tasks[1].exception()
        world.loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    run(main)
    assert reported == ["division by zero", "'a'", "'c'"]


def test_close_cancels_what_is_left_and_runs_its_clean_up() -> None:
    trace: list[str] = []

    async def lingering() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            trace.append("cleaned up")

    async def ticks() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            trace.append("generator closed")

    async def main(generator: AsyncIterator[int]) -> None:
        asyncio.create_task(lingering())  # noqa: RUF006 - the loop keeps it
        await anext(generator)

    generator = ticks()
    loop = VirtualLoop()
    loop.run_until_complete(main(generator))
    loop.close()
    assert trace == ["cleaned up", "generator closed"]
    assert not loop.failures
    assert loop.is_closed()
    loop.close()
    unused = asyncio.sleep(1)
    with pytest.raises(RuntimeError, match="closed"):
        loop.run_until_complete(unused)
    unused.close()


def test_close_does_not_wait_for_a_task_that_refuses_to_end() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await sleep(1)
            except asyncio.CancelledError:
                continue

    loop = VirtualLoop()
    loop.spawn(stubborn())
    loop.advance(5)
    loop.close()
    assert not loop.tasks


def test_a_runner_of_the_standard_library_drives_it() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == 3600


def test_a_closed_world_leaves_nothing_behind() -> None:
    def live() -> int:
        gc.collect()
        return sum(type(thing) is VirtualLoop for thing in gc.get_objects())

    before = live()
    for _ in range(3):
        run_here(lambda: asyncio.sleep(1))
    assert live() == before
