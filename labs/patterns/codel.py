"""Controlled delay: bound the time in the queue, not its length.

Problem. How long may a queue be? Sized for a burst it is far too long when the work gets slow, and sized for slow work it drops
harmless bursts. Length is the wrong thing to look at. A *good* queue takes up a burst and is empty again soon after; a *bad*
queue stands: it never empties, adds its delay to everything and smooths nothing.

Rule. Watch how long requests wait. A queue whose delay has not been small for a whole `interval_s` is a standing one: from then
on whoever waited longer than the small `target_s` is turned away instead of served, until the delay is small again.

Two laws, same idea:

- `ControlledDelay` (for requests, the one to use): a request may wait `interval_s` while the queue has been empty within the
  last `interval_s`, and only `target_s` while it has not. Overload is answered within one interval, whatever its size.
- `CoDel` (RFC 8289, for packets): once the delay has stayed above the target for an interval, drop one, and the next ones at
  gaps of interval / sqrt(number of drops), faster and faster. It trusts that each drop makes a sender slow down. TCP's do.
  Browsers do not: then the number dropped in a second grows by 1 / (2 · interval²) each second, and until it has reached the
  surplus the queue grows. 100 too many a second are met after 2 s with an interval of 0.1 s, and after 50 s with one of 0.5 s.

Both judge at the moment at which a request would start, when its whole wait is known, and neither needs to know the capacity,
the service time or the length.

Numbers. The target is the delay that you can live with always (5 % to 10 % of the interval, says RFC 8289), the interval the
longest burst worth keeping (a round trip for packets, 100 ms; here some service times). Facebook: 5 ms and 100 ms for services
that answer in milliseconds.

Source. K. Nichols, V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; RFC 8289; Ben Maurer, "Fail at Scale", ACM
Queue 13(8), 2015, "Controlled Delay".

Limits. Some who are turned away have waited up to an interval first: give the line a limit too, so that memory is bounded. With
a single slot and work longer than the target, every queue looks like a standing one: choose the target above a service time
divided by the number of slots. It does not know who matters (`load_shedding.py` does).
"""

from math import sqrt

from labs.patterns.admission_queue import Fifo, Ticket, TurnAway

RECENT_INTERVALS = 16.0


class ControlledDelay(Fifo):
    """A line for `AdmissionQueue` with a bound on the wait: `interval_s` in a burst, `target_s` while the queue stands."""

    def __init__(self, target_s: float = 0.005, interval_s: float = 0.1, limit: int | None = None) -> None:
        super().__init__(limit)
        self.target_s = target_s
        self.interval_s = interval_s
        self._last_empty_s = float("-inf")

    def standing(self, now_s: float) -> bool:
        """Whether the queue has not been empty for an interval."""
        return bool(self._waiting) and now_s - self._last_empty_s > self.interval_s

    def join(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> None:
        if not self._waiting:
            self._last_empty_s = now_s
        super().join(ticket, now_s, turn_away)

    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        allowed_s = self.target_s if self.standing(now_s) else self.interval_s
        while self._waiting:
            ticket, _nothing = self._waiting.popitem(last=False)
            if now_s - ticket.came_s <= allowed_s:
                return ticket
            turn_away(ticket, f"waited longer than {allowed_s:g} s")
        return None


class CoDel(Fifo):
    """RFC 8289's law: one drop at a time, at shrinking gaps, while the delay stays above the target."""

    def __init__(self, target_s: float = 0.005, interval_s: float = 0.1, limit: int | None = None) -> None:
        super().__init__(limit)
        self.target_s = target_s
        self.interval_s = interval_s
        self.dropping = False
        self._above_until_s = 0.0  # when the delay will have been above the target for an interval; 0: it is not above
        self._next_drop_s = 0.0
        self._drops = self._drops_at_begin = 0

    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        ticket, late = self._take(now_s)
        if self.dropping:
            self.dropping = late
            while ticket is not None and self.dropping and now_s >= self._next_drop_s:
                ticket, self.dropping = self._drop(ticket, now_s, turn_away)
                self._drops += 1
                self._next_drop_s += self.interval_s / sqrt(self._drops)
        elif late and ticket is not None:
            ticket, _late = self._drop(ticket, now_s, turn_away)
            self._begin(now_s)
        return ticket

    def _begin(self, now_s: float) -> None:
        """Go on dropping; at about the rate that was right last time, if that is not long ago."""
        learnt = self._drops - self._drops_at_begin
        recent = now_s - self._next_drop_s < RECENT_INTERVALS * self.interval_s
        self.dropping = True
        self._drops = self._drops_at_begin = learnt if learnt > 1 and recent else 1
        self._next_drop_s = now_s + self.interval_s / sqrt(self._drops)

    def _drop(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> tuple[Ticket | None, bool]:
        """Turn it away and take the one behind it."""
        turn_away(ticket, f"the wait has been above {self.target_s:g} s for {self.interval_s:g} s")
        return self._take(now_s)

    def _take(self, now_s: float) -> tuple[Ticket | None, bool]:
        """The next, and whether the delay has been above the target for a whole interval."""
        if not self._waiting:
            self._above_until_s = 0.0
            return None, False
        ticket, _nothing = self._waiting.popitem(last=False)
        if now_s - ticket.came_s < self.target_s:
            self._above_until_s = 0.0
            return ticket, False
        if not self._above_until_s:
            self._above_until_s = now_s + self.interval_s
        return ticket, now_s >= self._above_until_s
