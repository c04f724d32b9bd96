"""The two pools behind one face: what a borrower of the lab does with either."""

from abc import ABC, abstractmethod

from labs.experiments.connection_pool.database import Database, DatabaseConnection
from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.patterns.connection_lease import Lease
from labs.patterns.connection_pool import ConnectionPool
from labs.patterns.naive_connection_pool import NaiveConnectionPool
from labs.patterns.pooled_connection import ConnectionCare, PoolError
from labs.patterns.timeout import call_within

VALIDATE_AFTER_S = 0.5
TOLD_LEAKS = 20
"""More marks than that would hide the others."""


async def _close(connection: DatabaseConnection) -> None:
    await connection.close()


class Loan:
    """A connection in a borrower's hands."""

    __slots__ = ("connection", "lease")

    def __init__(self, connection: DatabaseConnection, lease: Lease[DatabaseConnection] | None = None) -> None:
        self.connection = connection
        self.lease = lease


class LabPool(ABC):
    """One instance's pool. `down`: the instance did not start."""

    down = False

    @abstractmethod
    async def open(self) -> None:
        """Raises OSError or PoolError."""

    @abstractmethod
    async def borrow(self) -> Loan:
        """Raises TimeoutError or PoolError."""

    @abstractmethod
    async def give_back(self, loan: Loan) -> None: ...

    @abstractmethod
    def adjust(self, size: int) -> None:
        """The knobs as they stand now."""

    @abstractmethod
    async def close(self) -> None: ...

    @property
    @abstractmethod
    def size(self) -> int:
        """How many connections it may have."""

    @property
    @abstractmethod
    def out(self) -> int:
        """Connections in somebody's hands, leaked ones included."""

    @property
    @abstractmethod
    def waiting(self) -> int: ...


class ManagedPool(LabPool):
    """The pool of `labs.patterns.connection_pool`."""

    def __init__(self, world: World, database: Database, settings: Settings, size: int) -> None:
        self._world = world
        self._settings = settings
        self._database = database
        self.pool = self._made(size)
        self.adjust(size)

    def _made(self, size: int) -> ConnectionPool[DatabaseConnection]:
        world = self._world
        care = ConnectionCare(
            self._database.connect,
            _close,
            validate=lambda connection: connection.ping(),
            validate_after_s=VALIDATE_AFTER_S,
            reset=lambda connection: connection.reset(),
            clock=world.now_s,
            time_limit=world.timeout,  # type: ignore[arg-type]  # None never expires in either world
            spawn=world.spawn,
            rng=world.rng("pool"),
        )
        return ConnectionPool(care, maximum=size, reclaim=True, on_leak=self._missed, sleep=world.sleep)

    async def open(self) -> None:
        """When not all can be opened: say so, and go on with those that can be had when they are asked for."""
        try:
            await self.pool.open()
        except PoolError:
            self.pool = self._made(self.pool.maximum)
            self.adjust(self.pool.maximum)
            self.pool.minimum = 0
            await self.pool.open()
            raise

    async def borrow(self) -> Loan:
        lease = await self.pool.acquire()
        return Loan(lease.connection, lease)

    async def give_back(self, loan: Loan) -> None:
        if loan.lease is not None:
            await loan.lease.release()

    def adjust(self, size: int) -> None:
        settings, pool = self._settings, self.pool
        pool.minimum = settings.whole("min_size")
        pool.acquire_timeout_s = None if settings.flag("borrow_forever") else settings.number("acquire_timeout_s")
        pool.leak_after_s = settings.number("leak_after_s") or None
        pool.care.max_lifetime_s = settings.number("max_lifetime_s") or None
        if pool.maximum != size:
            pool.maximum = size

    async def close(self) -> None:
        await self.pool.close(drain_s=0.0)

    @property
    def size(self) -> int:
        return self.pool.maximum

    @property
    def out(self) -> int:
        return self.pool.leased

    @property
    def waiting(self) -> int:
        return self.pool.waiting

    def _missed(self, lease: Lease[DatabaseConnection]) -> None:
        if self.pool.counts.leaks > TOLD_LEAKS:
            return
        number, held_s = lease.connection.number, self._world.now_s() - lease.taken_s
        self._world.mark("fault", "pool", f"connection {number} has been out for {held_s:.1f} s: reported and revoked", "leak")


class NaivePool(LabPool):
    """The pool of `labs.patterns.naive_connection_pool`; its size is that of its start."""

    def __init__(self, world: World, database: Database, settings: Settings, size: int) -> None:
        self._world = world
        self._settings = settings
        self.pool = NaiveConnectionPool(database.connect, _close, size)
        self._opened = self._waiting = 0

    async def open(self) -> None:
        await self.pool.open()

    async def borrow(self) -> Loan:
        self._waiting += 1
        try:
            if self._settings.flag("borrow_forever"):
                return Loan(await self.pool.borrow())
            timeout_s = self._settings.number("acquire_timeout_s")
            return Loan(await call_within(timeout_s, self.pool.borrow(), self._world.timeout))
        finally:
            self._waiting -= 1

    async def give_back(self, loan: Loan) -> None:
        self.pool.give_back(loan.connection)

    def adjust(self, size: int) -> None:
        """It was built with its size, and has nothing else to turn."""

    async def close(self) -> None:
        await self.pool.close()

    @property
    def size(self) -> int:
        return self.pool.size

    @property
    def out(self) -> int:
        return max(0, self.pool.size - self.pool.idle)

    @property
    def waiting(self) -> int:
        return self._waiting
