"""Remote limiter: what to answer when the store that holds the counts does not.

Problem. As soon as several hosts share a limit, each call depends on one more server. When that is slow, every call is slow;
when it is gone, somebody has to decide about calls that nobody can count, and if nobody has decided before, an unhandled error
does.

Rule. Ask the store with a short timeout, far below what the call itself may take. If it does not answer, decide by a policy
that is chosen for each route:

- *open*: admit. Right where the limit is for fairness and the service behind can take more: losing the limiter must not be
  worse than having none.
- *closed*: deny, as 503 rather than 429, for it is not the client's doing. Right where a call too many costs money or opens a
  door: log-in attempts, text messages, payments.
- *local*: ask an in-process limiter. With n hosts give each limit / n, or somewhat more, as traffic is never quite even. It is
  wrong by a little where open and closed are wrong altogether, and the default to prefer.

The answer says who gave it, so that a dashboard can show how often it was not the store.

Source. M. Nygard, *Release It!* (2nd edition, 2018), "Fail fast" and "Timeouts"; Google SRE Workbook (2018), "Managing load".

Limits. Every call still waits for the timeout while the store hangs: put a circuit breaker around `ask` where that hurts. A
store that answers late may have counted a call that was decided elsewhere. A hot key is one shard's load however many shards
there are; in a cluster all keys of one check must carry the same hash tag.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from labs.patterns.clock import Clock, running_loop_time
from labs.patterns.rate_limiting import Decision, Limiter
from labs.patterns.timeout import TimeLimit

Source = Literal["store", "open", "closed", "local"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision and who made it."""

    decision: Decision
    source: Source


class RemoteLimiter:
    """Asks `ask(key)`, the shared store, for at most `timeout_s`; otherwise `when_down` decides: open, closed or a limiter."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Decision]],
        *,
        timeout_s: float = 0.05,
        when_down: Literal["open", "closed"] | Limiter = "open",
        retry_after_s: float = 1.0,
        time_limit: TimeLimit = asyncio.timeout,
        clock: Clock = running_loop_time,
    ) -> None:
        self.ask = ask
        self.timeout_s = timeout_s
        self.when_down = when_down
        self.retry_after_s = retry_after_s
        self.time_limit = time_limit
        self.clock = clock

    async def check(self, key: str = "") -> Answer:
        """Never raises for a store that is slow or gone, which `ask` tells by an OSError: a client's own kind
        of error is to be translated there. Other errors of `ask` are faults and pass."""
        try:
            async with self.time_limit(self.timeout_s):
                return Answer(await self.ask(key), "store")
        except (TimeoutError, OSError):  # OSError: ConnectionError and its kin
            return self._without_store(key)

    def _without_store(self, key: str) -> Answer:
        now_s = self.clock()
        if isinstance(self.when_down, Limiter):
            return Answer(self.when_down.check_at(key, now_s), "local")
        if self.when_down == "open":
            return Answer(Decision(True, 0, now_s), "open")
        next_s = now_s + self.retry_after_s
        return Answer(Decision(False, 0, next_s, self.retry_after_s), "closed")
