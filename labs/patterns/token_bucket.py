"""Token bucket: allow a burst, hold the average.

Problem. Real clients are uneven: a page loads and sends twelve requests at once, then nothing for a minute. A limiter that
counts per second refuses the page; one that counts per minute lets a script send the minute's share in one go, every minute.
The burst that one is willing to take and the rate that one is willing to sustain are two numbers: a limiter should have both.

Rule. A bucket holds at most `burst` tokens and gains `rate_per_s` of them a second. A call takes one token or is denied. Tokens
are not dripped in by a timer: on each call the time since the last one is turned into tokens, so an idle client costs nothing.

What it promises. In any stretch of t seconds it admits at most burst + rate_per_s * t calls. A denied call takes nothing, so a
client that hammers still gets its rate. State: two numbers a key, whatever the limit.

Source. J. Turner, "New directions in communications", IEEE Communications Magazine 24 (10), 1986, describes the counter form of
the leaky bucket; token bucket as a traffic filter in RFC 2697 and RFC 3290, section 5.1.3.

Limits. Right after a pause it admits more than `rate_per_s` in one second: choose `burst` by what the service behind it can
take at once. The promise is per key: ten thousand clients with full buckets may come in the same second. `gcra.py` decides
exactly alike with one number of state. Where the clock steps back, this bucket stands still until the time comes again.
"""

import asyncio

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import SLACK, Decision, Limiter, StateByKey, above_zero, at_least_one


class TokenBucket(Limiter):
    """Admits `rate_per_s` calls a second on average and up to `burst` at once, for each key. A new key starts full."""

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
        self.rate_per_s = rate_per_s
        self.burst = burst
        self._buckets: StateByKey[tuple[float, float]] = StateByKey()

    def check_at(self, key: str, now_s: float) -> Decision:
        tokens, counted_s = self._buckets.get(key, now_s) or (float(self.burst), now_s)
        if now_s > counted_s:
            tokens, counted_s = min(self.burst, tokens + (now_s - counted_s) * self.rate_per_s), now_s
        admitted = tokens >= 1.0 - SLACK
        if admitted:
            tokens = max(0.0, tokens - 1.0)
            full_s = counted_s + (self.burst - tokens) / self.rate_per_s
            self._buckets.put(key, (tokens, counted_s), now_s, full_s)
        return self._decision(admitted, tokens, counted_s, now_s)

    def _decision(self, admitted: bool, tokens: float, counted_s: float, now_s: float) -> Decision:
        remaining = int(tokens + SLACK)
        next_s = counted_s + (remaining + 1 - tokens) / self.rate_per_s if tokens < self.burst else now_s
        return Decision(admitted, remaining, next_s, 0.0 if admitted else max(0.0, next_s - now_s))
