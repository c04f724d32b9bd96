"""A checkout in one piece, as first versions often are: it reads, charges, writes mail and lowers the stock in one function.

Every line of it works when one customer comes and nothing fails. It is here for what happens otherwise:

- The stock is looked at before the charge and lowered after it. Whoever comes in between sees the old number.
- A mail server that is down stops an order that has been paid, and the stock stays as it was.
- The card number passes through, so all of this program is in the scope of the card industry's audit.

`separated_checkout.py` is the same shop with borders.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass


class SoldOut(Exception):
    """There was nothing left when we looked."""


@dataclass(frozen=True, slots=True)
class Buyer:
    card_number: str
    address: str


class TangledCheckout:
    def __init__(
        self, database: sqlite3.Connection, charge_card: Callable[[str, int], None], send_mail: Callable[[str, str], None]
    ) -> None:
        self.database = database
        self.charge_card = charge_card
        self.send_mail = send_mail

    def buy(self, product: str, buyer: Buyer) -> None:
        query = "SELECT title, price_pence, units FROM products WHERE id = ?"
        title, price_pence, units = self.database.execute(query, (product,)).fetchone()
        if units < 1:
            raise SoldOut(product)
        self.charge_card(buyer.card_number, price_pence)
        self.send_mail(buyer.address, f"You bought {title}.")
        with self.database:
            self.database.execute("UPDATE products SET units = units - 1 WHERE id = ?", (product,))
