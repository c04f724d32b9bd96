"""What stands between callers and dependencies in each arm: one pool for all, a pool for each, or a semaphore for each."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from labs.experiments.bulkhead.sizing import NAMES, sizes
from labs.experiments.seats import Seats
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World
from labs.patterns.bulkhead import Compartment, PoolBulkhead, SemaphoreBulkhead
from labs.patterns.timeout import call_within

SIZED_BY = ("sizing", "headroom", "slots_a", "slots_b", "slots_c")


@dataclass(slots=True)
class Call:
    """One call on its way: what it asks, whom, whether it has got a slot, and whether its caller is still there."""

    request: Request
    name: str
    began_s: float
    healthy: bool
    """Its dependency was, when the call was made."""
    working: bool = False
    left: bool = False


Work = Callable[[Call], Coroutine[Any, Any, int]]


class Pools:
    """The compartments of one arm. `shared`: all three names stand for the same one."""

    def __init__(self, world: World, arm: str, settings: Settings) -> None:
        self._world = world
        self._arm = arm
        self._settings = settings
        self.sizes = sizes(settings)
        self.shared = arm == "shared"
        names = ("pool",) if self.shared else NAMES
        made = [self._made(name) for name in names]
        self.compartments: tuple[Compartment, ...] = tuple(made)
        by_name = dict(zip(NAMES, made * len(NAMES) if self.shared else made, strict=False))
        self._by_name: Mapping[str, SemaphoreBulkhead | PoolBulkhead] = by_name
        all_seats: list[Seats[Call]] = [Seats() for _ in made]
        self.seats: Mapping[str, Seats[Call]] = dict(
            zip(NAMES, all_seats * len(NAMES) if self.shared else all_seats, strict=False)
        )
        self.adjust(resize=True)

    def _made(self, name: str) -> SemaphoreBulkhead | PoolBulkhead:
        if self._arm == "semaphore":
            return SemaphoreBulkhead(name, slots=1)
        return PoolBulkhead(name, slots=1, time_limit=self._world.timeout, spawn=self._world.spawn)

    @property
    def slots(self) -> int:
        return sum(self.sizes.values())

    @property
    def queued(self) -> int:
        return sum(compartment.queued for compartment in self.compartments)

    @property
    def some_slot_is_free(self) -> bool:
        return any(compartment.busy < compartment.slots for compartment in self.compartments)

    def call(self, call: Call, work: Work) -> Awaitable[int]:
        """Run `work(call)` in a slot. A caller of a pool leaves when its patience ends; one of a semaphore makes the call
        itself, blocked in it like a thread in a socket, so it cannot."""
        compartment = self._by_name[call.name]
        if self._arm == "semaphore":
            return compartment.call(work, call)
        return call_within(self._settings.number("timeout_s"), compartment.call(work, call), self._world.timeout)

    def adjust(self, resize: bool) -> None:
        """Be as the knobs say now; sizes stay as they were chosen unless `resize`."""
        settings = self._settings
        if resize:
            self.sizes = sizes(settings)
        queue_limit = 0 if self._arm == "semaphore" else settings.whole("queue_limit") * (len(NAMES) if self.shared else 1)
        for compartment, slots in zip(self.compartments, (self.slots,) if self.shared else self.sizes.values(), strict=True):
            compartment.queue_limit = queue_limit
            compartment.max_wait_s = settings.number("max_wait_s")
            compartment.slots = slots
