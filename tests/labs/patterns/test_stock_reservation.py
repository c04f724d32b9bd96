import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from labs.patterns.stock_reservation import Hold, HoldOver, ReservableStock, SoldOut
from tests.labs.patterns.clock import HandClock


def stock(units: int) -> tuple[ReservableStock, HandClock]:
    clock = HandClock()
    return ReservableStock(units, hold_s=600, clock=clock), clock


def test_the_last_piece_is_sold_once() -> None:
    shop, _ = stock(1)
    assert shop.reserve("a") == Hold(1, 600)
    with pytest.raises(SoldOut):
        shop.reserve("b")
    shop.confirm("a")
    assert (shop.free, shop.sold) == (0, 1)


def test_a_repeat_takes_nothing_more_and_prolongs_nothing() -> None:
    shop, clock = stock(5)
    shop.reserve("a", 2)
    clock.now_s = 100
    assert shop.reserve("a", 2) == Hold(2, 600)
    assert shop.free == 3


def test_a_repeat_after_paying_is_told_that_there_is_nothing_to_hold() -> None:
    shop, _ = stock(5)
    shop.reserve("a")
    shop.confirm("a")
    assert shop.reserve("a") is None
    shop.confirm("a")
    assert (shop.free, shop.sold) == (4, 1)


def test_what_nobody_paid_for_comes_back() -> None:
    shop, clock = stock(1)
    shop.reserve("a")
    clock.now_s = 600
    assert shop.reserve("b") == Hold(1, 1200)


def test_a_payment_that_comes_too_late_is_refused() -> None:
    shop, clock = stock(1)
    shop.reserve("a")
    clock.now_s = 600
    with pytest.raises(HoldOver):
        shop.confirm("a")
    assert (shop.free, shop.sold) == (1, 0)


def test_giving_back_what_is_sold_changes_nothing() -> None:
    shop, _ = stock(1)
    shop.reserve("a")
    shop.confirm("a")
    shop.release("a")
    assert (shop.free, shop.sold) == (0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_no_piece_is_made_or_lost(seed: int) -> None:
    rng, (shop, clock) = random.Random(seed), stock(20)
    for _ in range(500):
        clock.now_s += rng.random() * 30
        acts: tuple[Callable[[str], object], ...] = (shop.reserve, shop.confirm, shop.release)
        with suppress(SoldOut, HoldOver):
            rng.choice(acts)(f"o{rng.randrange(60)}")
        assert shop.free + shop.sold + sum(hold.units for hold in shop._holds.values()) == 20
        assert shop.free >= 0
