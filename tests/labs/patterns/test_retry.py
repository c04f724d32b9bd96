"""Retries on asyncio's own loop, with a clock and a sleep that tests own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf
from random import Random

import pytest

from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted, State
from labs.patterns.retry import (
    Decision,
    DecorrelatedJitter,
    Delay,
    EqualJitter,
    Exponential,
    FullJitter,
    Immediate,
    Retry,
    Setback,
    said_retry_after_s,
    transient,
    transient_http,
)
from labs.patterns.timeout import call_within
from tests.labs.patterns.clock import HandClock, answer, fail, run


class Nap:
    """A sleep that takes no time of ours: it moves the hand clock and remembers."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.waits_s: list[float] = []

    async def __call__(self, delay_s: float) -> None:
        self.waits_s.append(delay_s)
        self.clock.now_s += delay_s


class Flaky:
    """Gives its outcomes one after the other: errors are raised, the rest returned; the last one stays."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    async def __call__(self) -> object:
        self.calls += 1
        outcome = self.outcomes[0] if len(self.outcomes) == 1 else self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class Middle(Random):
    """Every draw is the middle of its range."""

    def random(self) -> float:
        return 0.5


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def nap(clock: HandClock) -> Nap:
    return Nap(clock)


@pytest.fixture
def make(clock: HandClock, nap: Nap) -> Callable[..., Retry]:
    return partial(Retry, clock=clock, sleep=nap, rng=Middle())


def waits(delay: Delay, retries: int, rng: Random) -> list[float]:
    """The waits of one call that is repeated so many times."""
    found: list[float] = []
    for done in range(retries):
        found.append(delay.wait_s(done, found[-1] if found else None, rng))
    return found


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (Immediate(), [0.0, 0.0, 0.0, 0.0, 0.0]),
        (Exponential(1.0), [1.0, 2.0, 4.0, 8.0, 16.0]),
        (Exponential(1.0, 5.0), [1.0, 2.0, 4.0, 5.0, 5.0]),
        (FullJitter(1.0, 5.0), [0.5, 1.0, 2.0, 2.5, 2.5]),
        (EqualJitter(1.0, 5.0), [0.75, 1.5, 3.0, 3.75, 3.75]),
        (DecorrelatedJitter(1.0, 10.0), [2.0, 3.5, 5.75, 9.125, 10.0]),
    ],
)
def test_waits_are_those_of_the_table(delay: Delay, expected: list[float]) -> None:
    assert waits(delay, 5, Middle()) == expected


@pytest.mark.parametrize(
    ("delay", "lowest", "highest"),
    [
        (FullJitter(1.0, 8.0), [0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 4.0, 8.0, 8.0]),
        (EqualJitter(1.0, 8.0), [0.5, 1.0, 2.0, 4.0, 4.0], [1.0, 2.0, 4.0, 8.0, 8.0]),
        (DecorrelatedJitter(1.0, 20.0), [1.0, 1.0, 1.0, 1.0, 1.0], [3.0, 9.0, 20.0, 20.0, 20.0]),
    ],
)
def test_jitter_fills_its_range_and_does_not_leave_it(delay: Delay, lowest: list[float], highest: list[float]) -> None:
    rng = Random(7)
    drawn = [waits(delay, 5, rng) for _ in range(4000)]
    for place, (low, high) in enumerate(zip(lowest, highest, strict=True)):
        column = [each[place] for each in drawn]
        assert low <= min(column) < low + 0.05 * (high - low) + 0.01
        assert high - 0.3 * (high - low) < max(column) <= high


def test_no_wait_overflows_however_often_a_call_is_repeated() -> None:
    for delay in (Exponential(0.1), FullJitter(0.1), EqualJitter(0.1), Exponential(0.1, 10.0)):
        assert delay.wait_s(5000, 1.0, Random(1)) < inf


def test_a_call_that_works_is_made_once(make: Callable[..., Retry], nap: Nap) -> None:
    flaky = Flaky(7)
    assert run(make().call(flaky)) == 7
    assert (flaky.calls, nap.waits_s) == (1, [])


def test_a_failure_that_passes_is_repeated_after_growing_waits(make: Callable[..., Retry], nap: Nap) -> None:
    flaky = Flaky(ConnectionError(), TimeoutError(), 7)
    assert run(make(delay=Exponential(1.0)).call(flaky)) == 7
    assert (flaky.calls, nap.waits_s) == (3, [1.0, 2.0])


def test_the_first_attempt_is_one_of_the_attempts_and_the_last_error_stays_itself(make: Callable[..., Retry]) -> None:
    last = ConnectionError("the fourth")
    flaky = Flaky(ConnectionError(), ConnectionError(), ConnectionError(), last, 7)
    with pytest.raises(ConnectionError) as raised:
        run(make(max_attempts=4).call(flaky))
    assert raised.value is last
    assert flaky.calls == 4


def test_the_last_answer_is_given_where_answers_are_judged(make: Callable[..., Retry]) -> None:
    flaky = Flaky(503)
    assert run(make(again=transient_http, max_attempts=3).call(flaky)) == 503
    assert flaky.calls == 3


@pytest.mark.parametrize("error", [ValueError(), NotPermitted("shop", 5.0), KeyError()])
def test_what_will_not_pass_is_not_repeated(make: Callable[..., Retry], error: Exception) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        run(make().call(flaky))
    assert flaky.calls == 1


class Response:
    def __init__(self, status_code: int, retry_after_s: float | None = None) -> None:
        self.status_code = status_code
        self.retry_after_s = retry_after_s


@pytest.mark.parametrize(
    ("outcome", "repeated"),
    [(200, False), (400, False), (401, False), (404, False), (409, False), (500, False)]
    + [(status, True) for status in (429, 502, 503, 504)]
    + [(Response(503), True), (Response(404), False), ("503", False), (None, False)],
)
def test_http_answers_that_may_pass(outcome: object, repeated: bool) -> None:
    assert transient_http(outcome, None) is repeated
    assert transient(outcome, None) is False


def test_errors_that_may_pass() -> None:
    for error in (TimeoutError(), ConnectionRefusedError(), ConnectionResetError(), BrokenPipeError()):
        assert transient(None, error)
        assert transient_http(None, error)
    assert not transient_http(503, ValueError())


def test_retry_after_is_waited_out_and_the_jitter_comes_on_top(make: Callable[..., Retry], nap: Nap) -> None:
    flaky = Flaky(Response(429, retry_after_s=3.0), Response(503), Response(200))
    found = run(make(again=transient_http, delay=FullJitter(1.0)).call(flaky))
    assert found.status_code == 200
    assert nap.waits_s == [3.5, 1.0]


@pytest.mark.parametrize("said", [None, "soon", -4.0])
def test_a_retry_after_that_makes_no_sense_is_none(said: object) -> None:
    error = ConnectionError()
    error.retry_after_s = said  # type: ignore[attr-defined]
    assert said_retry_after_s(None, error) == 0.0


def test_no_wait_is_begun_that_would_end_after_the_deadline(make: Callable[..., Retry], nap: Nap, clock: HandClock) -> None:
    flaky = Flaky(ConnectionError())
    with pytest.raises(ConnectionError):
        run(make(delay=Exponential(1.0), max_attempts=100, deadline_s=7.0).call(flaky))
    assert nap.waits_s == [1.0, 2.0, 4.0]
    assert clock.now_s == 7.0, "the fourth wait would end at 15 s"


def test_time_spent_in_attempts_counts_against_the_deadline(make: Callable[..., Retry], nap: Nap, clock: HandClock) -> None:
    async def slow() -> None:
        clock.now_s += 5.0
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(make(delay=Exponential(1.0), max_attempts=100, deadline_s=10.0).call(slow))
    assert nap.waits_s == [1.0]


def test_listeners_hear_of_each_setback_and_of_what_becomes_of_it(make: Callable[..., Retry]) -> None:
    heard: list[Setback] = []
    retry = make(delay=Exponential(1.0), max_attempts=3)
    retry.on_setback(heard.append)
    with pytest.raises(ConnectionError):
        run(retry.call(fail))
    assert [(each.attempts, each.elapsed_s, each.decision, each.wait_s) for each in heard] == [
        (1, 0.0, Decision.AGAIN, 1.0),
        (2, 1.0, Decision.AGAIN, 2.0),
        (3, 3.0, Decision.OUT_OF_ATTEMPTS, 0.0),
    ]
    assert all(isinstance(each.error, ConnectionError) for each in heard)


def test_a_cancelled_call_is_not_repeated(make: Callable[..., Retry]) -> None:
    flaky = Flaky(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        run(make().call(flaky))
    assert flaky.calls == 1


def test_one_object_serves_many_calls_at_once() -> None:
    """Decorrelated jitter goes by the wait before, and that of each call is its own."""
    retry = Retry(delay=DecorrelatedJitter(1.0), sleep=lambda _delay_s: asyncio.sleep(0), rng=Middle())
    waits_s: dict[str, list[float]] = {"tea": [], "milk": []}
    retry.on_setback(lambda setback: waits_s[str(setback.error)].append(setback.wait_s))

    async def both() -> None:
        await asyncio.gather(*(retry.call(fail, ConnectionError(name)) for name in waits_s), return_exceptions=True)

    run(both())
    assert waits_s == {"tea": [2.0, 3.5, 5.75, 0.0], "milk": [2.0, 3.5, 5.75, 0.0]}


def test_it_decorates_functions_and_keeps_their_names(make: Callable[..., Retry]) -> None:
    seen: list[int] = []

    @make(max_attempts=3)
    async def load(key: int, *, fresh: bool) -> str:
        """Load a thing."""
        seen.append(key)
        if len(seen) < 3:
            raise ConnectionError
        return f"{key} {fresh}"

    assert run(load(7, fresh=True)) == "7 True"
    assert seen == [7, 7, 7]
    assert (load.__name__, load.__doc__) == ("load", "Load a thing.")


class Account:
    """A budget that grants so many retries and writes down what it is told."""

    def __init__(self, granted: int) -> None:
        self.granted = granted
        self.told: list[object] = []

    def request_began(self) -> None:
        self.told.append("began")

    def attempt_ended(self, well: bool) -> None:
        self.told.append(well)

    def may_retry(self) -> bool:
        self.granted -= 1
        return self.granted >= 0


def test_a_budget_hears_of_requests_and_attempts_and_stops_retries(make: Callable[..., Retry]) -> None:
    account, heard = Account(2), list[Setback]()
    retry = make(budget=account, max_attempts=10)
    retry.on_setback(heard.append)
    with pytest.raises(ConnectionError):
        run(retry.call(fail))
    assert account.told == ["began", False, False, False]
    assert heard[-1].decision is Decision.OUT_OF_BUDGET
    assert run(retry.call(answer)) == 200
    assert account.told[4:] == ["began", True]


def test_a_budget_is_not_spent_on_a_retry_that_is_not_made(make: Callable[..., Retry]) -> None:
    for limits in ({"max_attempts": 1}, {"deadline_s": 0.01, "delay": Exponential(1.0)}):
        account = Account(5)
        with pytest.raises(ConnectionError):
            run(make(budget=account, **limits).call(fail))
        assert account.granted == 5


def test_it_nests_around_a_breaker_around_a_timeout_in_plain_asyncio() -> None:
    """As a program outside of this project would write it: retry(breaker(timeout(call)))."""
    breaker = CircuitBreaker("shop", minimum_calls=3, open_s=60.0)
    retry = Retry(delay=FullJitter(0.0), max_attempts=10)
    calls: Sequence[int] = []

    async def hang() -> None:
        calls.append(1)  # type: ignore[attr-defined]
        await asyncio.sleep(60.0)

    def limited() -> Awaitable[None]:
        return call_within(0.001, hang())

    with pytest.raises(NotPermitted):
        run(retry.call(breaker.call, limited))
    assert breaker.state is State.OPEN
    assert len(calls) == 3, "the breaker opened at the third, and the retry stopped on its refusal"


def test_an_overall_limit_lies_outside() -> None:
    flaky = Flaky(ConnectionError())
    retry = Retry(delay=Exponential(60.0))
    with pytest.raises(TimeoutError):
        run(call_within(0.002, retry.call(flaky)))
    assert flaky.calls == 1
