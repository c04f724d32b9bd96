"""Whether the service is well, and whether its overload has outlived what caused it: the metastable state."""

from labs.experiments.retry_storm import policies
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.world import World

STATES = ("well", "down", "overloaded", "metastable")
OVERLOADED_SHARE = 0.5
WELL_SHARE = 0.1
WELL_FOR_BINS = 4
METASTABLE_AFTER_S = 10.0


class Watch:
    """Asked once a bin. Overloaded: half of the attempts time out or find the queue full. Metastable: that lasts, though no
    fault is on, and what is sent while all is well (traffic, herds, repeats for other reasons) is within the capacity. Well
    again: for some bins in a row hardly any do."""

    def __init__(self, world: World, settings: RetrySettings) -> None:
        self._world = world
        self._settings = settings
        self._faulty = self._fault_in_bin = False
        self._fault_ended_s = self._recovered_s = -1.0
        self._overload_s = 0.0
        self._good_bins = 0
        self.outlived_s = 0.0
        self.state = "well"

    def fault(self, begins: bool) -> None:
        """A fault begins, or the last one ends."""
        self._faulty, self._fault_in_bin = begins, True
        if begins:
            self._recovered_s = -1.0
        else:
            self._fault_ended_s = self._world.now_s()

    @property
    def recovery_s(self) -> float | None:
        """From the end of the last fault until users were served again; None if they were not, or if there was none."""
        return self._recovered_s if self._recovered_s >= 0.0 else None

    @property
    def fault_ended_s(self) -> float:
        """When the last fault ended; negative while there was none or while it lasts."""
        return -1.0 if self._faulty else self._fault_ended_s

    def bin(self, refused_share: float | None, bin_s: float, down: bool) -> None:
        """A bin has ended in which that share of the attempts timed out or found a full queue; None where none ended."""
        overloaded = refused_share is not None and refused_share >= OVERLOADED_SHARE
        faulty, self._fault_in_bin = self._faulty or self._fault_in_bin, False
        lasts = overloaded and not faulty and self._bearable
        self._overload_s = self._overload_s + bin_s if lasts else 0.0
        if self._overload_s and self._world.now_s() - bin_s >= self._world.warm_up_s:
            self.outlived_s += bin_s
        good = refused_share is not None and refused_share <= WELL_SHARE and not faulty
        self._good_bins = self._good_bins + 1 if good else 0
        if self._good_bins == WELL_FOR_BINS:
            self._well_again(bin_s)
        self._become("down" if down else self._next(overloaded, good))

    @property
    def _bearable(self) -> bool:
        return policies.calm_rps(self._world.arm, self._settings) <= self._settings.number("capacity_rps")

    def _well_again(self, bin_s: float) -> None:
        rescued, recovered = self.state == "metastable", self._fault_ended_s >= 0.0 and self._recovered_s < 0.0
        if recovered:
            self._recovered_s = max(0.0, self._world.now_s() - WELL_FOR_BINS * bin_s - self._fault_ended_s)
        if rescued or recovered:
            self._world.mark("state", "service", "users are served again", "rescued" if rescued else "recovered")

    def _next(self, overloaded: bool, good: bool) -> str:
        if self._overload_s >= METASTABLE_AFTER_S:
            return "metastable"
        if self.state == "metastable" and self._good_bins < WELL_FOR_BINS:
            return "metastable"
        if good:
            return "well"
        return "well" if self.state == "well" and not overloaded else "overloaded"

    def _become(self, state: str) -> None:
        if state == "metastable" != self.state:
            self._world.mark("state", "service", "its cause has gone, the overload has not", "metastable")
        self.state = state
