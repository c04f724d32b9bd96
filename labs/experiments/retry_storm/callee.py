"""The service at the bottom: what it can do, the outage, and the buttons that break it."""

from collections.abc import Callable
from dataclasses import replace

from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.world import Behaviour, RemoteService, ServicePlan, World

KNOBS = {"capacity_rps", "slowdown", "queue_limit", "failure_rate", "notices_hang_up"}


class Callee:
    """`on_down` is called when every connection breaks, `on_fault` when a fault begins (True) and when the last one ends."""

    def __init__(
        self, world: World, settings: RetrySettings, on_down: Callable[[], None], on_fault: Callable[[bool], None]
    ) -> None:
        self._world = world
        self._settings = settings
        self._on_down = on_down
        self._on_fault = on_fault
        self._broken = self._outage = self._faulty = False
        self.service: RemoteService = world.service("service", self._plan(), self._behaviour())

    @property
    def down(self) -> bool:
        return not self.service.behaviour.reachable

    @property
    def slow(self) -> bool:
        return self.service.behaviour.slowdown > 1.0

    def schedule(self) -> None:
        """Begin and end the outage in time, if there is one."""
        if self._settings.number("outage_s"):
            self._world.spawn(self._scheduled())

    async def _scheduled(self) -> None:
        await self._world.sleep(self._settings.number("outage_start_s"))
        self._outage = True
        self._misbehave("outage begins")
        await self._world.sleep(self._settings.number("outage_s"))
        if self._outage:
            self._outage = False
            self._misbehave("outage ends")

    def do(self, action: str) -> None:
        """break, heal or restart."""
        if action == "restart":
            self._restart()
        else:
            self._broken = action == "break"
            self._outage = self._outage and action == "break"
            self._misbehave("broken" if self._broken else "healed")

    def _restart(self) -> None:
        """Whatever is inside is lost, and the connections with it."""
        if self.down:
            self._world.mark("note", "service", "it is down: there is nothing to restart")
            return
        self.service.behaviour = replace(self.service.behaviour, reachable=False)
        self.service.behaviour = self._behaviour()
        self._world.mark("fault", "service", "restarted, its queue is lost")
        self._on_down()

    def adjust(self) -> None:
        """Work as the knobs say now."""
        self.service.plan = self._plan()
        self.service.behaviour = self._behaviour()

    def _misbehave(self, text: str) -> None:
        was_down = self.down
        self.adjust()
        faulty = self._broken or self._outage
        self._world.mark("fault", "service", text, "down" if self.down else "slow" if self.slow else "well")
        if faulty is not self._faulty:
            self._faulty = faulty
            self._on_fault(faulty)
        if self.down and not was_down:
            self._on_down()

    def _plan(self) -> ServicePlan:
        slots = self._settings.whole("slots")
        return ServicePlan(slots, self._settings.whole("queue_limit"), slots / self._settings.number("capacity_rps"))

    def _behaviour(self) -> Behaviour:
        slowed = self._outage and self._settings.choice("outage") == "slow"
        return Behaviour(
            failure_rate=self._settings.number("failure_rate"),
            reachable=not self._broken and (slowed or not self._outage),
            slowdown=self._settings.number("slowdown") if slowed else 1.0,
            notices_hang_up=self._settings.flag("notices_hang_up"),
        )
