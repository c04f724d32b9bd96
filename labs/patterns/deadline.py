"""Deadline: the moment after which nobody wants the answer, handed on with the request, so that no hop works past it.

Problem. A gateway gives a request five seconds and calls A, A calls B, B calls C, and each of them has a timeout of its own
that knows nothing of the others. A request that has spent 4.9 s on its way to B gets another full second there. B tries again,
because its own limits allow it; C is still at work when the gateway has long shown an error page. Under load such work is most
of the work, and it stands in line before requests that somebody still waits for.

Rule. Whoever accepts the request sets one deadline. Each hop

1. refuses at once what cannot be done in the time that is left (`NotEnoughTime`): nothing was sent, nothing was begun;
2. waits for its callee for the least of its own timeout and what is left, kept short by `reserve_s` so that it can still
   answer (make a smaller page, read a cache) when the callee did not;
3. hands that limit on as the callee's deadline: it can only come nearer on its way, whatever the hops are configured to;
4. cancels the call when time is up, and lets the cancellation reach whatever works on it: rows being read, calls under way.

The rule of thumb "every hop's timeout shorter than its caller's" (5 s, 3 s, 1 s) is needed and not enough. A hop that calls two
services one after the other, or one service three times, needs the *sum* of those limits, the pauses between and the network
to fit into its own; and a shorter timeout stops nobody downstream unless the cancellation arrives. A deadline makes the sum
come out right by itself: the second call gets what the first has left over.

On the wire goes the time that is left, not the moment: two machines' clocks differ, their seconds do not. `as_timeout()` and
`from_timeout()` speak the format of gRPC's `grpc-timeout` header, rounded down, so that no callee is promised more than there
is. The way itself is not counted: a callee's deadline is late by the time that the message took, and its answer by the way back
as well. Where that is not little against the work, deduct it (`way_s`): else an overloaded callee, which serves those whose
turn comes just in time, serves them just too late.

Where an argument cannot be passed through (a framework, an ORM), `under(deadline)` and `current()` carry it in a context
variable: tasks started inside the block inherit it.

Source. gRPC, *Deadlines* and the `grpc-timeout` header of *gRPC over HTTP/2*; *Site Reliability Engineering* (2016), ch. 22,
"Latency and Deadlines", deadline and cancellation propagation.

Limits. It ends work that is too late; it makes nothing faster. A deadline set too short is an outage of one's own
making at every hop at once. Work that must be finished once begun (a payment) takes its request from a queue and has no
deadline of the caller's. Code that never awaits cannot be cancelled: check `expired` in long loops.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from labs.patterns.clock import Clock, running_loop_time
from labs.patterns.timeout import TimeLimit

Result = TypeVar("Result")

UNITS_S = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "S": 1.0, "M": 60.0, "H": 3600.0}
MOST_DIGITS = 8


class NotEnoughTime(Exception):
    """Refused because too little of the caller's time is left: nothing was sent. No timeout, so a retry does not repeat it."""

    def __init__(self, left_s: float, needed_s: float) -> None:
        super().__init__(f"{max(0.0, left_s):.3g} s are left, and {needed_s:.3g} s are needed")
        self.left_s = left_s
        self.needed_s = needed_s


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on `clock`, which must be monotonic. Frozen: a hop hands on a nearer one, it does not change its caller's."""

    at_s: float = inf
    clock: Clock = running_loop_time

    @classmethod
    def after(cls, timeout_s: float, clock: Clock = running_loop_time) -> "Deadline":
        """So many seconds from now."""
        return cls(clock() + timeout_s, clock)

    @property
    def left_s(self) -> float:
        """Below 0 when it has passed."""
        return self.at_s - self.clock()

    @property
    def expired(self) -> bool:
        return self.clock() >= self.at_s

    def require(self, needed_s: float = 0.0) -> float:
        """The seconds left; raises NotEnoughTime unless they are more than 0 and at least `needed_s`."""
        left_s = self.left_s
        if left_s <= 0.0 or left_s < needed_s:
            raise NotEnoughTime(left_s, needed_s)
        return left_s

    def sooner(self, timeout_s: float = inf, *, needed_s: float = 0.0, reserve_s: float = 0.0) -> "Deadline":
        """For a callee: the least of `timeout_s` from now and what is left without `reserve_s`; raises NotEnoughTime.

        `needed_s` is the least with which the callee can do anything: its median, say.
        """
        now_s, latest_s = self.clock(), self.at_s - reserve_s
        left_s = latest_s - now_s
        if min(left_s, timeout_s) <= 0.0 or left_s < needed_s:
            raise NotEnoughTime(left_s, needed_s)
        return Deadline(min(latest_s, now_s + timeout_s), self.clock)

    def as_timeout(self, way_s: float = 0.0) -> str:
        """What is left in the format of `grpc-timeout`: up to eight digits and a unit. Raises NotEnoughTime when nothing is.

        `way_s` is what call and answer spend on their way, there and back.
        """
        left_s = self.require(way_s) - way_s
        for unit, length_s in UNITS_S.items():
            amount = int(left_s / length_s) if left_s < inf else 10**MOST_DIGITS
            if amount < 10**MOST_DIGITS:
                if amount == 0:
                    raise NotEnoughTime(left_s + way_s, way_s + length_s)
                return f"{amount}{unit}"
        return f"{10**MOST_DIGITS - 1}H"

    @classmethod
    def from_timeout(cls, text: str, clock: Clock = running_loop_time) -> "Deadline":
        """The caller's `grpc-timeout`, counted from now; raises ValueError where it is none."""
        digits, unit = text[:-1], text[-1:]
        if unit not in UNITS_S or not (digits.isascii() and digits.isdigit()) or len(digits) > MOST_DIGITS:
            raise ValueError(f"a timeout is up to {MOST_DIGITS} digits and one of {', '.join(UNITS_S)}, not {text!r}")
        return cls.after(int(digits) * UNITS_S[unit], clock)


NEVER = Deadline()


async def call_before(
    deadline: Deadline,
    call: Callable[[Deadline], Awaitable[Result]],
    *,
    timeout_s: float = inf,
    needed_s: float = 0.0,
    reserve_s: float = 0.0,
    time_limit: TimeLimit = asyncio.timeout,
) -> Result:
    """Await `call(callees_deadline)`, cancelled when that deadline comes; see `Deadline.sooner` for the three limits.

    Raises NotEnoughTime before anything is called, TimeoutError when time ran out on the way, and the call's own errors.
    """
    callees = deadline.sooner(timeout_s, needed_s=needed_s, reserve_s=reserve_s)
    if callees.at_s == inf:
        return await call(callees)
    async with time_limit(callees.left_s):
        return await call(callees)


_current: ContextVar[Deadline] = ContextVar("deadline", default=NEVER)


def current() -> Deadline:
    """The deadline of the innermost `under` around this task; far away where there is none."""
    return _current.get()


@contextmanager
def under(deadline: Deadline) -> Iterator[None]:
    """`current()` is `deadline` inside the block and in the tasks that are started there."""
    before = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(before)
