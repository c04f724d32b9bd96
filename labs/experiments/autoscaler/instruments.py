"""What is measured of the scaling in one arm: counts of instances, orders, flaps, shortages and cost. It acts on nothing."""

from labs.experiments.autoscaler.fleet import Fleet
from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.patterns.scaling import Decision, ScalingError

FLAP_S = 300.0
HOUR_S = 3600.0


class Instruments:
    """Fed by the system while it works."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._settings = settings
        recorder = world.recorder
        self.serving, self.booting, self.running = recorder.level(), recorder.level(), recorder.level()
        self.short = recorder.level()
        self.actions, self.flaps, self.errors = recorder.counter(), recorder.counter(), recorder.counter()
        self.ordered, self.retired, self.dropped = recorder.counter(), recorder.counter(), recorder.counter()
        self.wanted = 0
        self.peak = 0
        self.undone = 0
        """Flaps since the run began."""
        self._last = ("none", -FLAP_S)
        self._first_order_s: float | None = None
        self._climbed_s: float | None = None
        self._short_since_s: float | None = None
        self._serving_when_short = 0
        self._reaction_s: float | None = None
        self._longest_short_s = 0.0
        self._last_error = ""
        self._busy_before_s = 0.0

    # Fed

    def decided(self, decision: Decision) -> None:
        """An order that the cloud has taken."""
        now_s, direction = self._world.now_s(), decision.direction
        before, at_s = self._last
        self.actions.bin += 1
        if before not in ("none", direction) and now_s - at_s < FLAP_S:
            self.flaps.bin += 1
            self.undone += 1
        self._last, self.wanted = (direction, now_s), decision.wanted
        (self.ordered if direction == "up" else self.retired).bin += abs(decision.wanted - decision.current)
        self._watch_climb(now_s, direction)
        self._last_error = ""
        self._world.mark("scale", "fleet", f"{decision.current} → {decision.wanted}: {decision.reason}", direction)

    def failed(self, error: ScalingError) -> None:
        """A round of the loop that came to nothing; said once until something succeeds."""
        self.errors.bin += 1
        if str(error) != self._last_error:
            self._last_error = str(error)
            self._world.mark("note", "autoscaler", str(error))

    def counted(self, fleet: Fleet) -> None:
        """The number of instances has changed."""
        self.serving.set(fleet.ready)
        self.booting.set(fleet.booting)
        self.running.set(len(fleet.instances))
        self.peak = max(self.peak, fleet.wanted)
        if self._reaction_s is None and self._short_since_s is not None and fleet.ready > self._serving_when_short:
            self._reaction_s = self._world.now_s() - self._short_since_s

    def load_is(self, rate_rps: float, capacity_rps: float, ready: int) -> None:
        """Look whether the load is more than the serving instances can do."""
        now_s, short = self._world.now_s(), rate_rps > capacity_rps
        if short and self._short_since_s is None:
            self._short_since_s, self._serving_when_short = now_s, ready
        elif not short and self._short_since_s is not None:
            self._longest_short_s = max(self._longest_short_s, now_s - self._short_since_s)
            self._short_since_s = None
        self.short.set(float(short))

    def _watch_climb(self, now_s: float, direction: str) -> None:
        if direction == "up" and self._first_order_s is None:
            self._first_order_s = now_s
        reached = self.wanted >= self._settings.whole("max_instances")
        if reached and self._climbed_s is None and self._first_order_s is not None:
            self._climbed_s = now_s - self._first_order_s

    # What comes of it

    def bin_ended(self, fleet: Fleet) -> None:
        if not self._world.recorder.measured_s:
            self._busy_before_s = fleet.busy_s

    def metrics(self, fleet: Fleet) -> Metrics:
        length_s, settings = self._world.recorder.measured_s, self._settings
        served_s = (self.serving.mean or 0.0) * length_s * settings.whole("slots")
        hours = (self.running.mean or 0.0) * length_s / HOUR_S
        since_s = self._short_since_s
        open_s = self._world.now_s() - since_s if since_s is not None else 0.0
        return {
            "utilization": ratio(fleet.busy_s - self._busy_before_s, served_s),
            "mean_instances": self.running.mean,
            "peak_instances": self.peak,
            "instance_hours": hours,
            "cost": hours * settings.number("price_per_hour"),
            "scale_actions": self.actions.total,
            "flaps": self.flaps.total,
            "dropped": self.dropped.total,
            "cloud_errors": self.errors.total,
            "shortage_s": (self.short.mean or 0.0) * length_s,
            "longest_shortage_s": max(self._longest_short_s, open_s),
            "reaction_s": self._reaction_s,
            "climb_s": self._climbed_s,
        }
