"""The numbers follow from the budget, and the layers do what their order promises."""

import asyncio
from random import Random

import pytest

from labs.patterns.bulkhead import BulkheadFull
from labs.patterns.circuit_breaker import NotPermitted, Verdict
from labs.patterns.composition import Composed, objections
from labs.patterns.fallback import Answer
from labs.patterns.guarded_call import Budget, guarded, ours_to_refuse
from labs.patterns.rate_limiting import RateLimited
from tests.labs.patterns.clock import HandClock, run

BUDGET = Budget(deadline_s=1.0, p99_s=0.1, p999_s=0.2, rate_rps=40.0)


class Service:
    """Answers its calls from a list: a word, or an error to raise."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def __call__(self, subject: str) -> str:
        self.calls += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(service: Service, origins: list[str], clock: HandClock | None = None) -> "Composed[str, str]":
    clock = clock or HandClock()

    async def sleep(seconds: float) -> None:
        clock.now_s += seconds

    def answered(subject: str, answer: Answer[str]) -> None:
        origins.append(answer.source)

    return guarded(service, BUDGET, key=lambda subject: subject, answered=answered, rng=Random(1), clock=clock, sleep=sleep)


def test_numbers_follow_from_the_budget() -> None:
    assert BUDGET.timeout_s == pytest.approx(0.26)
    assert BUDGET.attempts == 3
    assert BUDGET.longest_s(3) == pytest.approx(3 * 0.26 + 0.05 + 0.1)
    assert BUDGET.slots == 5


@pytest.mark.parametrize(("deadline_s", "attempts"), [(0.3, 1), (0.6, 2), (5.0, 3)])
def test_as_many_attempts_as_fit_with_their_waits(deadline_s: float, attempts: int) -> None:
    budget = Budget(deadline_s=deadline_s, p99_s=0.1, p999_s=0.2, rate_rps=40.0)
    assert budget.attempts == attempts
    assert budget.longest_s(attempts) <= deadline_s


def test_a_deadline_that_not_even_one_try_fits_into_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="a try needs"):
        Budget(deadline_s=0.2, p99_s=0.1, p999_s=0.2, rate_rps=40.0)


def test_nothing_speaks_against_the_order() -> None:
    assert objections(client(Service(), []).order) == ()


def test_a_failure_that_passes_is_repeated() -> None:
    service, origins = Service(ConnectionError(), "fresh"), []  # type: tuple[Service, list[str]]
    assert run(client(service, origins)("a")) == "fresh"
    assert (service.calls, origins) == (2, ["service"])


def test_when_all_has_failed_the_last_good_answer_is_given() -> None:
    service, origins = Service("fresh", *[ConnectionError()] * 3), []  # type: tuple[Service, list[str]]
    call = client(service, origins)

    async def twice() -> list[str]:
        return [await call("a"), await call("a")]

    assert run(twice()) == ["fresh", "fresh"]
    assert origins == ["service", "cache"]


def test_a_refusal_of_the_limiter_is_neither_repeated_nor_sent() -> None:
    service, origins = Service(*["fresh"] * 40), []  # type: tuple[Service, list[str]]
    call = client(service, origins)

    async def one_too_many() -> None:
        for _ in range(40):
            await call("a")
        await call("b")

    with pytest.raises(RateLimited):
        run(one_too_many())
    assert (service.calls, len(origins)) == (40, 40)


def test_a_refusal_of_the_bulkhead_is_neither_repeated_nor_sent() -> None:
    sent: list[str] = []

    async def crowd() -> list[object]:
        released = asyncio.Event()

        async def slow(subject: str) -> str:
            sent.append(subject)
            await released.wait()
            return "fresh"

        call = guarded(slow, BUDGET, key=str, answered=lambda subject, answer: None, rng=Random(1))
        tasks = [asyncio.ensure_future(call(str(number))) for number in range(BUDGET.slots + 1)]
        await asyncio.sleep(0)
        released.set()
        outcomes: list[object] = await asyncio.gather(*tasks, return_exceptions=True)
        return outcomes

    *served, refused = asyncio.run(crowd())
    assert served == ["fresh"] * BUDGET.slots
    assert isinstance(refused, BulkheadFull)
    assert len(sent) == BUDGET.slots


def test_what_the_own_layers_refuse_is_no_failure_of_the_service() -> None:
    assert ours_to_refuse(None, BulkheadFull("it", "is full", waited=False)) is Verdict.IGNORED
    assert ours_to_refuse(None, TimeoutError()) is Verdict.FAILURE
    assert ours_to_refuse("fresh", None) is Verdict.SUCCESS


def test_an_open_breaker_ends_the_tries_and_nothing_is_sent() -> None:
    failures, clock = 200, HandClock()
    service, origins = Service(*[ConnectionError()] * failures), []  # type: tuple[Service, list[str]]
    call = client(service, origins, clock)

    async def until_refused() -> None:
        for _ in range(failures):
            clock.now_s += 1.0 / BUDGET.rate_rps
            try:
                await call("a")
            except ConnectionError:
                continue

    with pytest.raises(NotPermitted):
        run(until_refused())
    assert service.calls < failures
