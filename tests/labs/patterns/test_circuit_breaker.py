import asyncio
from contextlib import suppress
from typing import Any

import pytest

from labs.patterns.circuit_breaker import (
    CircuitBreaker,
    NotPermitted,
    SlidingWindow,
    State,
    Transition,
    Verdict,
    judge_http,
)
from tests.labs.patterns.clock import HandClock, answer, fail, run


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def breaker(clock: HandClock, **settings: Any) -> CircuitBreaker:
    usual = {
        "failure_rate": 0.5,
        "minimum_calls": 4,
        "window_s": 10.0,
        "open_s": 5.0,
        "half_open_permits": 2,
        "success_threshold": 2,
    }
    return CircuitBreaker("shop", clock=clock, **{**usual, **settings})


async def failures(subject: CircuitBreaker, count: int) -> None:
    for _ in range(count):
        with suppress(ConnectionError):
            await subject.call(fail)


def state(subject: CircuitBreaker) -> State:
    return subject.state


def opened(clock: HandClock, **settings: Any) -> CircuitBreaker:
    subject = breaker(clock, **settings)
    run(failures(subject, 4))
    assert state(subject) is State.OPEN
    return subject


def test_opens_when_the_failure_rate_reaches_its_threshold(clock: HandClock) -> None:
    subject = breaker(clock)

    async def half_of_them() -> None:
        for _ in range(2):
            await subject.call(answer)
        await failures(subject, 1)
        assert state(subject) is State.CLOSED
        await failures(subject, 1)

    run(half_of_them())
    assert state(subject) is State.OPEN


def test_a_service_that_fails_every_second_call_opens_it(clock: HandClock) -> None:
    """What a count of failures in a row never notices."""
    subject = breaker(clock, minimum_calls=20)

    async def alternate() -> None:
        for _ in range(10):
            await subject.call(answer)
            await failures(subject, 1)

    run(alternate())
    assert state(subject) is State.OPEN


def test_does_not_judge_fewer_calls_than_the_minimum(clock: HandClock) -> None:
    subject = breaker(clock, minimum_calls=5)
    run(failures(subject, 4))
    assert state(subject) is State.CLOSED
    run(failures(subject, 1))
    assert state(subject) is State.OPEN


def test_forgets_what_has_left_the_window(clock: HandClock) -> None:
    subject = breaker(clock, window_s=10.0)
    run(failures(subject, 3))
    clock.now_s = 10.5
    run(failures(subject, 3))
    assert state(subject) is State.CLOSED
    assert (subject.window.calls, subject.window.failures) == (3, 3)


def test_an_open_breaker_sends_nothing_and_says_when_to_come_back(clock: HandClock) -> None:
    subject = opened(clock)
    clock.now_s = 2.0
    sent = []

    async def send() -> None:
        sent.append(1)

    with pytest.raises(NotPermitted) as refused:
        run(subject.call(send))
    assert sent == []
    assert refused.value.retry_after_s == 3.0


def test_half_open_lets_only_its_permits_through_at_a_time(clock: HandClock) -> None:
    """The naive breaker lets all 64 pass."""
    subject = opened(clock, half_open_permits=2)
    clock.now_s = 5.0

    async def many() -> list[object]:
        gate = asyncio.Event()
        calls = [asyncio.ensure_future(subject.call(gate.wait)) for _ in range(64)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = run(many())
    assert sum(outcome is True for outcome in outcomes) == 2
    assert sum(isinstance(outcome, NotPermitted) for outcome in outcomes) == 62


def test_closes_after_enough_good_trials_and_starts_afresh(clock: HandClock) -> None:
    subject = opened(clock)
    clock.now_s = 5.0
    run(subject.call(answer))
    assert state(subject) is State.HALF_OPEN
    run(subject.call(answer))
    assert state(subject) is State.CLOSED
    run(failures(subject, 3))
    assert state(subject) is State.CLOSED


def test_one_bad_trial_opens_it_for_another_round(clock: HandClock) -> None:
    subject = opened(clock)
    clock.now_s = 5.0
    run(subject.call(answer))
    run(failures(subject, 1))
    assert state(subject) is State.OPEN
    clock.now_s = 9.9
    with pytest.raises(NotPermitted):
        run(subject.call(answer))


def test_a_slow_trial_is_a_bad_trial(clock: HandClock) -> None:
    subject = opened(clock, slow_call_s=1.0)
    clock.now_s = 5.0

    async def crawl() -> None:
        clock.now_s += 1.0

    run(subject.call(crawl))
    assert state(subject) is State.OPEN


def test_slow_calls_open_it_though_nothing_fails(clock: HandClock) -> None:
    subject = breaker(clock, slow_call_s=1.0, slow_call_rate=0.5)

    async def crawl() -> None:
        clock.now_s += 1.0

    async def calls() -> None:
        for function in (answer, answer, crawl, crawl):
            await subject.call(function)

    run(calls())
    assert state(subject) is State.OPEN


@pytest.mark.parametrize("late", ["success", "failure"])
def test_results_of_an_earlier_generation_are_ignored(clock: HandClock, late: str) -> None:
    subject = breaker(clock)

    async def story() -> None:
        permit = subject.permit()
        await failures(subject, 4)
        clock.now_s = 4.0
        with suppress(ConnectionError):
            async with permit:
                if late == "failure":
                    raise ConnectionError
                permit.saw(200)

    run(story())
    assert state(subject) is State.OPEN
    with pytest.raises(NotPermitted) as refused:
        subject.permit()
    assert refused.value.retry_after_s == 1.0, "a late failure must not begin the waiting anew"


def test_a_cancelled_call_is_no_verdict_and_gives_its_permit_back(clock: HandClock) -> None:
    subject = opened(clock, half_open_permits=1)
    clock.now_s = 5.0

    async def cancel_a_trial() -> None:
        trial = asyncio.ensure_future(subject.call(asyncio.Event().wait))
        await asyncio.sleep(0)
        with pytest.raises(NotPermitted):
            subject.permit()
        trial.cancel()
        await asyncio.wait([trial])

    run(cancel_a_trial())
    assert state(subject) is State.HALF_OPEN
    assert run(subject.call(answer)) == 200


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SUCCESS),
        (201, Verdict.SUCCESS),
        (304, Verdict.SUCCESS),
        (404, Verdict.SUCCESS),
        (429, Verdict.IGNORED),
        (500, Verdict.FAILURE),
        (503, Verdict.FAILURE),
    ],
)
def test_http_statuses_are_classified_by_whose_fault_they_are(status: int, verdict: Verdict) -> None:
    assert judge_http(status, None) is verdict


def test_timeouts_and_refused_connections_count_and_cancellation_does_not() -> None:
    assert judge_http(None, TimeoutError()) is Verdict.FAILURE
    assert judge_http(None, ConnectionRefusedError()) is Verdict.FAILURE
    assert judge_http(None, asyncio.CancelledError()) is Verdict.IGNORED


def test_a_stream_of_4xx_never_opens_it(clock: HandClock) -> None:
    subject = breaker(clock, classify=judge_http)

    async def bad_requests() -> None:
        for _ in range(50):
            assert await subject.call(answer, 404) == 404

    run(bad_requests())
    assert state(subject) is State.CLOSED


def test_the_calls_own_error_reaches_the_caller_unchanged(clock: HandClock) -> None:
    error = TimeoutError("too late")
    with pytest.raises(TimeoutError) as raised:
        run(breaker(clock).call(fail, error))
    assert raised.value is error


def test_guards_as_decorator_and_as_context_manager(clock: HandClock) -> None:
    subject = breaker(clock, minimum_calls=1)

    @subject
    async def price(item: str) -> str:
        """What it costs."""
        return f"{item}: 1"

    assert run(price("tea")) == "tea: 1"
    assert price.__doc__ == "What it costs."

    async def by_hand() -> None:
        async with subject.permit():
            raise ConnectionError

    with pytest.raises(ConnectionError):
        run(by_hand())
    assert state(subject) is State.OPEN


def test_listeners_hear_each_change_with_its_reason(clock: HandClock) -> None:
    subject = breaker(clock)
    heard: list[Transition] = []
    subject.on_change(heard.append)
    run(failures(subject, 4))
    clock.now_s = 6.0
    run(subject.call(answer))
    run(subject.call(answer))
    assert [(change.at_s, change.before, change.after) for change in heard] == [
        (0.0, State.CLOSED, State.OPEN),
        (6.0, State.OPEN, State.HALF_OPEN),
        (6.0, State.HALF_OPEN, State.CLOSED),
    ]
    assert heard[0].reason == "4 of 4 calls failed"


def test_takes_the_running_loops_clock_by_default() -> None:
    async def call() -> int:
        subject = CircuitBreaker()
        return await subject.call(answer)

    assert run(call()) == 200


def test_the_window_counts_exactly_what_a_list_would() -> None:
    window, seen = SlidingWindow(10.0, buckets=10), []
    for step in range(400):
        now_s = step * 0.37 + (30.0 if step > 200 else 0.0)
        window.add(now_s, failed=step % 3 == 0, slow=step % 5 == 0)
        seen.append((int(now_s), step % 3 == 0, step % 5 == 0))
        inside = [entry for entry in seen if entry[0] > int(now_s) - 10]
        assert (window.calls, window.failures, window.slow) == (
            len(inside),
            sum(entry[1] for entry in inside),
            sum(entry[2] for entry in inside),
        )
