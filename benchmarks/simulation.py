"""Virtual time against SimPy: customers per second on the same random numbers, and a whole scenario."""

import asyncio
import gc
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from heapq import heapreplace
from random import Random
from statistics import fmean, median
from time import process_time
from typing import Any

import simpy

from benchmarks.report import Report
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted
from labs.simulation.distributions import Exponential
from labs.simulation.loop import VirtualLoop
from labs.simulation.primitives import sleep, timeout
from labs.simulation.service import Service, ServiceError, draws_from
from labs.simulation.workload import OpenLoop, Request
from labs.simulation.worlds import World, new_world

CUSTOMERS = 200_000
RHO = 0.8
REPETITIONS = 5
LIMIT_S = 200.0

SCENARIO_S = 120.0
SCENARIO_RPS = 500.0
SCENARIO_REQUESTS = 60_000
MEAN_SERVICE_S = 0.05


@dataclass(frozen=True, slots=True)
class Traffic:
    """The random numbers of one queue, the same for every kernel: gaps between arrivals, and work, in seconds."""

    servers: int
    gaps_s: list[float]
    works_s: list[float]

    @classmethod
    def drawn(cls, servers: int, seed: int = 2026) -> "Traffic":
        rng = Random(seed)
        gaps_s = [rng.expovariate(RHO * servers) for _ in range(CUSTOMERS)]
        return cls(servers, gaps_s, [rng.expovariate(1.0) for _ in range(CUSTOMERS)])


Waits = list[float]
Kernel = Callable[[Traffic], Waits]


def lindley(traffic: Traffic) -> Waits:
    """The Lindley recursion, for several servers that of Kiefer and Wolfowitz, in absolute times as a clock adds them up."""
    now_s, free_s, waits = 0.0, [0.0] * traffic.servers, []
    for gap_s, work_s in zip(traffic.gaps_s, traffic.works_s, strict=True):
        now_s += gap_s
        start_s = max(now_s, free_s[0])
        heapreplace(free_s, start_s + work_s)
        waits.append(start_s - now_s)
    return waits


def on_simpy(traffic: Traffic) -> Waits:
    """The reference: SimPy's processes and resource."""
    env = simpy.Environment()
    servers = simpy.Resource(env, traffic.servers)
    waits: Waits = []

    def customer(work_s: float) -> Generator[Any, Any, None]:
        arrived_s = env.now
        with servers.request() as turn:
            yield turn
            waits.append(env.now - arrived_s)
            yield env.timeout(work_s)

    def source() -> Generator[Any, Any, None]:
        for gap_s, work_s in zip(traffic.gaps_s, traffic.works_s, strict=True):
            yield env.timeout(gap_s)
            env.process(customer(work_s))

    env.process(source())
    env.run()
    return waits


def on_simpy_hurried(traffic: Traffic) -> Waits:
    """SimPy with a limit on each call: turn and work both race against one timeout, which is how it is written there."""
    env = simpy.Environment()
    servers = simpy.Resource(env, traffic.servers)
    waits: Waits = []

    def customer(work_s: float) -> Generator[Any, Any, None]:
        arrived_s = env.now
        limit = env.timeout(LIMIT_S)
        with servers.request() as turn:
            if turn not in (yield turn | limit):
                return
            waits.append(env.now - arrived_s)
            yield env.timeout(work_s) | limit

    def source() -> Generator[Any, Any, None]:
        for gap_s, work_s in zip(traffic.gaps_s, traffic.works_s, strict=True):
            yield env.timeout(gap_s)
            env.process(customer(work_s))

    env.process(source())
    env.run()
    return waits


def on_asyncio(traffic: Traffic) -> Waits:
    """The standard library's sleep and semaphore, unchanged, on the virtual loop."""
    loop = VirtualLoop()
    waits: Waits = []

    async def main() -> None:
        servers = asyncio.Semaphore(traffic.servers)

        async def customer(work_s: float) -> None:
            arrived_s = loop.time()
            async with servers:
                waits.append(loop.time() - arrived_s)
                await asyncio.sleep(work_s)

        for gap_s, work_s in zip(traffic.gaps_s, traffic.works_s, strict=True):
            await asyncio.sleep(gap_s)
            asyncio.create_task(customer(work_s))  # noqa: RUF006 - the loop keeps it

    loop.create_task(main())
    loop.run_forever()
    loop.close()
    return waits


def on_service(traffic: Traffic, limit_s: float | None = None) -> Waits:
    """The world's own service and sleep; with a limit, each call under a timeout that is set, left in time and never fires."""
    waits: Waits = [0.0] * CUSTOMERS
    with new_world(0) as (loop, _):
        service = Service("queue", lambda work_s: (work_s, 1.0, 1.0), servers=traffic.servers, loop=loop)

        async def customer(number: int, work_s: float) -> None:
            waits[number] = await service.call(work_s)

        async def hurried(number: int, work_s: float) -> None:
            with timeout(limit_s):
                waits[number] = await service.call(work_s)

        async def main() -> None:
            arrive = customer if limit_s is None else hurried
            for number, (gap_s, work_s) in enumerate(zip(traffic.gaps_s, traffic.works_s, strict=True)):
                await sleep(gap_s)
                loop.spawn(arrive(number, work_s))

        loop.spawn(main())
        loop.run_forever()
    return waits


class Caller:
    """Sends each request to the server with the fewest calls under way, through that server's breaker; up to three tries."""

    TIMEOUT_S = 0.5
    TRIES = 3

    def __init__(self, world: World) -> None:
        loop = world.loop
        names = ("one", "two", "three")
        draws = [draws_from(world.streams, name, Exponential(MEAN_SERVICE_S)) for name in names]
        self.services = [Service(name, draw, servers=10, loop=loop) for name, draw in zip(names, draws, strict=True)]
        self.breakers = [CircuitBreaker(name, open_s=5.0, clock=loop.time) for name in names]
        self.under_way = [0] * len(names)
        self.answered = self.given_up = 0

    async def handle(self, request: Request) -> None:
        untried = list(range(len(self.services)))
        for _ in range(self.TRIES):
            chosen = min(untried, key=self.under_way.__getitem__)
            untried.remove(chosen)
            try:
                await self.attempt(request, chosen)
            except (ServiceError, TimeoutError, NotPermitted):
                continue
            self.answered += 1
            return
        self.given_up += 1

    async def attempt(self, request: Request, chosen: int) -> None:
        self.under_way[chosen] += 1
        try:
            async with self.breakers[chosen].permit():
                with timeout(self.TIMEOUT_S):
                    await self.services[chosen].call(request)
        finally:
            self.under_way[chosen] -= 1


def scenario(seed: int = 2026) -> Caller:
    """120 s of 500 requests/s over three servers of ten slots; in the middle third one of them fails 80 % of its calls."""
    with new_world(seed) as world:
        caller = Caller(world)
        traffic = OpenLoop(caller.handle, SCENARIO_RPS, world.streams("arrivals"), limit=SCENARIO_REQUESTS)
        traffic.start(world.loop)
        world.loop.call_at(SCENARIO_S / 3, caller.services[0].break_, 0.8)
        world.loop.call_at(SCENARIO_S * 2 / 3, caller.services[0].heal)
        world.loop.run_forever()
    return caller


def run(report: Report) -> None:
    mm1, mm8 = Traffic.drawn(1), Traffic.drawn(8)
    compare(report, "M/M/1", mm1, {})
    took = compare(report, "M/M/8", mm8, {"scenario": scenario})
    report.show("60,000 requests over 3 servers, breaker, timeout, 3 tries: 120 virtual s in", f"{took['scenario']:.3f} s")
    report.at_most("the same, SimPy's M/M/8 with 200,000 customers = 1", took["scenario"] / took["SimPy"], 0.75)


def compare(report: Report, queue: str, traffic: Traffic, others: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Run all kernels in turn, several times over, and show the medians; returns seconds by kernel."""
    kernels: dict[str, Kernel] = {
        "SimPy": on_simpy,
        "SimPy with timeouts": on_simpy_hurried,
        "asyncio": on_asyncio,
        "own": on_service,
        "own with timeouts": partial(on_service, limit_s=LIMIT_S),
    }
    waits = {name: kernel(traffic) for name, kernel in kernels.items()}
    seconds = timed({**{name: partial(kernel, traffic) for name, kernel in kernels.items()}, **others})
    speed = {name: CUSTOMERS / seconds[name] for name in kernels}
    report.show(f"{queue}: SimPy, customers/s", f"{speed['SimPy']:,.0f}")
    report.at_least(f"{queue}: standard asyncio primitives, {speed['asyncio']:,.0f}/s", speed["asyncio"] / speed["SimPy"], 1.0)
    report.at_least(f"{queue}: the world's own service and sleep, {speed['own']:,.0f}/s", speed["own"] / speed["SimPy"], 2.0)
    limited = speed["own with timeouts"]
    report.at_least(
        f"{queue}: service, sleep and timeout, {limited:,.0f}/s (SimPy with timeouts = 1)",
        limited / speed["SimPy with timeouts"],
        2.0,
    )
    report.show(f"{queue}: the same, SimPy without timeouts = 1", f"{limited / speed['SimPy']:.3g} x")
    exact = lindley(traffic)
    for name in ("asyncio", "own", "own with timeouts"):
        report.exactly(
            f"{queue}: {name}, mean wait against SimPy, difference", fmean(waits[name]) - fmean(waits["SimPy"]), 0.0, "s"
        )
        widest = max(abs(wait - truth) for wait, truth in zip(waits[name], exact, strict=True))
        report.exactly(f"{queue}: {name}, waits against the Lindley recursion, widest difference", widest, 0.0, "s")
    return seconds


def timed(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU seconds of each, interleaved, so that a slow moment of the machine meets them all."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(REPETITIONS):
        for name, task in tasks.items():
            gc.collect()
            began_s = process_time()
            task()
            seconds[name].append(process_time() - began_s)
    return {name: median(values) for name, values in seconds.items()}
