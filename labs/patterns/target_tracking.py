"""Target tracking: as many instances as bring the signal to its target, in one decision.

Problem. "Above 70 %, add one" says that there is too little, not how much. The size of the step was in the signal all along: at
twice the target, twice the fleet is needed.

Rule. For each signal that is an amount of work per instance

    wanted = ceil(ready instances · signal / target)

and the largest answer of several signals counts. Four details make it fit for use:

1. *Tolerance*: while signal / target is within 10 % of 1 nothing is done. Else noise at the edge of a whole number is
   an order and a counter-order.
2. *Stabilisation*: scaling in takes the largest answer of the last `stabilise_in_s`, so that a dip between two waves costs
   nothing and a scale-in never follows a scale-out at once. It must be longer than a boot: until new instances serve, the ready
   ones alone may ask for fewer than were ordered. Scaling out waits for nothing (`stabilise_out_s` 0).
3. *Missing signals*: if one was not measured, the others may ask for more, never for less.
4. *Signals that saturate*: a CPU is never busier than 100 %, so it can ask for 1 / target of the present fleet at most, 1.43
   times at 70 %. From 2 to 20 that takes six decisions, each after a boot. Requests per instance do not saturate: one
   decision. Track both.

    tracker = TargetTracker([Target("CPU", cpu, 0.7), Target("requests", load, 0.7)])

Source. The algorithm of Kubernetes' HorizontalPodAutoscaler (documentation, "Algorithm details" and "Stabilization window",
defaults 10 % and 300 s); AWS calls it target tracking.

Limits. It reacts, so it is late by the window of its signal, its turn and a boot: see `predictive_scaler.py`. Use only signals
that fall in proportion when instances are added: CPU, requests or work in flight per instance. Latency does not; neither does
memory. It assumes that instances are alike and load is spread evenly. It never scales from 0: nothing to measure is nothing to
multiply.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from labs.patterns.scaling import Decision, Signals

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Target:
    """Bring `measure(signals)`, an amount per ready instance, to `value`."""

    name: str
    measure: Callable[[Signals], float | None]
    value: float


def cpu(signals: Signals) -> float | None:
    """Share of the ready instances' processors at work."""
    return signals.cpu


def load(signals: Signals) -> float | None:
    """Requests that come, as a share of what the ready instances can serve; refused ones count, so it goes above 1."""
    capacity_rps = signals.ready * signals.capacity_rps
    return signals.rate_rps / capacity_rps if signals.rate_rps is not None and capacity_rps else None


class Stabiliser:
    """Holds a count back until it was asked for long enough: the largest answer of `in_s` counts, the smallest of `out_s`."""

    def __init__(self, in_s: float, out_s: float = 0.0) -> None:
        self.in_s = in_s
        self.out_s = out_s
        self._asked: deque[tuple[float, int]] = deque()

    def steady(self, now_s: float, current: int, wanted: int) -> int:
        """What may be done now of what is wanted. At first the fleet that was found counts as asked for."""
        if not self._asked:
            self._asked.append((now_s, current))
        self._asked.append((now_s, wanted))
        while now_s - self._asked[0][0] > max(self.in_s, self.out_s):
            self._asked.popleft()
        if wanted < current and self.in_s:
            return min(current, max(count for at_s, count in self._asked if now_s - at_s <= self.in_s))
        if wanted > current and self.out_s:
            return max(current, min(count for at_s, count in self._asked if now_s - at_s <= self.out_s))
        return wanted


class TargetTracker:
    """See the top of the module. `tolerance` is a share of the target."""

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        tolerance: float = 0.1,
        stabilise_in_s: float = 300.0,
        stabilise_out_s: float = 0.0,
    ) -> None:
        self.targets = tuple(targets)
        self.tolerance = tolerance
        self.stabiliser = Stabiliser(stabilise_in_s, stabilise_out_s)

    def decide(self, signals: Signals) -> Decision:
        """The largest answer of all targets, held back where it asks for fewer."""
        size = signals.instances
        asked = [(self._wanted(signals.ready, value / target.value), value, target) for value, target in self._seen(signals)]
        if not asked:
            return Decision(size, size, "nothing was measured")
        wanted, value, target = max(asked, key=lambda one: one[0])
        reason = f"{target.name} {value:.3g} for a target of {target.value:g}"
        if len(asked) < len(self.targets) and wanted < size:
            return Decision(size, size, f"{reason}, but a signal is missing")
        steady = self.stabiliser.steady(signals.at_s, size, wanted)
        return Decision(size, steady, reason if steady == wanted else f"{reason} asks for {wanted}, held by its window")

    def _seen(self, signals: Signals) -> list[tuple[float, Target]]:
        measured = ((target.measure(signals), target) for target in self.targets)
        return [(value, target) for value, target in measured if value is not None]

    def _wanted(self, ready: int, ratio: float) -> int:
        return ready if abs(ratio - 1.0) <= self.tolerance else ceil(ready * ratio - ROUNDING)
