"""What is measured in one arm of the circuit-breaker lab: counters, the charts' values, the metrics, and when users are served
again after an outage. It acts on nothing."""

from collections.abc import Mapping

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.world import RemoteService, Request, World
from labs.measurement.statistics import batch_interval, ratio_interval
from labs.patterns.circuit_breaker import State

STATES = ("closed", "half-open", "open")
UNANSWERED = ("failed", "rejected", "timed_out")
RECOVERED_ERROR_SHARE = 0.1
RECOVERED_FOR_BINS = 4


class Instruments:
    """Fed by the system while it works. `guarded`: there is a breaker whose state can be told."""

    def __init__(self, world: World, guarded: bool) -> None:
        self._world = world
        self._guarded = guarded
        self._recorder = recorder = world.recorder
        self.users, self.calls, self.cache = recorder.outcomes(), recorder.outcomes(), recorder.outcomes()
        self.latency, self.age = recorder.samples(), recorder.samples()
        self.ended, self.useful, self.errors = recorder.counter(), recorder.counter(), recorder.counter()
        self.sent, self.refused, self.failed = recorder.counter(), recorder.counter(), recorder.counter()
        self.answered_instead, self.openings = recorder.counter(), recorder.counter()
        self.worked, self.wasted = recorder.counter(), recorder.counter()
        self.waiting, self.opened, self.half_opened = recorder.level(), recorder.level(), recorder.level()
        self.state = State.CLOSED
        self._results = 0
        self._calls_to_open: list[int] = []
        self._outage_began_s = self._outage_ended_s = self._first_open_s = self._recovered_s = -1.0
        self._good_bins = 0
        self._busy_before_s = 0.0

    # Requests: what users see

    def request_began(self) -> None:
        self.waiting.add(1)

    def request_ended(self, request: Request, began_s: float, outcome: str) -> None:
        """`outcome` is one of the recorder's outcomes: ok and slow are answers."""
        self.ended.bin += 1
        self.waiting.add(-1)
        self.latency.record(self._world.now_s() - began_s)
        if outcome in UNANSWERED:
            self.errors.bin += 1
        else:
            self.useful.bin += 1
        self.users.count(outcome)
        if request.traced:
            self._world.span(request, "request", began_s, outcome)

    def fell_back(self, request: Request, age_s: float) -> None:
        """The fallback gave an answer so old."""
        self.answered_instead.bin += 1
        self.age.record(age_s)
        self.cache.ok += 1
        if request.traced:
            self._world.span(request, "cache", self._world.now_s(), "ok", "request")

    def found_nothing(self) -> None:
        """The fallback had no answer."""
        self.cache.failed += 1

    # Calls: what the service gets

    def call_ended(self, request: Request, began_s: float, outcome: str) -> None:
        """To be told before the breaker hears of it, so that the call which opens it is counted."""
        self._results += 1
        self.calls.count(outcome)
        if outcome in UNANSWERED:
            self.failed.bin += 1
        if request.traced:
            self._world.span(request, "call", began_s, outcome, "request")

    # The breaker and the outage

    def became(self, state: State, reason: str) -> None:
        """The breaker has changed its state."""
        if state is State.OPEN:
            self._opened()
        if state is State.CLOSED:
            self._results = 0
        self.state = state
        self.opened.set(float(state is State.OPEN))
        self.half_opened.set(float(state is State.HALF_OPEN))
        self._world.mark("state", "breaker", reason, state.value)

    def _opened(self) -> None:
        self.openings.bin += 1
        if self.state is State.CLOSED and self._world.now_s() >= self._world.warm_up_s:
            self._calls_to_open.append(self._results)
        if self._first_open_s < 0.0 <= self._outage_began_s:
            self._first_open_s = self._world.now_s()

    def outage_began(self) -> None:
        self._outage_began_s, self._results = self._world.now_s(), 0

    def outage_ended(self) -> None:
        self._outage_ended_s = self._world.now_s()

    def _watch_recovery(self) -> None:
        """Recovered: for some bins in a row nearly all users get an answer again."""
        if self._recovered_s >= 0.0 or self._outage_ended_s < 0.0 or not self.ended.last:
            return
        good = self.errors.last / self.ended.last <= RECOVERED_ERROR_SHARE
        self._good_bins = self._good_bins + 1 if good else 0
        if self._good_bins == RECOVERED_FOR_BINS:
            began_s = self._world.now_s() - RECOVERED_FOR_BINS * self._recorder.last_bin_s
            self._recovered_s = max(0.0, began_s - self._outage_ended_s)

    # What comes of it

    def values(self, service: RemoteService) -> Mapping[str, float | None]:
        """The series over the bin that just ended."""
        bin_s, ended = self._recorder.last_bin_s, self.ended.last
        self._watch_recovery()
        if not self._recorder.measured_s:
            self._busy_before_s = service.busy_s
        return {
            "state": float(STATES.index(self.state.value)) if self._guarded else None,
            "error_share": ratio(self.errors.last, ended),
            "goodput_rps": self.useful.last / bin_s,
            "allowed_rps": self.sent.last / bin_s,
            "rejected_rps": self.refused.last / bin_s,
            "failed_rps": self.failed.last / bin_s,
            "p50_s": self.latency.last_quantile(0.50),
            "p99_s": self.latency.last_quantile(0.99),
            "callers_waiting": self.waiting.last,
            "callee_load": (service.busy + service.queued) / service.plan.slots,
            "fallback_share": ratio(self.answered_instead.last, ended),
        }

    def flows(self) -> Mapping[str, Flow]:
        """Requests by edge in the bin that just ended."""
        return {"request": Flow(*self.users.last), "call": Flow(*self.calls.last), "instead": Flow(*self.cache.last)}

    def metrics(self, service: RemoteService) -> Metrics:
        """Over the time after the warm-up. A share divides what ended in that time by all that ended in it."""
        length_s, ended = self._recorder.measured_s, self.ended.total
        return {
            "throughput_rps": ratio(ended, length_s),
            "goodput_rps": ratio(self.useful.total, length_s),
            "error_rate": ratio(self.errors.total, ended),
            "rejected_rate": ratio(self.refused.total, ended),
            "fallback_share": ratio(self.answered_instead.total, ended),
            "fallback_age_s": self.age.mean,
            "mean_s": self.latency.mean,
            "p50_s": self.latency.quantile(0.50),
            "p95_s": self.latency.quantile(0.95),
            "p99_s": self.latency.quantile(0.99),
            "callers_waiting": self.waiting.mean,
            "allowed_share": ratio(self.sent.total, self.sent.total + self.refused.total),
            "callee_rps": ratio(self.sent.total, length_s),
            "utilization": ratio(service.busy_s - self._busy_before_s, length_s * service.plan.slots),
            "wasted_share": ratio(self.wasted.total, self.worked.total),
            **self._breaker_metrics(),
        }

    def _breaker_metrics(self) -> Metrics:
        opens, first_open_s, recovered_s = self._calls_to_open, self._first_open_s, self._recovered_s
        return {
            "openings": self.openings.total if self._guarded else None,
            "open_share": self.opened.mean if self._guarded else None,
            "half_open_share": self.half_opened.mean if self._guarded else None,
            "calls_to_open": ratio(sum(opens), len(opens)),
            "time_to_open_s": first_open_s - self._outage_began_s if first_open_s >= 0.0 else None,
            "recovery_s": recovered_s if recovered_s >= 0.0 else None,
        }

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """By batch means: for a run without an outage."""
        bin_s = self._recorder.measured_s / max(1, len(self.ended.history))
        found = {
            "error_rate": ratio_interval(self.errors.history, self.ended.history),
            "rejected_rate": ratio_interval(self.refused.history, self.ended.history),
            "goodput_rps": batch_interval([count / bin_s for count in self.useful.history]),
        }
        return {name: (interval.low, interval.high) for name, interval in found.items() if interval is not None}
