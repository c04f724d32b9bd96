import asyncio
from contextlib import suppress

import pytest

from labs.patterns.adaptive_concurrency import Aimd, ConcurrencyLimiter, Gradient, Limit, Vegas
from labs.patterns.admission_queue import Rejected
from tests.labs.patterns.clock import HandClock, answer, fail, run


def test_refuses_at_once_what_exceeds_the_limit() -> None:
    async def story() -> None:
        limiter = ConcurrencyLimiter(Aimd(1.0, initial=2.0), name="search")
        async with limiter.permit(), limiter.permit():
            with pytest.raises(Rejected, match="search is overloaded: 2 are under way"):
                await limiter.call(answer)
        assert await limiter.call(answer, 201) == 201
        assert limiter.in_flight == 0

    run(story())


def test_gives_the_permit_back_after_errors_and_cancellations() -> None:
    async def hang() -> int:
        await asyncio.Event().wait()
        return 200

    async def story() -> None:
        limiter = ConcurrencyLimiter(Aimd(1.0, initial=1.0))
        with pytest.raises(ConnectionError):
            await limiter.call(fail)
        hanging = asyncio.create_task(limiter.call(hang))
        await asyncio.sleep(0)
        hanging.cancel()
        with suppress(asyncio.CancelledError):
            await hanging
        assert limiter.in_flight == 0

    run(story())


def test_quick_answers_raise_it_by_one_a_round_and_slow_ones_cut_it() -> None:
    limit = Aimd(slow_s=0.5, initial=10.0, backoff=0.8)
    for _ in range(10):
        limit.answered(0.1, 10, failed=False)
    assert limit.value == pytest.approx(11.0, abs=0.05)
    assert limit.answered(0.6, 10, failed=False)
    assert limit.value == pytest.approx(8.8, abs=0.05)
    assert limit.answered(0.1, 10, failed=True)


def test_a_limit_that_is_not_in_use_does_not_rise() -> None:
    for limit in (Aimd(0.5, initial=10.0), Gradient(initial=10.0, window=1), Vegas(initial=10.0, window=1)):
        for _ in range(50):
            limit.answered(0.1, 3, failed=False)
        assert limit.value == 10.0


def test_stays_within_its_bounds() -> None:
    limit = Aimd(0.5, initial=3.0, minimum=2.0, maximum=4.0)
    for _ in range(30):
        limit.answered(0.1, 4, failed=False)
    assert limit.value == 4.0
    for _ in range(30):
        limit.answered(0.9, 4, failed=False)
    assert limit.value == 2.0


def test_one_jam_is_answered_by_one_cut() -> None:
    """Ten were under way when the jam came: their ten late answers are one piece of news."""

    async def story() -> None:
        clock = HandClock()
        limiter = ConcurrencyLimiter(Aimd(0.5, initial=10.0, backoff=0.5), clock=clock)
        permits = [limiter.permit() for _ in range(10)]
        clock.now_s = 2.0
        for permit in permits:
            await permit.__aexit__(None, None, None)
        assert limiter.limit.value == 5.0
        permit = limiter.permit()
        clock.now_s = 3.0
        await permit.__aexit__(None, None, None)
        assert limiter.limit.value == 2.5

    run(story())


def test_a_refusal_further_on_says_nothing_about_the_time_of_answers() -> None:
    async def refused() -> int:
        raise Rejected("another", "full")

    async def story() -> None:
        limiter = ConcurrencyLimiter(Aimd(0.5, initial=10.0))
        with pytest.raises(Rejected):
            await limiter.call(refused)
        assert limiter.limit.value == 10.0

    run(story())


def queued_time_s(in_flight: float, slots: int, work_s: float) -> float:
    """The time of an answer where so many are under way at a service with so many slots (Little)."""
    return max(work_s, in_flight * work_s / slots)


@pytest.mark.parametrize(
    ("limit", "low", "high"),
    [
        (Aimd(0.2, initial=5.0), 12.0, 24.0),
        (Gradient(initial=5.0, window=5), 10.0, 30.0),
        (Vegas(initial=5.0, window=5), 12.0, 18.0),
    ],
    ids=["aimd", "gradient", "vegas"],
)
def test_under_full_load_it_finds_the_service_s_size_from_below(limit: Limit, low: float, high: float) -> None:
    """Ten slots of 0.1 s: ten under way keep it busy, and what is beyond waits."""
    values = []
    for step in range(3000):
        in_flight = int(limit.value)
        limit.answered(queued_time_s(in_flight, 10, 0.1), in_flight, failed=False)
        if step > 2000:
            values.append(limit.value)
    assert low <= sum(values) / len(values) <= high


@pytest.mark.parametrize(
    "limit", [Gradient(initial=100.0, window=5), Vegas(initial=100.0, window=5)], ids=["gradient", "vegas"]
)
def test_a_service_that_loses_half_of_its_slots_is_sent_less(limit: Limit) -> None:
    for _ in range(300):
        limit.answered(queued_time_s(20, 20, 0.1), 20, failed=False)
    for _ in range(600):
        in_flight = int(limit.value)
        limit.answered(queued_time_s(in_flight, 10, 0.1), in_flight, failed=False)
    assert limit.value < 40.0


def test_the_usual_time_follows_slowly_and_forgets_a_jam_fast() -> None:
    limit = Gradient(initial=50.0, window=1, memory=100)
    for _ in range(200):
        limit.answered(0.1, 50, failed=False)
    assert limit.usual_s == pytest.approx(0.1)
    for _ in range(50):
        limit.answered(1.0, 50, failed=False)
    jammed_s = limit.usual_s
    assert 0.3 < jammed_s < 0.6
    for _ in range(30):
        limit.answered(0.1, 50, failed=False)
    assert limit.usual_s < 0.21
