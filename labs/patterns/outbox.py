"""Transactional outbox: a fact and the duty to tell about it are written in one transaction.

Problem. A service stores an order and publishes an event. Database and broker share no transaction, so a crash between the
two loses the event or makes one up (`naive_dual_write.py`).

Rule. The event is a row in a table of the same database, written in the same transaction as the fact: both are there, or
neither is. A relay reads rows that have not been sent, publishes them and marks them once the broker has confirmed. It may
die after publishing and before marking; then the row is published again. So delivery is at least once, by construction, and
consumers must know repeats (`inbox.py`).

What sketches leave out:

1. Ask for rows that are *not marked*, never for ids above the last one seen. Transactions commit in another order than they
   take their numbers, and a cursor on the number would pass over whoever commits late.
2. An event that the broker refuses holds back its own key, not all others.
3. Marked rows must go. A table that only grows slows down the very query that the relay asks all day; index what is unmarked.
4. Places follow the order of a key only if writers of that key wait for each other, as they do when each locks the key's row.
5. Two relays would break the order. Run one at a time (a lock or a lease), or give each its own share of the keys.

Source. Chris Richardson, *Microservices Patterns* (2018), "Transactional outbox"; Pat Helland, *Life beyond Distributed
Transactions* (CIDR 2007).

Limits. The delay between fact and event is the relay's pace. Reading the database's log instead (change data capture) takes
the polling away and gives the same guarantees. A key that is refused for long fills the batch in the end: park it.
"""

import json
import sqlite3
from collections.abc import Awaitable, Callable

from labs.patterns.clock import Clock
from labs.patterns.events import Event

SCHEMA = """
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
    data TEXT NOT NULL, sent_s REAL
);
CREATE INDEX outbox_unsent ON outbox (place) WHERE sent_s IS NULL;
"""


def owe(database: sqlite3.Connection, event: Event) -> None:
    """Note an event down. Call it inside the transaction that writes the fact."""
    database.execute(
        "INSERT INTO outbox (id, topic, key, version, data) VALUES (?, ?, ?, ?, ?)",
        (event.id, event.topic, event.key, event.version, json.dumps(dict(event.data))),
    )


class Relay:
    """Publishes what is owed. `publish` returns once the broker has confirmed, and raises otherwise."""

    def __init__(self, database: sqlite3.Connection, publish: Callable[[Event], Awaitable[None]], clock: Clock) -> None:
        self.database = database
        self.publish = publish
        self.clock = clock

    async def run_once(self, batch: int = 100) -> int:
        """Publish up to `batch` events in the order of their places; how many were sent. A refusal holds its key back."""
        sent = 0
        refused: set[str] = set()
        for place, event in self.unsent(batch):
            if event.key in refused:
                continue
            try:
                await self.publish(event)
            except Exception:
                refused.add(event.key)
                continue
            with self.database:
                self.database.execute("UPDATE outbox SET sent_s = ? WHERE place = ?", (self.clock(), place))
            sent += 1
        return sent

    def unsent(self, batch: int) -> list[tuple[int, Event]]:
        query = "SELECT place, id, topic, key, data, version FROM outbox WHERE sent_s IS NULL ORDER BY place LIMIT ?"
        rows = self.database.execute(query, (batch,)).fetchall()
        return [(row[0], Event(row[1], row[2], row[3], json.loads(row[4]), row[5])) for row in rows]

    def forget(self, keep_s: float) -> int:
        """Delete rows that were sent longer ago than that; how many."""
        with self.database:
            return self.database.execute("DELETE FROM outbox WHERE sent_s < ?", (self.clock() - keep_s,)).rowcount
