"""The dual write: store a fact, then tell about it, in two steps that nothing holds together.

It is here to be compared with `outbox.py`. A process that dies between the steps has stored a fact of which nobody will ever
hear, and nobody knows that a message is owed. The other order is no better: then a fact is told that was never stored.
"""

import sqlite3
from collections.abc import Awaitable, Callable

from labs.patterns.events import Event

Publish = Callable[[Event], Awaitable[None]]
Write = Callable[[sqlite3.Connection], None]


async def store_then_publish(database: sqlite3.Connection, write: Write, event: Event, publish: Publish) -> None:
    with database:
        write(database)
    await publish(event)  # whoever dies here owes an event, and there is no note of it


async def publish_then_store(database: sqlite3.Connection, write: Write, event: Event, publish: Publish) -> None:
    await publish(event)
    with database:  # whoever dies here has told what never came to be
        write(database)
