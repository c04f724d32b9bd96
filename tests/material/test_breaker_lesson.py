"""The figures of the lesson "Circuit breakers and fallbacks" that are no runs of the laboratory: those are in `claims/`."""

import asyncio
from math import comb

import pytest

from labs.experiments import catalogue
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted, State
from labs.patterns.naive_circuit_breaker import CallFailed, ConsecutiveBreaker
from labs.theory.breaker import calls_until_consecutive_failures
from labs.theory.queueing import little_number

WINDOWS_A_DAY = 8640


def false_alarms_a_day(minimum_calls: int, failures: int) -> float:
    chance = sum(comb(minimum_calls, k) * 0.05**k * 0.95 ** (minimum_calls - k) for k in range(failures, minimum_calls + 1))
    return chance * WINDOWS_A_DAY


def test_a_hundred_calls_a_second_held_for_half_a_minute_are_three_thousand() -> None:
    assert little_number(100.0, 30.0).value == 3000.0
    assert little_number(100.0, 3.0).value == pytest.approx(300.0)


def test_five_calls_give_ten_false_alarms_a_day_and_twenty_one_in_28_years() -> None:
    assert false_alarms_a_day(5, 3) == pytest.approx(10.0, abs=0.05)
    assert 1.0 / (false_alarms_a_day(20, 10) * 365) == pytest.approx(28.0, abs=0.5)


@pytest.mark.parametrize(
    ("share", "calls", "seconds"), [(0.1, 111_110, 1111.0), (0.2, 3905, 39.0), (0.5, 62, 0.6), (0.8, 10, 0.1)]
)
def test_calls_until_five_failures_in_a_row(share: float, calls: int, seconds: float) -> None:
    value = calls_until_consecutive_failures(share, 5).value
    assert value is not None
    assert round(value) == calls
    assert value / 100.0 == pytest.approx(seconds, abs=0.06 if seconds < 1 else 0.6)


def test_four_dead_nodes_of_five_never_trip_the_count_and_trip_the_rate() -> None:
    async def play() -> tuple[State, State]:
        now_s = 0.0
        naive = ConsecutiveBreaker(failure_threshold=5, clock=lambda: now_s)
        windowed = CircuitBreaker(failure_rate=0.5, minimum_calls=20, window_s=10.0, clock=lambda: now_s)

        async def answer(number: int) -> int:
            if number % 5:
                raise ConnectionError
            return 200

        naive_opened = windowed_opened = State.CLOSED
        for number in range(1000):
            now_s += 0.01
            for breaker in (naive, windowed):
                try:
                    await breaker.call(answer, number)
                except (CallFailed, ConnectionError, NotPermitted):
                    continue
            naive_opened = State.OPEN if naive.state is State.OPEN else naive_opened
            windowed_opened = State.OPEN if windowed.state is State.OPEN else windowed_opened
        return naive_opened, windowed_opened

    assert asyncio.run(play()) == (State.CLOSED, State.OPEN)


def test_64_waiting_callers_make_64_trials_without_permits_and_three_with_them() -> None:
    async def trials(breaker: ConsecutiveBreaker | CircuitBreaker, wait_over: asyncio.Event) -> int:
        sent = 0

        async def call() -> int:
            nonlocal sent
            sent += 1
            await wait_over.wait()
            return 200

        async def caller() -> None:
            try:
                await breaker.call(call)
            except (CallFailed, NotPermitted):
                return

        callers = [asyncio.create_task(caller()) for _ in range(64)]
        await asyncio.sleep(0)
        wait_over.set()
        await asyncio.gather(*callers)
        return sent

    async def play() -> tuple[int, int]:
        now_s = 0.0
        naive = ConsecutiveBreaker(failure_threshold=1, open_s=30.0, clock=lambda: now_s)
        windowed = CircuitBreaker(minimum_calls=1, open_s=30.0, half_open_permits=3, clock=lambda: now_s)

        async def fail() -> int:
            raise ConnectionError

        for breaker in (naive, windowed):
            with pytest.raises((CallFailed, ConnectionError)):
                await breaker.call(fail)
        now_s = 31.0
        return await trials(naive, asyncio.Event()), await trials(windowed, asyncio.Event())

    assert asyncio.run(play()) == (64, 3)


def test_the_lab_breaks_as_the_lesson_says() -> None:
    said = {"outage": "both", "outage_start_s": 40.0, "outage_s": 30.0, "outage_failure_rate": 0.6, "outage_slow_rate": 0.4}
    assert said.items() <= dict(catalogue.get("circuit-breaker").spec().parameters).items()
