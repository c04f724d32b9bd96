"""The layers of one arm: the patterns with the knobs' values, composed in the arm's order, and counted at every step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from labs.experiments.decorator_order.instruments import Instruments
from labs.experiments.decorator_order.orders import EDGES, Order
from labs.experiments.events import Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World
from labs.patterns.bulkhead import BulkheadFull, SemaphoreBulkhead
from labs.patterns.circuit_breaker import CircuitBreaker, NotPermitted, SlidingWindow, Verdict, judge
from labs.patterns.composition import Composed, Layer, compose, falling_back, through, within
from labs.patterns.fallback import Answer, Fallback
from labs.patterns.rate_limiting import RateLimited
from labs.patterns.retry import FullJitter, Retry
from labs.patterns.token_bucket import TokenBucket

REFUSALS = (NotPermitted, RateLimited, BulkheadFull)
LONGEST_WAIT_S = 5.0


class ServiceFailed(Exception):
    """The service answered with a 5xx."""


@dataclass(slots=True)
class Trip:
    """One request on its way through the layers."""

    request: Request
    attempts: int = 0
    from_cache: bool = False


Send = Callable[[Trip], Awaitable[int]]


class Stack:
    """`await stack.call(trip)` takes a trip through all layers, and returns the status of an answer or raises."""

    def __init__(self, world: World, order: Order, settings: Settings, instruments: Instruments, send: Send) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self._order = order
        self.retry = self._retry()
        self.breaker = self._breaker()
        number, whole = settings.number, settings.whole
        self.limiter = TokenBucket(number("limit_rps"), whole("burst"), clock=world.now_s, sleep=world.sleep)
        self.bulkhead = SemaphoreBulkhead(slots=whole("pool_size"), time_limit=world.timeout)
        self.fallback: Fallback[int] = Fallback(stale_s=number("stale_s"), capacity=whole("keys"), clock=world.now_s)
        self.call = self._composed(send)

    def _retry(self) -> Retry:
        number, whole = self._settings.number, self._settings.whole
        return Retry(
            delay=FullJitter(number("backoff_s"), LONGEST_WAIT_S),
            max_attempts=whole("attempts"),
            again=self._again,
            retry_after_s=lambda result, error: 0.0,
            clock=self._world.now_s,
            sleep=self._world.sleep,
            rng=self._world.rng("retry"),
        )

    def _breaker(self) -> CircuitBreaker:
        number, whole = self._settings.number, self._settings.whole
        breaker = CircuitBreaker(
            "the service",
            failure_rate=number("failure_threshold"),
            window_s=number("window_s"),
            minimum_calls=whole("minimum_calls"),
            open_s=number("open_s"),
            classify=self._classify,
            clock=self._world.now_s,
        )
        breaker.on_change(self._instruments.became)
        return breaker

    def _again(self, result: object, error: Exception | None) -> bool:
        if isinstance(error, REFUSALS):
            return self._order.everything_fails or self._settings.flag("retry_refusals")
        return error is not None

    def _classify(self, result: object, error: BaseException | None) -> Verdict:
        refused = isinstance(error, REFUSALS)
        if refused and not (self._order.everything_fails or self._settings.flag("count_refusals")):
            return Verdict.IGNORED
        return judge(result, error)

    def _composed(self, send: Send) -> Composed[Trip, int]:
        """The layers with a counter in front of each, and one in front of the service."""
        layers: list[Layer[Trip, int]] = []
        for edge, name in zip(EDGES, self._order.layers, strict=False):
            layers += [self._counter(edge), self._layer(name)]
        return compose(send, *layers, self._counter(EDGES[len(self._order.layers)]))

    def _layer(self, name: str) -> Layer[Trip, int]:
        settings, limit = self._settings, self._world.timeout
        around: Any = {
            "fallback": lambda: falling_back(self.fallback, self._key, self._answered),
            "deadline": lambda: within(lambda: settings.number("deadline_s"), limit),
            "timeout": lambda: within(lambda: settings.number("timeout_s"), limit),
            "retry": lambda: through(self.retry),
            "breaker": lambda: through(self.breaker),
            "limiter": lambda: through(self.limiter),
            "bulkhead": lambda: through(self.bulkhead),
        }[name]()
        return Layer(name, around)

    def _counter(self, edge: str) -> Layer[Trip, int]:
        """Counts how each call on this step ends, and changes nothing."""
        outcomes = self._instruments.steps[edge]

        def around(call: Send) -> Send:
            async def counted(trip: Trip) -> int:
                outcome = "timed_out"  # a cancellation is a limit further out that has passed
                try:
                    status = await call(trip)
                    outcome = "ok"
                    return status
                except REFUSALS:
                    outcome = "rejected"
                    raise
                except (ServiceFailed, ConnectionError):
                    outcome = "failed"
                    raise
                finally:
                    outcomes.count(outcome)

            return counted

        return Layer("counter", around)

    def _key(self, trip: Trip) -> int:
        return int(trip.request.key * self._settings.whole("keys"))

    def _answered(self, trip: Trip, answer: Answer[int]) -> None:
        trip.from_cache = answer.source != "service"

    def turn(self, knob: str, value: Scalar) -> None:
        """A knob was turned; the settings know it already."""
        attribute = {
            "attempts": (self.retry, "max_attempts"),
            "failure_threshold": (self.breaker, "failure_rate"),
            "minimum_calls": (self.breaker, "minimum_calls"),
            "open_s": (self.breaker, "open_s"),
            "limit_rps": (self.limiter, "rate_per_s"),
            "burst": (self.limiter, "burst"),
            "pool_size": (self.bulkhead, "slots"),
            "stale_s": (self.fallback, "stale_s"),
        }.get(knob)
        if attribute is not None:
            setattr(*attribute, value)
        elif knob == "backoff_s":
            self.retry.delay = FullJitter(float(value), LONGEST_WAIT_S)
        elif knob == "window_s":
            self.breaker.window = SlidingWindow(float(value))
