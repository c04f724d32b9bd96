"""Predictive scaling: order today what the clock says will be needed when it has booted.

Problem. A reactive scaler sees a peak when it is there and has instances a boot later. But most peaks are no surprise: mornings
come daily, the sale starts at eight, the batch job runs on the hour. What is known should be ordered `lead_s` ahead.

Rule. Cut the season (a day, a week) into slots and remember the rate of each. The forecast for a time ahead is

    the rate of that slot in past seasons · (the rates of late / the rates of the same slots in past seasons)

so yesterday gives the shape and the last minutes the size. The largest forecast between now and `lead_s` ahead is divided by
what one instance may carry. While the slot has no past, the trend of the last minutes is drawn on instead (Holt's double
exponential smoothing). The answer is never below that of a reactive scaler, which it is wrapped around: a forecast may add
instances and keep them, not take them away. A wrong forecast then costs money, not users.

    PredictiveScaler(TargetTracker(...), target=0.7, season_s=86_400, lead_s=180)

Source. C. Holt, *Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages* (1957) and P. Winters (1960); its
use for fleets: Netflix, *Scryer: Netflix's Predictive Auto Scaling Engine* (2013).

Limits. The first season it can only react. What has never happened is not forecast: a viral post, an attack. A holiday that
looks like a Tuesday is over-provided, which is why the ratio to the present is bounded. One season length; for daily and weekly
use the week. Two minutes of history at the edge of a slot are not the same two minutes tomorrow: slots should be no longer than
the lead.
"""

from math import ceil

from labs.patterns.scaling import Decision, Scaler, Signals
from labs.patterns.target_tracking import Stabiliser

SMALLEST_RATIO, LARGEST_RATIO = 0.5, 2.0
FORGETS = 0.5
"""The weight of the latest season in a slot's memory."""
LATELY = 0.9
"""How much of the comparison with past seasons is kept from one observation to the next: some ten of them count."""


class SeasonalForecast:
    """Rates by slot of the season, and the trend where the season has no memory yet."""

    def __init__(self, season_s: float, slot_s: float = 60.0, *, level_weight: float = 0.5, trend_weight: float = 0.2) -> None:
        self.slots = max(1, round(season_s / slot_s))
        self.slot_s = season_s / self.slots
        self.level_weight = level_weight
        self.trend_weight = trend_weight
        self._past: list[float | None] = [None] * self.slots
        self._open_slot = -1
        self._open: list[float] = []
        self._level: float | None = None
        self._trend_per_s = 0.0
        self._seen_s = 0.0
        self._lately = self._formerly = 0.0

    def observe(self, at_s: float, rate: float) -> None:
        """So many requests a second came around that time. Times must not go back."""
        slot = int(at_s // self.slot_s)
        if slot != self._open_slot:
            self._close_slot()
            self._open_slot = slot
        self._open.append(rate)
        self._follow(at_s, rate)
        self._compare(rate, self._past[slot % self.slots])

    def expected(self, at_s: float) -> float:
        """The rate at a time to come."""
        then = self._past[int(at_s // self.slot_s) % self.slots]
        if then is None:
            return max(0.0, (self._level or 0.0) + self._trend_per_s * (at_s - self._seen_s))
        ratio = self._lately / self._formerly if self._formerly else 1.0
        return then * min(LARGEST_RATIO, max(SMALLEST_RATIO, ratio))

    def peak(self, from_s: float, to_s: float) -> float:
        """The largest rate expected in between."""
        first, last = int(from_s // self.slot_s), int(to_s // self.slot_s)
        inner = (slot * self.slot_s for slot in range(first + 1, last + 1))
        return max(self.expected(at_s) for at_s in (from_s, to_s, *inner))

    def _close_slot(self) -> None:
        """A slot's memory changes when it is over, so a season in which nothing is known is told from a quiet one."""
        if self._open:
            place, rate = self._open_slot % self.slots, sum(self._open) / len(self._open)
            before = self._past[place]
            self._past[place] = rate if before is None else before + FORGETS * (rate - before)
        self._open = []

    def _compare(self, rate: float, past: float | None) -> None:
        """Sums in place of single quotients: at the edge of a peak a slot more or less would be a factor of ten."""
        if past is not None:
            self._lately = LATELY * self._lately + rate
            self._formerly = LATELY * self._formerly + past

    def _follow(self, at_s: float, rate: float) -> None:
        """Holt's level and trend, for observations at any distance."""
        if self._level is None or at_s <= self._seen_s:
            self._level = rate
        else:
            gap_s, weight = at_s - self._seen_s, self.level_weight
            level = weight * rate + (1.0 - weight) * (self._level + self._trend_per_s * gap_s)
            self._trend_per_s += self.trend_weight * ((level - self._level) / gap_s - self._trend_per_s)
            self._level = level
        self._seen_s = at_s


class PredictiveScaler:
    """Adds a forecast to `reactive`. One instance may carry `target` of its capacity; new ones serve after `lead_s`."""

    def __init__(
        self,
        reactive: Scaler,
        *,
        target: float,
        season_s: float,
        lead_s: float,
        slot_s: float = 60.0,
        stabilise_in_s: float = 300.0,
    ) -> None:
        self.reactive = reactive
        self.target = target
        self.lead_s = lead_s
        self.forecast = SeasonalForecast(season_s, slot_s)
        self.stabiliser = Stabiliser(stabilise_in_s)

    def decide(self, signals: Signals) -> Decision:
        """The larger of what is needed now and what will be needed by the time that an order placed now serves."""
        decision = self.reactive.decide(signals)
        if signals.rate_rps is None:
            return decision
        self.forecast.observe(max(0.0, signals.at_s - signals.window_s / 2.0), signals.rate_rps)
        peak_rps = self.forecast.peak(signals.at_s, signals.at_s + self.lead_s)
        ahead = ceil(peak_rps / (signals.capacity_rps * self.target))
        steady = self.stabiliser.steady(signals.at_s, decision.current, max(decision.wanted, ahead))
        if steady == decision.wanted:
            return decision
        expected = f"{peak_rps:.3g} requests/s expected within {self.lead_s:g} s"
        return Decision(decision.current, steady, expected if steady == ahead else f"{expected}, held by its window")
