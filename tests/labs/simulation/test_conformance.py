"""The same program does the same, in the same order at the same times, on asyncio's own loop and in virtual time.

Left out is what asyncio leaves to chance: the order of several timers that are due at one instant (its heap is not stable)
and the order in which a task group cancels its tasks (a set). Virtual time keeps both in order: see `test_loop`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any

import pytest

from labs.simulation.loop import VirtualLoop
from tests.labs.simulation.standard_loop import JumpingStandardLoop

Trace = list[Any]
Program = Callable[[Trace], Coroutine[Any, Any, Any]]
PROGRAMS: list[Program] = []


def program(function: Program) -> Program:
    PROGRAMS.append(function)
    return function


def now() -> float:
    return asyncio.get_running_loop().time()


async def step(trace: Trace, name: str, delay_s: float, result: Any = None) -> Any:
    trace.append((now(), name, "begins"))
    try:
        await asyncio.sleep(delay_s)
    except asyncio.CancelledError as error:
        trace.append((now(), name, "cancelled", error.args))
        raise
    trace.append((now(), name, "ends"))
    return result


async def fail(trace: Trace, name: str, delay_s: float) -> None:
    await step(trace, name, delay_s)
    raise ValueError(name)


@program
async def sleeps_interleave(trace: Trace) -> Any:
    return await asyncio.gather(step(trace, "a", 2, 1), step(trace, "b", 1, 2), step(trace, "c", 2, 3), step(trace, "d", 0, 4))


@program
async def many_wake_one_after_the_other(trace: Trace) -> None:
    tasks = [asyncio.create_task(step(trace, str(number), 1.0 + number * 7 % 20)) for number in range(20)]
    await asyncio.wait(tasks)


@program
async def zero_sleeps_take_turns(trace: Trace) -> None:
    async def turn(name: str) -> None:
        for round_ in range(3):
            trace.append((name, round_))
            await asyncio.sleep(0)

    await asyncio.gather(turn("a"), turn("b"))


@program
async def callbacks_and_timers_keep_their_order(trace: Trace) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(1, trace.append, "first timer")
    loop.call_at(1, trace.append, "second timer")
    cancelled = loop.call_later(0.5, trace.append, "never")
    loop.call_soon(trace.append, "soon")
    loop.call_later(1, loop.call_soon, trace.append, "soon after the timer")
    loop.call_later(1, trace.append, "third timer")
    cancelled.cancel()
    await asyncio.sleep(2)
    trace.append((now(), cancelled.cancelled()))


@program
async def timeout_expires(trace: Trace) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1) as scope:
            await step(trace, "slow", 2)
    trace.append((now(), scope.expired()))
    async with asyncio.timeout(5):
        await step(trace, "quick", 1)
    trace.append(asyncio.current_task().cancelling())  # type: ignore[union-attr]


@program
async def nested_timeouts_inner_first(trace: Trace) -> None:
    try:
        async with asyncio.timeout(3):
            try:
                async with asyncio.timeout(1):
                    await step(trace, "inner", 2)
            except TimeoutError:
                trace.append((now(), "inner expired"))
            await step(trace, "outer", 5)
    except TimeoutError:
        trace.append((now(), "outer expired"))


@program
async def nested_timeouts_outer_first(trace: Trace) -> None:
    try:
        async with asyncio.timeout(1):
            try:
                async with asyncio.timeout(3):
                    await step(trace, "inner", 5)
            except TimeoutError:
                trace.append("not this one")
    except TimeoutError:
        trace.append((now(), "outer expired"))


@program
async def equal_nested_timeouts(trace: Trace) -> None:
    try:
        async with asyncio.timeout(1):
            try:
                async with asyncio.timeout(1):
                    await step(trace, "inner", 5)
            except TimeoutError:
                trace.append((now(), "inner"))
                await asyncio.sleep(0)
            trace.append("after inner")
    except TimeoutError:
        trace.append((now(), "outer"))


@program
async def timeout_in_the_instant_of_the_answer(trace: Trace) -> None:
    for first in (0.0, 0.5):
        try:
            await asyncio.sleep(first)
            async with asyncio.timeout(1):
                await step(trace, "tie", 1)
            trace.append("made it")
        except TimeoutError:
            trace.append("too late")


@program
async def timeout_already_over(trace: Trace) -> None:
    for delay_s in (0, -1):
        try:
            async with asyncio.timeout(delay_s):
                trace.append("inside")
                await asyncio.sleep(1)
        except TimeoutError:
            trace.append((now(), "expired at once"))


@program
async def timeout_is_rescheduled(trace: Trace) -> None:
    try:
        async with asyncio.timeout(1) as scope:
            await asyncio.sleep(0.5)
            scope.reschedule(now() + 2)
            await step(trace, "longer", 5)
    except TimeoutError:
        trace.append(now())


@program
async def wait_for_returns_or_expires(trace: Trace) -> None:
    trace.append(await asyncio.wait_for(step(trace, "in time", 1, "result"), 2))
    with suppress(TimeoutError):
        await asyncio.wait_for(step(trace, "late", 3), 1)
    trace.append(now())
    with suppress(ValueError):
        await asyncio.wait_for(fail(trace, "broken", 1), 2)
    trace.append(now())


@program
async def wait_for_ties(trace: Trace) -> None:
    try:
        trace.append(await asyncio.wait_for(step(trace, "tie", 1, "result"), 1))
    except TimeoutError:
        trace.append("timeout")
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(1, future.set_result, "value")
    try:
        trace.append(await asyncio.wait_for(future, 1))
    except TimeoutError:
        trace.append(("timeout", future.cancelled()))


@program
async def wait_for_is_cancelled_from_outside(trace: Trace) -> None:
    task = asyncio.create_task(asyncio.wait_for(step(trace, "inner", 5), 10))
    await asyncio.sleep(1)
    task.cancel("enough")
    trace.append([repr(result) for result in await asyncio.gather(task, return_exceptions=True)])
    trace.append((now(), task.cancelled(), task.done()))


@program
async def cancelled_task_may_clean_up(trace: Trace) -> None:
    async def cleaner() -> None:
        try:
            await step(trace, "work", 10)
        finally:
            await step(trace, "clean-up", 1)

    task = asyncio.create_task(cleaner())
    await asyncio.sleep(1)
    trace.append(task.cancel("why"))
    try:
        await task
    except asyncio.CancelledError as error:
        trace.append((now(), error.args))
    trace.append(task.cancel())


@program
async def cancellation_can_be_swallowed(trace: Trace) -> Any:
    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await step(trace, "first", 10)
        await step(trace, "second", 1)
        return "survived"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(1)
    task.cancel()
    return await task, task.cancelling(), task.uncancel(), task.cancelled()


@program
async def task_cancelled_before_it_begins(trace: Trace) -> None:
    task = asyncio.create_task(step(trace, "never", 1))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    trace.append((task.cancelled(), now()))


@program
async def task_cancels_itself(trace: Trace) -> None:
    async def suicidal() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        trace.append("still running")
        await asyncio.get_running_loop().create_future()

    with suppress(asyncio.CancelledError):
        await asyncio.create_task(suicidal())
    trace.append("gone")


@program
async def woken_and_cancelled_at_once(trace: Trace) -> None:
    future = asyncio.get_running_loop().create_future()

    async def waiter() -> None:
        try:
            trace.append(await future)
        except asyncio.CancelledError:
            trace.append("cancelled though the result is there")
            raise

    task = asyncio.create_task(waiter())
    await asyncio.sleep(1)
    future.set_result("result")
    task.cancel()
    await asyncio.wait([task])
    trace.append(task.cancelled())


@program
async def gather_fails_with_the_first(trace: Trace) -> None:
    others = asyncio.create_task(step(trace, "other", 3))
    try:
        await asyncio.gather(others, fail(trace, "early", 1), fail(trace, "late", 2))
    except ValueError as error:
        trace.append((now(), str(error)))
    await others
    results = await asyncio.gather(fail(trace, "kept", 1), step(trace, "fine", 1, 7), return_exceptions=True)
    trace.append([repr(result) for result in results])


@program
async def gather_is_cancelled(trace: Trace) -> None:
    both = asyncio.gather(step(trace, "a", 5), step(trace, "b", 6))
    await asyncio.sleep(1)
    both.cancel()
    with suppress(asyncio.CancelledError):
        await both
    trace.append(now())


@program
async def shield_protects(trace: Trace) -> None:
    inner = asyncio.create_task(step(trace, "shielded", 3, "done"))
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(inner), 1)
    trace.append((now(), inner.done()))
    trace.append(await inner)


@program
async def wait_for_the_first(trace: Trace) -> None:
    tasks = [asyncio.create_task(step(trace, name, delay)) for name, delay in (("a", 3), ("b", 1), ("c", 2))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    trace.append((now(), [tasks.index(task) for task in done], len(pending)))
    done, pending = await asyncio.wait(tasks, timeout=1)
    trace.append((now(), sorted(tasks.index(task) for task in done), len(pending)))
    await asyncio.gather(*tasks)


@program
async def as_completed_in_order(trace: Trace) -> None:
    tasks = [asyncio.create_task(step(trace, str(delay), delay, delay)) for delay in (3, 1, 2)]
    for next_done in asyncio.as_completed(tasks):
        trace.append((now(), await next_done))


@program
async def task_group_succeeds(trace: Trace) -> Any:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(step(trace, "a", 2, "A"))
        second = group.create_task(step(trace, "b", 1, "B"))
    return first.result(), second.result(), now()


@program
async def task_group_fails(trace: Trace) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(trace, "broken", 1))
            group.create_task(fail(trace, "broken too", 1))
            group.create_task(step(trace, "bystander", 5))
            await step(trace, "body", 3)
    except* ValueError as errors:
        trace.append((now(), sorted(str(error) for error in errors.exceptions)))
    trace.append(asyncio.current_task().cancelling())  # type: ignore[union-attr]


@program
async def task_group_in_a_timeout(trace: Trace) -> None:
    try:
        async with asyncio.timeout(2), asyncio.TaskGroup() as group:
            group.create_task(step(trace, "a", 1))
            group.create_task(step(trace, "b", 9))
    except TimeoutError:
        trace.append((now(), "expired"))


@program
async def semaphore_is_fair(trace: Trace) -> None:
    semaphore = asyncio.Semaphore(2)

    async def user(name: int) -> None:
        async with semaphore:
            await step(trace, str(name), 1 + name % 3)

    await asyncio.gather(*(user(name) for name in range(9)))


@program
async def semaphore_loses_a_cancelled_waiter(trace: Trace) -> None:
    semaphore = asyncio.Semaphore(1)

    async def user(name: str) -> None:
        async with semaphore:
            await step(trace, name, 2)

    tasks = [asyncio.create_task(user(name)) for name in "abcd"]
    await asyncio.sleep(1)
    tasks[1].cancel()
    await asyncio.sleep(1)
    tasks[2].cancel()
    await asyncio.wait(tasks)
    trace.append((now(), [task.cancelled() for task in tasks], semaphore.locked()))


@program
async def lock_event_and_condition(trace: Trace) -> None:
    lock, event, condition = asyncio.Lock(), asyncio.Event(), asyncio.Condition()

    async def locked(name: str) -> None:
        async with lock:
            await step(trace, name, 1)
        await event.wait()
        async with condition:
            await condition.wait()
            trace.append((now(), name, "notified"))

    tasks = [asyncio.create_task(locked(name)) for name in "abc"]
    await asyncio.sleep(5)
    event.set()
    await asyncio.sleep(1)
    async with condition:
        condition.notify(1)
    await asyncio.sleep(1)
    async with condition:
        condition.notify_all()
    await asyncio.gather(*tasks)


@program
async def queue_is_fair(trace: Trace) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(2)

    async def producer(name: int) -> None:
        for number in range(4):
            await queue.put(10 * name + number)
            trace.append((now(), "put", name, number))

    async def consumer(name: str) -> None:
        while True:
            item = await queue.get()
            await asyncio.sleep(0.5)
            trace.append((now(), name, item))
            queue.task_done()

    producers = [asyncio.create_task(producer(name)) for name in (1, 2)]
    consumers = [asyncio.create_task(consumer(name)) for name in "xyz"]
    await asyncio.gather(*producers)
    await queue.join()
    for task in consumers:
        task.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)


@program
async def async_generators_and_context_managers_clean_up(trace: Trace) -> None:
    async def ticks() -> AsyncIterator[int]:
        try:
            for number in range(100):
                await asyncio.sleep(1)
                yield number
        finally:
            trace.append((now(), "generator closed"))

    @asynccontextmanager
    async def room() -> AsyncIterator[None]:
        trace.append("enter")
        try:
            yield
        finally:
            await asyncio.sleep(1)
            trace.append((now(), "left"))

    try:
        async with asyncio.timeout(2.5), room():
            async for number in ticks():
                trace.append(number)
    except TimeoutError:
        trace.append(now())


@program
async def done_callbacks_run_soon_and_in_order(trace: Trace) -> None:
    future = asyncio.get_running_loop().create_future()
    for name in "abc":
        future.add_done_callback(partial(lambda name, done: trace.append((name, done.result())), name))

    def never(_done: Any) -> None:
        trace.append("never")

    future.add_done_callback(never)
    trace.append(future.remove_done_callback(never))
    future.set_result(1)
    trace.append("set")
    await future
    trace.append("awaited")
    await asyncio.sleep(0)
    future.add_done_callback(lambda done: trace.append("late callback"))
    await asyncio.sleep(0)


@program
async def invalid_states(trace: Trace) -> None:
    future = asyncio.get_running_loop().create_future()
    for act in (future.result, future.exception):
        with pytest.raises(asyncio.InvalidStateError):
            act()
    future.set_exception(KeyError("gone"))
    with pytest.raises(asyncio.InvalidStateError):
        future.set_result(1)
    trace.append((repr(future.exception()), future.done(), future.cancel()))
    with pytest.raises(KeyError):
        await future


@program
async def bad_awaits_are_errors(trace: Trace) -> None:
    class Bad:
        def __await__(self) -> Any:
            yield object()

    for bad in (Bad(), asyncio.gather):
        try:
            await bad  # type: ignore[misc]
        except (RuntimeError, TypeError) as error:
            trace.append(type(error).__name__)


@program
async def context_of_a_task(trace: Trace) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    context = copy_context()
    context.run(variable.set, "own")

    async def look() -> str:
        await asyncio.sleep(1)
        return variable.get()

    task = asyncio.create_task(look(), context=context)
    asyncio.get_running_loop().call_soon(lambda: trace.append(variable.get()), context=context)
    trace.append((await task, variable.get()))


@program
async def names_and_current_task(trace: Trace) -> None:
    async def who() -> None:
        task = asyncio.current_task()
        assert task is not None
        await asyncio.sleep(1)
        trace.append((task.get_name(), asyncio.current_task() is task, task in asyncio.all_tasks()))

    await asyncio.gather(asyncio.create_task(who(), name="x"), asyncio.create_task(who(), name="y"))
    asyncio.get_running_loop().call_soon(lambda: trace.append(asyncio.current_task()))
    await asyncio.sleep(0)
    trace.append(len(asyncio.all_tasks()))


def traced(loop: asyncio.AbstractEventLoop, program: Program) -> tuple[Any, Trace, float]:
    trace: Trace = []
    try:
        return loop.run_until_complete(program(trace)), trace, loop.time()
    finally:
        loop.close()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_virtual_time_does_what_asyncio_does(program: Program) -> None:
    assert traced(VirtualLoop(), program) == traced(JumpingStandardLoop(), program)
