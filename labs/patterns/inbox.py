"""Inbox: an event that comes twice takes effect once. The consumer's half of the outbox.

Problem. Delivery is at least once: after a crash, a timeout or a rebalance the same event comes again. A list of seen ids in
memory is gone in exactly the case in which it is needed.

Rule. The event's id is written in the same transaction as its effect, under a unique key. If the id is there already, the
effect is there as well, and nothing is done. A crash before the commit leaves neither; a crash after it leaves both, and the
repeat meets the id. Acknowledge only after the commit.

Source. Chris Richardson, *Microservices Patterns* (2018), "Idempotent consumer"; Pat Helland, *Idempotence Is Not a Medical
Condition* (ACM Queue 10(4), 2012).

Limits. It holds for effects in this database. An effect elsewhere (a charge, a mail) needs the other side to know the id:
pass it on as an idempotency key. Ids must be kept for longer than the broker may deliver again. Where the effect is "set to"
with a version instead of "add", the version does the same work without a table.
"""

import sqlite3
from collections.abc import Callable

from labs.patterns.events import Event

SCHEMA = "CREATE TABLE inbox (consumer TEXT, event_id TEXT, PRIMARY KEY (consumer, event_id)) WITHOUT ROWID;"


def once(database: sqlite3.Connection, consumer: str, event: Event, effect: Callable[[sqlite3.Connection], None]) -> bool:
    """Make the effect unless this consumer has made it before. True if it was made now."""
    with database:  # id and effect are committed together, or neither is
        seen = database.execute("INSERT INTO inbox VALUES (?, ?) ON CONFLICT DO NOTHING", (consumer, event.id))
        if seen.rowcount == 0:
            return False
        effect(database)
        return True
