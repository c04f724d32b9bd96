import asyncio

import pytest

from labs.patterns.rate_limiting import RateLimited
from labs.patterns.token_bucket import TokenBucket
from tests.labs.patterns.clock import HandClock, answer, run


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_a_new_key_has_its_burst_and_then_the_rate(clock: HandClock) -> None:
    bucket = TokenBucket(2.0, 3, clock=clock)
    assert [bucket.check().admitted for _ in range(5)] == [True, True, True, False, False]
    clock.now_s = 0.5
    assert [bucket.check().admitted for _ in range(2)] == [True, False]


def test_a_denied_call_takes_nothing(clock: HandClock) -> None:
    bucket = TokenBucket(1.0, 1, clock=clock)
    admitted = 0
    for tick in range(101):
        clock.now_s = tick * 0.1
        admitted += bucket.check().admitted
    assert admitted == 11


def test_a_pause_never_saves_up_more_than_the_burst(clock: HandClock) -> None:
    bucket = TokenBucket(10.0, 4, clock=clock)
    for clock.now_s in (0.0, 3600.0):
        assert sum(bucket.check().admitted for _ in range(50)) == 4


def test_it_says_what_is_left_and_when_the_next_token_comes(clock: HandClock) -> None:
    bucket = TokenBucket(0.5, 2, clock=clock)
    first, second, third = (bucket.check() for _ in range(3))
    assert (first.remaining, first.reset_at_s, first.retry_after_s) == (1, 2.0, 0.0)
    assert (second.remaining, second.reset_at_s, second.retry_after_s) == (0, 2.0, 0.0)
    clock.now_s = 0.5
    denied = bucket.check()
    assert not third.admitted
    assert (denied.remaining, denied.reset_at_s, denied.retry_after_s) == (0, 2.0, 1.5)
    assert denied.retry_after_header == "2"


def test_keys_do_not_share_a_bucket_and_full_buckets_are_forgotten(clock: HandClock) -> None:
    bucket = TokenBucket(1.0, 1, clock=clock)
    for number in range(10_000):
        clock.now_s = number * 0.1
        assert bucket.check(f"client {number}").admitted
    assert len(bucket._buckets) <= 64


def test_a_clock_that_steps_back_takes_no_tokens_away(clock: HandClock) -> None:
    bucket = TokenBucket(1.0, 3, clock=clock)
    clock.now_s = 100.0
    assert bucket.check().admitted
    clock.now_s = 50.0
    assert [bucket.check().admitted for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_gives_no_tokens(clock: HandClock) -> None:
    bucket = TokenBucket(1.0, 1, clock=clock)
    admitted = 0
    for skewed_s in (100.0, 0.0) * 50:
        clock.now_s = skewed_s
        admitted += bucket.check().admitted
    assert admitted == 1


def test_it_decorates_and_wraps_calls(clock: HandClock) -> None:
    bucket = TokenBucket(1.0, 2, clock=clock)
    assert run(bucket.call(answer, 201)) == 201
    guarded = bucket(answer)
    assert run(guarded()) == 200
    with pytest.raises(RateLimited) as refusal:
        run(guarded())
    assert refusal.value.retry_after_s == 1.0


def test_it_works_on_a_real_loop_with_the_loops_own_clock() -> None:
    async def main() -> int:
        bucket = TokenBucket(0.001, 5)
        results = await asyncio.gather(*(bucket.call(answer) for _ in range(20)), return_exceptions=True)
        return sum(result == 200 for result in results)

    assert asyncio.run(main()) == 5


@pytest.mark.parametrize(("rate_per_s", "burst"), [(0.0, 1), (-1.0, 1), (float("inf"), 1), (float("nan"), 1), (1.0, 0)])
def test_impossible_numbers_are_refused(rate_per_s: float, burst: int) -> None:
    with pytest.raises(ValueError):
        TokenBucket(rate_per_s, burst)
