"""Traffic: who asks, and when.

*Open loop*: requests come at their own times, whether earlier ones were answered or not, as from a large public. *Closed
loop*: a fixed number of clients who each wait for their answer and think before they ask again: a slow service slows its own
traffic down, which hides its slowness from whoever measures that way (coordinated omission).

Traffic draws from streams of its own; nothing that a service or a policy does changes it.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, NamedTuple

from labs.simulation.distributions import Sampler
from labs.simulation.futures import RUNNABLE, Task
from labs.simulation.loop import VirtualLoop
from labs.simulation.primitives import sleep, virtual_loop
from labs.simulation.rates import ConstantRate, Rate

Handle = Callable[[Any], Coroutine[Any, Any, object]]


class Request(NamedTuple):
    """One request: its number from 1 on, when it arrived (s), what it asks for, and its class of priority."""

    number: int
    at_s: float
    key: Any = None
    kind: Any = None


class OpenLoop:
    """Calls `handle(request)` in a task of its own at each arrival.

    With `rng` the arrivals are a Poisson process, without it they come evenly. `rate` is a number of requests per second or a
    `Rate`; set `rate_rps` (or `rate`) while it runs and the time left to the next arrival is stretched or shrunk at once.
    `make(number, at_s)` builds the request. It ends by itself at `until_s` (an arrival at that very instant still counts) or
    after `limit` requests.
    """

    def __init__(
        self,
        handle: Handle,
        rate: float | Rate,
        rng: Random | None = None,
        *,
        make: Callable[[int, float], Any] = Request,
        until_s: float = math.inf,
        limit: int | None = None,
    ) -> None:
        self._handle = handle
        self._rate = as_rate(rate)
        self._uniform = rng.random if rng is not None else None
        self._make = make
        self._until_s = until_s
        self._limit = math.inf if limit is None else limit
        self._gap = 0.0
        self._since_s = 0.0
        self._ended: asyncio.Future[None] | None = None
        self.number = 0
        self.timer = RUNNABLE

    @property
    def rate(self) -> Rate:
        return self._rate

    @rate.setter
    def rate(self, rate: float | Rate) -> None:
        if self._ended is None:
            self._rate = as_rate(rate)
            return
        now_s = self._loop.now
        self._gap = max(0.0, self._gap - self._rate.expected(self._since_s, now_s))
        self._since_s = now_s
        self._rate = as_rate(rate)
        if not self._ended.done():
            self._schedule()

    @property
    def rate_rps(self) -> float:
        """The rate in force now."""
        return self._rate.at(self._loop.now if self._ended is not None else 0.0)

    @rate_rps.setter
    def rate_rps(self, rate_rps: float) -> None:
        self.rate = ConstantRate(rate_rps)

    def start(self, loop: VirtualLoop | None = None) -> None:
        """Begin now, on this loop or the running one; the first request comes after the first gap."""
        if self._ended is not None:
            raise RuntimeError("this traffic has started already")
        self._loop = loop = loop or virtual_loop()
        self._ended = loop.create_future()
        self._since_s = loop.now
        self._next_gap()

    def stop(self) -> None:
        """No further arrivals; requests under way go on."""
        self.timer = RUNNABLE
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    async def run(self) -> None:
        """Start, and wait until the traffic has ended; cancelled, it stops the traffic."""
        self.start()
        assert self._ended is not None
        try:
            await self._ended
        finally:
            self.stop()

    def _next_gap(self) -> None:
        self._gap = 1.0 if self._uniform is None else -math.log(1.0 - self._uniform())
        self._schedule()

    def _schedule(self) -> None:
        self.timer = RUNNABLE
        if self.number >= self._limit:
            self.stop()
            return
        self._due_s = self._rate.reached(self._since_s, self._gap)
        wake_s = min(self._due_s, self._until_s)
        if wake_s < math.inf:
            self._loop.schedule(wake_s, self)

    def _run(self) -> None:
        """An arrival is due, or the end. Called by the loop; once too often where a change of rate met an arrival."""
        now_s = self._loop.now
        if self._ended is None or self._ended.done():
            return
        if self._due_s <= now_s:
            self.number += 1
            Task(self._handle(self._make(self.number, now_s)), self._loop, None, True)
            self._since_s = now_s
            self._next_gap()
        elif now_s >= self._until_s:
            self.stop()


class ClosedLoop:
    """`clients` who each ask, wait for the answer, think for `think_s()` seconds, and ask again, until `until_s`.

    Set `clients` while it runs: newcomers start thinking at once, those who are too many leave after their answer.
    """

    def __init__(
        self,
        handle: Handle,
        clients: int,
        think_s: Sampler,
        *,
        make: Callable[[int, float], Any] = Request,
        until_s: float = math.inf,
    ) -> None:
        self._handle = handle
        self._clients = clients
        self._think_s = think_s
        self._make = make
        self._until_s = until_s
        self._tasks: dict[int, Task] = {}
        self._ended: asyncio.Future[None] | None = None
        self.number = 0

    @property
    def clients(self) -> int:
        return self._clients

    @clients.setter
    def clients(self, clients: int) -> None:
        self._clients = clients
        if self._ended is not None and not self._ended.done():
            self._hire()

    async def run(self) -> None:
        """Let the clients work until the end; cancelled, it sends them all home."""
        self._loop = virtual_loop()
        self._ended = self._loop.create_future()
        self._hire()
        try:
            if self._until_s < math.inf:
                self._loop.call_at(self._until_s, self._end)
            await self._ended
        finally:
            self._end()
            for task in list(self._tasks.values()):
                task.cancel()

    def _end(self) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def _hire(self) -> None:
        for seat in range(self._clients):
            if seat not in self._tasks:
                self._tasks[seat] = self._loop.spawn(self._work(seat), f"client {seat + 1}")

    async def _work(self, seat: int) -> None:
        try:
            while seat < self._clients:
                await sleep(self._think_s())
                self.number += 1
                await self._handle(self._make(self.number, self._loop.now))
        finally:
            del self._tasks[seat]


def as_rate(rate: float | Rate) -> Rate:
    return ConstantRate(rate) if isinstance(rate, int | float) else rate
