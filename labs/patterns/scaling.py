"""Autoscaling: measure a fleet, decide how many instances it should have, ask the cloud for them, and again.

Problem. Load moves by the hour and by the minute; a fleet sized for its peak is idle most of the time, one sized for its mean
fails at the peak. Somebody has to add instances before users notice and take them away before the bill does. New instances
are late: a signal must be averaged, a decision waits for its turn, the cloud's API takes a while, and an instance boots.

Rule. Three parts that know little of each other:

    Metrics (port) ── Signals ──> Scaler ── Decision ──> Autoscaler ── scale out / scale in ──> Cloud (port)

A *scaler* is a policy and nothing else: signals in, a wanted count out. It can be tested with numbers and swapped while the
fleet runs. The *autoscaler* is the loop around it: it keeps the count between its bounds and below what stands behind the fleet
can bear, calls the cloud, and outlives errors of both ports, for a loop that dies at the first timeout is found out at the next
peak. The *ports* are all that it asks of a vendor, so an adapter is a page of code:

    port           AWS                                    Google Cloud                          Azure
    size           DescribeAutoScalingGroups              regionInstanceGroupManagers.get       virtualMachineScaleSets.get
    scale_out/in   SetDesiredCapacity                     regionInstanceGroupManagers.resize    PATCH sku.capacity
    read           CloudWatch GetMetricData               Monitoring timeSeries.list            Monitor metrics list

What sketches get wrong is mostly in the signals, so they carry their own small print:

1. They are averages over `window_s`, not snapshots. One garbage collection is not a peak.
2. They are those of *ready* instances. A booting one reports 0 % and drags the mean below the threshold that called for it.
3. `capacity_rps` is that of one instance. Whether a capacity is one machine's or the fleet's must be said in its name.
4. A signal that was not measured is None, and None is never 0: a dead monitoring system must not empty a fleet.
5. More instances are not more capacity where something behind them is the limit: each one opens connections to the same
   database. `ceiling` says how many can be borne, whatever the load.

Source. The split into a decision function and an actuator follows Kubernetes' HorizontalPodAutoscaler; the loop is MAPE
(monitor, analyse, plan, execute: J. Kephart and D. Chess, *The Vision of Autonomic Computing*, 2003).

Limits. One loop for one fleet: two that run at once undo each other's work, so elect a leader. It cannot be faster than a boot:
headroom, not cleverness, carries the first minute of a spike. It answers load; a fleet that is slow for another reason it will
make larger and no faster.

    ScalingError
    ├── MetricsUnavailable    no signals now
    └── CloudError            the cloud did not do it
        └── QuotaExceeded     it did a part of it
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from labs.patterns.clock import Clock, Sleep, running_loop_time


class ScalingError(Exception):
    """Something outside of the loop failed; the next round tries again."""


class MetricsUnavailable(ScalingError):
    """There are no signals now."""


class CloudError(ScalingError):
    """The cloud's API failed: the size of the fleet is what it was, or nobody knows."""


class QuotaExceeded(CloudError):
    """The cloud gave `granted` instances in all and will give no more."""

    def __init__(self, granted: int) -> None:
        super().__init__(f"the quota is used up at {granted} instances")
        self.granted = granted


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a fleet at `at_s`. Shares are those of ready instances, averaged over the last `window_s`."""

    at_s: float
    ready: int
    booting: int = 0
    cpu: float | None = None
    memory: float | None = None
    rate_rps: float | None = None
    """Requests that came to the whole fleet, refused ones included."""
    capacity_rps: float = 1.0
    """Requests a second that one instance can serve."""
    p95_s: float | None = None
    in_flight: float | None = None
    """Requests that wait or are worked on in the whole fleet."""
    window_s: float = 60.0

    @property
    def instances(self) -> int:
        """All that were asked for: ready or on their way."""
        return self.ready + self.booting


@dataclass(frozen=True, slots=True)
class Decision:
    """So many instances are wanted in place of so many, and why in a few words."""

    current: int
    wanted: int
    reason: str

    @property
    def direction(self) -> str:
        """up, down or none."""
        return "up" if self.wanted > self.current else "down" if self.wanted < self.current else "none"


class Scaler(Protocol):
    """A policy. It may remember what it saw, but touches nothing."""

    def decide(self, signals: Signals) -> Decision: ...


class Metrics(Protocol):
    """Where signals come from."""

    async def read(self) -> Signals:
        """The signals of this moment. Raises MetricsUnavailable."""
        ...


class Cloud(Protocol):
    """What gives and takes instances. Both calls name the size wanted, so that repeating one does no harm."""

    async def size(self) -> int:
        """Instances that were asked for and are not on their way out."""
        ...

    async def scale_out(self, to: int) -> None:
        """Have at least `to` instances; returns when the order is taken, not when they serve. Raises CloudError."""
        ...

    async def scale_in(self, to: int) -> None:
        """Have at most `to`; those that go finish what they are at. Raises CloudError."""
        ...


class Autoscaler:
    """The loop: at once, and then every `interval_s`, it reads, decides and acts. A slow API delays no later round.

    `ceiling()` is the largest fleet that what stands behind it can bear; asked each time. `on_decision` hears of each
    decision that was carried out, `on_error` of each round that failed; neither may raise.
    """

    def __init__(
        self,
        scaler: Scaler,
        metrics: Metrics,
        cloud: Cloud,
        *,
        minimum: int,
        maximum: int,
        interval_s: float = 60.0,
        ceiling: Callable[[], int | None] = lambda: None,
        on_decision: Callable[[Decision], None] = lambda decision: None,
        on_error: Callable[[ScalingError], None] = lambda error: None,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.scaler = scaler
        self.metrics = metrics
        self.cloud = cloud
        self.minimum = minimum
        self.maximum = maximum
        self.interval_s = interval_s
        self.ceiling = ceiling
        self.on_decision = on_decision
        self.on_error = on_error
        self.clock = clock
        self.sleep = sleep

    async def run(self) -> None:
        """Until it is cancelled."""
        due_s = self.clock()
        while True:
            await self.round()
            due_s = max(due_s + self.interval_s, self.clock())
            await self.sleep(due_s - self.clock())

    async def round(self) -> Decision | None:
        """One turn of the loop; None where a port failed."""
        try:
            signals = await self.metrics.read()
            size = await self.cloud.size()
            decision = self.bounded(self.scaler.decide(signals), size)
            await self._act(decision)
        except ScalingError as error:
            self.on_error(error)
            return None
        return decision

    def bounded(self, decision: Decision, size: int) -> Decision:
        """The decision within the bounds, as a change of the size that the fleet has."""
        most, ceiling = self.maximum, self.ceiling()
        reason = decision.reason
        if ceiling is not None and ceiling < min(most, decision.wanted):
            most, reason = max(self.minimum, ceiling), f"{reason}; held at what stands behind can bear"
        wanted = max(self.minimum, min(most, decision.wanted))
        return replace(decision, current=size, wanted=wanted, reason=reason)

    async def _act(self, decision: Decision) -> None:
        if decision.direction == "none":
            return
        try:
            await (self.cloud.scale_out if decision.direction == "up" else self.cloud.scale_in)(decision.wanted)
        except QuotaExceeded as short:
            if short.granted > decision.current:
                self.on_decision(replace(decision, wanted=short.granted))
            raise
        self.on_decision(decision)
