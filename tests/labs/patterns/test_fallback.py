from functools import partial

import pytest

from labs.patterns.circuit_breaker import NotPermitted
from labs.patterns.fallback import Answer, Fallback
from tests.labs.patterns.clock import HandClock, answer, fail, run


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_a_good_answer_is_given_fresh_and_remembered(clock: HandClock) -> None:
    subject: Fallback[int] = Fallback(stale_s=60.0, clock=clock)
    assert run(subject.call("tea", answer)) == Answer(200, "service")
    clock.now_s = 30.0
    assert run(subject.call("tea", fail)) == Answer(200, "cache", 30.0)


def test_a_refusal_and_any_failure_before_it_fall_back_alike(clock: HandClock) -> None:
    subject: Fallback[int] = Fallback(stale_s=60.0, clock=clock)
    run(subject.call("tea", answer))
    for error in (NotPermitted("shop", 1.0), TimeoutError(), ConnectionError()):
        assert run(subject.call("tea", partial(fail, error))).source == "cache"


def test_an_answer_older_than_allowed_is_not_given(clock: HandClock) -> None:
    subject: Fallback[int] = Fallback(stale_s=60.0, clock=clock)
    run(subject.call("tea", answer))
    clock.now_s = 60.1
    with pytest.raises(ConnectionError):
        run(subject.call("tea", fail))


def test_an_unknown_key_gets_the_default_or_the_error(clock: HandClock) -> None:
    with pytest.raises(ConnectionError):
        run(Fallback[int](stale_s=60.0, clock=clock).call("tea", fail))
    assert run(Fallback[int](stale_s=60.0, default=0, clock=clock).call("tea", fail)) == Answer(0, "default")


def test_errors_it_was_not_made_for_pass(clock: HandClock) -> None:
    subject: Fallback[int] = Fallback(stale_s=60.0, default=0, on=(ConnectionError,), clock=clock)
    with pytest.raises(ZeroDivisionError):
        run(subject.call("tea", lambda: fail(ZeroDivisionError())))


def test_the_least_recently_asked_for_key_makes_room(clock: HandClock) -> None:
    subject: Fallback[int] = Fallback(stale_s=60.0, capacity=2, clock=clock)
    for key in ("tea", "coffee"):
        subject.remember(key, 200)
    assert subject.instead("tea") is not None
    subject.remember("milk", 200)
    assert subject.instead("coffee") is None
    assert subject.instead("tea") is not None
