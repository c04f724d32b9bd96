"""The calls of the circuit-breaker lab while nothing changes, as shares and mean times: what its theory reckons with."""

from math import exp

from labs.experiments.contract import Values
from labs.theory.breaker import Regime
from labs.theory.queueing import mmc_mean_wait_s, mmc_wait_exceeds

OVERLAPPING = 0.05
RARE = 0.002
LONG_MEANS = 14.0
NEARLY_FULL = 0.95


class Conditions:
    """The calls while nothing changes: before and after the outage, or within it. A mixture of ordinary and slow calls."""

    def __init__(self, values: Values, outage: bool) -> None:
        self.values = values
        self.rate_rps, self.slots = float(values["rate_rps"]), int(values["slots"])
        self.timeout_s, self.base_s, self.slow_s = (float(values[name]) for name in ("timeout_s", "service_mean_s", "slow_s"))
        self.errors, self.slow_rate = float(values["failure_rate"]), float(values["slow_rate"])
        if outage and values["outage"] in ("errors", "both"):
            self.errors = max(self.errors, float(values["outage_failure_rate"]))
        if outage and values["outage"] in ("slow", "both"):
            self.slow_rate = max(self.slow_rate, float(values["outage_slow_rate"]))

    @property
    def timed_out_share(self) -> float:
        """Share of calls whose work alone takes longer than the timeout."""
        slow = exp(-max(0.0, self.timeout_s - self.slow_s) / self.base_s)
        return (1.0 - self.slow_rate) * exp(-self.timeout_s / self.base_s) + self.slow_rate * slow

    @property
    def slow_share(self) -> float:
        """Share of calls that last as long as the breaker calls slow."""
        return self.lasts_beyond(float(self.values["slow_call_s"]))

    def lasts_beyond(self, t_s: float) -> float:
        """The chance that a caller is held for longer than so many seconds, without a queue."""
        if t_s >= self.timeout_s:
            return 0.0
        slow = exp(-max(0.0, t_s - self.slow_s) / self.base_s)
        return (1.0 - self.slow_rate) * exp(-t_s / self.base_s) + self.slow_rate * slow

    @property
    def settled_s(self) -> float:
        """After so long nearly all calls that were under way have ended."""
        return min(self.timeout_s, (self.slow_s if self.slow_rate else 0.0) + LONG_MEANS * self.base_s)

    @property
    def calls(self) -> Regime:
        return Regime(self.counted_share, self.lasts_beyond)

    @property
    def failed_share(self) -> float:
        return self.timed_out_share + (1.0 - self.timed_out_share) * self.errors

    @property
    def counted_share(self) -> float:
        """Share of calls that a breaker counts as failures."""
        wrong = float(self.values["client_error_rate"]) if self.values["count_4xx"] else 0.0
        return self.timed_out_share + (1.0 - self.timed_out_share) * min(1.0, self.errors + wrong)

    @property
    def held_s(self) -> float:
        """Mean time that a caller spends on the work of a call, cut by the timeout."""

        def cut(limit_s: float) -> float:
            return self.base_s * (1.0 - exp(-limit_s / self.base_s)) if limit_s > 0.0 else 0.0

        slow_s = min(self.slow_s, self.timeout_s) + cut(self.timeout_s - self.slow_s)
        return (1.0 - self.slow_rate) * cut(self.timeout_s) + self.slow_rate * slow_s

    @property
    def worked_s(self) -> float:
        """Mean time that a call keeps a slot."""
        return self.held_s if self.values["cancel"] else self.base_s + self.slow_rate * self.slow_s

    @property
    def load(self) -> float:
        return self.rate_rps * self.worked_s / self.slots

    @property
    def wait_s(self) -> float:
        return mmc_mean_wait_s(self.rate_rps, self.worked_s, self.slots).value or 0.0

    @property
    def queues(self) -> str:
        """Why failures are not as rare as was set: calls that wait run into their timeout, or find the queue full."""
        patience_s = max(0.0, self.timeout_s - 4.0 * self.base_s)
        late = mmc_wait_exceeds(self.rate_rps, self.worked_s, self.slots, patience_s).value
        return "" if late is not None and late < RARE else "calls queue until they time out"

    @property
    def uneven_queue(self) -> str:
        """Why the wait of exponential work does not stand for that of this mixture."""
        uneven = self.slow_rate > 0.0 or self.timed_out_share > RARE
        return "calls queue, and their work is far from exponential" if uneven and self.wait_s > 0.02 * self.held_s else ""

    @property
    def unsettled(self) -> str:
        """A queue forgets its beginning the more slowly the nearer its load is to 1."""
        return "so near to full load a queue takes longer than the run to settle" if self.load > NEARLY_FULL else ""

    @property
    def slow_opens(self) -> str:
        """Why the windowed breaker's failures are not all that opens it."""
        return "slow calls open it as well" if self.slow_share > 0.05 * self.counted_share else ""

    @property
    def unseen(self) -> str:
        hidden = self.values["timeout_place"] == "around" and self.timed_out_share > RARE
        return "the timeout lies around the breaker, which learns nothing of it" if hidden else ""

    @property
    def late_failures(self) -> str:
        late = self.timed_out_share > 0.05 * self.counted_share and self.overlap
        return "timeouts come in long after the other results, so failures bunch" if late else ""

    @property
    def overlap(self) -> str:
        inside = self.rate_rps * self.held_s
        return f"about {inside:.2g} calls are under way at once, so results come late" if inside > OVERLAPPING else ""
