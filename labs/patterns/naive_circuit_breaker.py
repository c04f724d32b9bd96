"""Naive circuit breaker: the one of the whiteboard, kept to be compared with the one in `circuit_breaker.py`.

Problem and rule are the same: after `failure_threshold` failures in a row the calls are refused for `open_s` seconds; then it
tries again, and a success closes it. It reads well, passes a demonstration, and has these faults:

1. It counts failures *in a row*. One success sets the count to zero, so a service that fails every second call never opens
   it: with independent failures of share p it takes (1 - p^r) / (p^r (1 - p)) calls on average to see r of them in a row.
2. Half-open limits nobody. Between the first trial and its answer the whole traffic passes: 64 callers, 64 trials.
3. A result counts whenever it arrives. A slow success of a call sent long before closes an open breaker; a late failure
   begins the waiting anew.
4. Refused, failed and timed-out calls raise the same `CallFailed`. The caller cannot tell "nothing was sent" (safe to go
   elsewhere) from "it may have been carried out".
5. Every status but 200 is a failure unless told otherwise: a 404 or a 201 trips it as a crash does.

Source. The shape follows the sketches that many tutorials share; Michael Nygard's *Release It!* names the pattern.

Limits. Do not use it.
"""

from collections.abc import Awaitable, Callable
from typing import ParamSpec

from labs.patterns.circuit_breaker import State
from labs.patterns.clock import Clock, running_loop_time

Arguments = ParamSpec("Arguments")


class CallFailed(Exception):
    """Refused, failed or timed out: this type does not say."""


def anything_but_200(status: int) -> bool:
    return status != 200


class ConsecutiveBreaker:
    """Opens after `failure_threshold` failures in a row, for `open_s` seconds."""

    def __init__(
        self,
        failure_threshold: int = 5,
        open_s: float = 30.0,
        is_failure: Callable[[int], bool] = anything_but_200,
        clock: Clock = running_loop_time,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self.failure_threshold = failure_threshold
        self.open_s = open_s
        self.is_failure = is_failure
        self.clock = clock
        self.on_change = on_change
        self.state = State.CLOSED
        self.failures = 0
        self._opened_s = 0.0

    async def call(
        self, function: Callable[Arguments, Awaitable[int]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> int:
        """Await `function`, which returns an HTTP status; raises CallFailed."""
        if self.state is State.OPEN:
            if self.clock() - self._opened_s < self.open_s:
                raise CallFailed("the circuit is open")
            self._become(State.HALF_OPEN)  # and whoever comes before the first answer passes as well
        try:
            status = await function(*args, **kwargs)
        except Exception as error:
            self._failed()
            raise CallFailed(str(error)) from error
        if self.is_failure(status):
            self._failed()
            raise CallFailed(f"status {status}")
        self._succeeded()
        return status

    def _succeeded(self) -> None:
        self.failures = 0
        self._become(State.CLOSED)  # even if it has opened since this call was sent

    def _failed(self) -> None:
        self.failures += 1
        if self.state is State.HALF_OPEN or self.failures >= self.failure_threshold:
            self._opened_s = self.clock()  # even if it was open already: the waiting begins anew
            self._become(State.OPEN)

    def _become(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.on_change(state)
