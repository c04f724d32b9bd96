"""A checkout with borders: four parts that each know one thing, and one that knows the order of the steps.

The steps are as important as the parts. Units are set aside before money moves, so nobody pays for what is not there. The
charge carries the order's id as its idempotency key, so a second try is no second charge. A charge whose end is unknown is
neither a success nor a failure: the units stay held, and somebody asks the provider later. The mail is written down, not sent:
a mail server that is down delays a mail and nothing else.

Limits. One key for an order means one card for it: after a refusal another card needs an attempt, and a key, of its own. A
process that dies after the hold leaves units held; holds must expire. The price belongs into the order at its first try: asked
for again it may differ, and a key that comes with another amount is refused.

`TangledCheckout` in `tangled_checkout.py` is the same shop in one piece.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

Charged = Literal["charged", "declined", "unknown"]
Placed = Literal["confirmed", "sold-out", "declined", "pending"]


@dataclass(frozen=True, slots=True)
class Order:
    """`card_token` stands for a card that only the payment provider knows."""

    id: str
    product: str
    units: int
    card_token: str


class Catalogue(Protocol):
    def price_pence(self, product: str) -> int: ...


class Units(Protocol):
    def hold(self, order_id: str, product: str, units: int) -> bool: ...
    def release(self, order_id: str) -> None: ...


class Payment(Protocol):
    def charge(self, key: str, card_token: str, pence: int) -> Charged:
        """Charge once for each `key`, however often it is asked. "unknown": no answer came, so it may have been charged."""


class Orders(Protocol):
    def confirm(self, order: Order) -> None:
        """Keep the order as paid and, in the same transaction, a note that its customer is owed a mail. Twice counts once."""


class Checkout:
    """Knows the order of the steps, and nothing of how any of them is done."""

    def __init__(self, catalogue: Catalogue, stock: Units, payment: Payment, orders: Orders) -> None:
        self.catalogue = catalogue
        self.stock = stock
        self.payment = payment
        self.orders = orders

    def place(self, order: Order) -> Placed:
        pence = self.catalogue.price_pence(order.product) * order.units
        if not self.stock.hold(order.id, order.product, order.units):
            return "sold-out"
        end = self.payment.charge(order.id, order.card_token, pence)
        if end == "declined":
            self.stock.release(order.id)
            return "declined"
        if end == "unknown":
            return "pending"  # keep the hold; a later call with the same order id finds out
        self.orders.confirm(order)
        return "confirmed"
