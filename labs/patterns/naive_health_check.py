"""Naive health check: whoever fails a probe is removed, kept to be compared with the one in `health_check.py`.

Problem and rule are the same at first sight: ask all members at once, drop those that do not answer, ask again. It looks right
in a demonstration, where the only member that fails is the one that was stopped on purpose. Its faults:

1. One failed probe is enough. With a chance p that a probe gets lost, a live member lasts 1 / p rounds on average.
2. Removal is for good. Nobody probes what has left the list, so a member that comes back is never found. The fleet can only
   shrink: after n blips nobody is left.
3. An empty list is a crash. Round robin divides by its length, least connections takes the minimum of nothing: the balancer
   itself raises, for every request, until somebody restarts it.
4. All probes leave at the same instant and the round lasts as long as its slowest probe, so the checker slows down exactly
   when something is wrong.
5. The checker shortens the list that requests are reading. Within one event loop that goes well between two awaits; with
   threads it does not.

Source. The shape is that of many tutorials on balancers.

Limits. Do not use it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from labs.patterns.clock import Sleep
from labs.patterns.timeout import TimeLimit

Member = TypeVar("Member")


class RemovingPool(Generic[Member]):
    """Round robin over those who have never failed a probe."""

    def __init__(
        self,
        members: Sequence[Member],
        probe: Callable[[Member], Awaitable[bool]],
        *,
        interval_s: float = 2.0,
        timeout_s: float = 1.0,
        on_removal: Callable[[Member], None] = lambda member: None,
        sleep: Sleep = asyncio.sleep,
        time_limit: TimeLimit = asyncio.timeout,
    ) -> None:
        self.members = list(members)
        self.probe = probe
        self.interval_s = interval_s
        self.timeout_s = timeout_s
        self.on_removal = on_removal
        self.sleep = sleep
        self.time_limit = time_limit
        self._turn = 0

    def pick(self) -> Member:
        """The next in turn; raises ZeroDivisionError when nobody is left."""
        self._turn += 1
        return self.members[self._turn % len(self.members)]

    async def run(self) -> None:
        """Probe in rounds until cancelled."""
        while True:
            await self.sleep(self.interval_s)
            asked = list(self.members)
            answers = await asyncio.gather(*(self._answers(member) for member in asked))
            for member, good in zip(asked, answers, strict=True):
                if not good:
                    self.members.remove(member)
                    self.on_removal(member)

    async def _answers(self, member: Member) -> bool:
        try:
            async with self.time_limit(self.timeout_s):
                return await self.probe(member)
        except Exception:
            return False
