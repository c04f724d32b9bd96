"""Peak EWMA: to whoever is likely to answer soonest, by how fast it has answered of late and by how much it has to do.

Problem. A count of requests under way says nothing about how long each will take. Among servers of different speed the slow
one with two requests is worse than the fast one with three, and a server in trouble shows it in its latency before its
queue.

Rule. Each server has a cost, a moving average of its latency whose weight decays with time:

    an answer slower than the cost raises it to that latency at once (the peak);
    a faster one pulls it down gently: cost · w + latency · (1 - w), with w = exp(-time since the last look / decay_s);
    while nothing is heard, the cost decays in the same way towards 0.

Two servers are drawn (`two_choices`), and the one with the lower cost · (active + 1) gets the request. So it is quick to
notice trouble and slow to forget it, and a server that is avoided is tried again when its cost has decayed, which is how
its recovery is found out.

A server that has never answered has no cost. Its first request is welcome; while that is under way, it is avoided.

A failure costs `failure_s`, however fast it came. Otherwise the server that refuses within a millisecond would be the
cheapest of all and draw the traffic into it.

Source. Finagle's `PeakEwma` (Twitter), described in the documentation of its load balancers. There a failure's own latency
counts, and failure accrual takes the server out; the price of a failure is this module's. Uneven spacing: A. Eckner,
Algorithms for Unevenly Spaced Time Series (2012).

Limits. It learns from answers: with a request every few seconds it knows little, and all its knowledge is stale. It
believes that latency is the server's doing; where answers differ because *requests* do, one heavy request gives a server a
bad name for `decay_s`. Many balancers that see the same latencies agree on the favourite; the draw of two keeps them apart.
"""

from math import exp
from random import Random

from labs.patterns.balancing import Policy, Server, Snapshot
from labs.patterns.clock import Clock, running_loop_time
from labs.patterns.two_choices import draw_two

UNKNOWN = 1e9
"""Seconds that a server without a record is feared to need while its first request is under way."""


class LatencyRecord:
    """One server's cost: its latency in seconds, as a moving average that follows peaks at once."""

    __slots__ = ("_seen_s", "cost_s")

    def __init__(self, now_s: float) -> None:
        self.cost_s = 0.0
        self._seen_s = now_s

    def observe(self, now_s: float, latency_s: float, decay_s: float) -> float:
        """The cost after a latency has been seen; 0 is a look without one."""
        weight = exp(-max(0.0, now_s - self._seen_s) / decay_s)
        self.cost_s = latency_s if latency_s > self.cost_s else self.cost_s * weight + latency_s * (1.0 - weight)
        self._seen_s = now_s
        return self.cost_s


class PeakEwma(Policy):
    """The cheaper of two ready servers. `decay_s` is the mean lifetime of what was learnt, `failure_s` what a failure costs."""

    def __init__(
        self,
        rng: Random | None = None,
        *,
        decay_s: float = 10.0,
        failure_s: float = 5.0,
        clock: Clock = running_loop_time,
    ) -> None:
        super().__init__()
        if decay_s <= 0.0:
            raise ValueError(f"decay_s must be above 0, not {decay_s}")
        self._uniform = (rng or Random()).random
        self.decay_s = decay_s
        self.failure_s = failure_s
        self.clock = clock
        self._records: dict[str, LatencyRecord] = {}

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self._records = {server.name: self._records[server.name] for server in members if server.name in self._records}

    def pick(self, key: str) -> Server:
        one, other = draw_two(self.ready, self._uniform(), self._uniform())
        if one is other:
            return one
        now_s = self.clock()
        return other if self._price(other.name, now_s) < self._price(one.name, now_s) else one

    def ended(self, server: Server, latency_s: float, failed: bool) -> None:
        super().ended(server, latency_s, failed)
        now_s = self.clock()
        seen_s = max(latency_s, self.failure_s) if failed else latency_s
        self._record(server.name, now_s).observe(now_s, seen_s, self.decay_s)

    def _price(self, name: str, now_s: float) -> float:
        cost_s, active = self._record(name, now_s).observe(now_s, 0.0, self.decay_s), self.active[name]
        return UNKNOWN + active if cost_s == 0.0 and active else cost_s * (active + 1)

    def _record(self, name: str, now_s: float) -> LatencyRecord:
        record = self._records.get(name)
        if record is None:
            record = self._records[name] = LatencyRecord(now_s)
        return record
