"""The pool lab at work: callers, as many pools as the program has instances, and one database that all of them share."""

from collections.abc import Mapping
from dataclasses import dataclass

from labs.experiments.callers import Callers
from labs.experiments.connection_pool.database import Database, DatabaseConnection, DatabasePlan, QueryFailed
from labs.experiments.connection_pool.instruments import Instruments
from labs.experiments.connection_pool.pools import LabPool, Loan, ManagedPool, NaivePool
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, Member, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import Request, ServicePlan, World
from labs.patterns.connection_pool import PoolTimeout
from labs.patterns.pooled_connection import ConnectFailed, PoolError

SHOWN = {"throughput_rps", "goodput_rps", "error_share", "p50_s", "p99_s", "waiting"}
SLOWDOWN = 3.0
SEATS = 64
CROWD = 20


@dataclass(slots=True)
class Chances:
    """Which share of the borrowers does what wrong, as limits on a request's fate; and how heavy the queries are."""

    leaks_below: float
    aborts_below: float
    twice_below: float
    plan: ServicePlan
    slowdown: float


class PoolSystem(System):
    """One arm: pools of `size` each, or of the size that the knob says (None)."""

    def __init__(self, world: World, size: int | None, parameters: Values) -> None:
        self.world = world
        self.settings = settings = Settings(parameters)
        self._size = size
        self._slow = False
        self._leaks_next = 0
        self.callers = Callers(world)
        self.instruments = Instruments(world)
        self.database = world.backend(Database, self._plan())  # type: ignore[type-abstract]
        self.pools = [self._pool() for _ in range(settings.whole("instances"))]
        self.arrivals = world.arrivals("arrivals", settings.number("rate_rps"), self._serve)
        self._surging = False
        self._kept: list[Loan] = []
        self._count_places()
        self._chances = self._new_chances()

    @property
    def size(self) -> int:
        """Of each instance's pool."""
        return self._size if self._size is not None else self.settings.whole("pool_size")

    def _plan(self) -> DatabasePlan:
        number, whole = self.settings.number, self.settings.whole
        return DatabasePlan(whole("db_cores"), number("contention"), whole("max_connections"), number("connect_s"))

    def _pool(self) -> LabPool:
        kind = NaivePool if self.settings.choice("pool") == "naive" else ManagedPool
        return kind(self.world, self.database, self.settings, self.size)

    def _new_chances(self) -> Chances:
        """What each request asks for."""
        number = self.settings.number
        leaks, aborts, twice = number("leak_rate"), number("abort_rate"), number("return_twice_rate")
        plan = ServicePlan(1, None, number("query_mean_s"), number("query_cv"))
        return Chances(leaks, leaks + aborts, leaks + aborts + twice, plan, SLOWDOWN if self._slow else 1.0)

    # Traffic

    async def run(self) -> None:
        for pool in self.pools:
            self.world.spawn(self._open(pool))
        if self.settings.number("surge_s") > 0.0 and self.settings.number("surge") > 1.0:
            self.world.spawn(self._scheduled_surge())
        await self.arrivals.run()

    async def _open(self, pool: LabPool) -> None:
        """A managed pool whose start fails opens what it can when it is asked; with the naive one the instance is down."""
        try:
            await pool.open()
        except (PoolError, OSError) as error:
            self.instruments.refused.bin += 1
            pool.down = isinstance(pool, NaivePool)
            self.world.mark("fault", "database", f"a pool could not be opened: {error}", "full")

    async def _scheduled_surge(self) -> None:
        await self.world.sleep(self.settings.number("surge_start_s"))
        self._set_surging(True)
        await self.world.sleep(self.settings.number("surge_s"))
        self._set_surging(False)

    def _set_surging(self, surging: bool) -> None:
        self._surging = surging
        self._set_rate()
        self.world.mark("fault", "client", f"the surge {'begins' if surging else 'ends'}", "surge" if surging else "calm")

    def _set_rate(self) -> None:
        factor = self.settings.number("surge") if self._surging else 1.0
        self.arrivals.rate_rps = self.settings.number("rate_rps") * factor

    async def _serve(self, request: Request) -> None:
        began_s = self.callers.began()
        outcome = await self._outcome(request, self.pools[int(request.key * len(self.pools))])
        self.callers.ended(began_s, outcome)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    async def _outcome(self, request: Request, pool: LabPool) -> str:
        asked_s, instruments = self.world.now_s(), self.instruments
        if pool.down:
            return "failed"
        instruments.waiting.add(1)
        try:
            loan = await pool.borrow()
        except (PoolTimeout, TimeoutError):
            instruments.gave_up(self.world.now_s() - asked_s)
            return "timed_out"
        except PoolError as error:
            instruments.refused.bin += isinstance(error, ConnectFailed)
            return "failed"
        finally:
            instruments.waiting.add(-1)
        instruments.borrowed(self.world.now_s() - asked_s)
        return await self._use(request, pool, loan)

    async def _use(self, request: Request, pool: LabPool, loan: Loan) -> str:
        """The query, and what the borrower does with the connection afterwards."""
        connection, chances, instruments = loan.connection, self._chances, self.instruments
        instruments.shared.bin += connection.holders > 0
        connection.holders += 1
        self._count_out()
        failed = True
        try:
            good = await self._query(connection, request, chances)
            if good and chances.leaks_below <= request.fate < chances.aborts_below:
                await connection.abort()
            else:
                failed = not good
        except QueryFailed:
            pass  # the connection is gone before its transaction could break
        finally:
            if not failed and self._leaks(request, chances):
                self._leak(loan)
            else:
                await self._give_back(request, pool, loan, chances)
        return "failed" if failed else "ok"

    async def _query(self, connection: DatabaseConnection, request: Request, chances: Chances) -> bool:
        work_s, began_s = chances.plan.work_s(request.demand) * chances.slowdown, self.world.now_s()
        failed = False
        try:
            await connection.query(work_s)
        except QueryFailed:
            failed = True
        self.instruments.queried(work_s, self.world.now_s() - began_s, failed)
        if request.traced:
            self.world.span(request, "query", began_s, "failed" if failed else "ok", "request")
        return not failed

    def _leaks(self, request: Request, chances: Chances) -> bool:
        if self._leaks_next:
            self._leaks_next -= 1
            return True
        return request.fate < chances.leaks_below

    def _leak(self, loan: Loan) -> None:
        """It is kept, and nobody remembers why."""
        loan.connection.leaked = True
        self._kept.append(loan)
        self.instruments.leaked.bin += 1

    async def _give_back(self, request: Request, pool: LabPool, loan: Loan, chances: Chances) -> None:
        loan.connection.holders -= 1
        await pool.give_back(loan)
        if chances.aborts_below <= request.fate < chances.twice_below:
            await pool.give_back(loan)
        self._count_out()

    def _count_out(self) -> None:
        self.instruments.out.set(float(sum(pool.out for pool in self.pools)))

    def _count_places(self) -> None:
        self.instruments.places.set(float(sum(pool.size for pool in self.pools)))

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob in ("rate_rps", "surge"):
            self._set_rate()
        elif knob == "instances":
            self._scale(int(value))
        elif knob in ("db_cores", "contention", "max_connections"):
            self.database.adjust(self._plan())
        self._chances = self._new_chances()
        for pool in self.pools:
            pool.adjust(self.size)
        self._count_places()

    def _scale(self, instances: int) -> None:
        """More instances open pools of their own; of fewer the last ones close theirs."""
        gone, self.pools = self.pools[instances:], self.pools[:instances]
        for pool in gone:
            self.world.spawn(pool.close())
        while len(self.pools) < instances:
            self.pools.append(self._pool())
            self.world.spawn(self._open(self.pools[-1]))
        self.world.mark("scale", "pool", f"{instances} instances", str(instances))

    def do(self, action: str, target: str) -> None:
        if action == "restart":
            self.database.restart()
            self.world.mark("fault", "database", "the database restarts: every connection is gone", "restart")
        elif action == "leak":
            self._leaks_next += 1
            self.world.mark("fault", "pool", "the next borrower keeps its connection", "kept")
        else:
            self._slow = action == "slow"
            self._chances = self._new_chances()
            self.world.mark("fault", "database", "queries take three times as long" if self._slow else "up to speed", action)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        seen = {name: value for name, value in self.callers.values().items() if name in SHOWN}
        return {**seen, **self.instruments.values(self.database.connections, self.database.active)}

    def flows(self) -> Mapping[str, Flow]:
        return {"request": self.callers.flow(), "query": self.instruments.flow()}

    def nodes(self) -> Mapping[str, NodeState]:
        waiting = sum(pool.waiting for pool in self.pools)
        cores, active = self.settings.whole("db_cores"), self.database.active
        full = self.instruments.refused.last > 0
        members = tuple(_member(connection) for _number, connection in sorted(self.database.held.items())[:SEATS])
        leaked, dead = (any(member.status == status for member in members) for status in ("leaked", "dead"))
        pool = "dead" if dead else "leaked" if leaked else "waiting" if waiting else "ready"
        return {
            "client": NodeState("waiting" if self.callers.waiting > CROWD + cores else "calm", self.callers.waiting),
            "pool": NodeState(pool, sum(one.out for one in self.pools), waiting, members),
            "database": NodeState(
                "full" if full else "saturated" if active > cores else "calm", min(active, cores), max(0, active - cores)
            ),
        }

    def metrics(self) -> Metrics:
        return {**self.callers.metrics(), **self.instruments.metrics()}

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        steady = self.settings.number("surge") == 1.0 or self.settings.number("surge_s") == 0.0
        return self.callers.intervals() if steady else {}


def _member(connection: DatabaseConnection) -> Member:
    status = "leaked" if connection.leaked else "ready" if connection.alive else "dead"
    return Member(f"connection-{connection.number}", status, min(1, connection.holders), max(0, connection.holders - 1))
