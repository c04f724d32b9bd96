"""The bulkhead lab at work: three kinds of callers, slots for their calls, three dependencies."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial

from labs.experiments.bulkhead.dependencies import Dependencies
from labs.experiments.bulkhead.instruments import Instruments
from labs.experiments.bulkhead.pools import SIZED_BY, Call, Pools
from labs.experiments.bulkhead.sizing import NAMES
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, Member, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import Arrivals, Request, World
from labs.patterns.bulkhead import BulkheadFull
from labs.patterns.timeout import call_within

MOST_SHOWN = 64


class BulkheadSystem(System):
    """One arm: shared, split or semaphore."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = Settings(parameters)
        self.instruments = Instruments(world, self.settings.number("timeout_s"))
        self.dependencies = Dependencies(world, self.settings)
        self.pools = Pools(world, arm, self.settings)
        self.arrivals: Mapping[str, Arrivals] = {
            name: world.arrivals(f"calls-{name}", self.settings.number(f"rate_{name}_rps"), partial(self._serve, name))
            for name in NAMES
        }
        self.instruments.slots.set(self.pools.slots)

    # Traffic

    async def run(self) -> None:
        self.dependencies.schedule()
        await asyncio.gather(*(arrivals.run() for arrivals in self.arrivals.values()))

    async def _serve(self, name: str, request: Request) -> None:
        call = Call(request, name, self.world.now_s(), self.dependencies.by_name[name].healthy)
        self.instruments.began(call)
        outcome = await self._outcome(call)
        beside_free = outcome == "rejected" and self.pools.some_slot_is_free
        self.instruments.ended(call, outcome, beside_free)

    async def _outcome(self, call: Call) -> str:
        """What the caller sees."""
        try:
            await self.pools.call(call, self._work)
        except BulkheadFull:
            return "rejected"
        except TimeoutError:
            return "timed_out"
        return "ok"

    async def _work(self, call: Call) -> int:
        """The call itself, in a slot. Where it has no timeout of its own it lasts as long as the dependency takes."""
        began_s, seats, outcome = self.world.now_s(), self.pools.seats[call.name], "ok"
        seat = seats.take(call)
        self.instruments.work_began(call)
        try:
            answer = self.dependencies.by_name[call.name].service.call(call.request)
            if self.settings.flag("call_timeout"):
                return await call_within(self.settings.number("timeout_s"), answer, self.world.timeout)
            return await answer
        except BaseException:
            outcome = "timed_out"
            raise
        finally:
            seats.leave(seat)
            late = self.world.now_s() - began_s >= self.settings.number("timeout_s")
            self.instruments.work_ended(call, began_s, "slow" if late and outcome == "ok" else outcome)

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob.startswith("rate_"):
            self.arrivals[knob.removeprefix("rate_").removesuffix("_rps")].rate_rps = float(value)
        self.dependencies.adjust()
        self.pools.adjust(resize=knob in SIZED_BY)
        self.instruments.slots.set(self.pools.slots)
        self.instruments.patience(self.settings.number("timeout_s"))

    def do(self, action: str, target: str) -> None:
        self.dependencies.by_name[target].do(action)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        return self.instruments.values()

    def flows(self) -> Mapping[str, Flow]:
        return self.instruments.flows()

    def nodes(self) -> Mapping[str, NodeState]:
        states = {"pool": self._pool()}
        for name, dependency in self.dependencies.by_name.items():
            one = self.instruments.of[name]
            states[f"callers-{name}"] = NodeState("failing" if one.failing else "calm", one.callers.waiting)
            states[name] = NodeState(dependency.condition, dependency.service.busy)
        return states

    def _pool(self) -> NodeState:
        members = [self._slot(f"{number} {name.upper()}", call) for number, name, call in self._seated()]
        busy = sum(member.busy for member in members)
        status = "full" if not self.pools.some_slot_is_free else "free"
        return NodeState(status, busy, self.pools.queued, tuple(members[:MOST_SHOWN]))

    def _seated(self) -> Iterator[tuple[int, str, Call | None]]:
        """Every slot with its number, its dependency and who sits there; in a shared pool a call sits where it finds room."""
        number = 0
        for name, slots in self.pools.sizes.items():
            for own in range(slots):
                yield number + 1, name, self.pools.seats[name].at(number if self.pools.shared else own)
                number += 1

    def _slot(self, label: str, call: Call | None) -> Member:
        if call is None:
            return Member(label, "free")
        ill = not self.dependencies.by_name[call.name].healthy or not call.healthy
        return Member(label, "slow" if ill else "busy", 1)

    def metrics(self) -> Metrics:
        return self.instruments.metrics()

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return self.instruments.all.intervals() if self.settings.choice("slowness") == "none" else {}
