import asyncio
from typing import Any

import pytest

from labs.patterns.outlier_ejection import OutlierDetector
from tests.labs.patterns.clock import HandClock, run

MEMBERS = [f"server-{place}" for place in range(1, 11)]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def detector(clock: HandClock, **settings: Any) -> OutlierDetector[str]:
    usual = {"consecutive_failures": 5, "base_ejection_s": 30.0, "max_ejected_share": 0.3}
    return OutlierDetector(MEMBERS, clock=clock, **{**usual, **settings})


def fails(subject: OutlierDetector[str], member: str, times: int = 5) -> None:
    for _ in range(times):
        subject.saw(member, False)


def test_so_many_failures_in_a_row_eject_at_once(clock: HandClock) -> None:
    subject = detector(clock)
    fails(subject, "server-1", 4)
    assert not subject.ejected
    fails(subject, "server-1", 1)
    assert subject.ejected == ("server-1",)


def test_a_success_begins_the_count_anew(clock: HandClock) -> None:
    subject = detector(clock)
    for _ in range(10):
        fails(subject, "server-1", 4)
        subject.saw("server-1", True)
    assert subject.ejected == ()


def test_it_comes_back_at_the_sweep_after_its_time(clock: HandClock) -> None:
    subject = detector(clock)
    fails(subject, "server-1")
    for now_s, out in ((10.0, True), (29.9, True), (30.0, False)):
        clock.now_s = now_s
        subject.sweep()
        assert bool(subject.ejected) is out


def test_each_ejection_lasts_longer_up_to_the_maximum_and_quiet_sweeps_forgive(clock: HandClock) -> None:
    subject = detector(clock, max_ejection_s=70.0)
    lengths = []
    for _ in range(4):
        fails(subject, "server-1")
        began_s = clock.now_s
        while subject.ejected:
            clock.now_s += 10.0
            subject.sweep()
        lengths.append(clock.now_s - began_s)
    assert lengths == [30.0, 60.0, 70.0, 70.0]
    for _ in range(3):
        subject.sweep()
    began_s = clock.now_s
    fails(subject, "server-1")
    while subject.ejected:
        clock.now_s += 10.0
        subject.sweep()
    assert clock.now_s - began_s == 60.0, "four ejections, three quiet sweeps"


def test_never_more_than_the_share_but_always_one(clock: HandClock) -> None:
    for share, most in ((0.3, 3), (0.0, 1), (1.0, 10)):
        subject = detector(clock, max_ejected_share=share)
        for member in MEMBERS:
            fails(subject, member)
        assert len(subject.ejected) == most


def test_a_success_rate_far_below_the_others_ejects_at_the_sweep(clock: HandClock) -> None:
    subject = detector(clock)
    for member in MEMBERS:
        for number in range(100):
            subject.saw(member, member != "server-4" or number % 2 == 0)
    assert not subject.ejected, "it never failed five times in a row"
    subject.sweep()
    assert subject.ejected == ("server-4",)


def test_what_fails_alike_for_all_ejects_nobody_by_comparison(clock: HandClock) -> None:
    subject = detector(clock)
    for member in MEMBERS:
        for number in range(100):
            subject.saw(member, number % 2 == 0)
    subject.sweep()
    assert subject.ejected == ()


@pytest.mark.parametrize(("requests", "members"), [(99, 10), (100, 4)])
def test_few_requests_or_few_members_are_no_comparison(clock: HandClock, requests: int, members: int) -> None:
    subject = detector(clock)
    for member in MEMBERS[:members]:
        for number in range(requests):
            subject.saw(member, member != "server-4" or number % 2 == 0)
    subject.sweep()
    assert subject.ejected == ()


def test_results_that_come_in_while_it_is_out_say_nothing(clock: HandClock) -> None:
    said = list[tuple[str, bool, str]]()
    subject = detector(clock, on_change=lambda *what: said.append(what))
    fails(subject, "server-1", 50)
    assert said == [("server-1", True, "5 failures in a row")]
    clock.now_s = 30.0
    subject.sweep()
    assert said[-1] == ("server-1", False, "its time is over")
    fails(subject, "server-1", 4)
    assert subject.ejected == ()


def test_sweeps_by_itself_on_a_plain_event_loop() -> None:
    async def story() -> None:
        back = asyncio.Event()
        subject = OutlierDetector(
            ["a"],
            base_ejection_s=0.001,
            interval_s=0.001,
            on_change=lambda member, ejected, reason: None if ejected else back.set(),
        )
        fails(subject, "a")
        task = asyncio.ensure_future(subject.run())
        async with asyncio.timeout(2.0):
            await back.wait()
        task.cancel()
        assert not subject.ejected

    run(story())
