"""The store that the limiters of all nodes share: what the lab asks of it, and its model in virtual time.

The live one is `labs.live.limiter_store`: Lua scripts, and the naive log's transaction, on a Valkey of its own.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from labs.experiments.rate_limiter.memory import key_bytes
from labs.experiments.rate_limiter.rules import Rules, apply, limiter
from labs.experiments.world import Backend, World
from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.rate_limiting import Decision

Found = TypeVar("Found")

UP, FROZEN, DOWN = "up", "hung", "down"


@dataclass(frozen=True, slots=True)
class StorePlan:
    """A store with one kind of limiter in it; a command and its answer need `round_trip_s` on the (modelled) network."""

    rules: Rules
    round_trip_s: float


class Checked(NamedTuple):
    """The store's answer, and when it decided by its own clock (s since the run began)."""

    decision: Decision
    at_s: float


class LimiterStore(Backend):
    """Counts and decides for all nodes. `status` is up, hung (takes commands, answers none) or down (refuses them)."""

    status: str = UP
    round_trips: int = 0
    """Exchanges begun with the store since the run began, whether it answered or not."""

    @classmethod
    def simulated(cls, world: World, plan: StorePlan) -> "LimiterStore":
        return SimulatedStore(world, plan)

    @abstractmethod
    async def check(self, key: str, told_s: float | None) -> Checked:
        """Count and judge one call of `key`, at the store's own time or at the time that the caller tells.

        The naive log needs to be told. Raises ConnectionError when the store is down; a frozen one leaves the caller waiting.
        """

    @abstractmethod
    def adjust(self, plan: StorePlan) -> None:
        """Go on with these numbers; what was counted stays."""

    @abstractmethod
    def kill(self) -> None:
        """It refuses connections from now on, and what it has counted is lost."""

    @abstractmethod
    def freeze(self) -> None:
        """It answers nothing from now on, and forgets nothing. Of one that was killed: nothing happens."""

    @abstractmethod
    def revive(self) -> None:
        """Up again. A frozen one carries out first what was sent to it meanwhile, whether the senders still wait or not."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Commands that it has taken and not answered."""

    @property
    @abstractmethod
    def key_bytes(self) -> float | None:
        """Mean memory of a key that it holds; None where there is none."""


class SimulatedStore(LimiterStore):
    """The pattern itself behind a network. A command takes effect at one instant, half a round trip after it was sent."""

    def __init__(self, world: World, plan: StorePlan) -> None:
        self._world = world
        self._now_s = world.now_s
        self._rules = plan.rules
        self._half_s = plan.round_trip_s / 2.0
        self._limiter = limiter(plan.rules, world.now_s)
        self._keys: dict[str, None] = {}
        self._backlog: list[tuple[asyncio.Future[Any], Callable[[], Any]]] = []

    async def check(self, key: str, told_s: float | None) -> Checked:
        naive = self._limiter
        if not isinstance(naive, NaiveLogLimiter):
            return await self._exchange(partial(self._decide, key, told_s))
        at_s = self._now_s() if told_s is None else told_s
        member = naive.member(at_s)
        checked = await self._exchange(partial(self._add, naive, key, member, at_s))
        if not checked.decision.admitted and self._rules.take_back:
            await self._exchange(partial(naive.take_back, key, member))
        return checked

    def _decide(self, key: str, told_s: float | None) -> Checked:
        now_s = self._now_s()
        self._keys[key] = None
        return Checked(self._limiter.check_at(key, now_s if told_s is None else told_s), now_s)

    def _add(self, naive: NaiveLogLimiter, key: str, member: str, told_s: float) -> Checked:
        self._keys[key] = None
        return Checked(naive.add(key, member, told_s), self._now_s())

    async def _exchange(self, command: Callable[[], Found]) -> Found:
        """One round trip with a command in its middle."""
        self.round_trips += 1
        await self._world.sleep(self._half_s)
        if self.status == DOWN:
            raise ConnectionError("the store refuses connections")
        found = command() if self.status == UP else await self._once_revived(command)
        await self._world.sleep(self._half_s)
        return found

    async def _once_revived(self, command: Callable[[], Found]) -> Found:
        """Carried out when the store is up again, even if the caller has left by then."""
        answered = asyncio.get_running_loop().create_future()
        self._backlog.append((answered, command))
        found: Found = await answered
        return found

    def adjust(self, plan: StorePlan) -> None:
        self._rules = plan.rules
        self._half_s = plan.round_trip_s / 2.0
        apply(plan.rules, self._limiter)

    def kill(self) -> None:
        self.status = DOWN
        self._limiter = limiter(self._rules, self._now_s)
        self._keys.clear()
        for answered, _command in self._backlog:
            if not answered.done():
                answered.set_exception(ConnectionError("the store was killed"))
        self._backlog.clear()

    def freeze(self) -> None:
        if self.status == UP:  # a dead process cannot hang
            self.status = FROZEN

    def revive(self) -> None:
        self.status = UP
        backlog, self._backlog = self._backlog, []
        for answered, command in backlog:
            found = command()
            if not answered.done():
                answered.set_result(found)

    @property
    def waiting(self) -> int:
        return len(self._backlog)

    @property
    def key_bytes(self) -> float | None:
        now_s = self._now_s()
        sizes = [size for key in self._keys if (size := key_bytes(self._limiter, key, now_s))]
        return sum(sizes) / len(sizes) if sizes else None
