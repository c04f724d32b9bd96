"""The pool lab's database on a real PostgreSQL: one arm's private server, with queries that take their time there.

A query is `pg_sleep` for the work that was drawn: it keeps its connection busy at the server and leaves the cores alone. How
many connections there are and how many of them work is what `pg_stat_activity` says. The limit on connections is the
server's own, set for the role that the borrowers log in with, so that it can be turned while the run plays.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from labs.experiments.connection_pool.database import Database, DatabaseConnection, DatabasePlan, QueryFailed
from labs.experiments.world import World
from labs.live.servers import PrivateServer, private_postgresql

LOOK_EVERY_S = 0.2
CONNECT_TIMEOUT_S = 5
ROLE = "borrower"
ACTIVITY = "SELECT pid, state = 'active' FROM pg_stat_activity WHERE usename = %s"
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"


class LiveDatabase(Database):
    """`open` starts the server, `close` ends it and removes its data. What is seen of it is at most 0.2 s old."""

    def __init__(self, world: World, plan: DatabasePlan, on_failure: Callable[[Exception], None]) -> None:
        super().__init__()
        self.plan = plan
        self._world = world
        self._on_failure = on_failure
        self._server: PrivateServer = private_postgresql()
        self._orders = asyncio.Lock()
        self._admin: AsyncConnection[Any] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._login = ""
        self._seen: dict[int, bool] = {}

    @property
    def connections(self) -> int:
        return len(self._seen)

    @property
    def active(self) -> int:
        return sum(self._seen.values())

    async def open(self) -> None:
        url = await self._server.start()
        try:
            self._admin = await AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
            password = secrets.token_hex(16)
            await self._admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT {}").format(
                    sql.Identifier(ROLE), sql.Literal(password), sql.Literal(self.plan.max_connections)
                )
            )
        except psycopg.Error as failure:
            raise ConnectionError(f"the private PostgreSQL did not take its first orders: {failure}") from failure
        self._login = make_conninfo(url, user=ROLE, password=password, application_name=self._world.arm)
        self._watch = asyncio.create_task(self._look())
        self._watch.add_done_callback(self._answered)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait((self._watch,))
        for connection in list(self.held.values()):
            await connection.close()
        if self._admin is not None:
            await self._admin.close()
        await self._server.stop()

    async def connect(self) -> DatabaseConnection:
        try:
            wire = await AsyncConnection.connect(self._login, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
        except psycopg.Error as refused:
            raise ConnectionRefusedError(str(refused).strip().splitlines()[-1]) from refused
        connection = LiveConnection(self, self.free_number(), wire)
        self.held[connection.number] = connection
        self._seen[wire.info.backend_pid] = False
        return connection

    def restart(self) -> None:
        """Every backend is ended, as a fast restart does to its clients; the server itself stays up."""
        self._order(END_ALL, (ROLE,))

    def adjust(self, plan: DatabasePlan) -> None:
        """The limit; cores and contention are the model's."""
        if plan.max_connections != self.plan.max_connections:
            change = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
            self._order(change.format(sql.Identifier(ROLE), sql.Literal(plan.max_connections)))
        self.plan = plan

    def knows(self, pid: int) -> bool:
        return pid in self._seen

    def _order(self, statement: "str | sql.Composed", values: tuple[Any, ...] = ()) -> None:
        self._world.spawn(self._ask(statement, values)).add_done_callback(self._answered)

    async def _ask(self, statement: "str | sql.Composed", values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        assert self._admin is not None, "the database is not open yet"
        async with self._orders:
            cursor = await self._admin.execute(statement, values)
            return await cursor.fetchall() if cursor.description else []

    async def _look(self) -> None:
        """What the server says, again and again."""
        while True:
            self._seen = {pid: bool(active) for pid, active in await self._ask(ACTIVITY, (ROLE,))}
            await asyncio.sleep(LOOK_EVERY_S)

    def _answered(self, task: "asyncio.Future[Any]") -> None:
        """Whoever asks a server that has died says so: it need not be the watch that comes upon it."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, psycopg.Error):
            reason = next(iter(str(error).splitlines()), "it said nothing")
            error = ConnectionError(f"the private PostgreSQL no longer answers: {reason}")
        if isinstance(error, Exception):
            self._on_failure(error)


class LiveConnection(DatabaseConnection):
    """A psycopg connection in autocommit: a transaction is open only where a borrower has left one open."""

    def __init__(self, database: LiveDatabase, number: int, wire: AsyncConnection[Any]) -> None:
        super().__init__(number)
        self._database = database
        self._wire = wire
        self._pid = wire.info.backend_pid

    @property
    def alive(self) -> bool:
        return not self._wire.closed and self._database.knows(self._pid)

    async def query(self, work_s: float) -> None:
        await self._run("SELECT pg_sleep(%s)", (work_s,))

    async def abort(self) -> None:
        await self._run("BEGIN")
        with suppress(QueryFailed):
            await self._run("SELECT 1 / 0")

    async def ping(self) -> bool:
        try:
            await self._run("SELECT 1")
        except QueryFailed:
            return False
        return True

    async def reset(self) -> None:
        if self._wire.closed:
            raise QueryFailed("the server closed the connection")
        if self._wire.info.transaction_status != TransactionStatus.IDLE:
            await self._run("ROLLBACK")

    async def close(self) -> None:
        if self._database.held.get(self.number) is self:
            del self._database.held[self.number]
        await self._wire.close()

    async def _run(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        try:
            await self._wire.execute(statement, values)
        except psycopg.Error as refused:
            raise QueryFailed(str(refused)) from refused
