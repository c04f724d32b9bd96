"""What is measured in one arm of the pool lab beyond what its callers see: waits, connections, queries, and what went wrong."""

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.world import World


class Instruments:
    """Fed by the system while it works; acts on nothing."""

    def __init__(self, world: World) -> None:
        self._recorder = recorder = world.recorder
        self.wait, self.query, self.work = recorder.samples(), recorder.samples(), recorder.samples()
        self.out, self.waiting, self.places = recorder.level(), recorder.level(), recorder.level()
        self.timeouts, self.refused, self.broken, self.shared = (recorder.counter() for _ in range(4))
        self.asked, self.queries = recorder.counter(), recorder.counter()
        self.leaked, self.sent = recorder.counter(), recorder.outcomes()
        self._connections_sum = self._connections_bins = self._connections_peak = 0

    def borrowed(self, waited_s: float) -> None:
        self.asked.bin += 1
        self.wait.record(waited_s)

    def gave_up(self, waited_s: float) -> None:
        """The wait for a connection was in vain."""
        self.borrowed(waited_s)
        self.timeouts.bin += 1

    def queried(self, work_s: float, took_s: float, failed: bool) -> None:
        """A query has ended: failed ones tell nothing about how fast the database is."""
        self.queries.bin += 1
        if failed:
            self.broken.bin += 1
            self.sent.failed += 1
            return
        self.query.record(took_s)
        self.work.record(work_s)
        if took_s > 2.0 * work_s:
            self.sent.slow += 1
        else:
            self.sent.ok += 1

    def flow(self) -> Flow:
        return Flow(*self.sent.last)

    def values(self, connections: int, active: int) -> dict[str, float | None]:
        """The lab's own series over the bin that just ended."""
        if self._recorder.measured_s:
            self._connections_sum += connections
            self._connections_bins += 1
            self._connections_peak = max(self._connections_peak, connections)
        query_s, work_s = self.query.last_mean(), self.work.last_mean()
        return {
            "active": self.out.last,
            "waiting_for_one": self.waiting.last,
            "wait_p95_s": self.wait.last_quantile(0.95),
            "timeouts_rps": self.timeouts.last / self._recorder.last_bin_s,
            "db_connections": float(connections),
            "db_active": float(active),
            "query_slowdown": query_s / work_s if query_s is not None and work_s else None,
            "broken_share": ratio(self.broken.last, self.queries.last),
        }

    def metrics(self) -> Metrics:
        """The lab's own metrics over the time after the warm-up."""
        query_s, work_s, out, places = self.query.mean, self.work.mean, self.out.mean, self.places.mean
        bins = self._connections_bins
        return {
            "mean_wait_s": self.wait.mean,
            "p95_wait_s": self.wait.quantile(0.95),
            "p99_wait_s": self.wait.quantile(0.99),
            "acquire_timeout_rate": ratio(self.timeouts.total, self.asked.total),
            "mean_active": out,
            "utilization": min(1.0, out / places) if out is not None and places else None,
            "mean_waiting": self.waiting.mean,
            "mean_query_s": query_s,
            "query_slowdown": query_s / work_s if query_s is not None and work_s else None,
            "db_connections": self._connections_sum / bins if bins else None,
            "db_connections_peak": float(self._connections_peak) if bins else None,
            "broken_rate": ratio(self.broken.total, self.queries.total),
            "shared_rate": ratio(self.shared.total, self.queries.total),
            "refused": self.refused.total,
            "leaked": self.leaked.total,
        }
