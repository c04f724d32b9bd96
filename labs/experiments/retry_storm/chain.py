"""The services that a request passes on its way to the one that works, each with retries of its own: real nested calls."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

from labs.experiments.events import Member
from labs.experiments.retry_storm import policies
from labs.experiments.retry_storm.course import Course
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.world import World
from labs.patterns.retry import Decision, Setback
from labs.patterns.retry_budget import RetryBudget

MOST_LAYERS = 4
CALM_SHARE, STORM_SHARE = 0.1, 0.5
Result = TypeVar("Result")
Send = Callable[[Course], Awaitable[Result]]


class Layer:
    """One layer of callers: how many of its calls are under way, and how many of them wait for their next attempt."""

    def __init__(self, arm: str, world: World, settings: RetrySettings, rng: Random) -> None:
        self._arm = arm
        self._sleep = world.sleep
        self._settings = settings
        self.under_way = 0
        self.backing_off = 0
        self._calls = self._retries = 0
        self._status = "calm"
        self.retry = policies.retry(arm, settings, world.now_s, self._wait, rng)
        self.retry.on_setback(self._count)

    async def call(self, function: Callable[..., Awaitable[Result]], *args: object) -> Result:
        self.under_way += 1
        self._calls += 1
        try:
            return await self.retry.call(function, *args)
        finally:
            self.under_way -= 1

    def turn(self) -> None:
        policies.turn(self.retry, self._arm, self._settings)

    @property
    def budget_left(self) -> float | None:
        """Retries that its budget would grant now; None where it has none."""
        budget = self.retry.budget
        return budget.balance if isinstance(budget, RetryBudget) else None

    def close_bin(self) -> None:
        """Name what the bin that just ended was like: a storm where most attempts are retries."""
        retry_share = self._retries / (self._calls + self._retries) if self._retries else 0.0
        self._status = "storm" if retry_share > STORM_SHARE else "retrying" if retry_share > CALM_SHARE else "calm"
        self._calls = self._retries = 0

    def member(self, name: str) -> Member:
        return Member(name, self._status, self.under_way - self.backing_off, self.backing_off)

    def _count(self, setback: Setback) -> None:
        self._retries += setback.decision is Decision.AGAIN

    async def _wait(self, delay_s: float) -> None:
        self.backing_off += 1
        try:
            await self._sleep(delay_s)
        finally:
            self.backing_off -= 1


class Chain:
    """`layers` of them are in use, as the knob says; the first is next to the service, the last next to the users."""

    def __init__(self, arm: str, world: World, settings: RetrySettings, on_setback: Callable[[Setback], None]) -> None:
        self._settings = settings
        self._layers = [Layer(arm, world, settings, world.rng(f"jitter-{number}")) for number in range(1, MOST_LAYERS + 1)]
        for layer in self._layers:
            layer.retry.on_setback(on_setback)

    async def call(self, send: Send[Result], course: Course) -> Result:
        """Through all layers from the users down; raises what the last attempt raised."""
        return await self._through(self._settings.layers, send, course)

    async def _through(self, layer: int, send: Send[Result], course: Course) -> Result:
        if not layer:
            return await send(course)
        if layer > 1 and not self._settings.every_layer:
            return await self._through(layer - 1, send, course)
        return await self._layers[layer - 1].call(self._through, layer - 1, send, course)

    def turn(self) -> None:
        """The knobs of retries were turned."""
        for layer in self._layers:
            layer.turn()

    @property
    def backing_off(self) -> int:
        return sum(layer.backing_off for layer in self._layers)

    @property
    def budget_left(self) -> float | None:
        """Of the layer next to the service."""
        return self._layers[0].budget_left

    def close_bin(self) -> None:
        for layer in self._layers:
            layer.close_bin()

    def members(self) -> tuple[Member, ...]:
        """From the users to the service, and named so."""
        inward = reversed(self._layers[: self._settings.layers])
        return tuple(layer.member(f"layer-{number}") for number, layer in enumerate(inward, start=1))
