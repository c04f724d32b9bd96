"""Guarded call: one call to a dependency with all its layers, and every number in them derived from four.

Problem. The usual settings are written down layer by layer: timeout 3 s, three retries, breaker after five failures. Each looks
sensible. Together they let a call take 4 · 3 s + 1 s + 2 s + 4 s = 19 s, inside a caller that waits for five.

Rule. Begin with what is given: how long the caller waits (`deadline_s`), how long healthy calls take (`p99_s`, `p999_s`), how
many there are (`rate_rps`). Then

    timeout of a try    p99.9 plus a margin: one healthy call in a thousand is cut off at most
    attempts            as many as fit into the deadline with their longest waits, at most three
    slots               rate · p99 plus headroom (Little's law)
    limit               twice the rate: retries and a busy minute pass, a loop without a pause does not
    minimum of calls    what comes in a quarter of the breaker's window, so that it judges in time, and not by noise

and nest the layers so: fallback(deadline(retry(breaker(limiter(timeout(bulkhead(call))))))); `composition.py` says why.
Refusals of the own layers (`NotPermitted`, `RateLimited`, `BulkheadFull`) are neither repeated nor counted as failures:
nothing was sent.

Source. The nesting: Resilience4j's documentation, "Aspect order", with one limit on all of it around the retry. The percentile:
M. Brooker, "Timeouts, retries, and backoff with jitter", Amazon Builders' Library (2019).

Limits. For calls that are idempotent and have an older answer that does no harm; a charge has neither. The numbers are right
for the traffic they were measured at. Where not even one attempt of the derived timeout fits, the deadline is too short for
this dependency, and that is said at the start (ValueError) rather than at night.
"""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Any

from labs.patterns.bulkhead import BulkheadFull, SemaphoreBulkhead
from labs.patterns.circuit_breaker import CircuitBreaker, Verdict, judge
from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.composition import Call, Composed, Layer, compose, falling_back, through, within
from labs.patterns.fallback import Answer, Fallback
from labs.patterns.rate_limiting import RateLimited
from labs.patterns.retry import FullJitter, Retry
from labs.patterns.retry_budget import RetryBudget
from labs.patterns.timeout import TimeLimit
from labs.patterns.token_bucket import TokenBucket

MARGIN = 1.3
HEADROOM = 1.25
MOST_ATTEMPTS = 3
WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What is given, and what follows from it. `p99_s` and `p999_s` are those of a healthy call."""

    deadline_s: float
    p99_s: float
    p999_s: float
    rate_rps: float
    backoff_s: float = 0.05

    def __post_init__(self) -> None:
        if self.timeout_s > self.deadline_s:
            raise ValueError(f"a try needs {self.timeout_s:g} s, and the caller waits for {self.deadline_s:g} s only")

    @property
    def timeout_s(self) -> float:
        return self.p999_s * MARGIN

    def longest_s(self, attempts: int) -> float:
        """All attempts time out, and all waits between them are as long as they may be."""
        return attempts * self.timeout_s + self.backoff_s * (2.0 ** (attempts - 1) - 1.0)

    @property
    def attempts(self) -> int:
        return max(n for n in range(1, MOST_ATTEMPTS + 1) if n == 1 or self.longest_s(n) <= self.deadline_s)

    @property
    def slots(self) -> int:
        return max(1, ceil(self.rate_rps * self.p99_s * HEADROOM - 1e-9))


def ours_to_refuse(result: object, error: BaseException | None) -> Verdict:
    """A refusal of one's own limiter or bulkhead says nothing about the service."""
    return Verdict.IGNORED if isinstance(error, RateLimited | BulkheadFull) else judge(result, error)


def guarded(
    call: Call[Any, Any],
    budget: Budget,
    *,
    key: Callable[[Any], Hashable],
    answered: Callable[[Any, Answer[Any]], None],
    rng: Random,
    stale_s: float = 60.0,
    clock: Clock = running_loop_time,
    sleep: Sleep = asyncio.sleep,
    time_limit: TimeLimit = asyncio.timeout,
) -> Composed[Any, Any]:
    """`call` in its seven layers; it raises for what is a failure, a 5xx included. `answered` hears how old an answer is."""
    rate, slots = budget.rate_rps, budget.slots
    waits = FullJitter(budget.backoff_s, budget.deadline_s)
    spending = RetryBudget(0.1, min_retries_per_s=0.1, clock=clock)
    retry = Retry(delay=waits, max_attempts=budget.attempts, budget=spending, clock=clock, sleep=sleep, rng=rng)
    enough_calls = max(5, int(rate * WINDOW_S / 4))
    breaker = CircuitBreaker(window_s=WINDOW_S, minimum_calls=enough_calls, classify=ours_to_refuse, clock=clock)
    limiter = TokenBucket(2.0 * rate, max(1, ceil(rate)), clock=clock, sleep=sleep)
    return compose(
        call,
        Layer("fallback", falling_back(Fallback(stale_s=stale_s, clock=clock), key, answered)),
        Layer("deadline", within(lambda: budget.deadline_s, time_limit)),
        Layer("retry", through(retry)),
        Layer("breaker", through(breaker)),
        Layer("limiter", through(limiter)),
        Layer("timeout", within(lambda: budget.timeout_s, time_limit)),
        Layer("bulkhead", through(SemaphoreBulkhead(slots=slots, time_limit=time_limit))),
    )
