"""Fixed window: one counter a key and minute. The cheapest limiter there is, and one that admits twice its limit.

Problem. Counting must cost next to nothing: one number a key, one increment a call, whatever the limit.

Rule. Time is cut into windows of `window_s` seconds at fixed edges (the clock divided by the window, rounded down). Each key
has a counter for the present window; a call that finds it below `limit` adds one and is admitted. With the edge the counter is
gone, and the key has its whole limit again.

What it promises. At most `limit` calls from edge to edge. It does *not* promise that for other stretches: a client that sends
its limit just before an edge and once more just after it gets 2 x `limit` calls through within a moment. That is the worst: no
stretch as long as a window touches more than two of them.

Source. Redis documentation of INCR, "Pattern: Rate limiter"; the doubling in N. Mahdi, "An alternative approach to rate
limiting" (Figma, 2017).

Limits. All keys get their limit back at the same instant, so clients who waited for it come at the same instant too: a herd
once a window. Give each key edges of its own (add a hash of the key to the time) where that hurts. Good enough, and the first
choice, where the limit is a quota (10,000 a day) rather than a protection: nobody minds 20,000 around midnight. Where hosts
that share the counts disagree about the time, some still count in the old window while others fill the new one.
"""

import asyncio
from math import floor

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import INSTANT_S, Decision, Limiter, StateByKey, above_zero, at_least_one


class FixedWindow(Limiter):
    """Admits at most `limit` calls between two edges that are `window_s` seconds apart, for each key."""

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
        self._counts: StateByKey[int] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        window = floor((now_s + INSTANT_S) / self.window_s)
        edge_s = (window + 1) * self.window_s
        counted = f"{key}@{window}"
        count = self._counts.get(counted, now_s) or 0
        if count >= self.limit:
            return Decision(False, 0, edge_s, edge_s - now_s)
        self._counts.put(counted, count + 1, now_s, edge_s)
        return Decision(True, self.limit - count - 1, edge_s)
