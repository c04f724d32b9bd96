"""The metrics port's adapter of this lab: looks at the fleet every few seconds and hands out averages over the window."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from labs.experiments.autoscaler.fleet import Fleet
from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.measurement.histogram import exact_quantile
from labs.patterns.scaling import Signals

LOOKS_EVERY_S = 5.0
LONGEST_WINDOW_S = 600.0
HIGH = 0.95


class Look(NamedTuple):
    """Sums since the run began, and what was seen at this instant."""

    at_s: float
    busy_s: float
    ready_s: float
    all_s: float
    arrivals: int
    in_flight: int
    memory: float
    times_s: list[float]


class Sensors:
    """Fulfils `labs.patterns.scaling.Metrics`. `arrivals()` counts the requests that came."""

    def __init__(self, world: World, settings: Settings, fleet: Fleet, arrivals: Callable[[], int]) -> None:
        self._world = world
        self._settings = settings
        self._fleet = fleet
        self._arrivals = arrivals
        self._looks: deque[Look] = deque([Look(0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, [])])
        self._times_s: list[float] = []
        self.took: Callable[[float], None] = self._times_s.append

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self._world.sleep(LOOKS_EVERY_S)
            self._look()

    async def read(self) -> Signals:
        """Averages over the window; at the very beginning nothing was measured."""
        self._look()
        now_s, fleet, settings = self._world.now_s(), self._fleet, self._settings
        slots, work_s = settings.whole("slots"), settings.number("work_s")
        ready, booting = (fleet.ready, fleet.booting) if settings.flag("ready_only") else (fleet.wanted, 0)
        bare = Signals(now_s, ready, booting, capacity_rps=slots / work_s)
        looks = self._window()
        if len(looks) < 2:
            return bare
        first, last = looks[0], looks[-1]
        length_s, there_s = last.at_s - first.at_s, self._there_s(first, last)
        return Signals(
            now_s,
            ready,
            booting,
            cpu=min(1.0, (last.busy_s - first.busy_s) / (there_s * slots)) if there_s > 0.0 else None,
            memory=last.memory,
            rate_rps=(last.arrivals - first.arrivals) / length_s,
            capacity_rps=slots / work_s,
            p95_s=exact_quantile(sorted(time_s for look in looks[1:] for time_s in look.times_s), HIGH),
            in_flight=sum(look.in_flight for look in looks[1:]) / (len(looks) - 1),
            window_s=length_s,
        )

    def _there_s(self, first: Look, last: Look) -> float:
        """Instance-seconds that the work is shared out on: those of the ready ones, or naively of all that were ordered."""
        return last.ready_s - first.ready_s if self._settings.flag("ready_only") else last.all_s - first.all_s

    def _window(self) -> list[Look]:
        begin_s = self._looks[-1].at_s - self._settings.number("window_s") - 1e-6
        return [look for look in self._looks if look.at_s >= begin_s]

    def _look(self) -> None:
        now_s, fleet, before = self._world.now_s(), self._fleet, self._looks[-1]
        length_s, keeps = now_s - before.at_s, self._settings.flag("heap_keeps")
        if length_s <= 0.0:
            return
        for instance in fleet.serving:
            instance.breathe(length_s, keeps)
        memory = sum(instance.memory for instance in fleet.serving) / len(fleet.serving) if fleet.serving else 0.0
        self._looks.append(
            Look(
                now_s,
                fleet.busy_s,
                before.ready_s + fleet.ready * length_s,
                before.all_s + fleet.wanted * length_s,
                self._arrivals(),
                fleet.in_flight,
                memory,
                self._times_s,
            )
        )
        self._times_s = []
        self.took = self._times_s.append
        while now_s - self._looks[1].at_s > LONGEST_WINDOW_S:
            self._looks.popleft()
