"""The servers of one arm: their services, what happens to them, and what the balancers are told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from labs.experiments.events import Member
from labs.experiments.load_balancer.knobs import SPARES
from labs.experiments.load_balancer.machines import means_s, names, weights
from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, RemoteService, ServicePlan, World
from labs.patterns.balancing import Balancer, Server

HIT = 1
"""The scheduled incident strikes the second server, or the only one."""


@dataclass(slots=True)
class Machine:
    """One server: what is true of it, and what the balancers know."""

    number: int
    name: str
    service: RemoteService
    weight: float
    exists: bool = True
    alive: bool = True
    slow: bool = False
    pooled: bool = False
    """A member of the balancers' pools."""
    seen_alive: bool = True
    """As the health check has found it last."""
    active: int = 0
    """Requests that it has, of all balancers."""

    @property
    def status(self) -> str:
        if not self.alive:
            return "dead"
        return "out" if not self.pooled else "slow" if self.slow else "ready"


class Fleet:
    """The machines; the first of them are in the balancers' pools already. `changed` hears of each that has changed."""

    def __init__(
        self, world: World, settings: Settings, balancers: Sequence[Balancer], changed: Callable[[Machine], None]
    ) -> None:
        self._world, self._settings, self._balancers, self._changed = world, settings, balancers, changed
        servers = settings.whole("servers")
        self.machines = [self._machine(number, name, exists=number < servers) for number, name in enumerate(names(servers))]
        self.by_name = {machine.name: machine for machine in self.machines}
        for machine in self.existing:
            machine.pooled = True
            changed(machine)

    def _machine(self, number: int, name: str, exists: bool) -> Machine:
        service = self._world.service(name, self._plan(number), Behaviour(reachable=exists))
        return Machine(number, name, service, weights(self._settings)[number], exists=exists)

    def _plan(self, number: int) -> ServicePlan:
        return ServicePlan(1, None, means_s(self._settings)[number], self._settings.number("service_cv"))

    @property
    def existing(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.exists]

    def members(self) -> tuple[Member, ...]:
        """As they are drawn."""
        return tuple(
            Member(machine.name, machine.status, min(1, machine.active), max(0, machine.active - 1))
            for machine in self.existing
        )

    # Scheduled things

    def schedule(self) -> None:
        """Begin the incident in time, and take servers out as often as the knob says."""
        if self._settings.choice("incident") != "none":
            self._world.spawn(self._incident())
        self._world.spawn(self._churn(self._world.rng("churn")))

    async def _incident(self) -> None:
        machine = self.machines[min(HIT, self._settings.whole("servers") - 1)]
        await self._world.sleep(self._settings.number("incident_start_s"))
        self.do(self._settings.choice("incident"), machine.name)
        await self._world.sleep(self._settings.number("incident_s"))
        self.do("restore", machine.name)

    async def _churn(self, rng: Random) -> None:
        """A Poisson process: the knob's rate may change, also from and to 0, without a new draw."""
        while True:
            left = rng.expovariate(1.0)
            while left > 0.0:
                step_s = 0.25
                left -= self._settings.number("churn_per_min") / 60.0 * step_s
                await self._world.sleep(step_s)
            self._take_out(rng.random())

    def _take_out(self, draw: float) -> None:
        pooled = [machine for machine in self.existing if machine.pooled]
        if len(pooled) > 1:
            machine = pooled[int(draw * len(pooled))]
            self._dismiss(machine)
            self._say(machine, "taken out")
            self._world.spawn(self._come_back(machine))

    async def _come_back(self, machine: Machine) -> None:
        await self._world.sleep(self._settings.number("out_s"))
        if not machine.pooled:
            self._admit(machine)
            self._say(machine, "back in the pool")

    # Chaos buttons

    def do(self, action: str, target: str) -> None:
        """kill, slow or restore a server, or add a spare one; what makes no sense now is a note."""
        if action == "add":
            self._add()
            return
        machine = self.by_name[target]
        doings = {"kill": self._kill, "slow": self._slow, "restore": self._restore}
        refusal = f"{target} is not there" if not machine.exists else doings[action](machine)
        if refusal:
            self._world.mark("note", target, refusal)
        else:
            self._changed(machine)

    def _kill(self, machine: Machine) -> str:
        if not machine.alive:
            return f"{machine.name} is dead already"
        machine.alive = False
        self._behave(machine)
        self._say(machine, "died")
        self._world.spawn(self._notice(machine))
        return ""

    def _slow(self, machine: Machine) -> str:
        if machine.slow:
            return f"{machine.name} is slow already"
        machine.slow = True
        self._behave(machine)
        self._say(machine, f"takes {self._settings.number('slowdown'):g} times as long")
        return ""

    def _restore(self, machine: Machine) -> str:
        if machine.alive and not machine.slow:
            return f"{machine.name} is well already"
        died, machine.alive, machine.slow = not machine.alive, True, False
        self._behave(machine)
        self._say(machine, "is well again")
        if died:
            self._world.spawn(self._notice(machine))
        return ""

    def _add(self) -> None:
        spare = next((machine for machine in self.machines if not machine.exists), None)
        if spare is None:
            self._world.mark("note", "servers", f"no more than {SPARES} servers can be added")
            return
        spare.exists = True
        self._behave(spare)
        self._world.mark("scale", spare.name, f"{spare.name} starts", str(len(self.existing)))
        self._world.spawn(self._start_up(spare))

    async def _start_up(self, machine: Machine) -> None:
        """It gets requests once the health check has found it well."""
        await self._world.sleep(self._settings.number("detection_s"))
        self._admit(machine)
        self._say(machine, "is in the pool")

    # What the balancers are told

    async def _notice(self, machine: Machine) -> None:
        """The health check finds out how it is, a while after that has changed."""
        await self._world.sleep(self._settings.number("detection_s"))
        if machine.seen_alive is machine.alive:
            return
        machine.seen_alive = machine.alive
        if machine.pooled:
            self._tell_health(machine)
        self._say(machine, "is picked again" if machine.alive else "is no longer picked")
        self._changed(machine)

    def _tell_health(self, machine: Machine) -> None:
        for balancer in self._balancers:
            balancer.set_health(machine.name, machine.seen_alive)

    def _admit(self, machine: Machine) -> None:
        machine.pooled = True
        for balancer in self._balancers:
            balancer.add(Server(machine.name, machine.weight))
        if not machine.seen_alive:
            self._tell_health(machine)
        self._changed(machine)

    def _dismiss(self, machine: Machine) -> None:
        machine.pooled = False
        for balancer in self._balancers:
            balancer.remove(machine.name)
        self._changed(machine)

    # Knobs

    def adjust(self, knob: str) -> None:
        """A knob was turned: new plans, behaviours or weights where it concerns them."""
        if knob in ("service_mean_s", "service_cv", "speed_spread"):
            for machine in self.machines:
                machine.service.plan = self._plan(machine.number)
        if knob == "slowdown":
            for machine in self.existing:
                self._behave(machine)
        if knob in ("weights", "speed_spread"):
            self._reweigh()

    def _reweigh(self) -> None:
        for machine, weight in zip(self.machines, weights(self._settings), strict=True):
            machine.weight = weight
            if machine.pooled:
                for balancer in self._balancers:
                    balancer.reweigh(machine.name, weight)

    def _behave(self, machine: Machine) -> None:
        machine.service.behaviour = replace(
            machine.service.behaviour,
            reachable=machine.alive and machine.exists,
            slowdown=self._settings.number("slowdown") if machine.slow else 1.0,
        )

    def _say(self, machine: Machine, text: str) -> None:
        self._world.mark("fault", machine.name, f"{machine.name} {text}", machine.status)
