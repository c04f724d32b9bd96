"""What is measured in one arm of the decorator-order lab: tries, fresh answers, the breaker, and whether it gets well again."""

from collections import deque
from collections.abc import Mapping

from labs.experiments.callers import Callers, ratio
from labs.experiments.contract import Metrics
from labs.experiments.decorator_order.orders import EDGES
from labs.experiments.events import Flow
from labs.experiments.world import RemoteService, World
from labs.patterns.circuit_breaker import State, Transition

STATES = ("closed", "half-open", "open")
WELL = 0.9
WELL_FOR_BINS = 4
END_S = 10.0


class Instruments:
    """Fed by the system while it works; acts on nothing."""

    def __init__(self, world: World) -> None:
        recorder = world.recorder
        self._world = world
        self._recorder = recorder
        self.callers = Callers(world)
        self.steps = {edge: recorder.outcomes() for edge in EDGES}
        self.sent, self.done = recorder.counter(), recorder.counter()
        self.ended, self.tries = recorder.counter(), recorder.counter()
        self.fresh, self.cached, self.given_up = recorder.counter(), recorder.counter(), recorder.counter()
        self.openings, self.opened, self.queued = recorder.counter(), recorder.level(), recorder.level()
        self.state = State.CLOSED
        self._opened = 0
        self._longest_s = 0.0
        self._calm = [0, 0, 0, 0.0]
        self._trouble_began_s = self._trouble_ended_s = self._recovered_s = -1.0
        self._good_bins = 0
        self._end: deque[tuple[float, float, float]] = deque()
        self._busy_before_s = 0.0

    # What happens

    def request_ended(self, began_s: float, outcome: str, attempts: int, from_cache: bool) -> None:
        self.callers.ended(began_s, outcome)
        took_s = self._world.now_s() - began_s
        self.ended.bin += 1
        self.tries.bin += attempts
        if outcome == "ok":
            (self.cached if from_cache else self.fresh).bin += 1
        if self._world.now_s() >= self._world.warm_up_s:
            self._longest_s = max(self._longest_s, took_s)
            if self._trouble_began_s < 0.0:
                for place, amount in enumerate((1, attempts, from_cache, took_s)):
                    self._calm[place] += amount

    def became(self, change: Transition) -> None:
        """The breaker has changed its state."""
        self.state = change.after
        self.opened.set(float(change.after is State.OPEN))
        if change.after is State.OPEN:
            self._opened += 1
            self.openings.bin += 1
        self._world.mark("state", "breaker", f"breaker {change.after.value}: {change.reason}", change.after.value)

    def trouble(self, ill: bool) -> None:
        """The service has fallen ill or got well."""
        if ill:
            self._trouble_ended_s = self._recovered_s = -1.0
            if self._trouble_began_s < 0.0:
                self._trouble_began_s = self._world.now_s()
        elif self._trouble_ended_s < 0.0:
            self._trouble_ended_s = self._world.now_s()

    def _watch_recovery(self) -> None:
        """Recovered: for some bins in a row nearly all requests get a fresh answer again."""
        if self._recovered_s >= 0.0 or self._trouble_ended_s < 0.0 or not self.ended.last:
            return
        self._good_bins = self._good_bins + 1 if self.fresh.last >= WELL * self.ended.last else 0
        if self._good_bins == WELL_FOR_BINS:
            began_s = self._world.now_s() - WELL_FOR_BINS * self._recorder.last_bin_s
            self._recovered_s = max(0.0, began_s - self._trouble_ended_s)
            self._world.mark("note", "client", "nearly all answers are fresh again", "recovered")

    def _watch_end(self) -> None:
        now_s = self._world.now_s()
        self._end.append((now_s, self.fresh.last, self.ended.last))
        while self._end[0][0] <= now_s - END_S:
            self._end.popleft()

    # What comes of it

    def values(self, service: RemoteService) -> dict[str, float | None]:
        """The series over the bin that just ended."""
        self._watch_recovery()
        self._watch_end()
        if not self._recorder.measured_s:
            self._busy_before_s = service.busy_s
        self.queued.set(float(service.queued))
        seen, ended, bin_s = self.callers.values(), self.ended.last, self._recorder.last_bin_s
        return {
            "attempts": ratio(self.tries.last, ended),
            "fresh_share": ratio(self.fresh.last, ended),
            "fallback_share": ratio(self.cached.last, ended),
            "error_share": seen["error_share"],
            "p50_s": seen["p50_s"],
            "p99_s": seen["p99_s"],
            "state": float(STATES.index(self.state.value)),
            "openings": float(self._opened),
            "callee_rps": self.sent.last / bin_s,
            "queued": float(service.queued),
        }

    def flows(self) -> Mapping[str, Flow]:
        return {edge: Flow(*outcomes.last) for edge, outcomes in self.steps.items()}

    def metrics(self, service: RemoteService) -> Metrics:
        length_s, ended = self._recorder.measured_s, self.ended.total
        calm, calm_tries, calm_cached, calm_s = self._calm
        recovered_s = self._recovered_s
        return {
            **self.callers.metrics(),
            "attempts_per_request": ratio(self.tries.total, ended),
            "fallback_share": ratio(self.cached.total, ended),
            "fresh_rps": ratio(self.fresh.total, length_s),
            "fresh_end_share": ratio(sum(fresh for _, fresh, _ in self._end), sum(all_ for *_, all_ in self._end)),
            "recovery_s": recovered_s if recovered_s >= 0.0 else None,
            "max_s": self._longest_s if ended else None,
            "callee_rps": ratio(self.sent.total, length_s),
            "wasted_share": ratio(self.given_up.total, self.done.total),
            "queue_mean": self.queued.mean,
            "utilization": ratio(service.busy_s - self._busy_before_s, length_s * service.plan.slots),
            "openings": self.openings.total,
            "open_share": self.opened.mean,
            "calm_attempts_per_request": ratio(calm_tries, calm),
            "calm_fallback_share": ratio(calm_cached, calm),
            "calm_mean_s": ratio(calm_s, calm),
        }
