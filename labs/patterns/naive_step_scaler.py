"""Naive step scaler: one more above a threshold, one less below, kept to be compared with `target_tracking.py`.

Problem and shape are those of `scaling.py`. The rule: scale out by `step` if *any* signal is above its upper threshold (CPU 70
%, memory 80 %, requests 80 % of capacity), scale in by `step` only if *all* are below their lower one (30 %, 50 %, 30 %). After
scaling out it rests for `cooldown_out_s` before it scales out again, after scaling in for `cooldown_in_s` before it scales in
again. It is on many whiteboards, and has these faults:

1. It knows "too much", not *how much*. From 2 to 20 instances are 18 steps; with one per 5 minutes the last is ordered 85
   minutes after the first. No peak waits so long.
2. The two cooldowns do not see each other, and both count from the beginning of time: the first scale-in is always allowed,
   even a minute after a scale-out. Load near a threshold makes the fleet flap. (`shared_cooldown=True` is the cure: any action
   starts the scale-in clock.)
3. The design had a row for p95 latency that the code forgot. (`p95_s=Band(0.5, 0.1)` puts it in.) It is a poor trigger when it
   stands alone: a slow database raises it, and then this scales the wrong tier. And if an idle service takes longer than
   the lower threshold, "all below" never holds again and the fleet never shrinks.
4. So it is with memory: managed heaps seldom give memory back, so "memory below 50 %" can forbid scaling in for ever.
   (`memory=None` leaves it out; give leaks to an alert, not to the autoscaler.)
5. A count in flight is not a count in service: while instances boot it orders more, or fewer, by what the others report.

Source. The shape is that of "simple scaling" policies, which vendors keep for old configurations and advise against.

Limits. Where load moves slowly against the cooldowns it does its work, and two thresholds far apart are a hysteresis that
needs no window. Do not use it for anything with a peak.
"""

from dataclasses import dataclass
from math import inf

from labs.patterns.scaling import Decision, Signals
from labs.patterns.target_tracking import load


@dataclass(frozen=True, slots=True)
class Band:
    """Above `high` is too much, below `low` too little, in between is left alone."""

    high: float
    low: float


class StepScaler:
    """`load` is the share of the ready instances' capacity that is asked for; None leaves a signal out."""

    def __init__(
        self,
        *,
        cpu: Band | None = Band(0.7, 0.3),
        memory: Band | None = Band(0.8, 0.5),
        load: Band | None = Band(0.8, 0.3),
        p95_s: Band | None = None,
        step: int = 1,
        cooldown_out_s: float = 300.0,
        cooldown_in_s: float = 600.0,
        shared_cooldown: bool = False,
    ) -> None:
        self.cpu = cpu
        self.memory = memory
        self.load = load
        self.p95_s = p95_s
        self.step = step
        self.cooldown_out_s = cooldown_out_s
        self.cooldown_in_s = cooldown_in_s
        self.shared_cooldown = shared_cooldown
        self._last_out_s = self._last_in_s = -inf

    def decide(self, signals: Signals) -> Decision:
        """One step up, one down, or none."""
        seen = self._seen(signals)
        high = [f"{name} {value:.3g} > {band.high:g}" for name, value, band in seen if value > band.high]
        busy = [f"{name} {value:.3g}" for name, value, band in seen if value >= band.low]
        size, now_s = signals.instances, signals.at_s
        if high:
            if now_s - self._last_out_s < self.cooldown_out_s:
                return Decision(size, size, f"{high[0]}, but it rests")
            self._last_out_s = now_s
            return Decision(size, size + self.step, high[0])
        if busy or not seen:
            return Decision(size, size, f"{busy[0]} is in between" if busy else "nothing was measured")
        if now_s - self._quiet_since_s < self.cooldown_in_s:
            return Decision(size, size, "all is low, but it rests")
        self._last_in_s = now_s
        return Decision(size, size - self.step, "all is low")

    @property
    def _quiet_since_s(self) -> float:
        return max(self._last_in_s, self._last_out_s) if self.shared_cooldown else self._last_in_s

    def _seen(self, signals: Signals) -> list[tuple[str, float, Band]]:
        rows = (
            ("CPU", signals.cpu, self.cpu),
            ("memory", signals.memory, self.memory),
            ("load", load(signals), self.load),
            ("p95", signals.p95_s, self.p95_s),
        )
        return [(name, value, band) for name, value, band in rows if value is not None and band is not None]
