"""A, B and C: how long their calls take, and what goes wrong with them and when."""

from collections.abc import Mapping

from labs.experiments.bulkhead.sizing import NAMES, plan
from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, RemoteService, World

SAID = {"slow": "slowed down", "hang": "answers nobody", "recover": "recovered"}


class Dependency:
    """One of the three. `healthy` is asked when a call is made."""

    def __init__(self, world: World, name: str, settings: Settings) -> None:
        self.name = name
        self.slowed = self.hung = False
        self._world = world
        self._settings = settings
        self.service: RemoteService = world.service(name, plan(settings, name), Behaviour())

    @property
    def healthy(self) -> bool:
        return not (self.slowed or self.hung)

    @property
    def condition(self) -> str:
        return "hung" if self.hung else "slow" if self.slowed else "healthy"

    def do(self, action: str) -> None:
        """slow, hang or recover."""
        self.slowed = action != "recover" and (self.slowed or action == "slow")
        self.hung = action != "recover" and (self.hung or action == "hang")
        self.adjust()
        self._world.mark("fault", self.name, f"{self.name.upper()} {SAID[action]}", self.condition)

    def adjust(self) -> None:
        """Be as the knobs say now."""
        self.service.plan = plan(self._settings, self.name)
        slow_rate, slow_s = float(self.slowed), self._settings.number("slow_s")
        self.service.behaviour = Behaviour(slow_rate=slow_rate, slow_s=slow_s, answers=not self.hung)


class Dependencies:
    """All three, and the scheduled slowness of C."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._settings = settings
        self.by_name: Mapping[str, Dependency] = {name: Dependency(world, name, settings) for name in NAMES}

    def schedule(self) -> None:
        if self._settings.choice("slowness") == "scheduled":
            self._world.spawn(self._scheduled())

    async def _scheduled(self) -> None:
        await self._world.sleep(self._settings.number("slow_start_s"))
        slow = self.by_name["c"]
        slow.do("slow")
        await self._world.sleep(self._settings.number("slow_for_s"))
        if slow.slowed:
            slow.do("recover")

    def adjust(self) -> None:
        for dependency in self.by_name.values():
            dependency.adjust()
