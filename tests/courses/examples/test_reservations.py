import pytest

from courses.examples.reservations import SoldOut, Status, Stock


def test_each_act_may_be_repeated() -> None:
    stock = Stock(5)
    assert [stock.reserve("o1", 2) for _ in range(2)] == [Status.PENDING] * 2
    assert stock.free == 3
    for _ in range(2):
        stock.release("o1")
    assert stock.free == 5


def test_what_is_not_there_cannot_be_reserved() -> None:
    stock = Stock(1)
    with pytest.raises(SoldOut):
        stock.reserve("o1", 2)
    assert stock.free == 1


def test_a_release_that_comes_first_stops_the_reservation() -> None:
    stock = Stock(5)
    stock.release("o1")
    assert stock.reserve("o1", 2) is Status.RELEASED
    assert stock.free == 5


def test_what_is_sold_cannot_be_released_and_what_is_released_cannot_be_sold() -> None:
    stock = Stock(5)
    stock.reserve("o1", 2)
    stock.confirm("o1")
    stock.confirm("o1")
    with pytest.raises(ValueError, match="sold"):
        stock.release("o1")
    stock.release("o2")
    with pytest.raises(ValueError, match="not reserved"):
        stock.confirm("o2")
