"""What callers see, measured the same way in every lab: how many were served, how many were not and why, how long it took.

A lab takes the declarations it shows from `CALLER_SERIES` and `CALLER_METRICS`, so that equal names mean equal things.
"""

from collections.abc import Mapping
from math import inf

from labs.experiments.contract import Metric, Series
from labs.experiments.events import Flow
from labs.experiments.world import World
from labs.measurement.statistics import batch_interval, ratio_interval

CALLER_SERIES: Mapping[str, Series] = {
    series.name: series
    for series in (
        Series("throughput_rps", "Requests ended", "/s", "Requests"),
        Series("goodput_rps", "Useful answers", "/s", "Useful answers"),
        Series("error_share", "Requests without a useful answer", "", "Errors that callers see"),
        Series("p50_s", "Median", "s", "Time to the answer"),
        Series("p95_s", "95th percentile", "s", "Time to the answer"),
        Series("p99_s", "99th percentile", "s", "Time to the answer"),
        Series("waiting", "Callers waiting", "", "Callers waiting"),
    )
}

CALLER_METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("throughput_rps", "Requests ended", "/s", ""),
        Metric("goodput_rps", "Useful answers", "/s", "higher"),
        Metric("error_rate", "Requests without a useful answer", "", "lower"),
        Metric("rejected_rate", "Requests turned away", "", "lower"),
        Metric("timeout_rate", "Requests given up by their callers", "", "lower"),
        Metric("mean_s", "Mean time to the answer", "s", "lower"),
        Metric("p50_s", "Median", "s", "lower"),
        Metric("p95_s", "95th percentile", "s", "lower"),
        Metric("p99_s", "99th percentile", "s", "lower"),
        Metric("callers_waiting", "Mean number of callers waiting", "", "lower"),
    )
}


class Callers:
    """Feed it each request's beginning and end. Times are those of everyone but the rejected, who never waited for an answer;
    a caller who gave up counts with the time until then. An answer that took `slow_s` or more counts as slow, not as useless.
    """

    def __init__(self, world: World, slow_s: float = inf) -> None:
        recorder = world.recorder
        self.slow_s = slow_s
        self._now_s = world.now_s
        self._recorder = recorder
        self._outcomes = recorder.outcomes()
        self._latency = recorder.samples()
        self._waiting = recorder.level()
        self._ended, self._useful = recorder.counter(), recorder.counter()
        self._rejected, self._timed_out = recorder.counter(), recorder.counter()

    @property
    def waiting(self) -> int:
        """Callers that wait at this instant."""
        return int(self._waiting.value)

    def began(self) -> float:
        """A caller begins to wait; returns the time of now, for `ended`."""
        self._waiting.add(1)
        return self._now_s()

    def ended(self, began_s: float, outcome: str) -> None:
        """A caller's wait is over; `outcome` is one of OUTCOMES, ok where it is for `slow_s` to say whether it was slow."""
        self._waiting.add(-1)
        took_s = self._now_s() - began_s
        if outcome == "ok" and took_s >= self.slow_s:
            outcome = "slow"
        self._ended.bin += 1
        if outcome == "rejected":
            self._rejected.bin += 1
        else:
            self._latency.record(took_s)
            if outcome in ("ok", "slow"):
                self._useful.bin += 1
            elif outcome == "timed_out":
                self._timed_out.bin += 1
        self._outcomes.count(outcome)

    def values(self) -> dict[str, float | None]:
        """Over the bin that just ended, by the names of CALLER_SERIES."""
        bin_s, ended, latency = self._recorder.last_bin_s, self._ended.last, self._latency
        return {
            "throughput_rps": ended / bin_s,
            "goodput_rps": self._useful.last / bin_s,
            "error_share": ratio(ended - self._useful.last, ended),
            "p50_s": latency.last_quantile(0.50),
            "p95_s": latency.last_quantile(0.95),
            "p99_s": latency.last_quantile(0.99),
            "waiting": self._waiting.last,
        }

    def flow(self) -> Flow:
        """Requests that ended in the bin, by outcome."""
        return Flow(*self._outcomes.last)

    def metrics(self) -> dict[str, float | None]:
        """Over the time after the warm-up, by the names of CALLER_METRICS: shares are of the requests that ended in it."""
        length_s, ended, latency = self._recorder.measured_s, self._ended.total, self._latency
        return {
            "throughput_rps": ratio(ended, length_s),
            "goodput_rps": ratio(self._useful.total, length_s),
            "error_rate": ratio(ended - self._useful.total, ended),
            "rejected_rate": ratio(self._rejected.total, ended),
            "timeout_rate": ratio(self._timed_out.total, ended),
            "mean_s": latency.mean,
            "p50_s": latency.quantile(0.50),
            "p95_s": latency.quantile(0.95),
            "p99_s": latency.quantile(0.99),
            "callers_waiting": self._waiting.mean,
        }

    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals by batch means within one steady run; hand on nothing where an outage was scheduled."""
        ended, useful = self._ended.history, self._useful.history
        bin_s = self._recorder.measured_s / max(1, len(ended))
        found = {
            "error_rate": ratio_interval([whole - part for whole, part in zip(ended, useful, strict=True)], ended),
            "rejected_rate": ratio_interval(self._rejected.history, ended),
            "timeout_rate": ratio_interval(self._timed_out.history, ended),
            "goodput_rps": batch_interval([count / bin_s for count in useful]) if bin_s else None,
        }
        return {name: (interval.low, interval.high) for name, interval in found.items() if interval is not None}


def ratio(part: float, whole: float) -> float | None:
    """None where there is nothing to divide by: a share of no requests is not 0."""
    return part / whole if whole else None
