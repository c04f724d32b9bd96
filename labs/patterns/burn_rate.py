"""Burn-rate alerts: wake somebody when the error budget is going too fast, for long enough to be sure and still going.

Problem. "More than 0.1 % of errors" wakes for every blip and, set higher, sleeps through a slow leak that empties the month.

Rule. The *burn rate* is the share of bad events over the share that the objective allows, 1 - SLO: at 1 the budget lasts
exactly its window. A rule fires when the burn rate is at least so high over a *long* window, which says that enough was spent
to matter, and over a *short* one, a twelfth of it, which says that it is still going on. The short one ends it soon after
the trouble. Several rules cover fast and slow burns: for a window of 30 days 14.4 over 1 h (2 % of the budget) and 6 over 6 h
(5 %) wake somebody, 1 over 3 days (10 %) makes a ticket.

Source. *The Site Reliability Workbook*, 2018, chapter 5, "Alerting on SLOs", approach 6.

Limits. Few events make a wild share: at ten requests an hour one failure burns at 100 for an objective of 99.9 %. `minimum`
keeps such windows silent, so somebody else must watch them (longer windows, probes). A share of no events is no share: silence
needs an alert of its own. In the first hours after the start a long window is only as long as what was counted, so that it
fires sooner than the rule says: let it look back before it may wake anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.patterns.clock import Clock, running_loop_time

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class BurnRule:
    """Fires from `burn` on, over `long_s` and over a twelfth of it."""

    burn: float
    long_s: float
    pages: bool

    @property
    def short_s(self) -> float:
        return self.long_s / 12.0


WORKBOOK_RULES = (
    BurnRule(14.4, HOUR_S, pages=True),
    BurnRule(6.0, 6 * HOUR_S, pages=True),
    BurnRule(1.0, 72 * HOUR_S, pages=False),
)
"""For a window of 30 days."""


class BurnRateAlert:
    """Good and bad events of one objective, counted by slice of time, and the rules that they break."""

    def __init__(
        self,
        slo: float,
        rules: Sequence[BurnRule] = WORKBOOK_RULES,
        *,
        slice_s: float = 60.0,
        minimum: int = 1,
        clock: Clock = running_loop_time,
    ) -> None:
        if not 0.0 < slo < 1.0:
            raise ValueError(f"an objective lies between 0 and 1, not {slo}")
        self.slo = slo
        self.rules = tuple(rules)
        self.slice_s = slice_s
        self.minimum = minimum
        self.clock = clock
        self._slices: dict[int, tuple[int, int]] = {}

    def count(self, good: int, bad: int) -> None:
        """Events that have just ended. Only *valid* ones: a request that the client got wrong is neither."""
        at = int(self.clock() // self.slice_s)
        if at not in self._slices:
            oldest = at - max(rule.long_s for rule in self.rules) / self.slice_s
            self._slices = {each: counts for each, counts in self._slices.items() if each > oldest}
        before_good, before_bad = self._slices.get(at, (0, 0))
        self._slices[at] = (before_good + good, before_bad + bad)

    def burn_rate(self, window_s: float) -> float | None:
        """Bad share of the last `window_s` over the share allowed; None for too few events."""
        oldest = int(self.clock() // self.slice_s) - window_s / self.slice_s
        live = [counts for at, counts in self._slices.items() if at > oldest]
        good, bad = sum(each[0] for each in live), sum(each[1] for each in live)
        if good + bad < max(1, self.minimum):
            return None
        return bad / (good + bad) / (1.0 - self.slo)

    def firing(self) -> list[BurnRule]:
        """The rules whose windows, long and short, both burn."""
        return [rule for rule in self.rules if self._burns(rule, rule.long_s) and self._burns(rule, rule.short_s)]

    def _burns(self, rule: BurnRule, window_s: float) -> bool:
        burn = self.burn_rate(window_s)
        return burn is not None and burn >= rule.burn
