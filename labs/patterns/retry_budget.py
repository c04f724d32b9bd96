"""Retry budget: retries are a share of the traffic, whatever happens to each request.

Problem. `max_attempts = 4` bounds what one request does. When everything fails, it bounds nothing: each request is sent four
times, and the service that could not bear the traffic gets four times the traffic. The number that must be bounded is the one
that the service feels: retries per second, against requests per second.

Rule. All calls to one service share an account. Two forms are in wide use; both have the same three methods, so that a `Retry`
takes either.

`RetryBudget` counts what is sent. Each request pays `ratio` tokens in, each retry takes one out, and both are forgotten after
`ttl_s`; `min_retries_per_s` is granted on top, so that a quiet client may retry as well. In the long run there are at most
`ratio` retries per request, so the service feels at most 1 + ratio times the traffic (plus the minimum).

`RetryThrottle` counts what comes back. It starts with `max_tokens`; each attempt that failed takes one out, each that went well
puts `token_ratio` in. Retries are allowed while more than half of the tokens are there. Under a steady failure rate p it stays
shut above p = token_ratio / (1 + token_ratio): with 0.1 that is one attempt in eleven.

A refused retry is not an error of its own: the request ends with the failure that it had.

Source. `RetryBudget`: Finagle's (K. Oliver, "Retry Budgets", Finagle blog, 2016; its defaults are a ratio of 0.2, at least 10 a
second, and 10 s to live). The figure of 10 % is that of *Site Reliability Engineering* (2016), ch. 21. `RetryThrottle`: gRPC's
proposal A6, "gRPC Retry Design", section on throttling.

Limits. A budget belongs to one process: a hundred small clients with `min_retries_per_s = 1` may send a hundred retries a
second. It saves up: after a quiet spell the retries of `ttl_s` may all be made at once, and then none until that is forgotten.
One budget per service called, or a failing one eats what the healthy ones need. It says how many, not when: jitter is
still needed. Retries in several layers still multiply, now by (1 + ratio) per layer: 1.1 to the third is 1.33, not 64.
Not thread-safe: use it from one event loop.
"""

from labs.patterns.clock import Clock, running_loop_time

BUCKETS = 20
NEARLY = 1.0 - 1e-9
"""Ten deposits of 0.1 are a token, though floats add up to a little less."""


class RetryBudget:
    """An account that requests pay into and that pays for retries. Entries expire after `ttl_s`, in a ring of buckets."""

    def __init__(
        self,
        ratio: float = 0.1,
        *,
        min_retries_per_s: float = 1.0,
        ttl_s: float = 10.0,
        clock: Clock = running_loop_time,
    ) -> None:
        if ratio < 0.0 or min_retries_per_s < 0.0 or ttl_s <= 0.0:
            raise ValueError("a budget needs a ratio and a minimum from 0 up, and a time to live above 0")
        self.ratio = ratio
        self.min_retries_per_s = min_retries_per_s
        self.clock = clock
        self._ttl_s = ttl_s
        self._ring = [0.0] * BUCKETS
        self._newest: int | None = None

    @property
    def balance(self) -> float:
        """Retries that would be granted now: none while more was spent within `ttl_s` than paid in."""
        self._forget_old()
        return max(0.0, sum(self._ring) + self.min_retries_per_s * self._ttl_s)

    def request_began(self) -> None:
        self._ring[self._forget_old()] += self.ratio

    def attempt_ended(self, well: bool) -> None:
        """What comes back does not matter to this one."""

    def may_retry(self) -> bool:
        if self.balance < NEARLY:
            return False
        self._ring[self._forget_old()] -= 1.0
        return True

    def _forget_old(self) -> int:
        """Empty the buckets that have expired; returns the place of the present one."""
        number = int(self.clock() * BUCKETS / self._ttl_s)
        newest = number if self._newest is None else self._newest
        for passed in range(max(newest + 1, number - BUCKETS + 1), number + 1):
            self._ring[passed % BUCKETS] = 0.0
        self._newest = max(newest, number)
        return self._newest % BUCKETS


class RetryThrottle:
    """Stops retries while failures outweigh successes: tokens between 0 and `max_tokens`, retries above half of it."""

    def __init__(self, max_tokens: float = 10.0, token_ratio: float = 0.1) -> None:
        if max_tokens <= 0.0 or token_ratio <= 0.0:
            raise ValueError("a throttle needs tokens and a ratio above 0")
        self.max_tokens = max_tokens
        self.token_ratio = token_ratio
        self.tokens = max_tokens

    def request_began(self) -> None:
        """What is sent does not matter to this one."""

    def attempt_ended(self, well: bool) -> None:
        tokens = self.tokens + self.token_ratio if well else self.tokens - 1.0
        self.tokens = min(self.max_tokens, max(0.0, tokens))

    def may_retry(self) -> bool:
        return self.tokens > self.max_tokens / 2.0
