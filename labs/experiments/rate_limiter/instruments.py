"""What is measured in one arm of the rate-limiter lab. It acts on nothing.

Beside the arm runs an exact sliding log, told of the same calls at the same instants; where the two disagree, the arm was
wrong: it let through one too many for the contract "at most so many in any window", or turned away somebody who was within it.
"""

from collections import deque
from collections.abc import Mapping

from labs.experiments.callers import Callers, ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.rate_limiter.store import LimiterStore
from labs.experiments.world import World
from labs.patterns.sliding_log_limiter import SlidingLog


class Instruments:
    """Fed by the system while it works."""

    def __init__(self, world: World, limit: int, window_s: float, nodes: int) -> None:
        recorder = world.recorder
        self._world, self._recorder = world, recorder
        self.callers = Callers(world)
        self.exact = SlidingLog(limit, window_s, clock=world.now_s)
        self.nodes = [recorder.outcomes() for _ in range(nodes)]
        self.checks, self.passes = recorder.outcomes(), recorder.outcomes()
        self.judged, self.extra, self.wrong = recorder.counter(), recorder.counter(), recorder.counter()
        self.blind, self.unavailable = recorder.counter(), recorder.counter()
        self.wait, self.store_s, self.retry_after = recorder.samples(), recorder.samples(), recorder.samples()
        self.held = recorder.level()
        self._recent: dict[str, deque[float]] = {}
        self._last_pass_s: dict[str, float] = {}
        self._bin_peak = self._longest_dry_s = self._busiest_rps = 0.0
        self._peak: float | None = None
        self._trips_before = self._trips_seen = 0
        self._key_bytes: float | None = None

    # Calls

    def decided(self, key: str, admitted: bool, at_s: float) -> None:
        """A call was judged at that time; ask the exact log the same."""
        self.judged.bin += 1
        if self.exact.check_at(key, at_s).admitted != admitted:
            (self.extra if admitted else self.wrong).bin += 1

    def denied(self, key: str, retry_after_s: float) -> None:
        now_s = self._world.now_s()
        self.retry_after.record(retry_after_s)
        dry_s = now_s - self._last_pass_s.setdefault(key, now_s)
        if dry_s > self._longest_dry_s and now_s >= self._world.warm_up_s:
            self._longest_dry_s = dry_s

    def passed(self, key: str) -> None:
        """An admitted call goes on to the service now."""
        now_s = self._world.now_s()
        self.passes.ok += 1
        self._last_pass_s[key] = now_s
        recent = self._recent.setdefault(key, deque())
        recent.append(now_s)
        share = self._within_window(recent, now_s) / self.exact.limit
        self._bin_peak = max(self._bin_peak, share)
        if now_s >= self._world.warm_up_s + self.exact.window_s or recent[0] >= self._world.warm_up_s:
            self._peak = max(self._peak or 0.0, share)

    def _within_window(self, recent: deque[float], now_s: float) -> int:
        while recent and recent[0] <= now_s - self.exact.window_s:
            recent.popleft()
        return len(recent)

    @property
    def within_window(self) -> int:
        """Calls of all keys that went on to the service in the last window."""
        now_s = self._world.now_s()
        return sum(self._within_window(recent, now_s) for recent in self._recent.values())

    # What comes of it

    def values(self, store: LimiterStore) -> Mapping[str, float | None]:
        """The series over the bin that just ended."""
        bin_s, judged, callers = self._recorder.last_bin_s, self.judged.last, self.callers.values()
        self._close_bin(store)
        peak, self._bin_peak = max(self._bin_peak, self._busiest_key()), 0.0
        return {
            "admitted_rps": self.passes.last[0] / bin_s,
            "denied_rps": (callers["throughput_rps"] or 0.0) - (callers["goodput_rps"] or 0.0),
            "in_window_share": peak,
            "log_error_share": ratio(self.extra.last + self.wrong.last, judged),
            "bytes_per_key": store.key_bytes,
            "round_trips": ratio(self._trips, judged),
            "p99_s": callers["p99_s"],
            "retry_after_s": self.retry_after.last_mean(),
            "blind_share": ratio(self.blind.last, judged),
        }

    def _close_bin(self, store: LimiterStore) -> None:
        self._trips, self._trips_seen = store.round_trips - self._trips_seen, store.round_trips
        if not self._recorder.measured_s:
            self._trips_before = store.round_trips
            return
        self._busiest_rps = max(self._busiest_rps, self.passes.last[0] / self._recorder.last_bin_s)
        if (size := store.key_bytes) is not None:
            self._key_bytes = max(self._key_bytes or 0.0, size)

    def _busiest_key(self) -> float:
        now_s = self._world.now_s()
        return max((self._within_window(recent, now_s) for recent in self._recent.values()), default=0) / self.exact.limit

    def flows(self) -> Mapping[str, Flow]:
        return {"call": self.callers.flow(), "check": Flow(*self.checks.last), "pass": Flow(*self.passes.last)}

    def metrics(self, store: LimiterStore) -> Metrics:
        """Over the time after the warm-up."""
        judged, callers = self.judged.total, self.callers.metrics()
        return {
            **{name: callers[name] for name in ("throughput_rps", "goodput_rps", "rejected_rate")},
            **{name: callers[name] for name in ("mean_s", "p50_s", "p95_s", "p99_s")},
            "unavailable_rate": ratio(self.unavailable.total, judged),
            "blind_rate": ratio(self.blind.total, judged),
            "mean_wait_s": self.wait.mean,
            "store_s": self.store_s.mean,
            "peak_window_share": self._peak_share(),
            "peak_rps": self._busiest_rps if judged else None,
            "log_error_rate": ratio(self.extra.total + self.wrong.total, judged),
            "extra_rate": ratio(self.extra.total, judged),
            "wrongly_denied_rate": ratio(self.wrong.total, judged),
            "retry_after_s": self.retry_after.mean,
            "longest_dry_s": self._longest_dry_s if judged else None,
            "round_trips_per_check": ratio(store.round_trips - self._trips_before, judged),
            "bytes_per_key": self._key_bytes,
        }

    def _peak_share(self) -> float | None:
        """None when no window lay in the measured time; 0 when nobody was admitted in any."""
        whole = self._world.now_s() >= self._world.warm_up_s + self.exact.window_s
        return 0.0 if self._peak is None and whole else self._peak

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """By batch means: for a run without an outage."""
        found = self.callers.intervals()
        return {name: found[name] for name in ("goodput_rps", "rejected_rate") if name in found}
