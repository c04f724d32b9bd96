"""How long a hop waits for its callee in each arm, and what becomes of the call when it gives up."""

from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any

from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.patterns.deadline import NEVER, Deadline, call_before
from labs.patterns.timeout import call_within, wait_at_most

Deliver = Callable[[Deadline], Coroutine[Any, Any, None]]


class Limits:
    """One arm's: none, the same everywhere, shrinking ones, or a deadline that travels."""

    def __init__(self, world: World, arm: str, settings: Settings) -> None:
        self._world = world
        self._arm = arm
        self._settings = settings
        self.travels = arm == "deadline-propagated"
        self.adjust()

    def adjust(self) -> None:
        number = self._settings.number
        own = {name: number(f"timeout_{name}_s") for name in ("gateway", "a", "b")}
        same = dict.fromkeys(own, number("timeout_s") if self._arm == "same-timeout-everywhere" else inf)
        self._timeouts_s = own if self._arm in ("shrinking", "deadline-propagated") else same
        self._cancel = self._settings.flag("cancel")
        self._least_s = number("least_s")
        self._patience_s = number("patience_s")

    def user(self) -> Deadline:
        """What a new request brings along."""
        return Deadline.after(self._patience_s, self._world.now_s) if self.travels else NEVER

    async def by_user(self, deliver: Deliver) -> None:
        """The user's own wait; raises TimeoutError when the patience is over."""
        await self._within(self._patience_s, deliver(self.user()))

    async def by_hop(self, name: str, deadline: Deadline, deliver: Deliver) -> None:
        """The wait of the hop `name` for its callee; raises TimeoutError, or NotEnoughTime where nothing was sent."""
        timeout_s = self._timeouts_s[name]
        if not self.travels:
            await (deliver(NEVER) if timeout_s == inf else self._within(timeout_s, deliver(NEVER)))
        elif self._cancel:
            await call_before(deadline, deliver, timeout_s=timeout_s, needed_s=self._least_s, time_limit=self._world.timeout)
        else:
            callees = deadline.sooner(timeout_s, needed_s=self._least_s)
            await self._within(callees.left_s, deliver(callees))

    async def as_callee(self, on_the_wire: str, handle: Deliver) -> None:
        """The callee keeps to the deadline that came with the call by itself: nobody needs to reach it."""
        deadline = Deadline.from_timeout(on_the_wire, self._world.now_s)
        await call_before(deadline, handle, time_limit=self._world.timeout)

    def _within(self, limit_s: float, call: Coroutine[Any, Any, None]) -> Awaitable[None]:
        if self._cancel:
            return call_within(limit_s, call, self._world.timeout)
        return wait_at_most(limit_s, call, self._world.timeout, self._world.spawn)
