"""GCRA: the token bucket in a single number.

Problem. A token bucket keeps two numbers a key, a level and the time at which it was right, and they must change together. In
a shared store that is two fields, read and written as one. One number is less to keep and cannot contradict itself.

Rule. Calls that come exactly at the rate come `interval` = 1 / `rate_per_s` apart. Keep for each key the *theoretical arrival
time* of its next call, the time at which an evenly spaced client would send it. A call may come earlier than that by up to
(`burst` - 1) intervals; one that comes earlier still is denied, and nothing changes. An admitted call moves the time on:

    theoretical = max(theoretical, now) + interval

What it promises. The same as the token bucket, call by call: at most burst + rate_per_s * t calls in any t seconds. (The
bucket's tokens are burst - (theoretical - now) / interval.) The number also is the answer to what is left and when to come
again, and it is its own expiry: once `theoretical` is past, the key says nothing that a new one would not.

Source. The Generic Cell Rate Algorithm of ATM traffic control: ITU-T Recommendation I.371 (virtual scheduling form); ATM
Forum, Traffic Management Specification 4.0 (1996), 4.4.2.

Limits. Those of the token bucket. Equal to it only on a clock that does not step back: a host whose clock is behind sees a
time that lies too far ahead, and is denied until it has caught up; the bucket would just not be filled meanwhile.
"""

import asyncio

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import SLACK, Decision, Limiter, StateByKey, above_zero, at_least_one


class Gcra(Limiter):
    """Admits `rate_per_s` calls a second on average and up to `burst` at once, for each key."""

    def __init__(
        self,
        rate_per_s: float,
        burst: int,
        *,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        above_zero("rate_per_s", rate_per_s)
        at_least_one("burst", burst)
        super().__init__(clock=clock, sleep=sleep)
        self.interval_s = 1.0 / rate_per_s
        self.burst = burst
        self._theoretical_s: StateByKey[float] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        interval_s = self.interval_s
        theoretical_s = max(now_s, self._theoretical_s.get(key, now_s) or now_s)
        admitted = theoretical_s - now_s <= (self.burst - 1 + SLACK) * interval_s
        if admitted:
            theoretical_s += interval_s
            self._theoretical_s.put(key, theoretical_s, now_s, theoretical_s)
        return self._decision(admitted, theoretical_s, now_s)

    def _decision(self, admitted: bool, theoretical_s: float, now_s: float) -> Decision:
        remaining = max(0, int(self.burst - (theoretical_s - now_s) / self.interval_s + SLACK))
        next_s = max(now_s, theoretical_s - (self.burst - remaining - 1) * self.interval_s)
        return Decision(admitted, remaining, next_s, 0.0 if admitted else next_s - now_s)
