"""A latency histogram that can be trusted: borders in order, one of them at the objective, over a window that moves.

Problem. Percentiles need all the samples, which nobody can keep. Counts by bucket are small, and those of several hosts can be
added; but each bucket forgets where in it a sample lay, and counts since the start forget when.

Rule. Fix the borders, ascending, and put one exactly at the objective: the share of requests within it is then *exact*, however
wide the buckets are. For a percentile take the rank `ceil(share * n)`, walk upwards, and report the bucket's *upper* border, so
that the error is on the safe side. Keep the counts in slices of time and drop slices that are older than the window. Say
nothing about fewer samples than a minimum. Add the counts of hosts, never their percentiles.

Source. Prometheus, *Histograms and summaries* (borders at the objective, aggregation); G. Tene, *HdrHistogram*. For growing
buckets with a bounded relative error see `labs.measurement.histogram`.

Limits. The minimum is one for all percentiles: 100 samples are few for a p99, so ask for 1,000 there. What lies above the last
border is reported as infinite: choose it above the timeout. A slice leaves the window at once, so the window's length varies
by one slice.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import ceil, inf

from labs.patterns.clock import Clock, running_loop_time


class LatencyHistogram:
    """Counts by bucket of the last `window_s` seconds. A bucket holds what is above its lower border, up to its upper one."""

    def __init__(
        self,
        borders_ms: Sequence[float],
        *,
        window_s: float = 300.0,
        slices: int = 10,
        minimum: int = 100,
        clock: Clock = running_loop_time,
    ) -> None:
        if list(borders_ms) != sorted(set(borders_ms)):
            raise ValueError("borders must ascend")
        self.borders_ms = tuple(borders_ms)
        self.slice_s = window_s / slices
        self.slices = slices
        self.minimum = minimum
        self.clock = clock
        self._counts: dict[int, list[int]] = {}

    def record(self, duration_ms: float) -> None:
        now = int(self.clock() // self.slice_s)
        if now not in self._counts:
            self._counts = {at: counts for at, counts in self._counts.items() if at > now - self.slices}
            self._counts[now] = [0] * (len(self.borders_ms) + 1)
        self._counts[now][bisect_left(self.borders_ms, duration_ms)] += 1

    def counts(self) -> list[int]:
        """The window's counts by bucket, the last one above all borders. Those of several hosts may be added."""
        oldest = int(self.clock() // self.slice_s) - self.slices
        live = [counts for at, counts in self._counts.items() if at > oldest]
        return [sum(column) for column in zip(*live, strict=True)] if live else [0] * (len(self.borders_ms) + 1)

    def percentile_ms(self, share: float) -> float | None:
        """A bound that at least `share` of the samples kept; None for too few of them."""
        return percentile_ms(self.borders_ms, self.counts(), share, self.minimum)

    def share_within(self, objective_ms: float) -> float | None:
        """Exact, if the objective is a border. Raises ValueError if it is not."""
        if objective_ms not in self.borders_ms:
            raise ValueError(f"{objective_ms} ms is no border: its bucket cannot be divided")
        counts = self.counts()
        within = sum(counts[: self.borders_ms.index(objective_ms) + 1])
        return within / sum(counts) if sum(counts) >= self.minimum else None


def percentile_ms(borders_ms: Sequence[float], counts: Sequence[int], share: float, minimum: int = 1) -> float | None:
    """The upper border of the bucket in which the sample of rank ceil(share * n) lies."""
    total = sum(counts)
    if total < max(1, minimum):
        return None
    rank, seen = max(1, ceil(share * total)), 0
    for border, count in zip((*borders_ms, inf), counts, strict=True):
        seen += count
        if seen >= rank:
            return border
    return inf
