"""The cloud port's adapter of this lab: an API that takes its time, fails at times, and has a quota."""

from labs.experiments.autoscaler.fleet import Fleet
from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.patterns.scaling import CloudError, QuotaExceeded


class SimulatedCloud:
    """Fulfils `labs.patterns.scaling.Cloud`. `down`: every call fails."""

    def __init__(self, world: World, settings: Settings, fleet: Fleet) -> None:
        self._world = world
        self._settings = settings
        self._fleet = fleet
        self._luck = world.rng("cloud").random
        self.down = False

    async def size(self) -> int:
        if self.down:
            raise CloudError("the cloud's API does not answer")
        return self._fleet.wanted

    async def scale_out(self, to: int) -> None:
        await self._ordered()
        granted = min(to, self._settings.whole("quota"))
        while self._fleet.wanted < granted:
            self._fleet.launch()
        if granted < to:
            raise QuotaExceeded(granted)

    async def scale_in(self, to: int) -> None:
        await self._ordered()
        while self._fleet.wanted > to:
            self._fleet.retire()

    async def _ordered(self) -> None:
        await self._world.sleep(self._settings.number("api_delay_s"))
        if self.down or self._luck() < self._settings.number("api_failure_rate"):
            raise CloudError("the cloud's API failed")
