"""The instances behind the balancer: each is a service of its own that boots, serves, drains and goes."""

from collections.abc import Callable

from labs.experiments.events import Member
from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, RemoteService, ServicePlan, World

IDLE_MEMORY, BUSY_MEMORY = 0.25, 0.55
"""A heap's share of the memory when nothing is done, and how much more at full load."""
GONE = Behaviour(reachable=False)


class Instance:
    """One machine. `in_flight` is the balancer's own count of what it sent there and has not got back."""

    __slots__ = ("_busy_before_s", "in_flight", "memory", "name", "number", "service", "status", "turn")

    def __init__(self, number: int, service: RemoteService, status: str) -> None:
        self.number = number
        self.name = f"instance-{number}"
        self.service = service
        self.status = status
        self.in_flight = self.turn = 0
        self.memory = IDLE_MEMORY
        self._busy_before_s = 0.0

    def breathe(self, length_s: float, keeps: bool) -> None:
        """A heap follows the load of the last `length_s` upwards, and downwards only if it gives memory back."""
        busy_s = self.service.busy_s
        load = (busy_s - self._busy_before_s) / (length_s * self.service.plan.slots)
        self._busy_before_s = busy_s
        used = IDLE_MEMORY + BUSY_MEMORY * load
        self.memory = max(self.memory, used) if keeps else used

    def member(self) -> Member:
        service = self.service
        full = self.status == "serving" and service.busy >= service.plan.slots and service.queued > service.plan.slots
        return Member(self.name, "saturated" if full else self.status, service.busy, service.queued)


class Fleet:
    """Who is there, and who gets the next request: the instance with the least in flight. `on_change` hears of each change."""

    def __init__(self, world: World, settings: Settings, on_change: Callable[[], None]) -> None:
        self._world = world
        self._settings = settings
        self._on_change = on_change
        self._gone_busy_s = 0.0
        self._sent = 0
        self.instances: list[Instance] = []
        self.serving: list[Instance] = []

    def open(self) -> None:
        """The fleet that the run begins with, warm."""
        for _ in range(self._settings.whole("min_instances")):
            self._add("serving")

    # The balancer

    def least_loaded(self) -> Instance | None:
        """None where nobody serves. Among equals the one that was not asked for longest."""
        best: Instance | None = None
        for instance in self.serving:
            if (
                best is None
                or instance.in_flight < best.in_flight
                or (instance.in_flight == best.in_flight and instance.turn < best.turn)
            ):
                best = instance
        return best

    def sent(self, instance: Instance) -> None:
        self._sent += 1
        instance.turn = self._sent
        instance.in_flight += 1

    def answered(self, instance: Instance) -> None:
        """One request less; an instance that drains goes when it has none."""
        instance.in_flight -= 1
        if instance.status == "draining" and not instance.in_flight:
            self._remove(instance)

    # Coming and going

    @property
    def ready(self) -> int:
        return len(self.serving)

    @property
    def booting(self) -> int:
        return sum(instance.status == "booting" for instance in self.instances)

    @property
    def wanted(self) -> int:
        """Those that serve or will."""
        return sum(instance.status != "draining" for instance in self.instances)

    @property
    def busy_s(self) -> float:
        """Slot-seconds of work since the run began, of instances that are gone as well."""
        return self._gone_busy_s + sum(instance.service.busy_s for instance in self.instances)

    @property
    def in_flight(self) -> int:
        return sum(instance.in_flight for instance in self.instances)

    def launch(self) -> None:
        """One more, which serves when it has booted."""
        self._world.spawn(self._boot(self._add("booting")))

    def retire(self) -> None:
        """One less: the latest that still boots, else the one with the least to finish."""
        booting = [instance for instance in self.instances if instance.status == "booting"]
        if booting:
            self._remove(booting[-1])
        elif self.serving:
            self._retire(min(reversed(self.serving), key=lambda instance: instance.in_flight))

    def kill(self, name: str) -> bool:
        """A machine dies with what it was at; False if there is none of that name."""
        victim = next((instance for instance in self.instances if instance.name == name), None)
        if victim is None:
            return False
        self._remove(victim)
        victim.service.behaviour = GONE
        return True

    def adjust(self) -> None:
        """The knobs of the instances were turned."""
        plan = self._plan()
        for instance in self.instances:
            instance.service.plan = plan

    def _retire(self, instance: Instance) -> None:
        if not self._settings.flag("drain"):
            self._remove(instance)
            instance.service.behaviour = GONE
            return
        instance.status = "draining"
        self.serving.remove(instance)
        if not instance.in_flight:
            self._remove(instance)
        self._on_change()

    async def _boot(self, instance: Instance) -> None:
        await self._world.sleep(self._settings.number("boot_s"))
        if instance.status == "booting":
            instance.status = "serving"
            self.serving.append(instance)
            self._on_change()

    def _add(self, status: str) -> Instance:
        taken = {instance.number for instance in self.instances}
        number = next(number for number in range(1, len(taken) + 2) if number not in taken)
        instance = Instance(number, self._world.service(f"instance-{number}", self._plan(), Behaviour()), status)
        self.instances.append(instance)
        self.instances.sort(key=lambda one: one.number)
        if status == "serving":
            self.serving.append(instance)
        self._on_change()
        return instance

    def _remove(self, instance: Instance) -> None:
        instance.status = "gone"
        self._gone_busy_s += instance.service.busy_s
        self.instances.remove(instance)
        if instance in self.serving:
            self.serving.remove(instance)
        self._on_change()

    def _plan(self) -> ServicePlan:
        whole, number = self._settings.whole, self._settings.number
        return ServicePlan(whole("slots"), whole("queue_limit"), number("work_s"), number("work_cv"))
