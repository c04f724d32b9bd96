"""A cache that serves while it refreshes: fresh answers from memory, slightly old ones while a new one is fetched.

Problem. With a plain time to live an entry is perfect until it expires and then gone. Its readers wait for the load, all load
at once, and get nothing if the source is away. Entries written together expire together.

Rule. An entry is *fresh* for `fresh_s`, then *stale* for `stale_s`, then gone. Fresh: answer from memory. Stale: answer from
memory and start one refresh in the background; if it fails, the stale entry stays until its time is over. Gone: load it, once
for all who ask. `jitter` shortens each entry's fresh time by a random share, so that what was loaded together does not expire
together. When the cache is full the entry that was not read for the longest time goes.

An entry that is invalidated while a load for it is under way must not be filled by that load, which may have read the old
row: the load's result goes to those who wait for it, and is not kept.

Source. `stale-while-revalidate` and `stale-if-error`: M. Nottingham, RFC 5861, 2010. Loads that were overtaken by an
invalidation: the leases of R. Nishtala et al., *Scaling Memcache at Facebook*, NSDI 2013. `expires_early`: A. Vattani, F.
Chierichetti and K. Lowenstein, *Optimal Probabilistic Cache Stampede Prevention*, VLDB 2015.

Limits. A reader may get an answer that is `fresh_s + stale_s` old. A key that nobody reads while it is stale is gone at its
next reading, and that reader waits. One cache per process: each has its own copy, its own age, its own invalidations.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from math import log
from random import Random
from typing import Any, Generic, TypeVar

from labs.patterns.clock import Clock, running_loop_time
from labs.patterns.single_flight import SingleFlight

Value = TypeVar("Value")
Load = Callable[[], Awaitable[Value]]
Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine in the background and holds on to it: a task group's `create_task`."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    value: Value
    fresh_until_s: float
    gone_at_s: float


class RefreshingCache(Generic[Value]):
    """Up to `capacity` entries, least recently read out first."""

    def __init__(
        self,
        *,
        fresh_s: float,
        stale_s: float,
        spawn: Spawn,
        rng: Random,
        capacity: int = 1000,
        jitter: float = 0.1,
        clock: Clock = running_loop_time,
    ) -> None:
        self.fresh_s = fresh_s
        self.stale_s = stale_s
        self.spawn = spawn
        self.rng = rng
        self.capacity = capacity
        self.jitter = jitter
        self.clock = clock
        self._entries: OrderedDict[Hashable, Entry[Value]] = OrderedDict()
        self._flights = SingleFlight[Value]()

    async def get(self, key: Hashable, load: Load[Value]) -> Value:
        """The value for the key, at most `fresh_s + stale_s` old. Raises what `load()` raises if there is nothing else."""
        entry, now_s = self._entries.get(key), self.clock()
        if entry is None or entry.gone_at_s <= now_s:
            return await self._loaded(key, load)
        self._entries.move_to_end(key)
        if entry.fresh_until_s <= now_s and not self._flights.under_way(key):
            self.spawn(self._refresh(key, load))
        return entry.value

    def invalidate(self, key: Hashable) -> None:
        """The source has changed: forget the entry, and do not keep what a load under way brings."""
        self._entries.pop(key, None)
        self._flights.part(key)

    async def _refresh(self, key: Hashable, load: Load[Value]) -> None:
        try:
            await self._loaded(key, load)
        except Exception:  # the stale entry goes on serving; the caller's `load` counts and logs its errors
            return

    async def _loaded(self, key: Hashable, load: Load[Value]) -> Value:
        return await self._flights.get(key, lambda: self._load_and_keep(key, load))

    async def _load_and_keep(self, key: Hashable, load: Load[Value]) -> Value:
        value = await load()
        if self._flights.is_mine(key):
            self._keep(key, value)
        return value

    def _keep(self, key: Hashable, value: Value) -> None:
        fresh_until_s = self.clock() + self.fresh_s * (1.0 - self.jitter * self.rng.random())
        self._entries[key] = Entry(value, fresh_until_s, fresh_until_s + self.stale_s)
        self._entries.move_to_end(key)
        if len(self._entries) > self.capacity:
            self._entries.popitem(last=False)


def expires_early(left_s: float, load_s: float, rng: Random, beta: float = 1.0) -> bool:
    """Whether this reader should refresh with `left_s` of the entry's time to go: likelier near its end and for slow loads."""
    return -beta * load_s * log(1.0 - rng.random()) >= left_s
