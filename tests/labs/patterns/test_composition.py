import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from labs.patterns.bulkhead import SemaphoreBulkhead
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted, State
from labs.patterns.composition import RULES, Layer, compose, falling_back, objections, through, within
from labs.patterns.fallback import Answer, Fallback
from labs.patterns.retry import FullJitter, Retry
from labs.patterns.token_bucket import TokenBucket
from tests.labs.patterns.clock import HandClock, run

Send = Callable[[str], Awaitable[str]]
USUAL = ("fallback", "deadline", "retry", "breaker", "limiter", "timeout", "bulkhead")


def tracing(name: str, said: list[str]) -> Layer[str, str]:
    def around(call: Send) -> Send:
        async def traced(subject: str) -> str:
            said.append(name)
            return await call(subject)

        return traced

    return Layer(name, around)


def test_layers_are_entered_from_the_outermost_to_the_innermost() -> None:
    said: list[str] = []

    async def send(subject: str) -> str:
        said.append("call")
        return subject.upper()

    composed = compose(send, tracing("retry", said), tracing("breaker", said), tracing("timeout", said))
    assert run(composed("a")) == "A"
    assert said == ["retry", "breaker", "timeout", "call"]
    assert composed.order == ("retry", "breaker", "timeout")
    assert str(composed) == "retry(breaker(timeout(call)))"


def test_a_call_without_layers_is_the_call() -> None:
    async def send(subject: str) -> str:
        return subject

    composed = compose(send)
    assert (run(composed("a")), str(composed)) == ("a", "call")


class Service:
    """Fails or hangs as told, and counts."""

    def __init__(self, *failing: bool, hangs: bool = False) -> None:
        self.failing = list(failing)
        self.hangs = hangs
        self.calls = 0

    async def send(self, subject: str) -> str:
        self.calls += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failing and self.failing.pop(0):
            raise ConnectionError("refused")
        return f"fresh {subject}"


async def no_sleep(delay_s: float) -> None:
    await asyncio.sleep(0)


def retry(attempts: int = 3) -> Layer[str, str]:
    again = Retry(delay=FullJitter(0.001), max_attempts=attempts, sleep=no_sleep, rng=Random(1))
    return Layer("retry", through(again))


def breaker(clock: HandClock) -> CircuitBreaker:
    return CircuitBreaker(minimum_calls=2, open_s=5.0, clock=clock)


def fallback(clock: HandClock, answers: list[Answer[str]]) -> Layer[str, str]:
    memory: Fallback[str] = Fallback(stale_s=60.0, default="old", clock=clock)
    return Layer("fallback", falling_back(memory, lambda subject: subject, lambda subject, answer: answers.append(answer)))


def timeout(timeout_s: float) -> Layer[str, str]:
    return Layer("timeout", within(lambda: timeout_s, asyncio.timeout))


def test_all_seven_nest_on_a_plain_event_loop() -> None:
    clock, answers, service = HandClock(), list[Answer[str]](), Service(True, True)
    guard = breaker(clock)
    guard.minimum_calls = 10
    composed = compose(
        service.send,
        fallback(clock, answers),
        Layer("deadline", within(lambda: 5.0, asyncio.timeout)),
        retry(),
        Layer("breaker", through(guard)),
        Layer("limiter", through(TokenBucket(10.0, 10, clock=clock))),
        timeout(1.0),
        Layer("bulkhead", through(SemaphoreBulkhead(slots=2))),
    )
    assert composed.order == USUAL
    assert run(composed("a")) == "fresh a"
    assert service.calls == 3
    assert [answer.source for answer in answers] == ["service"]


def test_a_fallback_inside_the_breaker_hides_what_should_open_it() -> None:
    for inside in (True, False):
        clock, answers, service = HandClock(), list[Answer[str]](), Service(*[True] * 10)
        guard = breaker(clock)
        layers = [Layer[str, str]("breaker", through(guard)), fallback(clock, answers)]
        composed = compose(service.send, *(layers if inside else reversed(layers)))
        assert [run(composed("a")) for _ in range(4)] == ["old"] * 4
        assert guard.state is (State.CLOSED if inside else State.OPEN)
        assert service.calls == (4 if inside else 2)


def test_a_fallback_inside_the_retry_leaves_nothing_to_try_again() -> None:
    for inside in (True, False):
        service, clock = Service(True), HandClock()
        layers = [retry(), fallback(clock, [])]
        composed = compose(service.send, *(layers if inside else reversed(layers)))
        assert run(composed("a")) == ("old" if inside else "fresh a")


def test_a_timeout_around_the_breaker_never_opens_it() -> None:
    for around in (True, False):
        clock, service = HandClock(), Service(hangs=True)
        guard = breaker(clock)
        layers = [timeout(0.001), Layer[str, str]("breaker", through(guard))]
        composed = compose(service.send, *(layers if around else reversed(layers)))
        for _ in range(3):
            with pytest.raises(TimeoutError if around or guard.state is State.CLOSED else NotPermitted):
                run(composed("a"))
        assert guard.state is (State.CLOSED if around else State.OPEN)


def test_a_timeout_around_the_retry_leaves_no_time_for_it() -> None:
    for around in (True, False):
        service = Service(hangs=True)
        layers = [timeout(0.001), retry()]
        composed = compose(service.send, *(layers if around else reversed(layers)))
        with pytest.raises(TimeoutError):
            run(composed("a"))
        assert service.calls == (1 if around else 3)


def test_a_limiter_around_the_retry_counts_requests_and_inside_it_tries() -> None:
    for around in (True, False):
        service, clock = Service(*[True] * 10), HandClock()
        layers = [Layer[str, str]("limiter", through(TokenBucket(1.0, 2, clock=clock))), retry()]
        composed = compose(service.send, *(layers if around else reversed(layers)))
        with pytest.raises(Exception, match="refused" if around else "limit"):
            run(composed("a"))
        assert service.calls == (3 if around else 2)


# Rules


def test_nothing_speaks_against_the_usual_nesting() -> None:
    assert objections(USUAL) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.outer}-{rule.inner}")
def test_each_rule_objects_to_its_reverse_and_only_to_that(rule: object) -> None:
    swapped = list(USUAL)
    outer, inner = rule.outer, rule.inner  # type: ignore[attr-defined]
    place, other = swapped.index(outer), swapped.index(inner)
    swapped[place], swapped[other] = inner, outer
    assert rule.because in objections(swapped)  # type: ignore[attr-defined]
    assert rule.because not in objections(USUAL)  # type: ignore[attr-defined]


def test_an_order_may_leave_layers_out_but_not_the_timeout_of_a_retry() -> None:
    assert objections(("fallback", "breaker")) == ()
    assert objections(("cache", "breaker", "timeout")) == ()
    assert "never given up" in objections(("retry", "breaker"))[0]


def test_what_only_has_a_price_may_be_left_out() -> None:
    around = ("fallback", "limiter", "bulkhead", "breaker", "deadline", "retry", "timeout")
    assert len(objections(around)) == 3
    assert objections(around, fatal_only=True) == ()
