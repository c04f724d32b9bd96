"""What all limiters promise alike, what each of them promises, and that two of them are one."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.patterns.fixed_window_limiter import FixedWindow
from labs.patterns.gcra import Gcra
from labs.patterns.leaky_bucket import LeakyBucket
from labs.patterns.rate_limiting import Decision, Limiter, RateLimited, StateByKey
from labs.patterns.sliding_log_limiter import SlidingLog
from labs.patterns.sliding_window_counter import SlidingWindowCounter
from labs.patterns.token_bucket import TokenBucket
from tests.labs.patterns.clock import HandClock, answer, run

Make = Callable[..., Limiter]
WINDOWED: dict[str, Make] = {"log": SlidingLog, "fixed": FixedWindow, "counter": SlidingWindowCounter}
"""Of a limit and a window (s)."""
PACED: dict[str, Make] = {"token": TokenBucket, "gcra": Gcra, "leaky": LeakyBucket}
"""Of a rate (1/s) and a burst."""
MAKES: dict[str, tuple[Make, float, float]] = {
    **{name: (make, 4, 8.0) for name, make in WINDOWED.items()},
    **{name: (make, 0.5, 4) for name, make in PACED.items()},
}
"""Each of them admits four calls at once and half a call a second: numbers that are exact in binary."""

eighths = st.lists(st.integers(0, 40).map(lambda ticks: ticks / 8.0), min_size=1, max_size=60)
"""Gaps between calls."""


@pytest.fixture(params=sorted(MAKES))
def limiter(request: pytest.FixtureRequest) -> Limiter:
    make, amount, other = MAKES[request.param]
    return make(amount, other, clock=HandClock())


def decisions(limiter: Limiter, gaps: Sequence[float]) -> list[tuple[float, Decision]]:
    return [(at_s, limiter.check_at("key", at_s)) for at_s in accumulate(gaps)]


def most_within(times: Sequence[float], window_s: float) -> int:
    """The greatest number of these times in any stretch that is open at its beginning and so long."""
    return max((place + 1 - bisect_left(times, at_s - window_s + 1e-9) for place, at_s in enumerate(times)), default=0)


def test_four_at_once_are_admitted_and_a_fifth_is_not(limiter: Limiter) -> None:
    found = decisions(limiter, [0.0] * 6)
    assert [decision.admitted for _at_s, decision in found] == [True] * 4 + [False] * 2
    assert [decision.remaining for _at_s, decision in found] == [3, 2, 1, 0, 0, 0]


@pytest.mark.parametrize("name", sorted(MAKES))
@given(gaps=eighths)
def test_whoever_waits_as_long_as_it_was_told_gets_through_and_not_sooner(name: str, gaps: list[float]) -> None:
    make, amount, other = MAKES[name]
    limiter = make(amount, other, clock=HandClock())
    at_s, last = decisions(limiter, gaps)[-1]
    while last.admitted:
        last = limiter.check_at("key", at_s)
    assert last.retry_after_s > 0.0
    assert last.reset_at_s == pytest.approx(at_s + last.retry_after_s)
    assert not limiter.check_at("key", at_s + 0.99 * last.retry_after_s).admitted
    assert limiter.check_at("key", at_s + last.retry_after_s).admitted


@pytest.mark.parametrize("name", sorted(MAKES))
@given(gaps=eighths)
def test_what_is_said_to_be_left_is_what_is_left(name: str, gaps: list[float]) -> None:
    make, amount, other = MAKES[name]
    limiter = make(amount, other, clock=HandClock())
    at_s, last = decisions(limiter, gaps)[-1]
    more = [limiter.check_at("key", at_s).admitted for _ in range(last.remaining + 1)]
    assert more == [True] * last.remaining + [False]


@given(gaps=eighths)
def test_gcra_decides_call_by_call_as_the_token_bucket_does(gaps: list[float]) -> None:
    assert decisions(Gcra(0.5, 4), gaps) == decisions(TokenBucket(0.5, 4), gaps)


@given(gaps=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=80), burst=st.integers(1, 9), rate=st.floats(0.1, 10.0))
def test_gcra_and_the_token_bucket_admit_alike_at_any_rate(gaps: list[float], burst: int, rate: float) -> None:
    """Unless a call comes within rounding of the instant at which a token is full."""
    token, gcra = TokenBucket(rate, burst), Gcra(rate, burst)
    for at_s in accumulate(gaps):
        one, other = token.check_at("key", at_s), gcra.check_at("key", at_s)
        if one.admitted != other.admitted:
            assert min(one.retry_after_s, other.retry_after_s) < 1e-5
            return


@given(gaps=eighths)
def test_the_leaky_bucket_decides_as_the_token_bucket_and_spaces_what_it_admits(gaps: list[float]) -> None:
    leaky = decisions(LeakyBucket(0.5, 4), gaps)
    token = decisions(TokenBucket(0.5, 4), gaps)
    assert [one.admitted for _at_s, one in leaky] == [one.admitted for _at_s, one in token]
    leaves = [at_s + one.wait_s for at_s, one in leaky if one.admitted]
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(leaves))
    assert all(one.wait_s <= 6.0 for _at_s, one in leaky)


@given(gaps=eighths)
def test_the_log_never_admits_more_than_the_limit_in_any_window(gaps: list[float]) -> None:
    admitted = [at_s for at_s, one in decisions(SlidingLog(4, 8.0), gaps) if one.admitted]
    assert most_within(admitted, 8.0) <= 4


@pytest.mark.parametrize("name", ["fixed", "counter"])
@given(gaps=eighths)
def test_counters_never_admit_more_than_twice_the_limit_in_any_window(name: str, gaps: list[float]) -> None:
    admitted = [at_s for at_s, one in decisions(WINDOWED[name](4, 8.0), gaps) if one.admitted]
    assert most_within(admitted, 8.0) <= 8
    by_edges = [sum(1 for at_s in admitted if at_s // 8.0 == window) for window in {at_s // 8.0 for at_s in admitted}]
    assert max(by_edges, default=0) <= 4


@pytest.mark.parametrize("name", ["token", "gcra", "leaky"])
@given(gaps=eighths)
def test_buckets_admit_at_most_the_burst_and_the_rate_in_any_stretch(name: str, gaps: list[float]) -> None:
    admitted = [at_s for at_s, one in decisions(PACED[name](0.5, 4), gaps) if one.admitted]
    for place, from_s in enumerate(admitted):
        for more, to_s in enumerate(admitted[place:], 1):
            assert more <= 4 + 0.5 * (to_s - from_s)


def test_the_fixed_window_admits_twice_the_limit_across_an_edge_and_the_log_does_not() -> None:
    around_the_edge = [7.9] + [0.0] * 3 + [0.2] + [0.0] * 3
    admitted = {name: sum(one.admitted for _t, one in decisions(WINDOWED[name](4, 8.0), around_the_edge)) for name in WINDOWED}
    assert admitted == {"fixed": 8, "log": 4, "counter": 4}


def test_the_counter_comes_near_twice_the_limit_when_the_previous_window_filled_at_its_end() -> None:
    late_then_even = [7.9] + [0.0] * 3 + [2.1, 2.0, 2.0]
    admitted = [at_s for at_s, one in decisions(SlidingWindowCounter(4, 8.0), late_then_even) if one.admitted]
    assert most_within(admitted, 8.0) == 7


def test_the_counter_denies_a_client_who_is_within_the_limit() -> None:
    early = [0.0] * 4 + [8.5]
    assert not decisions(SlidingWindowCounter(4, 8.0), early)[-1][1].admitted
    assert decisions(SlidingLog(4, 8.0), early)[-1][1].admitted


def test_the_next_place_in_a_log_opens_a_window_after_its_oldest_entry() -> None:
    log = SlidingLog(2, 60.0)
    found = decisions(log, [0.0, 50.0, 5.0])
    assert found[-1][1] == Decision(False, 0, 60.0, 5.0)


def test_a_log_whose_limit_was_lowered_tells_when_it_has_shrunk_enough() -> None:
    log = SlidingLog(4, 8.0)
    decisions(log, [0.0, 1.0, 1.0, 1.0])
    log.limit = 2
    assert log.check_at("key", 3.0) == Decision(False, 0, 10.0, 7.0)


def test_hosts_whose_clocks_are_ahead_delete_the_entries_of_the_others() -> None:
    log = SlidingLog(1, 8.0)
    assert log.check_at("key", 0.0).admitted
    assert log.check_at("key", 9.0).admitted, "told by a host that is 9 s ahead"
    assert not log.check_at("key", 1.0).admitted


def test_limiters_wrap_and_decorate_calls_and_hold_back_where_they_must() -> None:
    waited: list[float] = []

    async def sleep(delay_s: float) -> None:
        waited.append(delay_s)

    leaky = LeakyBucket(2.0, 3, clock=HandClock(), sleep=sleep)
    assert run(leaky.call(answer, 201)) == 201
    guarded = leaky(answer)
    assert [run(guarded()), run(guarded())] == [200, 200]
    assert waited == [0.5, 1.0]
    with pytest.raises(RateLimited) as refusal:
        run(guarded())
    assert refusal.value.decision.retry_after_header == "1"


@pytest.mark.parametrize("name", sorted(MAKES))
def test_fifty_callers_on_a_real_loop_get_exactly_the_limit(name: str) -> None:
    make, _amount, _other = MAKES[name]
    limiter = make(20, 1000.0) if name in WINDOWED else make(0.001, 20)

    async def main() -> int:
        found = await asyncio.gather(*(asyncio.to_thread(int) for _ in range(3)), *(_admitted(limiter) for _ in range(50)))
        return sum(found)

    assert asyncio.run(main()) == 20


async def _admitted(limiter: Limiter) -> int:
    await asyncio.sleep(0)
    return int(limiter.check().admitted)


@pytest.mark.parametrize(
    ("retry_after_s", "header"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (1.0000001, "1"), (1.1, "2"), (59.01, "60")]
)
def test_retry_after_is_told_in_whole_seconds_rounded_up(retry_after_s: float, header: str) -> None:
    assert Decision(False, 0, 0.0, retry_after_s).retry_after_header == header


def test_outdated_states_are_dropped_and_others_kept() -> None:
    states: StateByKey[int] = StateByKey()
    for number in range(10_000):
        states.put(str(number), number, float(number), number + 10.0)
        states.put("forever", 1, float(number), float("inf"))
    assert len(states) <= StateByKey.SMALLEST
    assert states.get("forever", 1e9) == 1
    assert states.get("9999", 10_009.0) is None


@pytest.mark.parametrize("name", sorted(MAKES))
@pytest.mark.parametrize("wrong", [0.0, -1.0, float("inf"), float("nan")])
def test_impossible_numbers_are_refused(name: str, wrong: float) -> None:
    make, amount, other = MAKES[name]
    for arguments in ((wrong, other), (amount, wrong)):
        with pytest.raises(ValueError):
            make(*arguments)
