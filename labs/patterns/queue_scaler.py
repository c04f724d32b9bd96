"""Queue-based scaling: as many instances as the work in hand needs, whatever the processors say.

Problem. A processor at 100 % looks the same with ten requests waiting and with ten thousand. Utilization saturates exactly
when its size matters. The amount of work in hand does not: it grows as long as too little is done.

Rule. Choose how much work in hand one instance may have, and divide:

    wanted = ceil(work in hand / work per instance)

For a worker that takes jobs from a queue, work per instance = longest acceptable delay / time per job (`per_instance`): if a
job may wait 10 s and takes 0.1 s, 100 jobs per instance are fine. For a server, in hand is what waits *and* what is worked on,
the concurrency; at its target it is a little more than the slots of an instance.

Source. AWS, *Scaling policy based on Amazon SQS* (backlog per instance); Knative's concurrency-based autoscaler. That work in
hand is rate times delay is Little's law (1961).

Limits. A backlog is a stock, not a flow: after an outage it asks for the fleet that would clear it at once, and when that has
booted the backlog is gone. It overshoots where queues are long, and stays too small where a short queue limit throws work away
unseen: count the refused as well. It reacts as late as its instances boot. Work that is stuck behind a slow database is in
hand too: measure what waits for *this* tier.
"""

from math import ceil

from labs.patterns.scaling import Decision, Signals
from labs.patterns.target_tracking import ROUNDING, Stabiliser


def per_instance(acceptable_s: float, work_s: float, slots: int = 1) -> float:
    """Work in hand that one instance may have so that nothing waits longer than is acceptable."""
    return slots * acceptable_s / work_s


class QueueScaler:
    """`per_instance` requests in hand are right for one instance. Scaling in takes the largest answer of the window."""

    def __init__(self, per_instance: float, *, tolerance: float = 0.1, stabilise_in_s: float = 300.0) -> None:
        self.per_instance = per_instance
        self.tolerance = tolerance
        self.stabiliser = Stabiliser(stabilise_in_s)

    def decide(self, signals: Signals) -> Decision:
        """As many as the work in hand needs."""
        size, in_hand = signals.instances, signals.in_flight
        if in_hand is None:
            return Decision(size, size, "nothing was measured")
        wanted = self._wanted(signals.ready, in_hand)
        steady = self.stabiliser.steady(signals.at_s, size, wanted)
        reason = f"{in_hand:.3g} requests in hand, {self.per_instance:g} for each instance"
        return Decision(size, steady, reason if steady == wanted else f"{reason} ask for {wanted}, held by its window")

    def _wanted(self, ready: int, in_hand: float) -> int:
        near = ready > 0 and abs(in_hand / (self.per_instance * ready) - 1.0) <= self.tolerance
        return ready if near else ceil(in_hand / self.per_instance - ROUNDING)
