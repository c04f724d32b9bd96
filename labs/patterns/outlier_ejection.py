"""Outlier ejection: judge members by the requests that they serve, and give those that stand out a rest.

Problem. Active probes ask a question of their own, now and then. A member may answer each of them and still fail its users: a
full disk, a poisoned cache, a broken connection to something that the probe does not touch. The answers to real requests know
it first.

Rule. Watch every result. Eject a member that behaves unlike the others, for a while, and let it back by itself.

1. *Consecutive failures*: so many in a row eject at once. It is quick on a dead member and blind to one that fails half of
   its requests.
2. *Success rate*: at each sweep, over the members with enough requests, whoever lies more than `deviations` standard deviations
   below the mean rate is ejected. It compares members with each other, so a dependency that fails for all ejects nobody by
   this rule.
3. Ejection lasts `base_ejection_s` times the number of times that it has happened, up to a maximum; each quiet sweep takes
   one off that number. A member that is still ill when it comes back is tried ever more rarely.
4. At most `max_ejected_share` of the members may be out at a time (one always may): a rule that can empty the pool is a way
   to turn a partial outage into a total one.

Source. Envoy's documentation, "Outlier detection" (consecutive 5xx 5, sweep 10 s, base ejection 30 s, at most 10 %, at least 5
hosts with 100 requests, 1.9 deviations); Netflix's Eureka and Finagle's failure accrual are of the same family.

Limits. It learns from users' failures: somebody has to suffer them. Without traffic it sees nothing, and it returns members
without asking how they are. Every balancer learns for itself. With few members nothing stands out: of n
values none lies further than sqrt(n - 1) deviations from their mean, so among four 1.9 is out of reach. Not thread-safe.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Generic, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time

Member = TypeVar("Member")


@dataclass(slots=True)
class Record:
    """What is known of one member. `good` and `seen` count since the last sweep."""

    in_a_row: int = 0
    good: int = 0
    seen: int = 0
    ejections: int = 0
    """Times ejected, less one for each quiet sweep since."""
    until_s: float | None = None
    """When its ejection ends; None while it is in."""


class OutlierDetector(Generic[Member]):
    """Tell it each result with `saw`; run `run()` beside it. `on_change(member, ejected, reason)` hears of each change,
    and must not raise.

    Times are seconds, shares lie between 0 and 1. Members must be hashable. All settings may be changed while it runs.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        consecutive_failures: int = 5,
        deviations: float = 1.9,
        minimum_members: int = 5,
        minimum_requests: int = 100,
        interval_s: float = 10.0,
        base_ejection_s: float = 30.0,
        max_ejection_s: float = 300.0,
        max_ejected_share: float = 0.1,
        on_change: Callable[[Member, bool, str], None] = lambda member, ejected, reason: None,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.consecutive_failures = consecutive_failures
        self.deviations = deviations
        self.minimum_members = minimum_members
        self.minimum_requests = minimum_requests
        self.interval_s = interval_s
        self.base_ejection_s = base_ejection_s
        self.max_ejection_s = max_ejection_s
        self.max_ejected_share = max_ejected_share
        self.on_change = on_change
        self.clock = clock
        self.sleep = sleep
        self._records = {member: Record() for member in members}

    @property
    def ejected(self) -> tuple[Member, ...]:
        return tuple(member for member, record in self._records.items() if record.until_s is not None)

    def saw(self, member: Member, good: bool) -> None:
        """A request to `member` has ended. Results that come in while it is ejected say nothing new."""
        record = self._records[member]
        if record.until_s is not None:
            return
        record.seen += 1
        if good:
            record.good += 1
            record.in_a_row = 0
            return
        record.in_a_row += 1
        if record.in_a_row >= self.consecutive_failures:
            self._eject(member, record, f"{record.in_a_row} failures in a row")

    async def run(self) -> None:
        """Sweep at each interval until cancelled. Between sweeps nobody comes back."""
        while True:
            await self.sleep(self.interval_s)
            self.sweep()

    def sweep(self) -> None:
        """Let those back whose time is over, eject those whose success rate stands out, and count anew."""
        self._let_back()
        self._judge_rates()
        for record in self._records.values():
            record.good = record.seen = 0

    def _let_back(self) -> None:
        now_s = self.clock()
        for member, record in self._records.items():
            if record.until_s is None:
                record.ejections = max(0, record.ejections - 1)
            elif now_s >= record.until_s:
                record.until_s = None
                record.in_a_row = record.good = record.seen = 0
                self.on_change(member, False, "its time is over")

    def _judge_rates(self) -> None:
        rates = {
            member: record.good / record.seen
            for member, record in self._records.items()
            if record.until_s is None and record.seen >= self.minimum_requests
        }
        if len(rates) < self.minimum_members:
            return
        mean = sum(rates.values()) / len(rates)
        spread = sqrt(sum((rate - mean) ** 2 for rate in rates.values()) / len(rates))
        limit = mean - self.deviations * spread
        for member, rate in rates.items():
            if rate < limit:
                self._eject(member, self._records[member], f"{rate:.0%} good where others have {mean:.0%}")

    def _eject(self, member: Member, record: Record, reason: str) -> None:
        if len(self.ejected) >= max(1, int(self.max_ejected_share * len(self._records))):
            return
        record.ejections += 1
        record.in_a_row = 0
        record.until_s = self.clock() + min(self.max_ejection_s, self.base_ejection_s * record.ejections)
        self.on_change(member, True, reason)
