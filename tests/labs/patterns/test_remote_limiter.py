import asyncio

import pytest

from labs.patterns.rate_limiting import Decision
from labs.patterns.remote_limiter import Answer, RemoteLimiter
from labs.patterns.token_bucket import TokenBucket
from tests.labs.patterns.clock import HandClock, run

ADMITTED = Decision(True, 7, 1.0)


async def answers(_key: str) -> Decision:
    return ADMITTED


async def refuses(_key: str) -> Decision:
    raise ConnectionRefusedError("no such store")


async def hangs(_key: str) -> Decision:
    await asyncio.sleep(3600.0)
    return ADMITTED


def test_a_store_that_answers_decides() -> None:
    assert run(RemoteLimiter(answers, when_down="closed", clock=HandClock()).check("key")) == Answer(ADMITTED, "store")


@pytest.mark.parametrize("store", [refuses, hangs])
def test_without_the_store_open_admits_and_closed_denies(store: object) -> None:
    clock = HandClock()
    fail_open = RemoteLimiter(store, timeout_s=0.002, when_down="open", clock=clock)  # type: ignore[arg-type]
    fail_closed = RemoteLimiter(store, timeout_s=0.002, when_down="closed", retry_after_s=2.0, clock=clock)  # type: ignore[arg-type]
    assert run(fail_open.check("key")) == Answer(Decision(True, 0, 0.0), "open")
    assert run(fail_closed.check("key")) == Answer(Decision(False, 0, 2.0, 2.0), "closed")


def test_a_local_limiter_stands_in_and_counts_by_key() -> None:
    clock = HandClock()
    limiter = RemoteLimiter(refuses, when_down=TokenBucket(1.0, 2, clock=clock), clock=clock)
    found = [run(limiter.check(key)) for key in ("a", "a", "a", "b")]
    assert [one.decision.admitted for one in found] == [True, True, False, True]
    assert {one.source for one in found} == {"local"}


def test_faults_of_the_asker_are_not_hidden_as_an_outage() -> None:
    async def broken(_key: str) -> Decision:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(RemoteLimiter(broken, clock=HandClock()).check("key"))
