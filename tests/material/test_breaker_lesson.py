"""Every figure that the lesson "Circuit breakers and fallbacks" states is the outcome of a formula or of a run."""

import asyncio
from collections.abc import Mapping
from functools import cache
from math import comb

import pytest

from labs.experiments import catalogue
from labs.experiments.events import Finished, Sample, Scalar
from labs.experiments.simulate import simulate
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted, State
from labs.patterns.naive_circuit_breaker import CallFailed, ConsecutiveBreaker
from labs.theory.breaker import calls_until_consecutive_failures
from labs.theory.queueing import little_number

SEEDS = (1, 2, 3, 4, 5)
WINDOWS_A_DAY = 8640
SILENT: dict[str, Scalar] = {
    "rate_rps": 100.0,
    "slots": 500,
    "queue_limit": 10000,
    "failure_rate": 0.0,
    "slow_rate": 0.0,
    "slow_s": 30.0,
    "slow_call_s": 2.0,
    "outage": "slow",
    "outage_slow_rate": 1.0,
    "outage_start_s": 30.0,
    "outage_s": 60.0,
}


@cache
def default_metrics(seed: int) -> Mapping[str, Mapping[str, float | None]]:
    spec = catalogue.get("circuit-breaker").spec(seed=seed, arms=("none", "windowed", "windowed+fallback"))
    return next(event for event in simulate(spec) if isinstance(event, Finished)).metrics


def measured(seed: int, arm: str, metric: str) -> float:
    value = default_metrics(seed)[arm][metric]
    assert value is not None
    return value


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


@pytest.mark.parametrize("seed", SEEDS)
def test_a_breaker_alone_raises_the_errors_and_frees_the_callers(seed: int) -> None:
    assert measured(seed, "none", "error_rate") == pytest.approx(0.17, abs=0.01)
    assert 0.265 <= measured(seed, "windowed", "error_rate") <= 0.315
    assert measured(seed, "windowed+fallback", "error_rate") < 0.01
    assert measured(seed, "none", "mean_s") == pytest.approx(0.13, abs=0.005)
    assert measured(seed, "windowed", "mean_s") == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(("timeout_s", "waiting"), [(30.0, 2900.0), (3.0, 280.0)])
def test_a_breaker_hears_nothing_before_the_first_timeout(timeout_s: float, waiting: float) -> None:
    lab = catalogue.get("circuit-breaker")
    spec = lab.spec(parameters={**SILENT, "timeout_s": timeout_s}, seed=1, duration_s=150.0, arms=("windowed+fallback",))
    samples = [event for event in simulate(spec) if isinstance(event, Sample)]
    assert max(sample.values["callers_waiting"] or 0.0 for sample in samples) == pytest.approx(waiting, rel=0.02)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_at_a_failure_rate_of_a_third_the_naive_breaker_opens_for_nothing(seed: int) -> None:
    lab = catalogue.get("circuit-breaker")
    scene = next(scene for scene in lab.scenes if scene.id == "partial")
    spec = lab.spec(parameters=scene.parameters, seed=seed, arms=("consecutive",))
    metrics = next(event for event in simulate(spec) if isinstance(event, Finished)).metrics["consecutive"]
    assert metrics["error_rate"] == pytest.approx(0.3, abs=0.02)
    assert (metrics["openings"] or 0) > 0
    assert (metrics["open_share"] or 0.0) < 0.01
