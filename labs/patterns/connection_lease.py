"""Lease: a borrowed connection that can be given back once, and is missed when it is not.

Problem. A borrower who gets the bare connection can give it back twice, in `finally` and in a cleanup further up: it is then
in two hands at once, and two transactions become one. Or he uses it after he gave it back. Or never gives it back, and nobody
knows who has it.

Rule. What is lent is not the connection but a lease on it. `release` gives back the first time and does nothing afterwards;
`connection` refuses when the lease is over. The lease knows who took it and when, so whoever lends can ask which ones are
overdue.

Source. The proxies that HikariCP hands out (`ProxyConnection`, `leakDetectionThreshold`) do the same for JDBC.

Limits. A borrower can keep the connection itself beside the lease; nothing in Python prevents that. `async with` does not
need it.
"""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, TypeVar

from labs.patterns.pooled_connection import PooledConnection, PoolError

Connection = TypeVar("Connection")


class Lease(Generic[Connection]):
    """One borrower's hold on a connection, from `taken_s` on. `borrower` is the name given to `acquire`, for reports."""

    __slots__ = ("_give_back", "borrower", "held", "reported", "returned", "taken_s")

    def __init__(
        self,
        give_back: "Callable[[Lease[Connection]], Awaitable[None]]",
        held: PooledConnection[Connection],
        borrower: str,
        taken_s: float,
    ) -> None:
        self._give_back = give_back
        self.held = held
        self.borrower = borrower
        self.taken_s = taken_s
        self.returned = self.reported = False

    @property
    def connection(self) -> Connection:
        """Raises PoolError when the lease is over: a connection that was given back is somebody else's."""
        if self.returned:
            raise PoolError("this connection was given back or revoked")
        return self.held.connection

    async def release(self) -> None:
        """Give it back; a second time nothing happens."""
        if not self.returned:
            await self._give_back(self)

    async def __aenter__(self) -> Connection:
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.release()
