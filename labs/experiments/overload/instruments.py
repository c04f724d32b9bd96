"""What is measured in one arm of the overload lab beyond what its clients see: waits, waste, classes, collapse and recovery."""

from collections.abc import Mapping

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.overload.lines import CLASSES
from labs.experiments.world import RemoteService, World

HEALTHY_SHARE = 0.9
HEALTHY_FOR_BINS = 4
WASTING = 0.5


class Instruments:
    """Fed by the system while it works; acts on nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._recorder = recorder = world.recorder
        self.wait = recorder.samples()
        self.queue, self.limit, self.places = recorder.level(), recorder.level(), recorder.level()
        self.worked, self.wasted, self.rejected = recorder.counter(), recorder.counter(), recorder.counter()
        self.ended, self.in_time = recorder.counter(), recorder.counter()
        self._class_ended = [recorder.counter() for _ in CLASSES]
        self._class_in_time = [recorder.counter() for _ in CLASSES]
        self._surge_began_s = self._surge_ended_s = self._collapsed_s = self._recovered_s = -1.0
        self._healthy_bins = 0
        self._busy_before_s = 0.0

    # Requests

    def client_ended(self, kind: int, outcome: str) -> None:
        """A client of that class was answered, refused, or left."""
        self.ended.bin += 1
        self._class_ended[kind].bin += 1
        if outcome == "ok":
            self.in_time.bin += 1
            self._class_in_time[kind].bin += 1
        elif outcome == "rejected":
            self.rejected.bin += 1

    def started(self, came_s: float, waited_s: float, patience_s: float) -> None:
        """A request's turn has come."""
        self.wait.record(waited_s)
        if waited_s > patience_s and self._collapsed_s < 0.0 <= self._surge_began_s <= came_s:
            self._collapsed_s = came_s

    def work_ended(self, wasted: bool) -> None:
        self.worked.bin += 1
        self.wasted.bin += wasted

    # The surge

    def surge_began(self) -> None:
        self._surge_began_s = self._world.now_s()

    def surge_ended(self) -> None:
        self._surge_ended_s = self._world.now_s()

    def _watch_recovery(self) -> None:
        """Recovered: for some bins in a row nearly all clients are answered in time."""
        if self._recovered_s >= 0.0 or self._surge_ended_s < 0.0 or not self.ended.last:
            return
        healthy = self.in_time.last >= HEALTHY_SHARE * self.ended.last
        self._healthy_bins = self._healthy_bins + 1 if healthy else 0
        if self._healthy_bins == HEALTHY_FOR_BINS:
            began_s = self._world.now_s() - HEALTHY_FOR_BINS * self._recorder.last_bin_s
            self._recovered_s = max(0.0, began_s - self._surge_ended_s)

    # What comes of it

    @property
    def wasting(self) -> bool:
        """Whether most of the work of the last bin was for clients who had left."""
        return self.wasted.last > WASTING * self.worked.last

    def flow_of_work(self) -> Flow:
        return Flow(ok=int(self.worked.last - self.wasted.last), timed_out=int(self.wasted.last))

    def values(self, service: RemoteService, limited: bool) -> dict[str, float | None]:
        """The lab's own series over the bin that just ended."""
        self._watch_recovery()
        if not self._recorder.measured_s:
            self._busy_before_s = service.busy_s
        by_class = zip(CLASSES, self._class_in_time, self._class_ended, strict=True)
        return {
            **{f"{name}_in_time": ratio(in_time.last, ended.last) for name, in_time, ended in by_class},
            "wait_s": self.wait.last_mean(),
            "queue": self.queue.last,
            "wasted_share": ratio(self.wasted.last, self.worked.last),
            "rejected_rps": self.rejected.last / self._recorder.last_bin_s,
            "limit": self.limit.last if limited else None,
        }

    def metrics(self, service: RemoteService, limited: bool) -> Metrics:
        """The lab's own metrics over the time after the warm-up."""
        length_s = self._recorder.measured_s
        by_class = zip(CLASSES, self._class_in_time, self._class_ended, strict=True)
        return {
            **{f"{name}_success_rate": ratio(in_time.total, ended.total) for name, in_time, ended in by_class},
            "served_rps": ratio(self.worked.total, length_s),
            "mean_wait_s": self.wait.mean,
            "p99_wait_s": self.wait.quantile(0.99),
            "mean_queue": self.queue.mean,
            "utilization": self._utilization(service),
            "wasted_share": ratio(self.wasted.total, self.worked.total),
            "mean_limit": self.limit.mean if limited else None,
            **self._surge_metrics(),
        }

    def _utilization(self, service: RemoteService) -> float | None:
        """Servers that are taken away end what they have begun, so for a while there may be more at work than there are."""
        places, length_s = self.places.mean, self._recorder.measured_s
        return min(1.0, (service.busy_s - self._busy_before_s) / (length_s * places)) if places else None

    def _surge_metrics(self) -> Mapping[str, float | None]:
        collapsed_s, recovered_s = self._collapsed_s, self._recovered_s
        return {
            "collapse_s": collapsed_s - self._surge_began_s if collapsed_s >= 0.0 else None,
            "recovery_s": recovered_s if recovered_s >= 0.0 else None,
        }
