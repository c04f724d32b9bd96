from random import Random

import pytest

from labs.patterns.retry import Decision, Immediate, Retry, Setback
from labs.patterns.retry_budget import RetryBudget, RetryThrottle
from tests.labs.patterns.clock import HandClock, answer, fail, run


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_ten_requests_pay_for_a_retry(clock: HandClock) -> None:
    budget = RetryBudget(0.1, min_retries_per_s=0.0, clock=clock)
    for _ in range(10):
        assert not budget.may_retry()
        budget.request_began()
    assert budget.may_retry()
    assert not budget.may_retry()


def test_a_ratio_of_two_pays_for_two(clock: HandClock) -> None:
    budget = RetryBudget(2.0, min_retries_per_s=0.0, clock=clock)
    budget.request_began()
    assert [budget.may_retry() for _ in range(3)] == [True, True, False]


def test_a_quiet_client_has_its_minimum(clock: HandClock) -> None:
    budget = RetryBudget(0.0, min_retries_per_s=0.5, ttl_s=10.0, clock=clock)
    assert [budget.may_retry() for _ in range(6)] == [True] * 5 + [False]
    clock.now_s = 10.0
    assert budget.may_retry(), "what was spent ten seconds ago is forgotten"


def test_credit_expires(clock: HandClock) -> None:
    budget = RetryBudget(1.0, min_retries_per_s=0.0, ttl_s=10.0, clock=clock)
    for _ in range(5):
        budget.request_began()
    clock.now_s = 9.4
    assert budget.balance == 5.0
    clock.now_s = 10.0
    assert budget.balance == 0.0
    clock.now_s = 1e6
    budget.request_began()
    assert budget.balance == 1.0


def test_what_was_spent_outlives_what_paid_for_it_and_is_no_negative_number_of_retries(clock: HandClock) -> None:
    budget = RetryBudget(1.0, min_retries_per_s=0.0, ttl_s=10.0, clock=clock)
    for _ in range(5):
        budget.request_began()
    clock.now_s = 9.0
    assert [budget.may_retry() for _ in range(6)] == [True] * 5 + [False]
    clock.now_s = 10.0
    assert budget.balance == 0.0, "the deposits are forgotten, the spending is not"
    budget.request_began()
    assert not budget.may_retry()


def test_a_clock_that_did_not_start_at_nought_changes_nothing(clock: HandClock) -> None:
    clock.now_s = 123_456.7
    budget = RetryBudget(1.0, min_retries_per_s=0.0, clock=clock)
    budget.request_began()
    clock.now_s += 5.0
    assert budget.balance == 1.0


def test_over_any_time_to_live_retries_stay_within_the_ratio_and_the_minimum(clock: HandClock) -> None:
    """Requests come at random, in bursts and lulls, and each wants retries without end."""
    rng, ratio, least, ttl_s = Random(5), 0.2, 1.0, 10.0
    budget = RetryBudget(ratio, min_retries_per_s=least, ttl_s=ttl_s, clock=clock)
    requests: list[float] = []
    retries: list[float] = []
    while clock.now_s < 300.0:
        clock.now_s += rng.expovariate(40.0 if clock.now_s % 60.0 < 20.0 else 2.0)
        budget.request_began()
        requests.append(clock.now_s)
        while budget.may_retry():
            retries.append(clock.now_s)
    for end_s in range(10, 300, 3):
        paid = sum(end_s - ttl_s < at_s <= end_s for at_s in requests)
        spent = sum(end_s - ttl_s + ttl_s / 20 < at_s <= end_s for at_s in retries)
        assert spent <= ratio * paid + least * ttl_s + 1
    assert len(retries) <= ratio * len(requests) + least * (300.0 + ttl_s)
    assert len(retries) > ratio * len(requests), "and what is granted is given"


@pytest.mark.parametrize(("ratio", "least", "ttl_s"), [(-0.1, 0.0, 10.0), (0.1, -1.0, 10.0), (0.1, 1.0, 0.0)])
def test_a_budget_that_makes_no_sense_is_refused(ratio: float, least: float, ttl_s: float) -> None:
    with pytest.raises(ValueError, match="a budget needs"):
        RetryBudget(ratio, min_retries_per_s=least, ttl_s=ttl_s)


def test_the_budget_bounds_what_all_calls_do_together(clock: HandClock) -> None:
    async def nap(_delay_s: float) -> None:
        return None

    budget = RetryBudget(0.1, min_retries_per_s=0.0, clock=clock)
    retry = Retry(delay=Immediate(), max_attempts=4, budget=budget, clock=clock, sleep=nap)
    heard: list[Setback] = []
    retry.on_setback(heard.append)
    for _ in range(1000):
        clock.now_s += 0.01
        with pytest.raises(ConnectionError):
            run_quietly(retry)
    retries = sum(each.decision is Decision.AGAIN for each in heard)
    assert retries == 100
    assert len(heard) == 1100, "attempts: 1.1 a request, where four would have been allowed"


def run_quietly(retry: Retry) -> None:
    """Step the coroutine by hand: it never waits."""
    try:
        retry.call(fail).__await__().send(None)
    except StopIteration:
        return


def test_the_throttle_stops_when_half_of_its_tokens_are_gone() -> None:
    throttle = RetryThrottle(10.0, 0.1)
    granted = 0
    for _ in range(20):
        throttle.attempt_ended(False)
        granted += throttle.may_retry()
    assert granted == 4
    assert throttle.tokens == 0.0
    for _ in range(50):
        assert not throttle.may_retry()
        throttle.attempt_ended(True)
    throttle.attempt_ended(True)
    assert throttle.may_retry()


def test_the_throttle_never_holds_more_than_its_tokens() -> None:
    throttle = RetryThrottle(10.0, 0.5)
    for _ in range(100):
        throttle.request_began()
        throttle.attempt_ended(True)
    assert throttle.tokens == 10.0


@pytest.mark.parametrize(("failure_rate", "open_share"), [(0.05, 1.0), (0.2, 0.0)])
def test_the_throttle_tips_at_one_failure_in_eleven(failure_rate: float, open_share: float) -> None:
    rng, throttle = Random(3), RetryThrottle(100.0, 0.1)
    for _ in range(5000):
        throttle.attempt_ended(rng.random() >= failure_rate)
    granted = 0
    for _ in range(2000):
        throttle.attempt_ended(rng.random() >= failure_rate)
        granted += throttle.may_retry()
    assert granted / 2000 == open_share


@pytest.mark.parametrize(("tokens", "ratio"), [(0.0, 0.1), (10.0, 0.0)])
def test_a_throttle_that_makes_no_sense_is_refused(tokens: float, ratio: float) -> None:
    with pytest.raises(ValueError, match="a throttle needs"):
        RetryThrottle(tokens, ratio)


def test_a_retry_takes_either() -> None:
    for budget in (RetryBudget(min_retries_per_s=1.0), RetryThrottle()):
        assert run(Retry(budget=budget).call(answer)) == 200
