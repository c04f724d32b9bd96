"""What goes wrong with the service, and when: the scheduled outage, the chaos buttons, and the shares that the knobs say."""

from labs.experiments.circuit_breaker.instruments import Instruments
from labs.experiments.circuit_breaker.settings import BreakerSettings
from labs.experiments.world import Behaviour, RemoteService, ServicePlan, World

ILL = 0.2
SAID = {"break": "broken", "heal": "healed", "slow": "slowed down", "unslow": "up to speed"}


class FaultyService:
    """The service and how it behaves at this instant."""

    def __init__(self, world: World, settings: BreakerSettings, instruments: Instruments) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self._broken = self._slowed = self._outage = False
        plan = ServicePlan(settings.whole("slots"), settings.whole("queue_limit"), settings.number("service_mean_s"))
        self.service: RemoteService = world.service("service", plan, self._behaviour())

    @property
    def condition(self) -> str:
        """The status of its node: healthy, slow or failing."""
        behaviour = self.service.behaviour
        if behaviour.failure_rate >= ILL:
            return "failing"
        return "slow" if behaviour.slow_rate >= ILL else "healthy"

    def schedule(self) -> None:
        """Begin and end the outage in time, if one is set."""
        if self._settings.outage != "none":
            self._world.spawn(self._scheduled_outage())

    async def _scheduled_outage(self) -> None:
        await self._world.sleep(self._settings.number("outage_start_s"))
        self._outage = True
        self._instruments.outage_began()
        self._misbehave("scheduled outage begins")
        await self._world.sleep(self._settings.number("outage_s"))
        if self._outage:
            self._end_outage()
            self._misbehave("scheduled outage ends")

    def _end_outage(self) -> None:
        self._outage = False
        self._instruments.outage_ended()

    def do(self, action: str) -> None:
        """A chaos button: break, heal, slow or unslow."""
        if action == "heal":
            self._broken = False
            if self._outage:
                self._end_outage()
        else:
            self._broken = self._broken or action == "break"
            self._slowed = action == "slow" or (self._slowed and action != "unslow")
        self._misbehave(SAID[action])

    def adjust(self) -> None:
        """Behave as the knobs say now."""
        self.service.behaviour = self._behaviour()

    def _misbehave(self, text: str) -> None:
        self.adjust()
        self._world.mark("fault", "service", text, self.condition)

    def _behaviour(self) -> Behaviour:
        number, kind = self._settings.number, self._settings.outage
        failure_rate, slow_rate = number("failure_rate"), number("slow_rate")
        if self._outage and kind in ("errors", "both"):
            failure_rate = max(failure_rate, number("outage_failure_rate"))
        if self._outage and kind in ("slow", "both"):
            slow_rate = max(slow_rate, number("outage_slow_rate"))
        return Behaviour(
            failure_rate=1.0 if self._broken else failure_rate,
            client_error_rate=number("client_error_rate"),
            slow_rate=1.0 if self._slowed else slow_rate,
            slow_s=number("slow_s"),
        )
