"""What a system may ask of the place it runs in: clock, randomness, services, traffic, and a way to say what happened.

A system of an experiment knows only this interface, so the same code runs in the simulated world (virtual time,
`labs.experiments.simulated_world`) and in the live one (real sockets, `labs.live`). Time is seconds since the run began.

Traffic and luck belong to the world, not to the policy under test: every `Request` brings its own draws, numbers between
0 and 1 that decide how it is answered (see `Behaviour`). Request 4711 is asked for the same key, is as heavy and meets the
same bad luck in every arm and in both worlds, whatever happened to the requests before it (common random numbers).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import log1p, sqrt
from random import Random
from typing import Any, NamedTuple, Self, TypeVar

from labs.experiments.events import Mark, Span
from labs.measurement.recorder import Recorder
from labs.simulation.rates import Rate

OK = 200
BAD_REQUEST = 400
INTERNAL_ERROR = 500
UNAVAILABLE = 503

TRACE_EVERY_S = 2.0

BITS = 53
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
ODD = 0xD1B54A32D192ED03


def _mixed(bits: int) -> int:
    """64 bits in, 64 bits out, each of them depending on all (the finalizer of splitmix64: Steele, Lea, Flood, 2014)."""
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return bits ^ (bits >> 31)


def _share(bits: int) -> float:
    return (_mixed(bits & MASK) >> 11) * 2.0**-BITS


class Request(NamedTuple):
    """One request of the traffic. `fate` to `key` are draws, uniform in [0, 1), made once and the same for all arms.

    `number` counts the requests of an arm over all its traffic.
    """

    number: int
    at_s: float
    fate: float
    """Which answer: below the failure rate a 5xx, in the next `client_error_rate` a 4xx, else a 200."""
    pace: float
    """Slow or not: below the slow rate it is."""
    demand: float
    """How heavy the work is: the quantile of the service time."""
    key: float
    """What is asked for: split the interval into as many keys as there are."""
    traced: bool = False
    """One of the few whose spans are kept: the first that arrives in each period of `TRACE_EVERY_S` seconds."""

    def redrawn(self, salt: int) -> "Request":
        """The same request with luck of its own for another try or another hop: new `fate`, `pace` and `demand`.

        Equal salts give equal luck in every arm, whatever came before; 0 is the request itself.
        """
        if not salt:
            return self
        state = _mixed(int(self.fate * 2.0**BITS) ^ (int(self.demand * 2.0**BITS) << 11) & MASK) + salt * ODD
        fate, pace, demand = _share(state), _share(state + GOLDEN), _share(state + 2 * GOLDEN)
        return Request(self.number, self.at_s, fate, pace, demand, self.key, self.traced)


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """A service as it is built: `slots` requests are worked on at a time, `queue_limit` more wait (None: any number), the
    rest get a 503 at once.

    Work takes `mean_s` on average, with the coefficient of variation `cv` (deviation / mean): 0 is constant, 1 exponential.
    """

    slots: int
    queue_limit: int | None
    mean_s: float
    cv: float = 1.0

    def work_s(self, demand: float) -> float:
        """How long the work of a request with this draw takes, seconds.

        Below cv 1 a constant part and an exponential one; above it one of two exponentials that carry the same load
        (balanced means: H. C. Tijms, A First Course in Stochastic Models, 2003, appendix B).
        """
        cv = self.cv
        if cv <= 1.0:
            return self.mean_s * (1.0 - cv - cv * log1p(-demand))
        squared = cv * cv
        short = 0.5 * (1.0 + sqrt((squared - 1.0) / (squared + 1.0)))
        if demand < short:
            return -log1p(-demand / short) * self.mean_s / (2.0 * short)
        return -log1p(-(demand - short) / (1.0 - short)) * self.mean_s / (2.0 * (1.0 - short))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a service treats requests whose work *starts* from now on. Rates are shares of requests, times are seconds.

    A 5xx takes the time of an ordinary answer unless `failure_s` says otherwise. A slow request takes `slow_s` more.
    All work takes `slowdown` times as long. `reachable` False: connections are refused. `answers` False: requests are taken
    and never answered (they keep a slot). `notices_hang_up` False: it works on for callers who have left.
    """

    failure_rate: float = 0.0
    client_error_rate: float = 0.0
    slow_rate: float = 0.0
    slow_s: float = 0.0
    failure_s: float | None = None
    reachable: bool = True
    answers: bool = True
    slowdown: float = 1.0
    notices_hang_up: bool = True


class RemoteService(ABC):
    """A service at the other end of a network."""

    name: str

    @property
    @abstractmethod
    def plan(self) -> ServicePlan: ...

    @plan.setter
    @abstractmethod
    def plan(self, plan: ServicePlan) -> None:
        """More slots begin on the queue at once, fewer finish what they are at; work that starts from now has the new mean."""

    @abstractmethod
    async def call(self, request: Request) -> int:
        """Send the request and wait for the answer's status (200, 400, 500; 503 where the queue is full).

        Raises ConnectionError when the service cannot be reached. A caller that is cancelled while it waits hangs up, and
        the service drops the work; a caller that must leave *without* hanging up calls in a task of its own and shields it.
        """

    @property
    @abstractmethod
    def behaviour(self) -> Behaviour: ...

    @behaviour.setter
    @abstractmethod
    def behaviour(self, behaviour: Behaviour) -> None: ...

    @property
    @abstractmethod
    def busy(self) -> int:
        """Slots that work at this instant."""

    @property
    @abstractmethod
    def queued(self) -> int:
        """Requests that wait for a slot at this instant."""

    @property
    @abstractmethod
    def busy_s(self) -> float:
        """Slot-seconds of work since the run began: divided by slots and time it is the utilization."""


class Arrivals(ABC):
    """Open-loop traffic: requests come at their own times, whether earlier ones were answered or not."""

    @property
    @abstractmethod
    def rate(self) -> Rate: ...

    @rate.setter
    @abstractmethod
    def rate(self, rate: float | Rate) -> None:
        """Takes effect at once: the time left to the next arrival is stretched or shrunk. 0 stops the traffic."""

    @property
    @abstractmethod
    def rate_rps(self) -> float:
        """The rate in force now, requests per second."""

    @rate_rps.setter
    @abstractmethod
    def rate_rps(self, rate_rps: float) -> None:
        """As `rate`, for a rate that stays."""

    @abstractmethod
    async def run(self) -> None:
        """Serve each arrival in a task of its own until the run's duration is over."""


class Backend(ABC):
    """A server of a lab's own kind, such as a limiter's store or a database. A lab declares what its systems ask of it in a
    subclass, and models it in `simulated`; `labs.live.backends` names the real one where there is one.
    """

    @classmethod
    @abstractmethod
    def simulated(cls, world: "World", plan: Any) -> Self:
        """The model of it in virtual time."""


Serve = Callable[[Request], Coroutine[Any, Any, None]]
Kind = TypeVar("Kind", bound=Backend)


class World(ABC):
    """One arm's world. Nothing in it is shared with other arms but the seed.

    `requests` counts the arrivals so far. What marks and spans say is kept until the end of the bin (`take_said`).
    """

    def __init__(self, arm: str, duration_s: float, warm_up_s: float) -> None:
        self.arm = arm
        self.duration_s = duration_s
        self.warm_up_s = warm_up_s
        self.requests = 0
        self.recorder = Recorder(self.now_s, warm_up_s)
        self._said: list[Mark | Span] = []
        self.next_trace_s = 0.0

    @abstractmethod
    def now_s(self) -> float:
        """Seconds since the run began; monotonic. Hand the bound method to patterns as their clock."""

    @abstractmethod
    def rng(self, name: str) -> Random:
        """The random stream of one component: equal names give equal numbers in every arm."""

    @abstractmethod
    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Future[Any]":
        """Run it in a task of its own. An error that nobody awaits fails the run."""

    @abstractmethod
    def sleep(self, delay_s: float) -> Awaitable[None]: ...

    @abstractmethod
    def timeout(self, delay_s: float) -> AbstractAsyncContextManager[Any]:
        """As `asyncio.timeout`: cancels what runs inside it and raises TimeoutError."""

    @abstractmethod
    def service(self, name: str, plan: ServicePlan, behaviour: Behaviour) -> RemoteService:
        """A service of this arm's own; `name` is its node in the topology."""

    @abstractmethod
    def backend(self, interface: type[Kind], plan: Any) -> Kind:
        """A server of the lab's own kind, of this arm's own, built as `plan` says."""

    @abstractmethod
    def arrivals(self, name: str, rate: float | Rate, serve: Serve, *, poisson: bool = True) -> Arrivals:
        """Traffic from the random streams called `name`; with `poisson` False its requests come evenly.

        `rate` is a number of requests per second or a curve of `labs.simulation.rates`.
        """

    def request(self, source: str) -> Request:
        """A request made now, by a client who waits for answers; its draws are the next ones of the stream `source`."""
        uniform = self.rng(source).random
        self.requests += 1
        return Request(self.requests, self.now_s(), uniform(), uniform(), uniform(), uniform(), self.traces_now())

    def traces_now(self) -> bool:
        """Whether a request that comes now is one of the few whose spans are kept; says yes once a period."""
        now_s = self.now_s()
        if now_s < self.next_trace_s:
            return False
        self.next_trace_s = (now_s // TRACE_EVERY_S + 1.0) * TRACE_EVERY_S
        return True

    def mark(self, kind: str, node: str, text: str, value: str = "") -> None:
        """Put a flag on the time axis, now. Kinds are those of `events.Mark`."""
        self._said.append(Mark(self.now_s(), self.arm, kind, node, text, value))

    def span(self, request: Request, name: str, start_s: float, outcome: str, parent: str = "") -> None:
        """One step of a traced request that began at `start_s` and ends now. `parent` is the name of the step around it."""
        now_s, trace = self.now_s(), f"{self.arm}-{request.number}"
        around = f"{trace}-{parent}" if parent else ""
        self._said.append(Span(now_s, self.arm, trace, f"{trace}-{name}", around, name, start_s, now_s - start_s, outcome))

    def take_said(self) -> list[Mark | Span]:
        """What marks and spans have said since this was last asked, in order."""
        said, self._said = self._said, []
        return said
