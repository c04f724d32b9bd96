"""The health lab at work: callers, a balancer with an opinion, servers as they really are, and who asks them how they are."""

from collections.abc import Mapping

from labs.experiments.callers import Callers
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, Member, NodeState, Scalar
from labs.experiments.health_and_recovery.fleet import BOOTING, DOWN, GRAY, Fleet, Server
from labs.experiments.health_and_recovery.instruments import Instruments
from labs.experiments.health_and_recovery.knobs import MAXIMUM_SERVERS
from labs.experiments.health_and_recovery.watches import watch
from labs.experiments.settings import Settings
from labs.experiments.world import UNAVAILABLE, Request, ServicePlan, World
from labs.patterns.self_healing import Supervisor

LIVENESS_INTERVAL_S = 2.0
STABLE_S = 60.0
OUTCOMES = {True: "ok", False: "failed"}


class HealthSystem(System):
    """One arm."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = Settings(parameters)
        self.timeout_s = self.settings.number("timeout_s")
        self.database_share = self.settings.number("database_share")
        self.callers = Callers(world)
        self.fleet = Fleet(world, self.settings, self._changed)
        self.instruments = Instruments(world, self.fleet.servers)
        self.watch = watch(arm, world, self.settings, self.fleet.servers, self._probe, self._believed)
        self.arrivals = world.arrivals("arrivals", self.settings.number("rate_rps"), self._serve)
        self.supervisor = self._supervisor()

    def _supervisor(self) -> Supervisor[Server]:
        return Supervisor(
            self.fleet.servers,
            self._alive,
            self._restart,
            interval_s=LIVENESS_INTERVAL_S,
            backoff_s=self.settings.number("backoff_s"),
            stable_s=STABLE_S,
            clock=self.world.now_s,
            sleep=self.world.sleep,
            time_limit=self.world.timeout,
        )

    async def run(self) -> None:
        self.watch.start()
        self.world.spawn(self.supervisor.run())
        self.fleet.schedule()
        await self.arrivals.run()

    # Traffic

    async def _serve(self, request: Request) -> None:
        began_s = self.callers.began()
        outcome = await self._outcome(request)
        self.callers.ended(began_s, outcome)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    async def _outcome(self, request: Request) -> str:
        try:
            server = self.watch.pick()
        except ZeroDivisionError:  # the naive balancer has nobody left, and says so in its own way
            return "failed"
        if server is None:
            return "rejected"
        outcome = await self._call(server, request)
        self.instruments.called(server, outcome)
        self.watch.saw(server, outcome == "ok")
        return outcome

    async def _call(self, server: Server, request: Request) -> str:
        began_s = self.world.now_s()
        try:
            async with self.world.timeout(self.timeout_s):
                status = await server.service.call(request)
        except TimeoutError:
            outcome = "timed_out"
        except ConnectionError:
            outcome = "failed"
        else:
            outcome = self._answered(request, status)
        if request.traced:
            self.world.span(request, server.name, began_s, outcome, "request")
        return outcome

    def _answered(self, request: Request, status: int) -> str:
        if status == UNAVAILABLE:
            return "rejected"
        if status >= 500:
            return "failed"
        if request.key >= self.database_share:
            return "ok"
        self.instruments.queries.count(OUTCOMES[self.fleet.database_up])
        return OUTCOMES[self.fleet.database_up]

    # Probes, opinions and facts

    async def _probe(self, server: Server) -> bool:
        outcome = "timed_out"
        try:
            good = await self.fleet.probe(server)
            outcome = OUTCOMES[good]
            return good
        except ConnectionError:
            outcome = "failed"
            raise
        finally:
            self.instruments.probed(outcome, self.settings.choice("probe_client") == "new")

    async def _alive(self, server: Server) -> bool:
        return not self.settings.flag("self_healing") or await self.fleet.is_alive(server)

    async def _restart(self, server: Server) -> None:
        self.instruments.restarted(server)
        await self.fleet.restart(server)

    def _changed(self, server: Server, before: str) -> None:
        self.instruments.fell_or_rose(server, before)
        self._count()

    def _believed(self, server: Server, inside: bool, reason: str) -> None:
        self.instruments.believed(server, inside, reason)
        self._count()

    def _count(self) -> None:
        self.instruments.counted(self.watch.candidates, self.watch.panicking)

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        self.timeout_s = self.settings.number("timeout_s")
        self.database_share = self.settings.number("database_share")
        self.watch.turn(knob, value)
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        elif knob == "backoff_s":
            self.supervisor.backoff_s = float(value)
        elif knob == "service_mean_s":
            for server in self.fleet.servers:
                plan = server.service.plan
                server.service.plan = ServicePlan(plan.slots, plan.queue_limit, float(value))
        for server in self.fleet.servers:
            self.fleet.adjust(server)
        self._count()

    def do(self, action: str, target: str) -> None:
        said = self._done(action, target)
        if said:
            self.world.mark("note", "servers", said)

    def _done(self, action: str, target: str) -> str:
        """Do it; what to say where there was nothing to do."""
        fleet, server = self.fleet, self.fleet.named(target)
        if action in ("database-down", "database-up"):
            did = fleet.fail_database() if action == "database-down" else fleet.mend_database()
            return "" if did else f"the database is {'up' if fleet.database_up else 'down'} already"
        if action in ("cut-probes", "restore-probes"):
            fleet.probes_cut = action == "cut-probes"
            self.world.mark("fault", "checker", "the checker's network is " + ("cut" if fleet.probes_cut else "back"), action)
            return ""
        if server is None:
            return f"there is no {target}"
        did = {"crash": fleet.crash, "gray": fleet.turn_gray, "mend": fleet.mend}[action](server)
        return "" if did else f"{target} is {server.condition} already"

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        seen = self.callers.values()
        chosen = {name: seen[name] for name in ("error_share", "goodput_rps", "p99_s")}
        return {**self.instruments.values(), **chosen}

    def rows(self) -> Mapping[str, tuple[float | None, ...]]:
        return {"server_error_share": self.instruments.errors_by_server(MAXIMUM_SERVERS)}

    def flows(self) -> Mapping[str, Flow]:
        return {"request": self.callers.flow(), **{edge: Flow(*last) for edge, last in self.instruments.flows().items()}}

    def nodes(self) -> Mapping[str, NodeState]:
        members = tuple(self._member(server) for server in self.fleet.servers)
        inside = self.watch.candidates
        pool = "panic" if self.watch.panicking else "empty" if not inside else "picking"
        worst = "serving" if all(member.status == "serving" for member in members) else "troubled"
        return {
            "client": NodeState(
                "waiting" if self.callers.waiting > 2 * sum(m.busy for m in members) else "calm", self.callers.waiting
            ),
            "pool": NodeState(pool, inside),
            "checker": NodeState("cut off" if self.fleet.probes_cut else "asking"),
            "servers": NodeState(worst, sum(m.busy for m in members), sum(m.queued for m in members), members),
            "database": NodeState("up" if self.fleet.database_up else "down"),
        }

    def _member(self, server: Server) -> Member:
        """What it is, and whether the balancer knows."""
        inside = self.instruments.inside(server) or self.watch.panicking
        if server.condition == BOOTING:
            status = "booting"
        elif server.condition == DOWN:
            status = "dead but asked" if inside else "dead and out"
        elif server.condition == GRAY:
            status = "gray but asked" if inside else "gray and out"
        else:
            status = "serving" if inside else "well but out"
        return Member(server.name, status, server.service.busy, server.service.queued)

    def metrics(self) -> Metrics:
        return {**self.callers.metrics(), **self.instruments.metrics()}

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return {} if self.settings.choice("schedule") != "none" else self.callers.intervals()
