"""What is measured in one arm of the task-processor lab besides what callers see. It acts on nothing."""

from collections.abc import Mapping

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.world import World


class Instruments:
    """Counters and levels, fed by the system while it works."""

    def __init__(self, world: World) -> None:
        recorder = world.recorder
        self._recorder = recorder
        self.threads, self.busy, self.depth = recorder.level(), recorder.level(), recorder.level()
        self.backlog, self.stalled = recorder.level(), recorder.level()
        self.caller_ran, self.discarded, self.refused = recorder.counter(), recorder.counter(), recorder.counter()
        self.lost, self.recovered, self.hung = recorder.counter(), recorder.counter(), recorder.counter()
        self.ended, self.batches, self.things = recorder.counter(), recorder.counter(), recorder.counter()
        self.late = recorder.counter()
        self.mails, self.mails_lost = recorder.counter(), recorder.counter()
        self.probes, self.batch_waits = recorder.samples(), recorder.samples()

    def values(self) -> Mapping[str, float | None]:
        """Series over the bin that just ended."""
        bin_s = self._recorder.last_bin_s
        return {
            "threads": self.threads.last,
            "depth": self.depth.last,
            "backlog": self.backlog.last,
            "caller_runs_rps": self.caller_ran.last / bin_s,
            "lost_rps": (self.lost.last + self.discarded.last) / bin_s,
            "probe_s": self.probes.last_quantile(1.0),
            "batch_fill": ratio(self.things.last, self.batches.last),
        }

    def metrics(self, most: int) -> Metrics:
        """After the warm-up; `most` is the number of workers that utilization refers to."""
        busy = self.busy.mean
        return {
            "late_rate": ratio(self.late.total, self.ended.total),
            "utilization": None if busy is None else busy / most,
            "mean_threads": self.threads.mean,
            "mean_depth": self.depth.mean,
            "caller_runs_rate": ratio(self.caller_ran.total, self.ended.total),
            "stalled_share": self.stalled.mean,
            "probe_p99_s": self.probes.quantile(0.99),
            "discarded": self.discarded.total,
            "lost": self.lost.total,
            "recovered": self.recovered.total,
            "hung": self.hung.total,
            "batch_fill": ratio(self.things.total, self.batches.total),
            "batch_wait_s": self.batch_waits.mean,
            "mails_lost_rate": ratio(self.mails_lost.total, self.mails.total),
        }
