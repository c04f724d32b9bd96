"""What the pool lab asks of a database: connections that carry one query at a time, and how many of them there are.

The simulated one is a model (`simulated_database`), the live one is PostgreSQL (`labs.live.database_pool`).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Self

from labs.experiments.world import Backend, World


class QueryFailed(Exception):
    """The statement was refused: the connection is gone, or its transaction is broken."""


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """`contention`: by what share each query beyond the cores slows all of them. `connect_s`: what opening one takes."""

    cores: int
    contention: float
    max_connections: int
    connect_s: float


class DatabaseConnection(ABC):
    """One connection. `number` is its seat in the picture; `holders` and `leaked` are the lab's notes about its borrowers."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.holders = 0
        self.leaked = False

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether the server still knows it, as far as anybody has noticed."""

    @abstractmethod
    async def query(self, work_s: float) -> None:
        """A query that keeps a core busy for so long when there is one to spare. Raises QueryFailed."""

    @abstractmethod
    async def abort(self) -> None:
        """A transaction that fails half-way and is left open: until a rollback the server refuses whatever follows."""

    @abstractmethod
    async def ping(self) -> bool:
        """Whether it answers."""

    @abstractmethod
    async def reset(self) -> None:
        """Roll back what is open. Raises QueryFailed when it is gone."""

    @abstractmethod
    async def close(self) -> None: ...


class Database(Backend):
    """A server of one arm's own. Keeps the seats of the connections that its clients hold."""

    def __init__(self) -> None:
        self.held: dict[int, DatabaseConnection] = {}

    @classmethod
    def simulated(cls, world: World, plan: Any) -> Self:
        from labs.experiments.connection_pool.simulated_database import SimulatedDatabase

        return SimulatedDatabase(world, plan)  # type: ignore[return-value]

    @abstractmethod
    async def connect(self) -> DatabaseConnection:
        """A new connection. Raises OSError when the server refuses or cannot be reached."""

    @abstractmethod
    def restart(self) -> None:
        """All connections end at the server, without a word to their holders; new ones are taken at once."""

    @abstractmethod
    def adjust(self, plan: DatabasePlan) -> None:
        """Other cores, other contention, another limit, from now on."""

    @property
    @abstractmethod
    def connections(self) -> int:
        """Those that the server has."""

    @property
    @abstractmethod
    def active(self) -> int:
        """Queries that the server works on."""

    def free_number(self) -> int:
        """The lowest seat that nobody has."""
        number = 1
        while number in self.held:
            number += 1
        return number
