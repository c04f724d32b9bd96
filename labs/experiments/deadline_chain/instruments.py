"""What is measured in one arm of the deadline lab: users, work and for whom it was done, requests inside each hop."""

from collections.abc import Mapping

from labs.experiments.callers import Callers, ratio
from labs.experiments.contract import Metrics
from labs.experiments.deadline_chain.visits import HOPS, Trip, Visit
from labs.experiments.events import Flow
from labs.experiments.world import World

EDGES = ("user", "gateway", "a", "b")
"""Who calls on each edge of the picture."""
RECOVERED_ERROR_SHARE = 0.1
RECOVERED_FOR_BINS = 6


class Instruments:
    """Fed by the system while it works."""

    def __init__(self, world: World) -> None:
        self._world = world
        recorder = self._recorder = world.recorder
        self.users = Callers(world)
        self.in_flight = {name: recorder.level() for name in HOPS}
        self.edges = {name: recorder.outcomes() for name in EDGES}
        self.work, self.ghost, self.useful = recorder.counter(), recorder.counter(), recorder.counter()
        self.at_c, self.trips, self.refused = recorder.counter(), recorder.counter(), recorder.counter()
        self._longest_after_s = 0.0
        self._ill, self._ill_until_s, self._recovered_s = False, -1.0, -1.0
        self._good_bins = 0

    def worked(self, name: str, visit: Visit, began_s: float) -> None:
        """A worker has ended with a visit. What it did after somebody above had left was work for nobody."""
        now_s, alone_s = self._world.now_s(), visit.alone_since_s
        ghost_s = max(0.0, now_s - max(began_s, alone_s))
        self.work.bin += now_s - began_s
        self.ghost.bin += ghost_s
        visit.trip.useful_s += now_s - began_s - ghost_s
        if ghost_s and now_s >= self._world.warm_up_s:
            self._longest_after_s = max(self._longest_after_s, now_s - alone_s)

    def called(self, caller: str, outcome: str) -> None:
        """A call on the edge that begins at `caller` has ended for the caller."""
        self.edges[caller].count(outcome)

    def trip_ended(self, trip: Trip, began_s: float, outcome: str) -> None:
        self.users.ended(began_s, outcome)
        if outcome == "ok":
            self.useful.bin += trip.useful_s

    def ill(self) -> None:
        """Some hop is slow or hangs."""
        self._ill, self._ill_until_s, self._recovered_s = True, -1.0, -1.0

    def well(self) -> None:
        """No hop is, or none any more."""
        if self._ill:
            self._ill, self._ill_until_s, self._good_bins = False, self._world.now_s(), 0

    # What comes of it

    def values(self) -> dict[str, float | None]:
        """The series over the bin that just ended."""
        users = self.users.values()
        self._watch_recovery(users["error_share"])
        values = {name: users[name] for name in ("goodput_rps", "error_share", "p50_s", "p99_s")}
        values["wasted_share"] = ratio(self.ghost.last, self.work.last)
        values["calls_c_rps"] = self.at_c.last / self._recorder.last_bin_s
        return values | {f"{name}_in_flight": level.last for name, level in self.in_flight.items()}

    def _watch_recovery(self, error_share: float | None) -> None:
        """Recovered: for some bins in a row nearly all users get their answer again."""
        if self._ill_until_s < 0.0 or self._recovered_s >= 0.0 or error_share is None:
            return
        self._good_bins = self._good_bins + 1 if error_share <= RECOVERED_ERROR_SHARE else 0
        if self._good_bins == RECOVERED_FOR_BINS:
            began_s = self._world.now_s() - RECOVERED_FOR_BINS * self._recorder.last_bin_s
            self._recovered_s = max(0.0, began_s - self._ill_until_s)

    def flows(self) -> Mapping[str, Flow]:
        return {name: Flow(*edge.last) for name, edge in self.edges.items()}

    def metrics(self) -> Metrics:
        work, ghost = self.work.total, self.ghost.total
        return {
            **self.users.metrics(),
            "wasted_share": ratio(ghost, work),
            "lost_share": ratio(max(0.0, work - self.useful.total), work),
            "longest_after_s": self._longest_after_s if work else None,
            "c_calls_per_request": ratio(self.at_c.total, self.trips.total),
            "refused_rps": ratio(self.refused.total, self._recorder.measured_s),
            "recovery_s": self._recovered_s if self._recovered_s >= 0.0 else None,
            **{f"{name}_in_flight": level.mean for name, level in self.in_flight.items()},
        }
