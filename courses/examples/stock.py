"""Stock that is never sold twice: a conditional update decides, not a look beforehand.

Problem. "Is there one left? Then sell it" is two steps, and another buyer fits between them.

Rule. One statement both asks and takes: it lowers the number only where enough is left, and the count of changed rows is the
answer. The hold is kept under the order's id in the same transaction, so asking again holds nothing twice.

Limits. All buyers of one product queue for one row. A product that sells thousands of units a second needs its stock in several
rows, or a queue in front. Holds that are neither sold nor released must expire: keep the time with them, and sweep.
Nothing here says which holds were sold, so whoever sweeps asks the orders first, and leaves alone what a charge of unknown end
is waiting for.
"""

import sqlite3

SCHEMA = """
CREATE TABLE stock (product TEXT PRIMARY KEY, free INTEGER NOT NULL CHECK (free >= 0));
CREATE TABLE holds (order_id TEXT PRIMARY KEY, product TEXT NOT NULL, units INTEGER NOT NULL CHECK (units > 0));
"""


class Stock:
    """The only part that reads or writes these two tables."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def hold(self, order_id: str, product: str, units: int) -> bool:
        """Set units aside for an order. False, and nothing is held, if too few are free. Asking again changes nothing."""
        with self.database:  # one transaction: both statements count, or neither does
            hold = "INSERT INTO holds VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            if self.database.execute(hold, (order_id, product, units)).rowcount == 0:
                return True  # this order has its units already
            take = "UPDATE stock SET free = free - ? WHERE product = ? AND free >= ?"
            if self.database.execute(take, (units, product, units)).rowcount == 0:
                self.database.rollback()
                return False
            return True

    def release(self, order_id: str) -> None:
        """Give back what an order holds. An order that holds nothing changes nothing."""
        with self.database:
            held = self.database.execute(
                "DELETE FROM holds WHERE order_id = ? RETURNING product, units", (order_id,)
            ).fetchone()
            if held:
                self.database.execute("UPDATE stock SET free = free + ? WHERE product = ?", (held[1], held[0]))

    def free(self, product: str) -> int:
        return int(self.database.execute("SELECT free FROM stock WHERE product = ?", (product,)).fetchone()[0])
