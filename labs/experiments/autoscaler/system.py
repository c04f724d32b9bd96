"""The autoscaler lab at work: users, a balancer, instances that come and go, a database, and the loop that decides."""

from collections.abc import Mapping

from labs.experiments.autoscaler.cloud import SimulatedCloud
from labs.experiments.autoscaler.curves import load_curve
from labs.experiments.autoscaler.database import Database
from labs.experiments.autoscaler.fleet import Fleet, Instance
from labs.experiments.autoscaler.instruments import Instruments
from labs.experiments.autoscaler.policies import scaler_for, turn
from labs.experiments.autoscaler.sensors import LOOKS_EVERY_S, Sensors
from labs.experiments.callers import Callers
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import OK, Request, World
from labs.measurement.recorder import Outcomes
from labs.patterns.scaling import Autoscaler

SURGE = 3.0
SLOW_S = 1.0
SPANS_EVERY_S = 30.0


class AutoscalerSystem(System):
    """One arm; its name says which scaler decides."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = settings = Settings(parameters)
        self.callers = Callers(world, SLOW_S)
        self.instruments = Instruments(world, settings)
        self.work, self.queries = world.recorder.outcomes(), world.recorder.outcomes()
        self.database = Database(world, settings)
        self.fleet = Fleet(world, settings, self._changed)
        self.cloud = SimulatedCloud(world, settings, self.fleet)
        self.sensors = Sensors(world, settings, self.fleet, lambda: self.world.requests)
        self.surge = 1.0
        self._next_span_s = 0.0
        self.arrivals = world.arrivals("arrivals", load_curve(settings), self._serve)
        self.autoscaler = Autoscaler(
            scaler_for(arm, settings),
            self.sensors,
            self.cloud,
            minimum=settings.whole("min_instances"),
            maximum=settings.whole("max_instances"),
            interval_s=settings.number("interval_s"),
            ceiling=self._bearable,
            on_decision=self.instruments.decided,
            on_error=self.instruments.failed,
            clock=world.now_s,
            sleep=world.sleep,
        )
        self.fleet.open()

    async def run(self) -> None:
        self.world.spawn(self.sensors.run())
        self.world.spawn(self.autoscaler.run())
        self.world.spawn(self._watch())
        await self.arrivals.run()

    async def _watch(self) -> None:
        """Compare load and capacity as often as the sensors look."""
        while True:
            fleet = self.fleet
            self.instruments.load_is(self.arrivals.rate_rps, self.capacity_rps, fleet.ready)
            await self.world.sleep(LOOKS_EVERY_S)

    @property
    def capacity_rps(self) -> float:
        """The sum of what the serving instances can do."""
        return self.fleet.ready * self.settings.whole("slots") / self.settings.number("work_s")

    def _bearable(self) -> int | None:
        """The largest fleet whose connections the database bears, if somebody asks."""
        if not self.settings.flag("guard_downstream"):
            return None
        return self.settings.whole("database_connections") // self.settings.whole("connections_per_instance")

    def _changed(self) -> None:
        """Instances have come or gone."""
        self.instruments.counted(self.fleet)
        self.database.adjust(sum(instance.status != "booting" for instance in self.fleet.instances))

    # A request's way

    async def _serve(self, request: Request) -> None:
        callers, fleet = self.callers, self.fleet
        began_s = callers.began()
        instance = fleet.least_loaded()
        if instance is None:
            callers.ended(began_s, "rejected")
            return
        fleet.sent(instance)
        outcome = await self._answered(request, instance)
        fleet.answered(instance)
        callers.ended(began_s, outcome)
        if outcome != "rejected":
            self.sensors.took(self.world.now_s() - began_s)
        if request.traced and began_s >= self._next_span_s:
            self._next_span_s = began_s + SPANS_EVERY_S
            self.world.span(request, "request", began_s, outcome)

    async def _answered(self, request: Request, instance: Instance) -> str:
        """The instance's own work, then its query; the processor is free while the query is under way."""
        try:
            status = await instance.service.call(request)
        except ConnectionError:
            self.work.failed += 1
            self.instruments.dropped.bin += 1
            return "failed"
        if status != OK:
            self.work.rejected += 1
            return "rejected"
        self.work.ok += 1
        status = await self.database.query(request)
        _count(self.queries, status == OK)
        if instance.status == "gone":
            self.instruments.dropped.bin += 1
            return "failed"
        return "ok" if status == OK else "failed"

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        self.arrivals.rate = load_curve(self.settings, self.surge)
        self.fleet.adjust()
        self._changed()
        loop, settings = self.autoscaler, self.settings
        loop.minimum, loop.maximum = settings.whole("min_instances"), settings.whole("max_instances")
        loop.interval_s = settings.number("interval_s")
        turn(loop.scaler, settings)

    def do(self, action: str, target: str) -> None:
        if action == "kill":
            self._kill(target)
        elif action in ("surge", "calm"):
            self.surge = SURGE if action == "surge" else 1.0
            self.arrivals.rate = load_curve(self.settings, self.surge)
            self.world.mark("fault", "client", "three times the load" if action == "surge" else "the load is as planned")
        elif action in ("slow-database", "heal-database"):
            self.database.slowed = action == "slow-database"
            self._changed()
            self.world.mark("fault", "database", "slowed down" if self.database.slowed else "up to speed")
        else:
            self.cloud.down = action == "cloud-outage"
            self.world.mark("fault", "autoscaler", "the cloud's API is away" if self.cloud.down else "the cloud's API is back")

    def _kill(self, target: str) -> None:
        if self.fleet.kill(target):
            self.world.mark("fault", "fleet", f"{target} killed", "killed")
        else:
            self.world.mark("note", "fleet", f"there is no {target} at this time")

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        self.instruments.bin_ended(self.fleet)
        seen, fleet, hour = self.callers.values(), self.fleet, self.settings.number("price_per_hour")
        return {
            "load_rps": self.arrivals.rate_rps,
            "capacity_rps": self.capacity_rps,
            "serving": fleet.ready,
            "wanted": self.wanted,
            "booting": fleet.booting,
            "flaps": self.instruments.undone,
            "goodput_rps": seen["goodput_rps"],
            "error_share": seen["error_share"],
            "p50_s": seen["p50_s"],
            "p95_s": seen["p95_s"],
            "cost_per_hour": self.instruments.running.last * hour,
            "connections_share": self.database.connections / self.settings.whole("database_connections"),
            "database_slowdown": self.database.service.behaviour.slowdown,
        }

    @property
    def wanted(self) -> int:
        """What the last order said; at first what was there."""
        return self.instruments.wanted or self.fleet.wanted

    def flows(self) -> Mapping[str, Flow]:
        orders = Flow(ok=int(self.instruments.ordered.last), rejected=int(self.instruments.retired.last))
        return {"request": self.callers.flow(), "work": _flow(self.work), "query": _flow(self.queries), "order": orders}

    def nodes(self) -> Mapping[str, NodeState]:
        fleet, database = self.fleet, self.database.service
        members = tuple(instance.member() for instance in fleet.instances)
        busy, queued = sum(one.busy for one in members), sum(one.queued for one in members)
        state = "down" if not fleet.ready else "saturated" if queued > 2 * fleet.ready else "serving"
        turned_away = _flow(self.work).rejected
        return {
            "client": NodeState("waiting" if turned_away else "calm", self.callers.waiting),
            "balancer": NodeState("limited" if turned_away else "calm"),
            "fleet": NodeState(state, busy, queued, members),
            "database": NodeState(self.database.condition, database.busy, database.queued),
            "autoscaler": NodeState(self._mood()),
        }

    def _mood(self) -> str:
        if self.cloud.down:
            return "failing"
        if self.fleet.booting:
            return "scaling out"
        return "scaling in" if any(one.status == "draining" for one in self.fleet.instances) else "watching"

    def metrics(self) -> Metrics:
        seen = self.callers.metrics()
        return {name: seen[name] for name in SHOWN} | dict(self.instruments.metrics(self.fleet))


SHOWN = ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "mean_s", "p50_s", "p95_s", "p99_s")


def _count(outcomes: Outcomes, good: bool) -> None:
    if good:
        outcomes.ok += 1
    else:
        outcomes.failed += 1


def _flow(outcomes: Outcomes) -> Flow:
    return Flow(*outcomes.last)
