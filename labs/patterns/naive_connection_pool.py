"""Naive connection pool: the one of the whiteboard, kept to be compared with the one in `connection_pool.py`.

A queue that is filled with connections when the program starts. To borrow is to take one out, to give back is to put it in.
It is a dozen lines, passes a demonstration, and has these faults:

1. Borrowing waits without limit. One leak, or one query that hangs, takes a connection away for good; after as many of them as
   there are connections everybody waits for ever, without an error that anybody could see.
2. All connections are opened at the start, one after the other. If the last one is refused the program fails, and those opened
   before it stay open at the server, with nobody who knows them.
3. Nothing is checked. A connection that a fail-over, a firewall or an idle limit has ended goes out to a borrower, fails, is
   given back, and goes out to the next one. One restart of the database, and the pool is poisoned until a new start.
4. Nothing is cleaned. A transaction that a borrower left open, or broke, is the next one's surprise: his statements join it, or
   are refused until somebody rolls back.
5. A connection that is given back twice is in the queue twice, and soon in two hands at once.
6. Closing ends the idle ones and swallows their errors. Those that are out come back into a pool that nobody empties any more.
7. There is no rule for its size, and it is the same by day and by night.

Source. The shape follows what many tutorials build on a blocking queue.

Limits. Do not use it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

Connection = TypeVar("Connection")


class NaiveConnectionPool(Generic[Connection]):
    """`size` connections, opened at the start and never again."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        close: Callable[[Connection], Awaitable[None]],
        size: int,
    ) -> None:
        self.size = size
        self._connect = connect
        self._close = close
        self._connections: asyncio.Queue[Connection] = asyncio.Queue()

    @property
    def idle(self) -> int:
        return self._connections.qsize()

    async def open(self) -> None:
        for _ in range(self.size):
            self._connections.put_nowait(await self._connect())  # those before a failure stay open

    async def borrow(self) -> Connection:
        """Waits until there is one, however long that takes."""
        return await self._connections.get()

    def give_back(self, connection: Connection | None) -> None:
        if connection is not None:
            self._connections.put_nowait(connection)  # whatever state it is in, and however often

    async def close(self) -> None:
        while not self._connections.empty():
            with suppress(Exception):
                await self._close(self._connections.get_nowait())
