"""Active health checks: ask each member how it is, and believe a change only when it lasts.

Problem. A balancer that goes on sending to a dead member fails one request in n. A balancer that believes every single probe
throws live members out: probes travel over the same lossy network as everything else, and a pause of a second is no death.

Rule. Probe every member each `interval_s`, and keep a state for each that needs several results in a row to move.

    up ────── `fall` bad probes in a row ──────> down
    down ──── `rise` good probes in a row ─────> up

1. Members are never removed. A state flips, and flips back: the list of members belongs to the service registry, not to the
   checker.
2. A probe has a limit of its own, clearly below the interval, so that probes of one member never overlap. A limit inside it
   (5 s to connect within 3 s for everything) never applies.
3. Probes are spread over the interval. All at once they are a small thundering herd, and one hiccup of the checker counts
   against everybody.
4. One client and its connections are reused. A new client for each probe measures the handshake, not the member, and fills
   the table of sockets.
5. What is asked decides what is found. A *shallow* probe ("does the process answer?") misses a member that answers and
   serves errors. A *deep* one ("can you do your work?") sees that, and it also sees the database that all members share: when
   that fails, it condemns the whole fleet at once. Ask deeply for readiness, guard the pool with a panic threshold
   (`panic_threshold.py`), and never restart anything because of a dependency (`self_healing.py`).

A crash at a random instant is found after (fall - 1/2) intervals on average, plus what the last probe takes to fail: at best
(fall - 1) intervals, at worst fall intervals and a timeout. A live member whose probes get lost with chance p is thrown out
after (1 - p^fall) / (p^fall (1 - p)) probes on average. `fall` buys the second with the first.

Source. HAProxy's configuration manual, section 5.2 (`inter`, `rise`, `fall`; by default 2 s, 2 and 3); Envoy's documentation of
health checking; Michael Nygard, *Release It!* (2nd edition, 2018), "Health Checks".

Limits. The checker sees its own way to the member, not the users' way. Between two probes it knows nothing: put passive
detection beside it (`outlier_ejection.py`). If probes wait in the same queue as requests, overload looks like illness. Not
thread-safe: use it from one event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.timeout import TimeLimit

Member = TypeVar("Member")


class RiseFall:
    """One member's state: up until `fall` bad results in a row, then down until `rise` good ones in a row."""

    __slots__ = ("fall", "rise", "streak", "up")

    def __init__(self, rise: int = 2, fall: int = 3, up: bool = True) -> None:
        self.rise = rise
        self.fall = fall
        self.up = up
        self.streak = 0
        """Results in a row that speak against the present state."""

    def saw(self, good: bool) -> bool:
        """Count a result; True when the state has changed by it."""
        if good is self.up:
            self.streak = 0
            return False
        self.streak += 1
        if self.streak < (self.rise if good else self.fall):
            return False
        self.up, self.streak = good, 0
        return True


class HealthChecker(Generic[Member]):
    """`await checker.run()` probes until it is cancelled; `on_change(member, up)` hears of each change of state,
    and must not raise.

    `probe(member)` answers whether the member is well; whatever it raises, and an answer that takes longer than `timeout_s`,
    counts as ill. Interval, timeout, rise and fall may be changed while it runs.
    """

    def __init__(
        self,
        members: Sequence[Member],
        probe: Callable[[Member], Awaitable[bool]],
        *,
        interval_s: float = 2.0,
        timeout_s: float = 1.0,
        rise: int = 2,
        fall: int = 3,
        on_change: Callable[[Member, bool], None] = lambda member, up: None,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
        time_limit: TimeLimit = asyncio.timeout,
    ) -> None:
        self.members = tuple(members)
        self.probe = probe
        self.interval_s = interval_s
        self.timeout_s = timeout_s
        self.on_change = on_change
        self.clock = clock
        self.sleep = sleep
        self.time_limit = time_limit
        self._states = [RiseFall(rise, fall) for _ in self.members]

    @property
    def up(self) -> tuple[Member, ...]:
        """Those that are thought to be well."""
        return tuple(member for member, state in zip(self.members, self._states, strict=True) if state.up)

    def set_counts(self, rise: int, fall: int) -> None:
        """New counts; streaks that have begun go on."""
        for state in self._states:
            state.rise, state.fall = rise, fall

    async def run(self) -> None:
        """Watch all members, their probes spread evenly over the interval."""
        async with asyncio.TaskGroup() as watches:
            for place, (member, state) in enumerate(zip(self.members, self._states, strict=True)):
                watches.create_task(self._watch(member, state, place / len(self.members)))

    async def check(self, member: Member) -> bool:
        """One probe: True only for a good answer in time."""
        try:
            async with self.time_limit(self.timeout_s):
                return await self.probe(member)
        except Exception:  # refused, reset, timed out, nonsense: the reason does not matter here
            return False

    async def _watch(self, member: Member, state: RiseFall, offset: float) -> None:
        due_s = self.clock() + offset * self.interval_s
        while True:
            await self.sleep(max(0.0, due_s - self.clock()))
            if state.saw(await self.check(member)):
                self.on_change(member, state.up)
            due_s = max(due_s + self.interval_s, self.clock())  # at a fixed rate, whatever a probe takes
