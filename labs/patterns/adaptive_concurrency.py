"""Adaptive concurrency: find out from the answers how many requests may be under way, and refuse the rest.

Problem. A fixed limit on concurrency is right on the day it was measured. Then the service gets slower, a node is lost, another
is added, and it is too high (a queue stands in the service and everybody waits) or too low (refusals beside idle machines).

Rule. The limit is a number that moves. Requests above it are refused at once; answers move it. By Little's law the right
limit is capacity times the time of an answer without a queue, and the time of answers tells whether there is one:

    answers as quick as ever, and the limit is in use   ->  raise it a little
    answers slower than usual, or timeouts              ->  lower it

This is TCP's congestion window with requests for packets. Three ways to read the answers:

- `Aimd`: additive increase, multiplicative decrease. Raise by one per round of answers, cut to `backoff` of it when an answer
  takes longer than `slow_s` or fails. Needs to be told what too slow is; then it is hard to fool. A sawtooth.
- `Gradient`: compare the time of recent answers with its long-term mean. Their ratio says how full the service is: limit =
  limit · min(1, tolerance · long / recent) + room. No threshold to set, but it forgets: a queue that lasts long enough becomes
  the new normal, and under endless overload the limit creeps up.
- `Vegas`: compare with the *best* time seen: limit · (1 - best / recent) is an estimate of how many wait. Keep that between
  alpha and beta. Holds the queue shortest, and is easily fooled when the work itself is uneven.

An answer counts only when its request was sent after the last cut: the answers to everything already under way would
otherwise cut again and again for the same jam. And the limit rises only while it is in use: else a quiet hour would raise it
without any proof.

Times of single answers scatter widely, so `Gradient` and `Vegas` look at the mean over a window of answers.

Source. Netflix's concurrency-limits library (2018) and E. Landau, W. Thurston, T. Bozarth, "Performance Under Load"; L.
Brakmo, S. O'Malley, L. Peterson, "TCP Vegas", SIGCOMM 1994; D. Chiu, R. Jain, "Analysis of the Increase and Decrease
Algorithms", 1989.

Limits. It needs traffic: a handful of requests a second teaches it nothing. It learns from mixed work with a mixed mean: give
cheap and dear calls limits of their own. `Gradient` and `Vegas` look at times alone: errors that come fast look like health to
them. `Vegas` never forgets its best time: a service that has become slower for good is held short until a new limit is made.
Each client converges by itself, so many clients share a service fairly only roughly. Clients whose answers are slow for
another reason (their own garbage collector) throttle themselves. Not thread-safe.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from math import log10
from types import TracebackType
from typing import ParamSpec, TypeVar

from labs.patterns.admission_queue import Rejected
from labs.patterns.clock import Clock, running_loop_time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

FIRST_WINDOWS = 10
"""The usual time begins as the plain mean of so many windows."""


class Limit(ABC):
    """The number that moves, between `minimum` and `maximum`."""

    def __init__(self, initial: float, minimum: float, maximum: float) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.value = initial

    @abstractmethod
    def answered(self, took_s: float, in_flight: int, failed: bool) -> bool:
        """An answer came when so many were under way, itself included; returns whether the limit was cut."""

    def _move(self, value: float) -> bool:
        """Set it within its bounds; says whether that is a cut."""
        before, self.value = self.value, max(self.minimum, min(self.maximum, value))
        return self.value < before


class Aimd(Limit):
    """Plus one per round of quick answers, times `backoff` after an answer slower than `slow_s` or a failed one."""

    def __init__(
        self, slow_s: float, *, initial: float = 10.0, minimum: float = 1.0, maximum: float = 1000.0, backoff: float = 0.9
    ) -> None:
        super().__init__(initial, minimum, maximum)
        self.slow_s = slow_s
        self.backoff = backoff

    def answered(self, took_s: float, in_flight: int, failed: bool) -> bool:
        if failed or took_s > self.slow_s:
            return self._move(self.value * self.backoff)
        return self._move(self.value + 1.0 / self.value) if 2 * in_flight >= self.value else False


class _Windowed(Limit):
    """Looks at the mean time of each `window` answers in a row."""

    def __init__(self, initial: float, minimum: float, maximum: float, window: int) -> None:
        super().__init__(initial, minimum, maximum)
        self.window = window
        self._sum_s = 0.0
        self._count = 0
        self._most_in_flight = 0

    def answered(self, took_s: float, in_flight: int, failed: bool) -> bool:
        self._sum_s += took_s
        self._count += 1
        self._most_in_flight = max(self._most_in_flight, in_flight)
        if self._count < self.window:
            return False
        mean_s, in_use = self._sum_s / self._count, 2 * self._most_in_flight >= self.value
        self._sum_s, self._count, self._most_in_flight = 0.0, 0, 0
        return self._judge(mean_s, in_use) if mean_s > 0.0 else False

    @abstractmethod
    def _judge(self, recent_s: float, in_use: bool) -> bool:
        """A window is full; returns whether the limit was cut."""


class Gradient(_Windowed):
    """The limit follows the ratio of the usual time of answers to that of the last window.

    `tolerance`: by how much answers may be slower than usual before it cuts. `room`: how many may always wait. `memory`: over
    how many windows the usual time is averaged.
    """

    def __init__(
        self,
        *,
        initial: float = 10.0,
        minimum: float = 1.0,
        maximum: float = 1000.0,
        tolerance: float = 1.5,
        room: float = 2.0,
        smoothing: float = 0.2,
        window: int = 20,
        memory: int = 600,
    ) -> None:
        super().__init__(initial, minimum, maximum, window)
        self.tolerance = tolerance
        self.room = room
        self.smoothing = smoothing
        self.memory = memory
        self.usual_s = 0.0
        self._windows = 0

    def _judge(self, recent_s: float, in_use: bool) -> bool:
        self._windows += 1
        weight = self._windows if self._windows <= FIRST_WINDOWS else self.memory
        usual_s = self.usual_s + (recent_s - self.usual_s) / weight
        if usual_s > 2.0 * recent_s:  # a jam has long ended, and its memory fades too slowly
            usual_s *= 0.95
        self.usual_s = usual_s
        if not in_use:
            return False
        gradient = max(0.5, min(1.0, self.tolerance * usual_s / recent_s))
        return self._move(self.value + self.smoothing * (self.value * gradient + self.room - self.value))


class Vegas(_Windowed):
    """Keeps the estimated number of those who wait between `alpha` and `beta` times log10 of the limit (at least 1)."""

    def __init__(
        self,
        *,
        initial: float = 10.0,
        minimum: float = 1.0,
        maximum: float = 1000.0,
        alpha: float = 3.0,
        beta: float = 6.0,
        window: int = 20,
    ) -> None:
        super().__init__(initial, minimum, maximum, window)
        self.alpha = alpha
        self.beta = beta
        self.best_s = float("inf")

    def _judge(self, recent_s: float, in_use: bool) -> bool:
        self.best_s = min(self.best_s, recent_s)
        waiting, step = self.value * (1.0 - self.best_s / recent_s), max(1.0, log10(self.value))
        if waiting > self.beta * step:
            return self._move(self.value - step)
        return self._move(self.value + step) if in_use and waiting < self.alpha * step else False


class ConcurrencyLimiter:
    """Refuses what exceeds its `limit`. Use it as `await limiter.call(send, request)`, or as

        async with limiter.permit():
            answer = await send(request)

    Errors that pass tell the limit that an answer failed, but for Rejected (nothing was worked on) and cancellations.
    """

    def __init__(self, limit: Limit, *, name: str = "the service", clock: Clock = running_loop_time) -> None:
        self.limit = limit
        self.name = name
        self.clock = clock
        self.in_flight = 0
        self.cut_s = float("-inf")

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` if there is room; raises Rejected or the function's own error."""
        async with self.permit():
            return await function(*args, **kwargs)

    def permit(self) -> "Permit":
        """Leave for one request, now; raises Rejected. Enter it, so that it is given back whatever happens."""
        if self.in_flight >= int(self.limit.value):
            raise Rejected(self.name, f"{self.in_flight} are under way, which is its limit")
        self.in_flight += 1
        return Permit(self, self.clock())

    def settle(self, sent_s: float, error: BaseException | None) -> None:
        """A request that was sent then has ended. Permits do this themselves."""
        now_s, in_flight = self.clock(), self.in_flight
        self.in_flight -= 1
        told = error is None or (isinstance(error, Exception) and not isinstance(error, Rejected))
        if told and sent_s >= self.cut_s and self.limit.answered(now_s - sent_s, in_flight, error is not None):
            self.cut_s = now_s


class Permit:
    """One request's leave; on the way out the limiter learns how long it took."""

    __slots__ = ("_limiter", "sent_s")

    def __init__(self, limiter: ConcurrencyLimiter, sent_s: float) -> None:
        self._limiter = limiter
        self.sent_s = sent_s

    async def __aenter__(self) -> "Permit":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._limiter.settle(self.sent_s, error)
