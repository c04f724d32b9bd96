"""Rate limiting: what every limiter answers, and how a call is put behind one.

Problem. A client that sends more than its share, by malice, by a loop without a pause or by a retry storm, takes the service
away from all the others. Somebody has to count, and to say "not now" while it is still cheap.

Rule. A limiter is asked before the work. Its answer is a `Decision`, and a useful one says more than yes or no:

- `remaining`: how many more calls would be admitted at this instant. Never below 0.
- `reset_at_s`: when the next spent call comes back, on the limiter's clock. In a log that is the oldest kept entry plus the
  window, nearly always sooner than "now plus the window", which makes an obedient client wait for nothing.
- `retry_after_s`: how long a denied caller should wait; 0 where it was admitted. A client that waits so long, alone on its key,
  gets through. The HTTP header is in whole seconds, so round up: rounded down, it sends the client into the next refusal.
- `wait_s`: how long an admitted caller has to hold back first. Only limiters that smooth (`leaky_bucket.py`) use it.

One key is one counted client, and what it is made of decides whom the limit protects: a user or an API key where there is a
login, an address where there is none (many people share one behind a proxy), tenant plus route where routes differ in price.

A limiter counts time with the clock that it was given. In one process take a monotonic one (the default is the event loop's).
Where several hosts share the counts, take the store's own clock inside the script, for hosts disagree about the time.

`RateLimited` is an error of its own because nothing was done: the caller may try again, later. Over HTTP it is a 429 with
`Retry-After`; the names X-RateLimit-* are convention only, and the IETF's RateLimit fields are still a draft.

Source. RFC 6585, section 4 (429 Too Many Requests); RFC 9110, section 10.2.3 (Retry-After).

Limits. It bounds the number of calls, not what they cost: one heavy query may outweigh a thousand light ones. It protects
from clients, not from the sum of all polite clients: that is load shedding. In-process counts are one process's counts.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from math import ceil
from typing import Generic, ParamSpec, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
State = TypeVar("State")

SLACK = 1e-6
"""Part of a call by which a count may be short and still pass for whole: sums of seconds do not come out even in binary."""


INSTANT_S = 1e-9
"""Instants that are nearer to each other than this are one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A limiter's answer to one call. Times are seconds; `reset_at_s` is on the limiter's clock."""

    admitted: bool
    remaining: int
    reset_at_s: float
    retry_after_s: float = 0.0
    wait_s: float = 0.0

    @property
    def retry_after_header(self) -> str:
        """The value of the HTTP header Retry-After: whole seconds, rounded up, at least 1."""
        return str(max(1, ceil(self.retry_after_s - SLACK)))


class RateLimited(Exception):
    """The limiter did not admit the call: nothing was done."""

    def __init__(self, name: str, decision: Decision) -> None:
        super().__init__(f"{name} is over its limit; try again in {decision.retry_after_s:.3g} s")
        self.decision = decision
        self.retry_after_s = decision.retry_after_s


class Limiter(ABC):
    """Counts calls by key. Use it as `limiter.check(key)`, as `await limiter.call(send, request)`, or as a decorator.

    Checking never waits, so no other task of the event loop comes between counting and deciding: each check is atomic.
    Not thread-safe: use it from one event loop.
    """

    name = "the call"

    def __init__(self, *, clock: Clock = running_loop_time, sleep: Sleep = asyncio.sleep) -> None:
        self.clock = clock
        self.sleep = sleep

    @abstractmethod
    def check_at(self, key: str, now_s: float) -> Decision:
        """Count and judge one call of `key` that comes at `now_s`."""

    def check(self, key: str = "") -> Decision:
        """Count and judge one call of `key` that comes now."""
        return self.check_at(key, self.clock())

    async def admit(self, key: str = "") -> Decision:
        """Return once a call of `key` may begin; raises RateLimited where it may not."""
        decision = self.check(key)
        if not decision.admitted:
            raise RateLimited(self.name, decision)
        if decision.wait_s > 0.0:
            await self.sleep(decision.wait_s)
        return decision

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` if it is admitted, all calls counted under one key; raises RateLimited."""
        await self.admit()
        return await function(*args, **kwargs)

    def __call__(self, function: Callable[Arguments, Awaitable[Result]]) -> Callable[Arguments, Awaitable[Result]]:
        @wraps(function)
        async def limited(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            return await self.call(function, *args, **kwargs)

        return limited


class StateByKey(Generic[State]):
    """A limiter's memory: a state by key, dropped once it says no more than a new one would.

    Clients come and go, so a plain dict grows for ever. When it has doubled since the last look, everything outdated leaves:
    at most twice the live keys are held, and a look costs each new key a constant amount on average.
    """

    SMALLEST = 64

    def __init__(self) -> None:
        self._states: dict[str, tuple[State, float]] = {}
        self._look_at = self.SMALLEST

    def get(self, key: str, now_s: float) -> State | None:
        """The state of `key`, or None where there is none or it is outdated."""
        kept = self._states.get(key)
        return kept[0] if kept is not None and now_s < kept[1] else None

    def put(self, key: str, state: State, now_s: float, outdated_s: float) -> None:
        """Keep `state` until `outdated_s`."""
        self._states[key] = (state, outdated_s)
        if len(self._states) >= self._look_at:
            self._states = {key: kept for key, kept in self._states.items() if now_s < kept[1]}
            self._look_at = max(self.SMALLEST, 2 * len(self._states))

    def __len__(self) -> int:
        return len(self._states)


def at_least_one(name: str, count: float) -> None:
    """Raises ValueError unless `count` is finite and at least 1."""
    if not 1.0 <= count < float("inf"):
        raise ValueError(f"{name} must be at least 1, not {count}")


def above_zero(name: str, amount: float) -> None:
    """Raises ValueError unless `amount` is finite and above 0."""
    if not 0.0 < amount < float("inf"):
        raise ValueError(f"{name} must be above 0, not {amount}")
