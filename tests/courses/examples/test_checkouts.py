"""What the tangled checkout does to its customers, and what borders and the right order of steps change."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from courses.examples.separated_checkout import Charged, Checkout, Order
from courses.examples.stock import SCHEMA, Stock
from courses.examples.tangled_checkout import Buyer, SoldOut, TangledCheckout

BUYER = Buyer("4242", "a@example.org")


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA + "CREATE TABLE products (id TEXT, title TEXT, price_pence INTEGER, units INTEGER);")
    connection.execute("INSERT INTO products VALUES ('lamp', 'Lamp', 4000, 1)")
    connection.execute("INSERT INTO stock VALUES ('lamp', 1)")
    connection.commit()
    yield connection
    connection.close()


def units(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT units FROM products").fetchone()[0])


def test_tangled_sells_the_last_unit_to_whoever_comes_while_a_charge_is_under_way(database: sqlite3.Connection) -> None:
    charges: list[int] = []

    def charge(card: str, pence: int) -> None:
        charges.append(pence)
        if len(charges) < 3:
            shop.buy("lamp", BUYER)  # somebody else, while this charge takes its time

    shop = TangledCheckout(database, charge, lambda address, text: None)
    shop.buy("lamp", BUYER)
    assert (len(charges), units(database)) == (3, -2)
    with pytest.raises(SoldOut):
        shop.buy("lamp", BUYER)


def test_tangled_takes_the_money_and_keeps_the_goods_when_the_mail_server_is_down(database: sqlite3.Connection) -> None:
    charges: list[int] = []

    def no_mail(address: str, text: str) -> None:
        raise ConnectionError("mail server")

    shop = TangledCheckout(database, lambda card, pence: charges.append(pence), no_mail)
    for _ in range(2):  # the customer sees an error and tries again
        with pytest.raises(ConnectionError):
            shop.buy("lamp", BUYER)
    assert (charges, units(database)) == ([4000, 4000], 1)


@dataclass
class Prices:
    def price_pence(self, product: str) -> int:
        return 4000


@dataclass
class Provider:
    """Charges once for each key, as a real one does."""

    answers: list[Charged]
    charged: dict[str, int] = field(default_factory=dict)

    def charge(self, key: str, card_token: str, pence: int) -> Charged:
        answer = self.answers.pop(0)
        if answer != "declined":
            self.charged.setdefault(key, pence)
        return answer


@dataclass
class Book:
    confirmed: list[str] = field(default_factory=list)

    def confirm(self, order: Order) -> None:
        self.confirmed.append(order.id)


def checkout(database: sqlite3.Connection, *answers: Charged) -> tuple[Checkout, Provider, Book]:
    provider, book = Provider(list(answers)), Book()
    return Checkout(Prices(), Stock(database), provider, book), provider, book


def test_separated_sells_the_last_unit_once(database: sqlite3.Connection) -> None:
    shop, provider, book = checkout(database, "charged")
    assert shop.place(Order("1", "lamp", 1, "tok")) == "confirmed"
    assert shop.place(Order("2", "lamp", 1, "tok")) == "sold-out"
    assert (provider.charged, book.confirmed, Stock(database).free("lamp")) == ({"1": 4000}, ["1"], 0)


def test_a_declined_card_gives_the_unit_back(database: sqlite3.Connection) -> None:
    shop, provider, book = checkout(database, "declined")
    assert shop.place(Order("1", "lamp", 1, "tok")) == "declined"
    assert (provider.charged, book.confirmed, Stock(database).free("lamp")) == ({}, [], 1)


def test_an_unknown_charge_keeps_the_unit_and_a_second_try_finds_out_without_a_second_charge(
    database: sqlite3.Connection,
) -> None:
    shop, provider, book = checkout(database, "unknown", "charged")
    order = Order("1", "lamp", 1, "tok")
    assert shop.place(order) == "pending"
    assert (book.confirmed, Stock(database).free("lamp")) == ([], 0)
    assert shop.place(order) == "confirmed"
    assert (provider.charged, book.confirmed, Stock(database).free("lamp")) == ({"1": 4000}, ["1"], 0)


def test_holding_and_releasing_twice_count_once(database: sqlite3.Connection) -> None:
    stock = Stock(database)
    assert stock.hold("1", "lamp", 1)
    assert stock.hold("1", "lamp", 1)
    assert not stock.hold("2", "lamp", 1)
    stock.release("1")
    stock.release("1")
    stock.release("2")
    assert stock.free("lamp") == 1


def test_more_than_is_free_is_never_held(database: sqlite3.Connection) -> None:
    assert not Stock(database).hold("1", "lamp", 2)
    assert Stock(database).free("lamp") == 1
