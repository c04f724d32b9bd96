"""Single flight: many ask for the same thing at the same time, and it is fetched once.

Problem. A popular entry of a cache expires. Until somebody has loaded it again, everybody who asks finds nothing and loads it
too: arrivals per second times the time of a load, all for one key, all at the database.

Rule. Whoever asks first starts the load. Whoever asks while it is under way waits for that one and gets its result, or its
error. When it has ended it is forgotten: this is no cache, and the next to ask loads anew.

A caller that gives up leaves the load running for the others; so it runs in a task of its own, shielded from its callers.

Source. The name is that of Go's `golang.org/x/sync/singleflight`; nginx calls the same `proxy_cache_lock`, and the leases of
Facebook's memcache do it across servers (R. Nishtala et al., *Scaling Memcache at Facebook*, NSDI 2013, section 3.2.1).

Limits. Once per process: fifty servers make up to fifty loads. One slow load holds up all who wait for it, so give it a
timeout. An error goes to everybody at once. Only for reads: two callers who each want to *do* something must not be merged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """Loads under way, by key. Use it from one event loop."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Future[Value]] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """What `load()` gives; joined by all who ask for the key before it has ended."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(load())
            self._flights[key] = flight
            flight.add_done_callback(lambda ended: self._land(key, ended))
        return await asyncio.shield(flight)

    def under_way(self, key: Hashable) -> bool:
        return key in self._flights

    def is_mine(self, key: Hashable) -> bool:
        """Whether the load that asks is still the one that new callers would join. Ask from within the load."""
        return self._flights.get(key) is asyncio.current_task()

    def part(self, key: Hashable) -> None:
        """Whoever asks from now on starts a load of their own: the one under way may have read an old value."""
        self._flights.pop(key, None)

    def _land(self, key: Hashable, ended: asyncio.Future[Value]) -> None:
        if self._flights.get(key) is ended:
            del self._flights[key]
        if not ended.cancelled():
            ended.exception()  # read here, so that no error counts as unheard when every caller has left
