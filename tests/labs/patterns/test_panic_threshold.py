from collections import Counter
from random import Random
from typing import Any

import pytest

from labs.patterns.panic_threshold import HealthyPool
from tests.labs.patterns.clock import HandClock

MEMBERS = ["a", "b", "c", "d"]


def pool(**settings: Any) -> HealthyPool[str]:
    return HealthyPool(MEMBERS, **{"rng": Random(7), "clock": HandClock(), **settings})


def picks(subject: HealthyPool[str], times: int = 4000) -> Counter[str | None]:
    return Counter(subject.pick() for _ in range(times))


def down(subject: HealthyPool[str], *members: str) -> None:
    for member in members:
        subject.mark(member, up=False)


def test_the_healthy_share_the_requests_evenly() -> None:
    subject = pool()
    down(subject, "a")
    found = picks(subject)
    assert set(found) == {"b", "c", "d"}
    assert min(found.values()) > 1200


def test_below_the_threshold_it_balances_over_all() -> None:
    subject = pool(panic_threshold=0.5)
    down(subject, "a", "b")
    assert (subject.panicking, set(picks(subject))) == (False, {"c", "d"})
    down(subject, "c")
    assert (subject.panicking, set(picks(subject))) == (True, set(MEMBERS))
    subject.mark("a", up=True)
    assert (subject.panicking, set(picks(subject))) == (False, {"a", "d"})


@pytest.mark.parametrize("threshold", [0.01, 0.5, 1.0])
def test_an_empty_pool_does_not_throw(threshold: float) -> None:
    subject = pool(panic_threshold=threshold)
    down(subject, *MEMBERS)
    assert set(picks(subject)) == set(MEMBERS)


def test_with_a_threshold_of_0_nobody_is_an_answer() -> None:
    subject = pool(panic_threshold=0.0)
    down(subject, *MEMBERS)
    assert subject.pick() is None
    assert HealthyPool[str]([]).pick() is None


def test_marking_twice_changes_nothing() -> None:
    subject = pool(panic_threshold=0.0)
    down(subject, "a", "a")
    subject.mark("a", up=True)
    subject.mark("a", up=True)
    assert subject.up == ("a", "b", "c", "d")


def test_a_member_that_returns_gets_a_growing_share() -> None:
    clock = HandClock()
    subject = pool(slow_start_s=10.0, clock=clock)
    down(subject, "a")
    subject.mark("a", up=True)
    shares = []
    for now_s in (0.0, 5.0, 10.0):
        clock.now_s = now_s
        shares.append(picks(subject)["a"] / 4000)
    assert shares == pytest.approx([0.1 / 3.1, 0.5 / 3.5, 0.25], abs=0.02)


def test_equal_draws_pick_alike_whoever_is_missing() -> None:
    """A pool that found nobody has used its draw: the next pick is the one that it would have been."""
    left, right = pool(panic_threshold=0.0), pool(panic_threshold=0.0)
    down(left, *MEMBERS)
    left.pick()
    right.pick()
    for member in MEMBERS:
        left.mark(member, up=True)
    assert [left.pick() for _ in range(20)] == [right.pick() for _ in range(20)]
