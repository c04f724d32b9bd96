"""What goes wrong with the service: the scheduled outage and the chaos buttons."""

from labs.experiments.decorator_order.instruments import Instruments
from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, RemoteService, ServicePlan, World

ILL = 0.2
SAID = {"slow": "is slowed down", "break": "breaks", "heal": "is healed", "restart": "is restarted, its queue is gone"}


class FaultyService:
    """The service and how it behaves at this instant."""

    def __init__(self, world: World, settings: Settings, instruments: Instruments) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self._slowed = self._broken = self._scheduled = False
        plan = ServicePlan(settings.whole("slots"), settings.whole("queue_limit"), settings.number("service_mean_s"))
        self.service: RemoteService = world.service("service", plan, self._behaviour())

    @property
    def condition(self) -> str:
        """The status of its node."""
        behaviour = self.service.behaviour
        if behaviour.failure_rate >= ILL:
            return "failing"
        if behaviour.slowdown > 1.0:
            return "slow"
        return "crowded" if self.service.queued > self.service.plan.slots * 10 else "healthy"

    def schedule(self) -> None:
        if self._settings.choice("outage") != "none":
            self._world.spawn(self._outage())

    async def _outage(self) -> None:
        await self._world.sleep(self._settings.number("outage_start_s"))
        self._scheduled = True
        self._misbehave("outage begins")
        await self._world.sleep(self._settings.number("outage_s"))
        if self._scheduled:
            self._scheduled = False
            self._misbehave("outage ends")

    def do(self, action: str) -> None:
        """A chaos button: slow, break, heal or restart."""
        if action == "heal":
            self._slowed = self._broken = self._scheduled = False
        elif action == "restart":
            self.service.behaviour = Behaviour(reachable=False)
        else:
            self._slowed = self._slowed or action == "slow"
            self._broken = self._broken or action == "break"
        self._misbehave(f"the service {SAID[action]}")

    def adjust(self) -> None:
        """Behave as the knobs say now."""
        plan, mean_s = self.service.plan, self._settings.number("service_mean_s")
        if plan.mean_s != mean_s:
            self.service.plan = ServicePlan(plan.slots, plan.queue_limit, mean_s)
        self.service.behaviour = self._behaviour()

    def _misbehave(self, text: str) -> None:
        self.adjust()
        ill = self._slowed or self._broken or self._scheduled
        self._instruments.trouble(ill)
        self._world.mark("fault", "service", text, self.condition)

    def _behaviour(self) -> Behaviour:
        number, kind = self._settings.number, self._settings.choice("outage")
        slow = self._slowed or (self._scheduled and kind in ("slow", "both"))
        erring = self._broken or (self._scheduled and kind in ("errors", "both"))
        failure_rate = number("failure_rate")
        return Behaviour(
            failure_rate=max(failure_rate, number("outage_failure_rate")) if erring else failure_rate,
            slow_rate=number("slow_rate"),
            slow_s=number("slow_s"),
            slowdown=number("outage_slowdown") if slow else 1.0,
            notices_hang_up=self._settings.flag("notices_hang_up"),
        )
