"""Circuit breaker: stop calling a service that does not answer, and find out gently when it does again.

Problem. A service fails or crawls. Each caller goes on sending, waits for its timeout and holds a connection, a thread and
somebody's patience meanwhile. The callers fill up with waiting, their own callers too, and the service that should recover
is kept under full load by requests that nobody will see answered.

Rule. Put a switch before the call and let results move it.

    closed ──── failure rate or slow-call rate over the window reaches its limit, and enough calls were seen ────> open
    open ────── `open_s` has passed and a call arrives ──────────────────────────────────────────────────────────> half-open
    half-open ─ `success_threshold` trials went well ────────────────────────────────────────────────────────────> closed
    half-open ─ one trial failed or was slow ────────────────────────────────────────────────────────────────────> open

Five details separate it from the sketch on the whiteboard:

1. It judges a *rate* over a sliding time window. A count of failures in a row goes back to zero at each success, so a service
   that fails half of its calls may never trip it. Below `minimum_calls` it does not judge: two calls are not a rate.
2. Half-open lets a bounded number of trials through at a time. Otherwise the whole traffic hits a service that has just
   stood up.
3. Every change of state starts a new *generation*, and a permit remembers its own. A result that comes in late, from a call
   sent before the breaker opened, says nothing about the present and is ignored.
4. It asks what kind of result it saw. 5xx, timeouts and refused connections speak about the service; a 4xx speaks about the
   request, and one caller with a broken form must not cut off all the others. A 429 says "less, please": that is a matter
   for a rate limiter or a back-off, so it counts neither way unless you say otherwise.
5. A cancelled call is no verdict: it gives its permit back. Therefore the timeout belongs *inside* the guarded call. A timeout
   around the breaker reaches it as a cancellation, and a service that hangs would never be noticed.

`NotPermitted` is an error of its own because nothing was sent: the caller may go elsewhere at once. After any other error the
request may have been carried out.

Source. Michael Nygard, *Release It!* (2nd edition, 2018), "Stability Patterns"; the time-based window, minimum calls and
slow-call rate follow the semantics of Resilience4j's CircuitBreaker documentation.

Limits. It sees one process's calls: fifty processes learn fifty times. It delays recovery by up to `open_s`. It has nothing
to offer instead of the answer: that is the fallback's work. A trial that hangs without a timeout keeps its permit. One breaker
per dependency (or per host of it): a common one mixes healthy with ill. Not thread-safe: use it from one event loop.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

from labs.patterns.clock import Clock, running_loop_time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

BUCKETS = 20


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Verdict(Enum):
    """What a call says about the service's health."""

    SUCCESS = "success"
    FAILURE = "failure"
    IGNORED = "ignored"


class NotPermitted(Exception):
    """The breaker did not let the call through: nothing was sent. `retry_after_s` is 0 while trials are under way."""

    def __init__(self, name: str, retry_after_s: float) -> None:
        super().__init__(f"{name} is not permitted; try again in {retry_after_s:.3g} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, as listeners get it."""

    at_s: float
    before: State
    after: State
    reason: str


def judge(result: object, error: BaseException | None) -> Verdict:
    """Any answer is a success, any error but a cancellation a failure."""
    if error is None:
        return Verdict.SUCCESS
    return Verdict.FAILURE if isinstance(error, Exception) else Verdict.IGNORED


def judge_http(result: object, error: BaseException | None) -> Verdict:
    """The same for calls that return an HTTP status, or something with `status_code`: 5xx fails, 429 is ignored."""
    if error is not None:
        return judge(result, error)
    status = getattr(result, "status_code", result)
    if status == 429:
        return Verdict.IGNORED
    return Verdict.FAILURE if isinstance(status, int) and status >= 500 else Verdict.SUCCESS


class SlidingWindow:
    """Calls, failures and slow calls of the last `length_s`, in a ring of buckets: constant memory at any traffic.

    The oldest bucket falls out whole, so the window reaches back between `length_s` and one bucket less.
    """

    def __init__(self, length_s: float, buckets: int = BUCKETS) -> None:
        self._bucket_s = length_s / buckets
        self._ring = [[0, 0, 0] for _ in range(buckets)]
        self._newest = 0
        self.calls = self.failures = self.slow = 0

    def add(self, now_s: float, failed: bool, slow: bool) -> None:
        self.forget_old(now_s)
        bucket = self._ring[self._newest % len(self._ring)]
        bucket[0] += 1
        bucket[1] += failed
        bucket[2] += slow
        self.calls += 1
        self.failures += failed
        self.slow += slow

    def forget_old(self, now_s: float) -> None:
        newest = int(now_s / self._bucket_s)
        for number in range(max(self._newest + 1, newest - len(self._ring) + 1), newest + 1):
            bucket = self._ring[number % len(self._ring)]
            self.calls -= bucket[0]
            self.failures -= bucket[1]
            self.slow -= bucket[2]
            bucket[:] = (0, 0, 0)
        self._newest = max(self._newest, newest)

    def clear(self) -> None:
        for bucket in self._ring:
            bucket[:] = (0, 0, 0)
        self.calls = self.failures = self.slow = 0


class CircuitBreaker:
    """Guards the calls to one dependency. Use it as `await breaker.call(send, request)`, as a decorator (`@breaker`), or as

        async with breaker.permit() as permit:
            answer = await send(request)
            permit.saw(answer)

    Rates are shares of the calls in the window, times are seconds. With `slow_call_s` None no call is slow.
    """

    def __init__(
        self,
        name: str = "the call",
        *,
        failure_rate: float = 0.5,
        slow_call_rate: float = 1.0,
        slow_call_s: float | None = None,
        window_s: float = 10.0,
        minimum_calls: int = 20,
        open_s: float = 30.0,
        half_open_permits: int = 3,
        success_threshold: int = 3,
        classify: Callable[[object, BaseException | None], Verdict] = judge,
        clock: Clock = running_loop_time,
    ) -> None:
        self.name = name
        self.failure_rate = failure_rate
        self.slow_call_rate = slow_call_rate
        self.slow_call_s = slow_call_s
        self.minimum_calls = minimum_calls
        self.open_s = open_s
        self.half_open_permits = half_open_permits
        self.success_threshold = success_threshold
        self.classify = classify
        self.clock = clock
        self.window = SlidingWindow(window_s)
        self.state = State.CLOSED
        self.generation = 0
        self._opened_s = 0.0
        self._trials = 0
        self._good_trials = 0
        self._listeners: list[Callable[[Transition], None]] = []

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` if the breaker permits it; raises NotPermitted or the function's own error."""
        async with self.permit() as permit:
            result = await function(*args, **kwargs)
            permit.saw(result)
            return result

    def __call__(self, function: Callable[Arguments, Awaitable[Result]]) -> Callable[Arguments, Awaitable[Result]]:
        @wraps(function)
        async def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            return await self.call(function, *args, **kwargs)

        return guarded

    def permit(self) -> "Permit":
        """Leave to make one call now; raises NotPermitted. Enter it, so that it is given back whatever happens."""
        now_s = self.clock()
        if self.state is State.OPEN:
            retry_after_s = self._opened_s + self.open_s - now_s
            if retry_after_s > 0:
                raise NotPermitted(self.name, retry_after_s)
            self._change(State.HALF_OPEN, now_s, f"{self.open_s:g} s have passed")
        if self.state is State.HALF_OPEN:
            if self._trials >= self.half_open_permits:
                raise NotPermitted(self.name, 0.0)
            self._trials += 1
        return Permit(self, self.generation, now_s)

    def on_change(self, listener: Callable[[Transition], None]) -> None:
        """Call `listener` after each change of state. It must not raise and must not wait."""
        self._listeners.append(listener)

    def settle(self, permit: "Permit", verdict: Verdict) -> None:
        """Count what a permit's call has shown. Permits do this themselves."""
        if permit.generation != self.generation:
            return
        now_s = self.clock()
        slow = self.slow_call_s is not None and now_s - permit.began_s >= self.slow_call_s
        if self.state is State.HALF_OPEN:
            self._trials -= 1
            self._judge_trial(verdict, slow, now_s)
        elif verdict is not Verdict.IGNORED:
            self.window.add(now_s, verdict is Verdict.FAILURE, slow)
            self._judge_window(now_s)

    def _judge_trial(self, verdict: Verdict, slow: bool, now_s: float) -> None:
        if verdict is Verdict.IGNORED:
            return
        if verdict is Verdict.FAILURE or slow:
            self._change(State.OPEN, now_s, "a trial failed" if verdict is Verdict.FAILURE else "a trial was slow")
            return
        self._good_trials += 1
        if self._good_trials >= self.success_threshold:
            self._change(State.CLOSED, now_s, f"{self._good_trials} trials went well")

    def _judge_window(self, now_s: float) -> None:
        calls, failures, slow = self.window.calls, self.window.failures, self.window.slow
        if calls < self.minimum_calls:
            return
        if failures and failures >= self.failure_rate * calls:
            self._change(State.OPEN, now_s, f"{failures} of {calls} calls failed")
        elif slow and slow >= self.slow_call_rate * calls:
            self._change(State.OPEN, now_s, f"{slow} of {calls} calls were slow")

    def _change(self, state: State, now_s: float, reason: str) -> None:
        transition = Transition(now_s, self.state, state, reason)
        self.state = state
        self.generation += 1
        self._trials = self._good_trials = 0
        self.window.clear()
        if state is State.OPEN:
            self._opened_s = now_s
        for listener in self._listeners:
            listener(transition)


class Permit:
    """One call's leave. On the way out it tells the breaker the verdict: of the error that passes, else of what it `saw`."""

    __slots__ = ("_breaker", "_result", "began_s", "generation")

    def __init__(self, breaker: CircuitBreaker, generation: int, began_s: float) -> None:
        self._breaker = breaker
        self._result: object = None
        self.generation = generation
        self.began_s = began_s

    def saw(self, result: object) -> None:
        """The answer, for the breaker's `classify` to judge."""
        self._result = result

    async def __aenter__(self) -> "Permit":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        verdict = self._breaker.classify(self._result, error)
        self._breaker.settle(self, verdict)
