"""Sliding log: remember when each admitted call came, and count those of the last window. Exact, and paid for in memory.

Problem. "At most 100 calls in any 60 seconds" is what the contract says. Counters that start anew at fixed times do not keep
it: around the edge between two of them twice as much gets through. Somebody who must not be sent more (a bank's gateway, a
mail provider that blocks whom it finds too eager) needs the promise kept to the letter.

Rule. Keep the times of the admitted calls of each key. On a call drop what is older than the window; if fewer than `limit` are
left, admit it and note its time, else deny it and note nothing. Count, compare and note are one step that nobody comes
between.

Three details separate it from the version of the whiteboard (`naive_log_limiter.py`): a denied call leaves no trace, so
whoever asks too often still gets what is due; two calls at one instant are two entries; and the next place opens when the
*oldest* entry leaves, at its time plus the window, which is what a denied caller is told.

In a shared store it is a sorted set with the time as the score and a unique member, worked on by one script at the server: a
transaction runs its commands together too, yet it cannot look at the count and then decide whether to add. The time is the
store's own.

What it promises. Never more than `limit` calls in any stretch of `window_s` seconds, wherever it begins.

Source. It is the definition of the limit, written down; as a sorted set in N. Mahdi, "An alternative approach to rate
limiting" (Figma, 2017). Under Poisson traffic admitted calls hold `limit` places for a window each, so the share denied is
Erlang's loss formula (A. K. Erlang, 1917).

Limits. State grows with the limit: at 100 calls some kilobytes a key, at 10,000 hundreds, and each check pays for what it
drops. It admits the whole limit within one instant: it bounds the count, not the rate at which it is used up. Where the clocks
of those who write disagree, the fastest deletes the entries of the others too early.
"""

import asyncio
from bisect import bisect_right, insort

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import INSTANT_S, Decision, Limiter, StateByKey, above_zero, at_least_one


class SlidingLog(Limiter):
    """Admits at most `limit` calls in any `window_s` seconds, for each key."""

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
        self._logs: StateByKey[list[float]] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        log = self._logs.get(key, now_s)
        if log is None:
            log = []
        del log[: bisect_right(log, now_s - self.window_s + INSTANT_S)]
        admitted = len(log) < self.limit
        if admitted:
            insort(log, now_s)
            self._logs.put(key, log, now_s, log[-1] + self.window_s)
        return self._decision(admitted, log, now_s)

    def entries(self, key: str, now_s: float) -> int:
        """How many times are kept for `key`: its price in memory."""
        return len(self._logs.get(key, now_s) or ())

    def _decision(self, admitted: bool, log: list[float], now_s: float) -> Decision:
        next_s = log[max(0, len(log) - self.limit)] + self.window_s
        return Decision(admitted, max(0, self.limit - len(log)), next_s, 0.0 if admitted else max(0.0, next_s - now_s))
