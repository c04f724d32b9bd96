"""The database in virtual time: cores shared out among the queries, a limit on connections, and what a restart does.

With n queries on c cores each of them goes at full speed while n <= c. Beyond that the cores are shared out evenly, and each
query too many costs all of them something for switching, locks and cache misses: each then goes at
c / n / (1 + contention · (n - c)) of the speed, as in Gunther's Universal Scalability Law without its quadratic term.
"""

import asyncio
from heapq import heappop, heappush

from labs.experiments.connection_pool.database import Database, DatabaseConnection, DatabasePlan, QueryFailed
from labs.experiments.world import World

DONE = 1e-12
GONE = "the server closed the connection"
ABORTED = "the transaction is aborted: everything is ignored until it is rolled back"


class Cores:
    """Processor sharing. Work is read off a clock that goes as fast as each query does: one ends when it shows its mark."""

    def __init__(self, world: World, cores: int, contention: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._now_s = world.now_s
        self._cores, self._contention = cores, contention
        self._at_work: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0
        self._shown_s = self._read_at_s = 0.0
        self._speed = 1.0
        self._timer: asyncio.TimerHandle | None = None
        self._first: tuple[float, int, asyncio.Future[None]] | None = None

    @property
    def active(self) -> int:
        return len(self._at_work)

    def share(self, cores: int, contention: float) -> None:
        self._read()
        self._cores, self._contention = cores, contention
        self._go_on()

    async def work(self, work_s: float) -> None:
        self._read()
        self._number += 1
        done: asyncio.Future[None] = self._loop.create_future()
        entry = (self._shown_s + work_s, self._number, done)
        heappush(self._at_work, entry)
        self._go_on()
        try:
            await done
        except asyncio.CancelledError:
            self._take_out(done)
            raise

    def end_all(self, error: Exception) -> None:
        """Whatever is at work fails now."""
        self._read()
        ended, self._at_work = self._at_work, []
        for _mark_s, _number, done in ended:
            if not done.done():
                done.set_exception(error)
        self._go_on()

    def _take_out(self, done: "asyncio.Future[None]") -> None:
        self._read()
        left = [entry for entry in self._at_work if entry[2] is not done]
        if len(left) < len(self._at_work):
            self._at_work = sorted(left)  # a sorted list is a heap
            self._go_on()

    def _read(self) -> None:
        now_s = self._now_s()
        self._shown_s += (now_s - self._read_at_s) * self._speed
        self._read_at_s = now_s

    def _go_on(self) -> None:
        """At the speed of now, to the next mark."""
        active, cores, timer = len(self._at_work), self._cores, self._timer
        speed = 1.0 if active <= cores else cores / active / (1.0 + self._contention * (active - cores))
        first = self._at_work[0] if active else None
        if timer is not None and first is self._first and speed == self._speed:
            return
        self._speed, self._first, self._timer = speed, first, None
        if timer is not None:
            timer.cancel()
        if first is not None:
            self._timer = self._loop.call_later(max(0.0, (first[0] - self._shown_s) / speed), self._reached)

    def _reached(self) -> None:
        self._timer = None
        self._read()
        first_s = self._at_work[0][0]
        while self._at_work and self._at_work[0][0] <= first_s + DONE:
            done = heappop(self._at_work)[2]
            if not done.done():
                done.set_result(None)
        self._shown_s = max(self._shown_s, first_s)
        self._go_on()


class SimulatedDatabase(Database):
    """Make it while its virtual loop runs."""

    def __init__(self, world: World, plan: DatabasePlan) -> None:
        super().__init__()
        self.plan = plan
        self.cores = Cores(world, plan.cores, plan.contention)
        self._sleep = world.sleep
        self._taken: set[SimulatedConnection] = set()
        self._welcoming = 0

    @property
    def connections(self) -> int:
        return len(self._taken)

    @property
    def active(self) -> int:
        return self.cores.active

    async def connect(self) -> DatabaseConnection:
        if len(self._taken) + self._welcoming >= self.plan.max_connections:
            raise ConnectionRefusedError("sorry, too many clients already")
        self._welcoming += 1
        try:
            await self._sleep(self.plan.connect_s)
        finally:
            self._welcoming -= 1
        connection = SimulatedConnection(self, self.free_number())
        self._taken.add(connection)
        self.held[connection.number] = connection
        return connection

    def restart(self) -> None:
        self._taken.clear()
        self.cores.end_all(QueryFailed(GONE))

    def adjust(self, plan: DatabasePlan) -> None:
        self.plan = plan
        self.cores.share(plan.cores, plan.contention)

    def knows(self, connection: "SimulatedConnection") -> bool:
        return connection in self._taken

    def end(self, connection: "SimulatedConnection") -> None:
        self._taken.discard(connection)
        self.held.pop(connection.number, None)


class SimulatedConnection(DatabaseConnection):
    """A connection that carries one query at a time: a second borrower's waits for the first one's."""

    def __init__(self, database: SimulatedDatabase, number: int) -> None:
        super().__init__(number)
        self._database = database
        self._aborted = False
        self._turn = asyncio.Lock()

    @property
    def alive(self) -> bool:
        return self._database.knows(self)

    async def query(self, work_s: float) -> None:
        async with self._turn:
            self._check()
            if self._aborted:
                raise QueryFailed(ABORTED)
            await self._database.cores.work(work_s)

    async def abort(self) -> None:
        self._check()
        self._aborted = True

    async def ping(self) -> bool:
        return self.alive

    async def reset(self) -> None:
        self._check()
        self._aborted = False

    async def close(self) -> None:
        self._database.end(self)

    def _check(self) -> None:
        if not self.alive:
            raise QueryFailed(GONE)
