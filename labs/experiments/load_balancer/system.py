"""The load-balancer lab at work: callers, one or several balancers with the arm's policy, and the fleet behind them."""

from collections.abc import Mapping

from labs.experiments.callers import Callers
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.load_balancer.central import CentralQueue
from labs.experiments.load_balancer.fleet import Fleet, Machine
from labs.experiments.load_balancer.instruments import Instruments, Rows
from labs.experiments.load_balancer.keys import Keys
from labs.experiments.load_balancer.knobs import SPARES
from labs.experiments.load_balancer.machines import pool
from labs.experiments.load_balancer.policies import policy, turn
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World
from labs.patterns.balancing import Balancer, Lease, NoServerReady
from labs.patterns.consistent_hash import ConsistentHash
from labs.patterns.join_idle_queue import JoinIdleQueue

CROWD_PER_SERVER = 5
"""So many callers per server are a crowd that waits."""
KEYS_WATCHED = 500
"""So many keys, evenly chosen, are asked for their home when the pool changes."""


class BalancingSystem(System):
    """One arm. Its name is that of its policy."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world, self.settings = world, Settings(parameters)
        self.now_s = world.now_s
        self.servers = self.settings.whole("servers")
        self.callers = Callers(world)
        self.instruments = Instruments(world, self.servers + SPARES)
        self.keys = Keys(self.settings.whole("keys"), self.settings.number("key_skew"))
        self.watched = self.keys.names[:: max(1, len(self.keys.names) // KEYS_WATCHED)]
        self.central = CentralQueue(self.instruments.central)
        self.luck, self.reports = world.rng("policy"), world.rng("reports")
        self.balancers = [self._balancer(arm) for _ in range(self.settings.whole("balancers"))]
        policies = [balancer.policy for balancer in self.balancers if len(self.balancers) > 1]
        self.listeners = [listener for listener in policies if isinstance(listener, JoinIdleQueue)]
        self.listed: dict[str, JoinIdleQueue] = {}
        self.homes: dict[str, str] = {}
        self.fleet = Fleet(world, self.settings, self.balancers, self._changed)
        self.machines, self.by_name = self.fleet.machines, self.fleet.by_name
        self.instruments.servers(self.servers)
        self.arrivals = world.arrivals("arrivals", self.settings.number("rate_rps"), self._serve)

    def _balancer(self, arm: str) -> Balancer:
        chosen = policy(arm, self.settings, self.luck, self.now_s)
        return Balancer(chosen, pool(self.settings), self.now_s)

    # Traffic

    async def run(self) -> None:
        self.fleet.schedule()
        await self.arrivals.run()

    async def _serve(self, request: Request) -> None:
        self._shadow(request)
        began_s = self.callers.began()
        outcome = await self._outcome(request)
        self.callers.ended(began_s, outcome)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    async def _outcome(self, request: Request) -> str:
        """Turned away where there is nobody to send to, or where a naive policy points past the end of its list."""
        balancer, key = self.balancers[int(request.pace * len(self.balancers))], self.keys.name(request.key)
        try:
            with balancer.lease(key) as lease:
                outcome = await self._send(request, key, lease)
        except (NoServerReady, IndexError):
            return "rejected"
        self._report_if_idle(self.by_name[lease.server.name])
        return outcome

    async def _send(self, request: Request, key: str, lease: Lease) -> str:
        machine, began_s, outcome = self.by_name[lease.server.name], self.now_s(), "failed"
        machine.active += 1
        self._withdraw(machine)
        self.instruments.picked(machine, key)
        try:
            if await machine.service.call(request) < 400:
                outcome = "ok"
        except (ConnectionError, TimeoutError):
            pass
        finally:
            machine.active -= 1
            self.instruments.left(machine, self.now_s() - began_s, outcome)
        lease.failed = outcome == "failed"
        if request.traced:
            self.world.span(request, machine.name, began_s, outcome, "request")
        return outcome

    def _report_if_idle(self, machine: Machine) -> None:
        """An idle server tells one of several balancers, drawn at random, if they are of the kind that listens."""
        if machine.active == 0 and self.listeners:
            listener = self.listeners[int(self.reports.random() * len(self.listeners))]
            listener.idle(machine.name)
            self.listed[machine.name] = listener

    def _withdraw(self, machine: Machine) -> None:
        """It is not idle any longer, or has left."""
        listener = self.listed.pop(machine.name, None)
        if listener is not None:
            listener.withdraw(machine.name)

    def _shadow(self, request: Request) -> None:
        """The same request in the one queue for all, at the time at which it was due."""
        turn = self.central.next(request.at_s)
        if turn is not None:
            begun_s, number = turn
            service = self.machines[number].service
            work_s = service.plan.work_s(request.demand) * service.behaviour.slowdown
            self.central.work(request.at_s, begun_s, number, work_s)

    def _changed(self, machine: Machine) -> None:
        """Its part in the pool, or its state, is another one."""
        if machine.pooled and machine.alive:
            self.central.join(machine.number, self.now_s())
        else:
            self.central.leave(machine.number)
        self._watch_keys()
        self._withdraw(machine)
        if machine.pooled and machine.seen_alive:
            self._report_if_idle(machine)

    def _watch_keys(self) -> None:
        """How many of the keys have moved, for the policy that gives them a home."""
        ring = self.balancers[0].policy
        if not isinstance(ring, ConsistentHash) or not ring.ready:
            return
        homes = {key: ring.owner(key).name for key in self.watched}
        if self.homes and homes != self.homes:
            self.instruments.keys_moved(sum(homes[key] != self.homes[key] for key in homes) / len(homes))
        self.homes = homes

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        if knob == "key_skew":
            self.keys = Keys(self.settings.whole("keys"), float(value))
        self.fleet.adjust(knob)
        if knob in ("weights", "speed_spread"):
            self._watch_keys()
        for balancer in self.balancers:
            turn(balancer.policy, knob, self.settings)

    def do(self, action: str, target: str) -> None:
        self.fleet.do(action, target)
        self.instruments.servers(len(self.fleet.existing))

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        self.instruments.close_bin(self.machines)
        seen = self.callers.values()
        own = self.instruments.values()
        return {name: seen[name] for name in ("p50_s", "p99_s", "goodput_rps", "error_share", "waiting")} | own

    def rows(self) -> Rows:
        return self.instruments.rows(self.machines)

    def flows(self) -> Mapping[str, Flow]:
        return {"request": self.callers.flow(), "call": self.instruments.call_flow()}

    def nodes(self) -> Mapping[str, NodeState]:
        waiting, members = self.callers.waiting, self.fleet.members()
        ready = any(balancer.ready for balancer in self.balancers)
        statuses = {member.status for member in members}
        worst = next((status for status in ("dead", "slow", "out") if status in statuses), "ready")
        return {
            "client": NodeState("waiting" if waiting > CROWD_PER_SERVER * self.servers else "calm", waiting),
            "balancer": NodeState("sending" if ready else "nobody to send to"),
            "servers": NodeState(
                worst, sum(member.busy for member in members), sum(member.queued for member in members), members
            ),
        }

    def metrics(self) -> Metrics:
        seen = self.callers.metrics()
        seen.pop("timeout_rate")
        return {**seen, **self.instruments.metrics(self.machines)}

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        steady = self.settings.choice("incident") == "none" and not self.settings.number("churn_per_min")
        found = self.callers.intervals() if steady else {}
        return {name: interval for name, interval in found.items() if name != "timeout_rate"}
