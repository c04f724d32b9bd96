import pytest

from courses.examples.payment_contract import DAY_S, Eager, Forgetful, Keyed, TooLate, broken_promises


class HandClock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_the_keyed_processor_keeps_every_promise(clock: HandClock) -> None:
    assert broken_promises(Keyed(clock), clock.wait, retry_days=3) == []


def test_the_eager_one_has_the_signatures_and_charges_for_every_request(clock: HandClock) -> None:
    assert broken_promises(Eager(clock), clock.wait, retry_days=3) == [
        "a repeat charges again",
        "a known key takes another amount",
        "a repeat after 3 days charges again",
    ]


def test_a_key_that_is_kept_for_a_day_fails_a_caller_who_retries_for_three(clock: HandClock) -> None:
    assert broken_promises(Forgetful(clock), clock.wait, retry_days=3) == ["a repeat after 3 days charges again"]


def test_it_is_good_enough_for_a_caller_who_gives_up_within_the_day(clock: HandClock) -> None:
    assert broken_promises(Forgetful(clock), clock.wait, retry_days=0.5) == []


class Hasty(Keyed):
    """Declares what its contract says and takes refunds for 90 days."""

    def refund(self, key: str) -> None:
        if self.clock() - self.charges[key][2] > 90 * DAY_S:
            raise TooLate(key)
        super().refund(key)


def test_refunds_that_end_sooner_than_declared_are_found_by_moving_the_clock(clock: HandClock) -> None:
    assert broken_promises(Hasty(clock), clock.wait, retry_days=3) == ["no refund within the 180 days that it declares"]


def test_refunds_end_when_the_processor_says(clock: HandClock) -> None:
    processor = Keyed(clock, refund_days=180)
    processor.charge("a", 4000, "card")
    processor.charge("b", 500, "card")
    processor.refund("a")
    assert processor.balance_pence() == 500
    clock.wait(181 * DAY_S)
    with pytest.raises(TooLate):
        processor.refund("b")
