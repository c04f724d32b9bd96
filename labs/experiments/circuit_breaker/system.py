"""The circuit-breaker lab at work: callers, a guard, a service that fails as told, and a cache to fall back on."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from labs.experiments.circuit_breaker.faults import FaultyService
from labs.experiments.circuit_breaker.guards import guard
from labs.experiments.circuit_breaker.instruments import Instruments
from labs.experiments.circuit_breaker.settings import BreakerSettings
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.world import Request, World
from labs.patterns.circuit_breaker import NotPermitted
from labs.patterns.fallback import Answer, Fallback
from labs.patterns.naive_circuit_breaker import CallFailed
from labs.patterns.timeout import call_within, wait_at_most

CROWDED = 2.0
"""So many callers per slot of the service are a crowd that waits."""


class ServiceFailed(Exception):
    """The service answered with a 5xx."""


class RequestRefused(Exception):
    """The service answered with a 4xx: a proper answer to a wrong request."""


@dataclass(slots=True)
class Attempt:
    """How far a request's call has come. The naive breaker's one error type does not say, so the caller keeps a note of it."""

    request: Request
    sent: bool = False
    timed_out: bool = False


class BreakerSystem(System):
    """One arm: `guard_name` is none, consecutive or windowed; with or without a fallback."""

    def __init__(self, world: World, guard_name: str, with_fallback: bool, parameters: Values) -> None:
        self.world = world
        self.now_s = world.now_s
        self.settings = BreakerSettings(parameters)
        self.guarded = guard_name != "none"
        self.instruments = Instruments(world, self.guarded)
        self.faults = FaultyService(world, self.settings, self.instruments)
        self.service = self.faults.service
        self.arrivals = world.arrivals("arrivals", self.settings.number("rate_rps"), self._serve)
        self.guard = guard(guard_name, self.settings, world.now_s, self.instruments.became)
        self.fallback = self._fallback() if with_fallback else None

    def _fallback(self) -> Fallback[int]:
        return Fallback(
            stale_s=self.settings.number("stale_s"),
            capacity=self.settings.keys,
            on=(NotPermitted, CallFailed, ServiceFailed, TimeoutError, ConnectionError),
            clock=self.now_s,
        )

    # Traffic

    async def run(self) -> None:
        self.faults.schedule()
        await self.arrivals.run()

    async def _serve(self, request: Request) -> None:
        began_s = self.now_s()
        self.instruments.request_began()
        outcome = await self._outcome(Attempt(request))
        if outcome == "ok" and self.now_s() - began_s >= self.settings.slow_call_s:
            outcome = "slow"
        self.instruments.request_ended(request, began_s, outcome)

    async def _outcome(self, attempt: Attempt) -> str:
        """What the user sees: a 4xx is a proper answer, a fallback a useful one."""
        try:
            if self.fallback is None:
                await self._fetch(attempt)
            else:
                await self._fetch_or_fall_back(attempt, self.fallback)
        except RequestRefused:
            return "ok"
        except (NotPermitted, ServiceFailed, TimeoutError, ConnectionError, CallFailed) as error:
            if attempt.timed_out or isinstance(error, TimeoutError):
                return "timed_out"
            return "failed" if attempt.sent else "rejected"
        return "ok"

    async def _fetch_or_fall_back(self, attempt: Attempt, fallback: Fallback[int]) -> None:
        key = int(attempt.request.key * self.settings.keys)
        try:
            answer: Answer[int] = await fallback.call(key, lambda: self._fetch(attempt))
        except RequestRefused:
            raise
        except Exception:
            self.instruments.found_nothing()
            raise
        if answer.source != "service":
            self.instruments.fell_back(attempt.request, answer.age_s)

    async def _fetch(self, attempt: Attempt) -> int:
        """One guarded call; raises for anything that is not a 2xx."""
        call = self.guard.call(self._send, attempt)
        try:
            status = await (self._bounded(call) if self.settings.timeout_around else call)
        except (NotPermitted, CallFailed):
            if not attempt.sent:
                self.instruments.refused.bin += 1
            raise
        if status >= 500:
            raise ServiceFailed(f"status {status}")
        if status >= 400:
            raise RequestRefused(f"status {status}")
        return status

    async def _send(self, attempt: Attempt) -> int:
        """The call itself, with its timeout inside, where the breaker sees it (unless the knob puts it around the breaker)."""
        began_s, request = self.now_s(), attempt.request
        attempt.sent = True
        self.instruments.sent.bin += 1
        try:
            status = await (self._work(request) if self.settings.timeout_around else self._bounded(self._work(request)))
        except (TimeoutError, ConnectionError, asyncio.CancelledError) as error:
            attempt.timed_out = not isinstance(error, ConnectionError)
            self.instruments.call_ended(request, began_s, "timed_out" if attempt.timed_out else "failed")
            raise
        slow = self.now_s() - began_s >= self.settings.slow_call_s
        self.instruments.call_ended(request, began_s, "failed" if status >= 500 else "slow" if slow else "ok")
        return status

    def _bounded(self, call: Coroutine[Any, Any, int]) -> Awaitable[int]:
        timeout_s, world = self.settings.timeout_s, self.world
        if self.settings.cancel:
            return call_within(timeout_s, call, world.timeout)
        return wait_at_most(timeout_s, call, world.timeout, world.spawn)

    async def _work(self, request: Request) -> int:
        """Where the timeout does not cancel, this goes on when the caller has left: an answer after it is wasted work."""
        left_s = self.now_s() + self.settings.timeout_s
        try:
            status = await self.service.call(request)
        finally:
            self.instruments.worked.bin += 1
        if self.now_s() > left_s:
            self.instruments.wasted.bin += 1
        return status

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        self.faults.adjust()
        self.guard.turn(knob, value)
        if self.fallback is not None and knob == "stale_s":
            self.fallback.stale_s = float(value)

    def do(self, action: str, target: str) -> None:
        self.faults.do(action)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        return self.instruments.values(self.service)

    def flows(self) -> Mapping[str, Flow]:
        return self.instruments.flows()

    def nodes(self) -> Mapping[str, NodeState]:
        waiting, service = int(self.instruments.waiting.value), self.service
        cache = "in use" if self.instruments.answered_instead.last else "idle" if self.fallback else "absent"
        return {
            "client": NodeState("waiting" if waiting > service.plan.slots * CROWDED else "calm", waiting),
            "breaker": NodeState(self.instruments.state.value if self.guarded else "absent"),
            "service": NodeState(self.faults.condition, service.busy, service.queued),
            "cache": NodeState(cache),
        }

    def metrics(self) -> Metrics:
        return self.instruments.metrics(self.service)

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return {} if self.settings.outage != "none" else self.instruments.intervals()
