"""Open-loop traffic on the wall clock, from the same random streams as the simulated traffic.

Each request is due at a time that depends on the streams and the rate alone. The loop comes to it a little later; the next
gap starts where this one was due, so lateness neither adds up nor thins the traffic out, and `Request.at_s` is the time at
which the request was due: whoever measures from there does not hide what waiting for the loop has cost.
"""

import asyncio
import math
from collections.abc import Callable
from random import Random
from typing import Protocol

from labs.experiments.world import TRACE_EVERY_S, Arrivals, Request
from labs.simulation.rates import ConstantRate, Rate
from labs.simulation.workload import as_rate


class Clock(Protocol):
    def now_s(self) -> float: ...

    def at(self, t_s: float, callback: Callable[[], object]) -> asyncio.TimerHandle: ...


class LiveArrivals(Arrivals):
    """Traffic until `until_s`: gaps from `gaps` (None: evenly), each request's draws from `draws`, in the order of its fields.

    `serve` is called with each request when the loop comes to it. `lateness_s` says by how much that was after it was due.
    """

    def __init__(
        self,
        clock: Clock,
        gaps: Random | None,
        draws: Random,
        rate: float | Rate,
        until_s: float,
        serve: Callable[[Request], object],
    ) -> None:
        self._clock = clock
        self._gap_uniform, self._uniform = gaps.random if gaps is not None else None, draws.random
        self._rate = as_rate(rate)
        self._until_s = until_s
        self._serve = serve
        self._gap = 0.0
        self._since_s = 0.0
        self._due_s = math.inf
        self._next_trace_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._ended: asyncio.Future[None] | None = None
        self.number = 0
        self.lateness_s: list[float] = []

    @property
    def rate(self) -> Rate:
        return self._rate

    @rate.setter
    def rate(self, rate: float | Rate) -> None:
        if self._timer is not None:
            now_s = max(self._since_s, self._clock.now_s())
            self._gap = max(0.0, self._gap - self._rate.expected(self._since_s, now_s))
            self._since_s = now_s
        self._rate = as_rate(rate)
        if self._timer is not None:
            self._timer.cancel()
            self._schedule()

    @property
    def rate_rps(self) -> float:
        return self._rate.at(max(self._since_s, self._clock.now_s()))

    @rate_rps.setter
    def rate_rps(self, rate_rps: float) -> None:
        self.rate = ConstantRate(rate_rps)

    async def run(self) -> None:
        self._ended = asyncio.get_running_loop().create_future()
        self._since_s = self._clock.now_s()
        self._draw_gap()
        self._schedule()
        try:
            await self._ended
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _draw_gap(self) -> None:
        self._gap = 1.0 if self._gap_uniform is None else -math.log(1.0 - self._gap_uniform())

    def _schedule(self) -> None:
        self._due_s = self._rate.reached(self._since_s, self._gap)
        self._timer = self._clock.at(min(self._due_s, self._until_s), self._tick)

    def _tick(self) -> None:
        """Every arrival that is due by now; at the end of the traffic, its end."""
        now_s = self._clock.now_s()
        while self._due_s <= min(now_s, self._until_s):
            self._arrive(self._due_s, now_s)
            self._since_s = self._due_s
            self._draw_gap()
            self._due_s = self._rate.reached(self._since_s, self._gap)
        if now_s < self._until_s:
            self._schedule()
        elif self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def _arrive(self, at_s: float, now_s: float) -> None:
        self.number += 1
        self.lateness_s.append(now_s - at_s)
        traced = at_s >= self._next_trace_s
        if traced:
            self._next_trace_s = (at_s // TRACE_EVERY_S + 1.0) * TRACE_EVERY_S
        uniform = self._uniform
        self._serve(Request(self.number, at_s, uniform(), uniform(), uniform(), uniform(), traced))
