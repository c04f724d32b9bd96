"""Leaky bucket: make a burst wait in line instead of passing it on.

Problem. What stands behind the limiter takes ten calls a second, and means it: a modem, a printer, a partner's interface that
answers the eleventh with a ban. A token bucket passes a burst on as it comes. Here the burst has to be smoothed.

Rule. Calls go into a bucket that holds `capacity` of them and leaks one every 1 / `rate_per_s` seconds. A call that finds it
full is denied. Any other is admitted and told how long to hold back (`Decision.wait_s`; `admit` and `call` do hold back): it
leaves when those before it have left. An empty bucket lets a call through at once. No queue is kept: the time at which the
next call may leave says it all.

What it promises. Admitted calls leave at least 1 / `rate_per_s` seconds apart. The *decisions* are those of a token bucket
whose burst is `capacity`; what differs is where the burst waits: here in front of the service, there inside of it. The wait is
at most (`capacity` - 1) / `rate_per_s` seconds, so choose the capacity by what a caller will put up with.

Source. J. Turner, "New directions in communications", IEEE Communications Magazine 24 (10), 1986; A. Tanenbaum, D. Wetherall,
Computer Networks, "Traffic shaping". It is what nginx's limit_req does without `nodelay`.

Limits. Waiting callers hold a connection and memory, and under steady overload the bucket is always full: everybody admitted
waits the longest, as in any queue that is too long. A caller who gives up while waiting leaves its place unused. The name is
also used for the counter that only denies; that one is the token bucket, seen from the other side.
"""

import asyncio

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import SLACK, Decision, Limiter, StateByKey, above_zero, at_least_one


class LeakyBucket(Limiter):
    """Lets calls of a key go 1 / `rate_per_s` seconds apart; holds `capacity` of them, the one that leaves next included."""

    def __init__(
        self,
        rate_per_s: float,
        capacity: int,
        *,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        above_zero("rate_per_s", rate_per_s)
        at_least_one("capacity", capacity)
        super().__init__(clock=clock, sleep=sleep)
        self.interval_s = 1.0 / rate_per_s
        self.capacity = capacity
        self._free_s: StateByKey[float] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        leaves_s = max(now_s, self._free_s.get(key, now_s) or now_s)
        if leaves_s - now_s > (self.capacity - 1 + SLACK) * self.interval_s:
            next_s = leaves_s - (self.capacity - 1) * self.interval_s
            return Decision(False, 0, next_s, next_s - now_s)
        free_s = leaves_s + self.interval_s
        self._free_s.put(key, free_s, now_s, free_s)
        remaining = max(0, int(self.capacity - (free_s - now_s) / self.interval_s + SLACK))
        next_s = max(now_s, free_s - (self.capacity - remaining - 1) * self.interval_s)
        return Decision(True, remaining, next_s, wait_s=leaves_s - now_s)
