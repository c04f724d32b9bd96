"""What stands between a caller and the service in each arm: nothing, the naive breaker, or the windowed one."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from labs.experiments.circuit_breaker.settings import BreakerSettings
from labs.experiments.events import Scalar
from labs.patterns.circuit_breaker import CircuitBreaker, SlidingWindow, State, Verdict, judge_http
from labs.patterns.clock import Clock
from labs.patterns.naive_circuit_breaker import ConsecutiveBreaker

Sent = TypeVar("Sent")
Became = Callable[[State, str], None]


def judge_all(result: object, error: BaseException | None) -> Verdict:
    """The classification that the lab warns of: every status but 200 counts as a failure."""
    return Verdict.FAILURE if error is None and result != 200 else judge_http(result, error)


class Guard(ABC):
    """Sends what may be sent. `became` of its maker hears of each new state and why."""

    @abstractmethod
    async def call(self, send: Callable[[Sent], Awaitable[int]], sent: Sent) -> int:
        """The status, or the breaker's own error; `send` is not entered for a call that is refused."""

    @abstractmethod
    def turn(self, knob: str, value: Scalar) -> None:
        """A knob was turned; what is not the breaker's is ignored."""


class Windowed(Guard):
    """The breaker that judges rates over a sliding window."""

    KNOBS = {
        "failure_threshold": "failure_rate",
        "slow_call_threshold": "slow_call_rate",
        "slow_call_s": "slow_call_s",
        "minimum_calls": "minimum_calls",
        "open_s": "open_s",
        "half_open_permits": "half_open_permits",
        "success_threshold": "success_threshold",
    }

    def __init__(self, settings: BreakerSettings, clock: Clock, became: Became) -> None:
        self._settings = settings
        number, whole = settings.number, settings.whole
        self.breaker = CircuitBreaker(
            "service",
            failure_rate=number("failure_threshold"),
            slow_call_rate=number("slow_call_threshold"),
            slow_call_s=number("slow_call_s"),
            window_s=number("window_s"),
            minimum_calls=whole("minimum_calls"),
            open_s=number("open_s"),
            half_open_permits=whole("half_open_permits"),
            success_threshold=whole("success_threshold"),
            classify=self._classify,
            clock=clock,
        )
        self.breaker.on_change(lambda transition: became(transition.after, transition.reason))

    async def call(self, send: Callable[[Sent], Awaitable[int]], sent: Sent) -> int:
        return await self.breaker.call(send, sent)

    def turn(self, knob: str, value: Scalar) -> None:
        if knob == "window_s":
            self.breaker.window = SlidingWindow(float(value))
        elif knob in self.KNOBS:
            setattr(self.breaker, self.KNOBS[knob], value)

    def _classify(self, result: object, error: BaseException | None) -> Verdict:
        return judge_all(result, error) if self._settings.count_4xx else judge_http(result, error)


class Naive(Guard):
    """The breaker of the whiteboard, which counts failures in a row."""

    KNOBS = {"open_s": "open_s", "consecutive_failures": "failure_threshold"}

    def __init__(self, settings: BreakerSettings, clock: Clock, became: Became) -> None:
        self._settings = settings
        self.breaker = ConsecutiveBreaker(
            failure_threshold=settings.whole("consecutive_failures"),
            open_s=settings.number("open_s"),
            is_failure=self._is_failure,
            clock=clock,
            on_change=lambda state: became(state, state.value),
        )

    async def call(self, send: Callable[[Sent], Awaitable[int]], sent: Sent) -> int:
        return await self.breaker.call(send, sent)

    def turn(self, knob: str, value: Scalar) -> None:
        if knob in self.KNOBS:
            setattr(self.breaker, self.KNOBS[knob], value)

    def _is_failure(self, status: int) -> bool:
        return status != 200 if self._settings.count_4xx else status >= 500


class Unguarded(Guard):
    """No breaker: everything is sent."""

    async def call(self, send: Callable[[Sent], Awaitable[int]], sent: Sent) -> int:
        return await send(sent)

    def turn(self, knob: str, value: Scalar) -> None:
        """Nothing here can be turned."""


def guard(name: str, settings: BreakerSettings, clock: Clock, became: Became) -> Guard:
    """The arm's own: `name` is none, consecutive or windowed."""
    if name == "windowed":
        return Windowed(settings, clock, became)
    return Naive(settings, clock, became) if name == "consecutive" else Unguarded()
