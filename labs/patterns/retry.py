"""Retry: try again what may work the next time, later, at different moments, and not for ever.

Problem. A packet is lost, a process restarts, a queue is full for a second: the same request, sent again, would be answered.
So everybody sends it again. When the service is ill rather than unlucky, that is the worst that its callers can do: each failed
request comes back as two, three, four, they come back together, and the load that brought the service down keeps it down.

Rule. Repeat a call that failed for a reason that passes, at most `max_attempts` times in all, within `deadline_s`, and wait
before each repetition. With n the number of retries done so far (n = 0 before the first retry) and a cap on every wait:

    immediate             0
    exponential           min(cap, base * 2^n)                                    everyone returns at the same instants
    equal jitter          half of that, and a random part of the other half
    full jitter           random between 0 and that                               spreads most, and waits half as long
    decorrelated jitter   min(cap, random between base and 3 * the wait before)   grows by itself, never below base

Six details separate it from a loop around a try:

1. It asks what failed. A refused connection, a timeout, a 429, 502, 503 or 504 may pass; a 400, 401 or 404 will be the same
   answer the next time. So will `NotPermitted` of a circuit breaker for a while: a retry outside a breaker stops on it.
2. The wait is capped. Without a cap the eleventh wait of a one-second base is seventeen minutes.
3. The wait is random. Clients that failed together, because the service failed, must not come back together.
4. `Retry-After` says that an earlier call would be in vain. The wait of the strategy is added to it, not replaced by it: else
   all who were told the same second would come in that second.
5. It does not sleep towards a deadline that it would miss: it gives up at once, with the last answer or error unchanged.
6. A `budget`, shared by all calls to the same service, limits retries to a share of the traffic (see `retry_budget.py`).
   `max_attempts` bounds what one request does; only a budget bounds what all of them do together.

Source. M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015), names the jitters and compares them; the
idea of a random, doubling wait is Ethernet's (R. Metcalfe and D. Boggs, 1976). What to repeat: RFC 9110, 9.2.2 (idempotent
methods), 10.2.3 (Retry-After); budgets and retrying in one layer: *Site Reliability Engineering* (2016), ch. 22.

Limits. Repeat only what is idempotent, or carries an idempotency key that stays the same over the attempts: after a timeout the
first attempt may well have been carried out. Retries in several layers multiply: three layers of four attempts make 64 calls.
Retry in one, the nearest to the failure that knows what the call means. A retry hides errors: count them (`on_setback`). It
bounds no single attempt: a timeout belongs inside, an overall limit outside, `call_within(5, retry.call(guarded, request))`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from math import inf
from random import Random
from typing import ParamSpec, Protocol, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Again = Callable[[object, Exception | None], bool]

DOUBLINGS = 64
"""Nobody waits for a 65th doubling; a float could not hold the 1024th."""
TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})


class Delay(ABC):
    """How long to wait before the next attempt. Frozen and without memory: one object serves all calls at once."""

    @abstractmethod
    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        """`retries` is the number of retries done so far, `previous_s` the wait before the last of them, if there was one."""


@dataclass(frozen=True, slots=True)
class Immediate(Delay):
    """No wait at all."""

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class Exponential(Delay):
    """The wait doubles up to the cap; all who failed together return together."""

    base_s: float
    cap_s: float = inf

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        return min(self.cap_s, self.base_s * 2.0 ** min(retries, DOUBLINGS))


@dataclass(frozen=True, slots=True)
class FullJitter(Exponential):
    """Uniform between 0 and the exponential wait."""

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        return rng.random() * min(self.cap_s, self.base_s * 2.0 ** min(retries, DOUBLINGS))


@dataclass(frozen=True, slots=True)
class EqualJitter(Exponential):
    """At least half of the exponential wait: uniform between that and all of it."""

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        half_s = min(self.cap_s, self.base_s * 2.0 ** min(retries, DOUBLINGS)) / 2.0
        return half_s + rng.random() * half_s


@dataclass(frozen=True, slots=True)
class DecorrelatedJitter(Delay):
    """Uniform between the base and three times the wait before; the first between one base and three."""

    base_s: float
    cap_s: float = inf

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        highest_s = 3.0 * (self.base_s if previous_s is None else previous_s)
        return min(self.cap_s, self.base_s + rng.random() * (highest_s - self.base_s))


class Budget(Protocol):
    """What all retries to one service may spend together; see `retry_budget.py`."""

    def request_began(self) -> None:
        """A request is sent for the first time."""

    def attempt_ended(self, well: bool) -> None:
        """An attempt has come back, with an answer or with something to try again."""

    def may_retry(self) -> bool:
        """Whether one more retry is granted; if so it is spent."""


class Decision(Enum):
    """What becomes of a call after an attempt that was worth repeating."""

    AGAIN = "again"
    OUT_OF_ATTEMPTS = "out of attempts"
    OUT_OF_TIME = "out of time"
    OUT_OF_BUDGET = "out of budget"


@dataclass(frozen=True, slots=True)
class Setback:
    """An attempt that was worth repeating, as listeners get it. `wait_s` is 0 where the call gives up."""

    attempts: int
    elapsed_s: float
    result: object
    error: Exception | None
    decision: Decision
    wait_s: float


def transient(result: object, error: Exception | None) -> bool:
    """Refused or broken connections and timeouts may pass; any answer is an answer."""
    return isinstance(error, ConnectionError | TimeoutError)


def transient_http(result: object, error: Exception | None) -> bool:
    """The same for calls that return an HTTP status, or something with `status_code`: 429, 502, 503, 504 may pass as well."""
    if error is not None:
        return transient(result, error)
    return getattr(result, "status_code", result) in TRANSIENT_STATUSES


def said_retry_after_s(result: object, error: Exception | None) -> float:
    """What the answer or the error says in its attribute `retry_after_s`: seconds to wait at least; 0 where it says nothing."""
    said = getattr(result if error is None else error, "retry_after_s", None)
    return max(0.0, float(said)) if isinstance(said, int | float) else 0.0


class Retry:
    """Repeats calls. Use it as `await retry.call(send, request)` or as a decorator (`@retry`).

    `again(result, error)` says what is worth repeating; what is not goes to the caller as it is, and so does the last
    answer or error of a call that gave up. Errors that are no `Exception` (a cancellation) always pass.
    `deadline_s` counts from the first attempt: no wait is begun that would end after it.
    """

    def __init__(
        self,
        *,
        delay: Delay = FullJitter(base_s=0.1, cap_s=10.0),
        max_attempts: int = 4,
        deadline_s: float = inf,
        again: Again = transient,
        retry_after_s: Callable[[object, Exception | None], float] = said_retry_after_s,
        budget: Budget | None = None,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
        rng: Random | None = None,
    ) -> None:
        self.delay = delay
        self.max_attempts = max_attempts
        self.deadline_s = deadline_s
        self.again = again
        self.retry_after_s = retry_after_s
        self.budget = budget
        self.clock = clock
        self.sleep = sleep
        self.rng = rng or Random()
        self._listeners: list[Callable[[Setback], None]] = []

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` until its outcome is not worth repeating, or no more attempt is granted."""
        course = _Course(self)
        while True:
            try:
                result = await function(*args, **kwargs)
            except Exception as error:
                if not course.goes_on(None, error):
                    raise
            else:
                if not course.goes_on(result, None):
                    return result
            await self.sleep(course.wait_s)

    def __call__(self, function: Callable[Arguments, Awaitable[Result]]) -> Callable[Arguments, Awaitable[Result]]:
        @wraps(function)
        async def repeated(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            return await self.call(function, *args, **kwargs)

        return repeated

    def on_setback(self, listener: Callable[[Setback], None]) -> None:
        """Call `listener` after each attempt that was worth repeating. It must not raise and must not wait."""
        self._listeners.append(listener)

    def tell(self, setback: Setback) -> None:
        for listener in self._listeners:
            listener(setback)


class _Course:
    """How far one call has come."""

    __slots__ = ("_began_s", "_delay_s", "_retry", "attempts", "wait_s")

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._began_s = retry.clock()
        self._delay_s: float | None = None
        self.attempts = 0
        self.wait_s = 0.0
        if retry.budget is not None:
            retry.budget.request_began()

    def goes_on(self, result: object, error: Exception | None) -> bool:
        """Whether the attempt that ended so is followed by another, after `wait_s`."""
        retry = self._retry
        self.attempts += 1
        worth_repeating = retry.again(result, error)
        if retry.budget is not None:
            retry.budget.attempt_ended(not worth_repeating)
        if not worth_repeating:
            return False
        elapsed_s = retry.clock() - self._began_s
        decision = self._decide(elapsed_s, result, error)
        again = decision is Decision.AGAIN
        retry.tell(Setback(self.attempts, elapsed_s, result, error, decision, self.wait_s if again else 0.0))
        return again

    def _decide(self, elapsed_s: float, result: object, error: Exception | None) -> Decision:
        """Cheap questions first: a budget is spent by being asked, so it is asked last."""
        retry = self._retry
        if self.attempts >= retry.max_attempts:
            return Decision.OUT_OF_ATTEMPTS
        self._delay_s = retry.delay.wait_s(self.attempts - 1, self._delay_s, retry.rng)
        self.wait_s = retry.retry_after_s(result, error) + self._delay_s
        if elapsed_s + self.wait_s > retry.deadline_s:
            return Decision.OUT_OF_TIME
        if retry.budget is not None and not retry.budget.may_retry():
            return Decision.OUT_OF_BUDGET
        return Decision.AGAIN
