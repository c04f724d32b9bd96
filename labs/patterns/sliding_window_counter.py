"""Sliding-window counter: two counters in place of a log, at the price of a guess.

Problem. The log is exact and large, the fixed window small and wrong by up to a factor of two. Most limits need neither: a few
numbers a key, and an error that nobody notices.

Rule. Keep the counts of admitted calls of the present window and of the one before it. Take for granted that the calls of the
previous one were spread evenly: if a share f of the present window has passed, 1 - f of them still lie within the last
`window_s` seconds. Admit while

    previous * (1 - f) + present + 1 <= limit

What it promises. At most `limit` in a window from edge to edge, and about `limit` in any other. The guess is off by at most
max(f, 1 - f) of the previous count, when all its calls came at one end; evenly scattered calls scatter the true part around
the guess with a deviation of sqrt(previous * f * (1 - f)). In the worst case, a previous window that filled in its last
moment, it admits nearly twice the limit within one stretch, as the fixed window does, but only a client who knows the edges
gets there.

Source. Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017): 0.003 % of 400 million
requests wrongly admitted or denied.

Limits. It can deny a client who is within the limit: calls that came early in the previous window are long out of the last
`window_s` seconds and still weigh in. What is told as the time of the next place is a guess too, exact only if the client
keeps silent. Where the clock steps back, it stands still until the time comes again.
"""

import asyncio
from math import floor

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import INSTANT_S, SLACK, Decision, Limiter, StateByKey, above_zero, at_least_one


class SlidingWindowCounter(Limiter):
    """Admits about `limit` calls in any `window_s` seconds, for each key, from two counts."""

    def __init__(
        self,
        limit: int,
        window_s: float,
        *,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        at_least_one("limit", limit)
        above_zero("window_s", window_s)
        super().__init__(clock=clock, sleep=sleep)
        self.limit = limit
        self.window_s = window_s
        self._counts: StateByKey[tuple[int, int, int]] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        window = floor((now_s + INSTANT_S) / self.window_s)
        counted, present, previous = self._counts.get(key, now_s) or (window, 0, 0)
        if window > counted:
            present, previous, counted = 0, present if window == counted + 1 else 0, window
        passed = min(1.0, max(0.0, now_s / self.window_s - counted))
        admitted = previous * (1.0 - passed) + present + 1.0 <= self.limit + SLACK
        if admitted:
            present += 1
            self._counts.put(key, (counted, present, previous), now_s, (counted + 2) * self.window_s)
        return self._decision(admitted, counted, present, previous, now_s)

    def _decision(self, admitted: bool, counted: int, present: int, previous: int, now_s: float) -> Decision:
        passed = min(1.0, max(0.0, now_s / self.window_s - counted))
        remaining = max(0, floor(self.limit - present - previous * (1.0 - passed) + SLACK))
        next_s = max(now_s, self._reached_s(remaining + 1, counted, present, previous))
        return Decision(admitted, remaining, next_s, 0.0 if admitted else next_s - now_s)

    def _reached_s(self, places: int, counted: int, present: int, previous: int) -> float:
        """When so many places will be free if nobody comes: in this window, or in the next, whose previous one this is."""
        for window, before, now in ((counted, previous, present), (counted + 1, present, 0)):
            weighing = self.limit - now - places
            if weighing >= 0:
                passed = max(0.0, 1.0 - weighing / before) if before else 0.0
                return (window + passed) * self.window_s
        return (counted + 2) * self.window_s
