"""The naive breaker must keep its faults: lessons and the lab speak of them."""

import asyncio

import pytest

from labs.patterns.circuit_breaker import State
from labs.patterns.naive_circuit_breaker import CallFailed, ConsecutiveBreaker
from tests.labs.patterns.clock import HandClock, answer, fail, run


async def failures(subject: ConsecutiveBreaker, count: int) -> None:
    for _ in range(count):
        with pytest.raises(CallFailed):
            await subject.call(fail)


def opened(clock: HandClock) -> ConsecutiveBreaker:
    subject = ConsecutiveBreaker(open_s=5.0, clock=clock)
    run(failures(subject, 5))
    assert subject.state is State.OPEN
    return subject


def test_a_thousand_calls_that_fail_every_second_time_never_open_it() -> None:
    subject = ConsecutiveBreaker(clock=HandClock())

    async def alternate() -> None:
        for _ in range(500):
            await failures(subject, 1)
            await subject.call(answer)

    run(alternate())
    assert subject.state is State.CLOSED


def test_half_open_lets_all_64_callers_through() -> None:
    clock = HandClock()
    subject = opened(clock)
    clock.now_s = 5.0

    async def many() -> list[int]:
        gate = asyncio.Event()

        async def send() -> int:
            await gate.wait()
            return 200

        calls = [asyncio.ensure_future(subject.call(send)) for _ in range(64)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*calls)

    assert run(many()) == [200] * 64


def test_a_late_success_closes_an_open_breaker() -> None:
    subject = ConsecutiveBreaker(clock=HandClock())

    async def story() -> None:
        gate = asyncio.Event()

        async def slow() -> int:
            await gate.wait()
            return 200

        early = asyncio.ensure_future(subject.call(slow))
        await asyncio.sleep(0)
        await failures(subject, 5)
        assert subject.state is State.OPEN
        gate.set()
        await early

    run(story())
    assert subject.state is State.CLOSED


def test_refused_failed_and_timed_out_calls_raise_the_same_type() -> None:
    clock = HandClock()
    subject = opened(clock)
    with pytest.raises(CallFailed, match="open"):
        run(subject.call(answer))
    clock.now_s = 5.0
    with pytest.raises(CallFailed):
        run(subject.call(fail, TimeoutError()))


def test_a_404_counts_as_a_failure_of_the_service() -> None:
    subject = ConsecutiveBreaker(clock=HandClock())
    for _ in range(5):
        with pytest.raises(CallFailed):
            run(subject.call(answer, 404))
    assert subject.state is State.OPEN
