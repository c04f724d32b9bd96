"""The live world: the wall clock, real processes, real sockets, and the same traffic and luck as the simulated one."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from random import Random
from typing import Any, cast

from labs.experiments.events import Mark, Span
from labs.experiments.world import Arrivals, Behaviour, Kind, RemoteService, Request, Serve, ServicePlan, World
from labs.live.arrivals import LiveArrivals
from labs.live.backends import LiveBackend, live_backend
from labs.live.service import LiveService
from labs.simulation.randomness import Streams
from labs.simulation.rates import Rate


class RunClock:
    """Seconds since `start`, from the running loop's monotonic clock; 0 until then."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._origin_s: float | None = None

    def start(self) -> None:
        self._origin_s = self._loop.time()

    def now_s(self) -> float:
        return self._loop.time() - self._origin_s if self._origin_s is not None else 0.0

    def at(self, t_s: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back at that time of the run; at once when it is over already."""
        return self._loop.call_later(t_s - self.now_s(), callback)

    async def until(self, t_s: float) -> None:
        await asyncio.sleep(t_s - self.now_s())


class LiveWorld(World):
    """One arm's world. When the system is built, open its `services` and `backends`; when it ends, `close` it.

    `on_failure` hears when one of its services dies by itself. `horizon_s` is the next instant at which a bin ends or a
    change of the ledger is due: a little later that is done, and what happened meanwhile is dated before it.
    """

    def __init__(
        self,
        arm: str,
        *,
        seed: int,
        duration_s: float,
        warm_up_s: float,
        clock: RunClock,
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._clock = clock
        super().__init__(arm, duration_s, warm_up_s)
        self.horizon_s = 0.0
        self.services: list[LiveService] = []
        self.backends: list[LiveBackend] = []
        self.traffic: list[LiveArrivals] = []
        self._streams = Streams(seed)
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()

    def now_s(self) -> float:
        return self._clock.now_s()

    def rng(self, name: str) -> Random:
        return self._streams(name)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Future[Any]":
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def sleep(self, delay_s: float) -> Awaitable[None]:
        return asyncio.sleep(delay_s)

    def timeout(self, delay_s: float) -> AbstractAsyncContextManager[Any]:
        return asyncio.timeout(delay_s)

    def service(self, name: str, plan: ServicePlan, behaviour: Behaviour) -> RemoteService:
        longer_than_the_run_s = self.duration_s + 1.0
        service = LiveService(name, plan, behaviour, self._on_failure, longer_than_the_run_s)
        self.services.append(service)
        return service

    def backend(self, interface: type[Kind], plan: Any) -> Kind:
        backend: Any = live_backend(interface)(self, plan, self._on_failure)
        self.backends.append(backend)
        return cast("Kind", backend)

    def arrivals(self, name: str, rate: float | Rate, serve: Serve, *, poisson: bool = True) -> Arrivals:
        def arrived(request: Request) -> None:
            self.requests += 1
            self.spawn(serve(request._replace(number=self.requests)))

        gaps, draws = self.rng(name) if poisson else None, self.rng(f"{name}:draws")
        traffic = LiveArrivals(self._clock, gaps, draws, rate, self.duration_s, arrived)
        self.traffic.append(traffic)
        return traffic

    def take_said(self) -> list[Mark | Span]:
        """In order, none of them after the horizon."""
        return [replace(event, t=min(event.t, self.horizon_s)) for event in super().take_said()]

    async def stop(self) -> None:
        """Take back everything that is under way."""
        while tasks := tuple(self._tasks):  # more than once: what is taken back may start something on its way out
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop, and end all services and backends, also when one of them fails to. Raises the first failure."""
        await self.stop()
        ends = [service.close() for service in self.services] + [backend.close() for backend in self.backends]
        for failure in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(failure, BaseException):
                raise failure
