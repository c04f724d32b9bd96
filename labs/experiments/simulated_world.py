"""The simulated world: virtual time, one event loop for each arm, the same named random streams in all of them."""

from collections.abc import Awaitable, Coroutine
from random import Random
from typing import Any

from labs.experiments.simulated_service import SimulatedService
from labs.experiments.world import Arrivals, Behaviour, Kind, Request, Serve, ServicePlan, World
from labs.simulation.loop import VirtualLoop
from labs.simulation.primitives import sleep, timeout
from labs.simulation.randomness import Streams
from labs.simulation.rates import Rate
from labs.simulation.workload import OpenLoop


class SimulatedWorld(World):
    """One arm's world on a virtual loop."""

    def __init__(self, loop: VirtualLoop, streams: Streams, arm: str, duration_s: float, warm_up_s: float) -> None:
        self.loop = loop
        self.now_s = loop.time  # type: ignore[method-assign]  # bound once: it is asked millions of times
        self._streams = streams
        super().__init__(arm, duration_s, warm_up_s)

    def now_s(self) -> float:
        return self.loop.now

    def rng(self, name: str) -> Random:
        return self._streams(name)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.spawn(coroutine)

    def sleep(self, delay_s: float) -> Awaitable[None]:
        return sleep(delay_s)

    def timeout(self, delay_s: float) -> timeout:
        return timeout(delay_s)

    def service(self, name: str, plan: ServicePlan, behaviour: Behaviour) -> SimulatedService:
        return SimulatedService(name, plan, behaviour)

    def backend(self, interface: type[Kind], plan: Any) -> Kind:
        return interface.simulated(self, plan)

    def arrivals(self, name: str, rate: float | Rate, serve: Serve, *, poisson: bool = True) -> "SimulatedArrivals":
        return SimulatedArrivals(self, name, rate, serve, poisson)


class SimulatedArrivals(Arrivals):
    """Traffic whose gaps come from one stream and whose draws come from another."""

    def __init__(self, world: SimulatedWorld, name: str, rate: float | Rate, serve: Serve, poisson: bool) -> None:
        self._world = world
        self._uniform = world.rng(f"{name}:draws").random
        gaps = world.rng(name) if poisson else None
        self._traffic = OpenLoop(serve, rate, gaps, make=self._request, until_s=world.duration_s)

    @property
    def rate(self) -> Rate:
        return self._traffic.rate

    @rate.setter
    def rate(self, rate: float | Rate) -> None:
        self._traffic.rate = rate

    @property
    def rate_rps(self) -> float:
        return self._traffic.rate_rps

    @rate_rps.setter
    def rate_rps(self, rate_rps: float) -> None:
        self._traffic.rate_rps = rate_rps

    async def run(self) -> None:
        await self._traffic.run()

    def _request(self, _number: int, at_s: float) -> Request:
        world, uniform = self._world, self._uniform
        world.requests += 1
        traced = at_s >= world.next_trace_s and world.traces_now()
        return Request(world.requests, at_s, uniform(), uniform(), uniform(), uniform(), traced)
