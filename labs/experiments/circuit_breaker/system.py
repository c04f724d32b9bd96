"""The circuit-breaker lab at work: callers, a guard, a service that fails as told, and a cache to fall back on."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.world import Behaviour, Request, ServicePlan, World
from labs.measurement.recorder import Outcomes
from labs.measurement.statistics import batch_interval, ratio_interval
from labs.patterns.circuit_breaker import (
    CircuitBreaker,
    NotPermitted,
    SlidingWindow,
    State,
    Transition,
    Verdict,
    judge_http,
)
from labs.patterns.fallback import Answer, Fallback
from labs.patterns.naive_circuit_breaker import CallFailed, ConsecutiveBreaker
from labs.patterns.timeout import call_within, wait_at_most

STATES = ("closed", "half-open", "open")
RECOVERED_ERROR_SHARE = 0.1
RECOVERED_FOR_BINS = 4


class ServiceFailed(Exception):
    """The service answered with a 5xx."""


class RequestRefused(Exception):
    """The service answered with a 4xx: a proper answer to a wrong request."""


def judge_all(result: object, error: BaseException | None) -> Verdict:
    """The classification that the lab warns of: every status but 200 counts as a failure."""
    return Verdict.FAILURE if error is None and result != 200 else judge_http(result, error)


class BreakerSystem(System):
    """One arm: `guard` is none, consecutive or windowed; with or without a fallback."""

    def __init__(self, world: World, guard: str, with_fallback: bool, parameters: Values) -> None:
        self.world = world
        self.now_s = world.now_s
        self.guard_name = guard
        self.knobs: dict[str, Scalar] = dict(parameters)
        self._broken = self._slowed = self._outage = self._healed = False
        self._prepare_instruments()
        self.service = world.service("service", _plan(parameters), self._behaviour())
        self.arrivals = world.arrivals("arrivals", self._number("rate_rps"), self._serve)
        self._call = self._guarded(guard)
        self.fallback = self._fallback() if with_fallback else None

    def _prepare_instruments(self) -> None:
        recorder = self.world.recorder
        self.users, self.calls, self.cache = recorder.outcomes(), recorder.outcomes(), recorder.outcomes()
        self.latency = recorder.samples()
        self.age = recorder.samples()
        self.arrived, self.useful, self.errors = recorder.counter(), recorder.counter(), recorder.counter()
        self.sent, self.refused, self.failed = recorder.counter(), recorder.counter(), recorder.counter()
        self.answered_instead, self.wasted, self.openings = recorder.counter(), recorder.counter(), recorder.counter()
        self.waiting = recorder.level()
        self.opened, self.half_opened = recorder.level(), recorder.level()
        self._state = State.CLOSED
        self._results = 0
        self._calls_to_open: list[int] = []
        self._outage_began_s = self._outage_ended_s = self._first_open_s = self._recovered_s = -1.0
        self._good_bins = 0
        self._busy_before_s = 0.0

    def _guarded(self, guard: str) -> Callable[[Request], Coroutine[Any, Any, int]]:
        """The way to the service behind the arm's breaker."""
        if guard == "windowed":
            self.breaker = self._windowed()
            return lambda request: self.breaker.call(self._send, request)
        if guard == "consecutive":
            self.naive = ConsecutiveBreaker(
                failure_threshold=int(self._number("consecutive_failures")),
                open_s=self._number("open_s"),
                is_failure=self._is_failure,
                clock=self.now_s,
                on_change=self._became,
            )
            return lambda request: self.naive.call(self._send, request)
        return self._send

    def _windowed(self) -> CircuitBreaker:
        number = self._number
        breaker = CircuitBreaker(
            "service",
            failure_rate=number("failure_threshold"),
            slow_call_rate=number("slow_call_threshold"),
            slow_call_s=number("slow_call_s"),
            window_s=number("window_s"),
            minimum_calls=int(number("minimum_calls")),
            open_s=number("open_s"),
            half_open_permits=int(number("half_open_permits")),
            success_threshold=int(number("success_threshold")),
            classify=self._classify,
            clock=self.now_s,
        )
        breaker.on_change(self._changed)
        return breaker

    def _fallback(self) -> Fallback[int]:
        return Fallback(
            stale_s=self._number("stale_s"),
            capacity=int(self._number("keys")),
            on=(NotPermitted, CallFailed, ServiceFailed, TimeoutError, ConnectionError),
            clock=self.now_s,
        )

    # Traffic

    async def run(self) -> None:
        if self.knobs["outage"] != "none":
            self.world.spawn(self._scheduled_outage())
        await self.arrivals.run()

    async def _serve(self, request: Request) -> None:
        began_s = self.now_s()
        self.arrived.bin += 1
        self.waiting.add(1)
        outcome = await self._outcome(request)
        took_s = self.now_s() - began_s
        self.waiting.add(-1)
        self.latency.record(took_s)
        if outcome == "ok":
            self.useful.bin += 1
            outcome = "slow" if took_s >= self._slow_call_s else "ok"
        else:
            self.errors.bin += 1
        _count(self.users, outcome)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    async def _outcome(self, request: Request) -> str:
        """What the user sees: a 4xx is a proper answer, a fallback a useful one."""
        try:
            if self.fallback is None:
                await self._fetch(request)
            else:
                await self._fetch_or_fall_back(request, self.fallback)
        except RequestRefused:
            return "ok"
        except (NotPermitted, ServiceFailed, TimeoutError, ConnectionError, CallFailed) as error:
            return _kind(error)
        return "ok"

    async def _fetch_or_fall_back(self, request: Request, fallback: Fallback[int]) -> None:
        key = int(request.key * self._keys)
        try:
            answer: Answer[int] = await fallback.call(key, lambda: self._fetch(request))
        except RequestRefused:
            raise
        except Exception:
            self.cache.failed += 1
            raise
        if answer.source != "service":
            self.answered_instead.bin += 1
            self.age.record(answer.age_s)
            self.cache.ok += 1
            if request.traced:
                self.world.span(request, "cache", self.now_s(), "ok", "request")

    async def _fetch(self, request: Request) -> int:
        """One guarded call; raises for anything that is not a 2xx."""
        try:
            status = await (self._bounded(self._call(request)) if self._around else self._call(request))
        except (NotPermitted, CallFailed) as error:
            if _kind(error) == "rejected":
                self.refused.bin += 1
            raise
        if status >= 500:
            raise ServiceFailed(f"status {status}")
        if status >= 400:
            raise RequestRefused(f"status {status}")
        return status

    async def _send(self, request: Request) -> int:
        """The call itself, with its timeout inside, where the breaker sees it (unless the knob puts it around the breaker)."""
        began_s = self.now_s()
        self.sent.bin += 1
        try:
            status = await (self._work(request) if self._around else self._bounded(self._work(request)))
        except (TimeoutError, ConnectionError, asyncio.CancelledError) as error:
            self._saw(request, began_s, "timed_out" if isinstance(error, asyncio.CancelledError) else _kind(error))
            raise
        slow = self.now_s() - began_s >= self._slow_call_s
        self._saw(request, began_s, "failed" if status >= 500 else "slow" if slow else "ok")
        return status

    def _saw(self, request: Request, began_s: float, outcome: str) -> None:
        """A call has ended: count it before the breaker hears of it."""
        self._results += 1
        _count(self.calls, outcome)
        if outcome in ("failed", "timed_out"):
            self.failed.bin += 1
        if request.traced:
            self.world.span(request, "call", began_s, outcome, "request")

    def _bounded(self, call: Coroutine[Any, Any, int]) -> Awaitable[int]:
        if self._cancel:
            return call_within(self._timeout_s, call, self.world.timeout)
        return wait_at_most(self._timeout_s, call, self.world.timeout, self.world.spawn)

    def _work(self, request: Request) -> Coroutine[Any, Any, int]:
        return self.service.call(request) if self._cancel else self._work_on(request)

    async def _work_on(self, request: Request) -> int:
        """A call that goes on when its caller has left: an answer after the timeout is wasted work."""
        began_s = self.now_s()
        status = await self.service.call(request)
        if self.now_s() - began_s > self._timeout_s:
            self.wasted.bin += 1
        return status

    # Faults

    async def _scheduled_outage(self) -> None:
        await self.world.sleep(self._number("outage_start_s"))
        self._outage = True
        self._outage_began_s, self._results = self.now_s(), 0
        self._misbehave("scheduled outage begins")
        await self.world.sleep(self._number("outage_s"))
        if self._outage:
            self._outage = False
            self._outage_ended_s = self.now_s()
            self._misbehave("scheduled outage ends")

    def do(self, action: str, target: str) -> None:
        if action == "heal":
            self._broken = self._outage = False
        else:
            self._broken = self._broken or action == "break"
            self._slowed = action == "slow" or (self._slowed and action != "unslow")
        self._misbehave({"break": "broken", "heal": "healed", "slow": "slowed down", "unslow": "up to speed"}[action])

    def _misbehave(self, text: str) -> None:
        self.service.behaviour = self._behaviour()
        self.world.mark("fault", "service", text, self._condition())

    def _behaviour(self) -> Behaviour:
        number, kind = self._number, self.knobs["outage"]
        failure_rate, slow_rate = number("failure_rate"), number("slow_rate")
        if self._outage and kind in ("errors", "both"):
            failure_rate = max(failure_rate, number("outage_failure_rate"))
        if self._outage and kind in ("slow", "both"):
            slow_rate = max(slow_rate, number("outage_slow_rate"))
        return Behaviour(
            failure_rate=1.0 if self._broken else failure_rate,
            client_error_rate=number("client_error_rate"),
            slow_rate=1.0 if self._slowed else slow_rate,
            slow_s=number("slow_s"),
        )

    def _condition(self) -> str:
        behaviour = self.service.behaviour
        if behaviour.failure_rate >= 0.2:
            return "failing"
        return "slow" if behaviour.slow_rate >= 0.2 else "healthy"

    # Knobs

    def set(self, knob: str, value: Scalar) -> None:
        self.knobs[knob] = value
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        self.service.behaviour = self._behaviour()
        self._turn_breaker(knob, value)
        if self.fallback is not None and knob == "stale_s":
            self.fallback.stale_s = float(value)

    def _turn_breaker(self, knob: str, value: Scalar) -> None:
        attribute = {"failure_threshold": "failure_rate", "slow_call_threshold": "slow_call_rate"}.get(knob, knob)
        if self.guard_name == "windowed" and knob == "window_s":
            self.breaker.window = SlidingWindow(float(value))
        elif self.guard_name == "windowed" and hasattr(self.breaker, attribute):
            setattr(self.breaker, attribute, value)
        elif self.guard_name == "consecutive" and knob in ("open_s", "consecutive_failures"):
            setattr(self.naive, "open_s" if knob == "open_s" else "failure_threshold", value)

    def _number(self, knob: str) -> float:
        return float(self.knobs[knob])

    @property
    def _timeout_s(self) -> float:
        return self.knobs["timeout_s"]  # type: ignore[return-value]

    @property
    def _slow_call_s(self) -> float:
        return self.knobs["slow_call_s"]  # type: ignore[return-value]

    @property
    def _keys(self) -> int:
        return self.knobs["keys"]  # type: ignore[return-value]

    @property
    def _cancel(self) -> bool:
        return self.knobs["cancel"]  # type: ignore[return-value]

    @property
    def _around(self) -> bool:
        return self.knobs["timeout_place"] == "around"

    def _is_failure(self, status: int) -> bool:
        return status != 200 if self.knobs["count_4xx"] else status >= 500

    def _classify(self, result: object, error: BaseException | None) -> Verdict:
        return judge_all(result, error) if self.knobs["count_4xx"] else judge_http(result, error)

    # The breaker's state

    def _changed(self, transition: Transition) -> None:
        self._became(transition.after, transition.reason)

    def _became(self, state: State, reason: str = "") -> None:
        if state is State.OPEN:
            self.openings.bin += 1
            if self._state is State.CLOSED and self.now_s() >= self.world.warm_up_s:
                self._calls_to_open.append(self._results)
            if self._first_open_s < 0.0 <= self._outage_began_s:
                self._first_open_s = self.now_s()
        if state is State.CLOSED:
            self._results = 0
        self._state = state
        self.opened.set(float(state is State.OPEN))
        self.half_opened.set(float(state is State.HALF_OPEN))
        self.world.mark("state", "breaker", reason or state.value, state.value)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        bin_s, requests, slots = self.world.recorder.last_bin_s, self.arrived.last, self.service.plan.slots
        ended = sum(self.users.last)
        self._watch_recovery(ended)
        if not self.world.recorder.measured_s:
            self._busy_before_s = self.service.busy_s
        return {
            "state": float(STATES.index(self._state.value)) if self.guard_name != "none" else None,
            "error_share": self.errors.last / ended if ended else None,
            "goodput_rps": self.useful.last / bin_s,
            "allowed_rps": self.sent.last / bin_s,
            "rejected_rps": self.refused.last / bin_s,
            "failed_rps": self.failed.last / bin_s,
            "p50_s": self.latency.last_quantile(0.50),
            "p99_s": self.latency.last_quantile(0.99),
            "callers_waiting": self.waiting.last,
            "callee_load": (self.service.busy + self.service.queued) / slots,
            "fallback_share": self.answered_instead.last / requests if requests else None,
        }

    def _watch_recovery(self, ended: int) -> None:
        """Recovered: for some bins in a row nearly all users get an answer again."""
        if self._recovered_s >= 0.0 or self._outage_ended_s < 0.0 or not ended:
            return
        good = self.errors.last / ended <= RECOVERED_ERROR_SHARE
        self._good_bins = self._good_bins + 1 if good else 0
        if self._good_bins == RECOVERED_FOR_BINS:
            began_s = self.now_s() - RECOVERED_FOR_BINS * self.world.recorder.last_bin_s
            self._recovered_s = max(0.0, began_s - self._outage_ended_s)

    def flows(self) -> Mapping[str, Flow]:
        return {"request": Flow(*self.users.last), "call": Flow(*self.calls.last), "instead": Flow(*self.cache.last)}

    def nodes(self) -> Mapping[str, NodeState]:
        guard = self._state.value if self.guard_name != "none" else "absent"
        waiting = int(self.waiting.value)
        service = self.service
        return {
            "client": NodeState("waiting" if waiting > service.plan.slots * 2 else "calm", waiting),
            "breaker": NodeState(guard),
            "service": NodeState(self._condition(), service.busy, service.queued),
            "cache": NodeState("in use" if self.answered_instead.last else "idle" if self.fallback else "absent"),
        }

    def metrics(self) -> Metrics:
        recorder = self.world.recorder
        length_s, requests, ended = recorder.measured_s, self.arrived.total, sum(self.users.total)
        opens = self._calls_to_open
        return {
            "throughput_rps": _ratio(ended, length_s),
            "goodput_rps": _ratio(self.useful.total, length_s),
            "error_rate": _ratio(self.errors.total, ended),
            "rejected_rate": _ratio(self.refused.total, requests),
            "fallback_share": _ratio(self.answered_instead.total, requests),
            "fallback_age_s": self.age.mean,
            "mean_s": self.latency.mean,
            "p50_s": self.latency.quantile(0.50),
            "p95_s": self.latency.quantile(0.95),
            "p99_s": self.latency.quantile(0.99),
            "callers_waiting": self.waiting.mean,
            "allowed_share": _ratio(self.sent.total, self.sent.total + self.refused.total),
            "callee_rps": _ratio(self.sent.total, length_s),
            "utilization": _ratio(self.service.busy_s - self._busy_before_s, length_s * self.service.plan.slots),
            "wasted_share": _ratio(self.wasted.total, self.sent.total),
            "openings": self.openings.total if self.guard_name != "none" else None,
            "open_share": self.opened.mean if self.guard_name != "none" else None,
            "half_open_share": self.half_opened.mean if self.guard_name != "none" else None,
            "calls_to_open": sum(opens) / len(opens) if opens else None,
            "time_to_open_s": self._first_open_s - self._outage_began_s if self._first_open_s >= 0.0 else None,
            "recovery_s": self._recovered_s if self._recovered_s >= 0.0 else None,
        }

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        if self.knobs["outage"] != "none":
            return {}
        bin_s = self.world.recorder.measured_s / max(1, len(self.arrived.history))
        found = {
            "error_rate": ratio_interval(self.errors.history, self.arrived.history),
            "rejected_rate": ratio_interval(self.refused.history, self.arrived.history),
            "goodput_rps": batch_interval([count / bin_s for count in self.useful.history]),
        }
        return {name: (interval.low, interval.high) for name, interval in found.items() if interval is not None}


def _plan(parameters: Values) -> ServicePlan:
    return ServicePlan(
        slots=int(parameters["slots"]), queue_limit=int(parameters["queue_limit"]), mean_s=float(parameters["service_mean_s"])
    )


def _kind(error: Exception) -> str:
    """How an unhappy request ended. The naive breaker's one error type says nothing: its text and its cause must be read."""
    if isinstance(error, NotPermitted):
        return "rejected"
    cause = error.__cause__
    if isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
        return "timed_out"
    return "rejected" if isinstance(error, CallFailed) and "open" in str(error) else "failed"


def _count(outcomes: Outcomes, outcome: str) -> None:
    setattr(outcomes, outcome, getattr(outcomes, outcome) + 1)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
