"""Self-healing: restart what no longer lives, without waking anybody, and without making things worse.

Problem. A process that hangs will hang until somebody notices. A supervisor that restarts whatever looks ill notices at once,
and with the wrong question it restarts the whole fleet because a database is slow: the restarts then are the outage.

Rule. Ask each member whether it is *alive*, and restart it when it was not for `fall` probes in a row.

1. Three probes, three questions. *Startup*: is it done booting? Until then nobody asks anything else. *Liveness*: would a
   restart help? Ask about the process alone. *Readiness*: should it get traffic now? That one may ask about dependencies, and
   its answer moves traffic, never a process (`health_check.py`).
2. A member that dies again soon after its start is in a crash loop. Each further restart waits twice as long, up to a cap, so
   that a broken release does not hammer the machine and the database; `stable_s` of good life resets the wait.
3. At most `at_once` members restart at a time. Even when all of them look dead, most of the fleet stays as it is.

Source. Kubernetes' documentation on liveness, readiness and startup probes (period 10 s, failure threshold 3) and on the
back-off of restarts (10 s, doubled up to 5 min, reset after 10 min); the supervisors of Erlang/OTP bound restarts likewise.

Limits. It cures what a restart cures: leaks, deadlocks, lost hosts; not bad data, bad releases or missing capacity. A restart
costs the requests inside and a cold cache. It hides faults: count restarts, and look at who needs them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.timeout import TimeLimit

Member = TypeVar("Member")

MOST_DOUBLINGS = 64
"""A crash loop may last for weeks, and a float overflows after a thousand."""


@dataclass(slots=True)
class Life:
    """One member's record: bad probes in a row, restarts without a stable life in between, when it last started."""

    bad: int = 0
    loops: int = 0
    started_s: float = float("-inf")


class Supervisor(Generic[Member]):
    """`await supervisor.run()` watches until cancelled. `alive(member)` is the liveness probe; `restart(member)` returns when
    the member says that it has started (the startup probe); one that raises counts as a start that did not last. Settings may
    be changed while it runs."""

    def __init__(
        self,
        members: Sequence[Member],
        alive: Callable[[Member], Awaitable[bool]],
        restart: Callable[[Member], Awaitable[None]],
        *,
        interval_s: float = 10.0,
        timeout_s: float = 1.0,
        fall: int = 3,
        backoff_s: float = 10.0,
        backoff_cap_s: float = 300.0,
        stable_s: float = 600.0,
        at_once: int | None = None,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
        time_limit: TimeLimit = asyncio.timeout,
    ) -> None:
        self.members = tuple(members)
        self.alive = alive
        self.restart = restart
        self.interval_s = interval_s
        self.timeout_s = timeout_s
        self.fall = fall
        self.backoff_s = backoff_s
        self.backoff_cap_s = backoff_cap_s
        self.stable_s = stable_s
        self.clock = clock
        self.sleep = sleep
        self.time_limit = time_limit
        self.restarts = 0
        self._turns = asyncio.Semaphore(at_once or max(1, len(self.members)))

    async def run(self) -> None:
        """Watch all members, their probes spread evenly over the interval."""
        async with asyncio.TaskGroup() as watches:
            for place, member in enumerate(self.members):
                watches.create_task(self._watch(member, place / max(1, len(self.members))))

    def wait_s(self, loops: int) -> float:
        """How long to wait before a restart after so many in a row: none the first time, then doubled up to the cap."""
        return min(self.backoff_cap_s, self.backoff_s * 2.0 ** min(loops - 1, MOST_DOUBLINGS)) if loops else 0.0

    async def _watch(self, member: Member, offset: float) -> None:
        life = Life()
        await self.sleep(offset * self.interval_s)
        while True:
            life.bad = 0 if await self._is_alive(member) else life.bad + 1
            if life.bad >= self.fall:
                await self._start_again(member, life)
            await self.sleep(self.interval_s)

    async def _is_alive(self, member: Member) -> bool:
        try:
            async with self.time_limit(self.timeout_s):
                return await self.alive(member)
        except Exception:
            return False

    async def _start_again(self, member: Member, life: Life) -> None:
        if self.clock() - life.started_s >= self.stable_s:
            life.loops = 0
        if life.loops:
            await self.sleep(self.wait_s(life.loops))
            if await self._is_alive(member):  # it got well while it waited
                life.bad = 0
                return
        async with self._turns:
            self.restarts += 1
            with suppress(Exception):  # whether it lives is for the probes to say; the others must still be watched
                await self.restart(member)
        life.bad, life.loops, life.started_s = 0, life.loops + 1, self.clock()
