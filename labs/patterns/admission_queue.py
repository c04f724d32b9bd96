"""Admission queue: so many at a time, a line of bounded length for the rest, and a quick no when it is full.

Problem. A server that takes whatever comes puts what it cannot do at once into a queue, and the queue grows for as long as more
comes than goes. It hides the overload, then multiplies it: everybody behind a long queue waits longer than they are willing
to, so the server works at full speed on requests whose senders have left. Throughput looks fine, goodput is zero, and it
stays zero long after the rush is over, until the backlog is worked off.

Rule. Let `slots` requests work at a time. Let a few more wait: as many as can be served within the clients' patience, so

    limit  <=  (patience - service time) · capacity

and turn the rest away at once. A refusal in a millisecond costs nothing and can be retried elsewhere; an answer that comes too
late costs a full service time and helps nobody. A queue in front of a server is there to smooth bursts, never to store
overload: its mean length does not raise throughput once it is long enough that the slots never idle.

What waits in which order, and who leaves when it is full, is the business of a `Line`:

    Fifo(limit)             here: first come, first served; the newcomer is turned away
    AdaptiveLifo            `adaptive_lifo.py`: newest first while it is crowded; the oldest is turned away
    PriorityLine            `load_shedding.py`: important first; the least important is turned away
    ControlledDelay, CoDel  `codel.py`: who waited too long is turned away, whatever the length

`Fifo(None)` has no limit: the queue that most frameworks bring along unasked, kept here to be measured.

Source. The Google SRE book (2016), ch. 21 "Handling Overload" and 22 "Addressing Cascading Failures" (short queues relative to
the thread pool); Michael Nygard, *Release It!* (2nd edition, 2018), "Shed Load" and "Create Back Pressure".

Limits. The bound is right for one service time: when the work gets slower, the same number of places is a longer wait (a bound
on time, as in `codel.py`, follows). It sees one process. A refusal must be cheap and early, before the body is parsed and
the transaction begun. Clients that retry at once turn refusals back into load: they need a back-off or a retry budget.
Not thread-safe: use it from one event loop.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import ParamSpec, TypeVar

from labs.patterns.clock import Clock, running_loop_time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MOST_IMPORTANT = 0


class Rejected(Exception):
    """Turned away before any work was done: it is safe to go elsewhere. `why`: the line's reason in words."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is overloaded: {why}")
        self.why = why


class Ticket:
    """One request in the line. `priority` 0 is the most important. `turn` is settled when it may start or must go."""

    __slots__ = ("came_s", "priority", "turn")

    def __init__(self, came_s: float, priority: int, turn: "asyncio.Future[None]") -> None:
        self.came_s = came_s
        self.priority = priority
        self.turn = turn


TurnAway = Callable[[Ticket, str], None]


class Line(ABC):
    """Who waits, in which order they start, and who is turned away. Its clock is what its calls hand it."""

    @abstractmethod
    def __len__(self) -> int:
        """How many wait."""

    @abstractmethod
    def join(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> None:
        """Take the ticket in, or turn away this one or another one for it."""

    @abstractmethod
    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        """Take out whoever starts now, turning away on the way who waited in vain; None when nobody is left."""

    @abstractmethod
    def leave(self, ticket: Ticket) -> None:
        """The ticket's owner has gone by itself."""


class Fifo(Line):
    """First come, first served. `limit` may wait, None: any number. The limit may be changed at any time, for newcomers."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._waiting: OrderedDict[Ticket, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> None:
        if self.limit is not None and len(self._waiting) >= self.limit:
            turn_away(ticket, f"{self.limit} wait already")
        else:
            self._waiting[ticket] = None

    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        return self._waiting.popitem(last=False)[0] if self._waiting else None

    def leave(self, ticket: Ticket) -> None:
        self._waiting.pop(ticket, None)


class AdmissionQueue:
    """Admits `slots` at a time, the others through `line`. Use it as `await queue.call(work, request)`, or as

        async with queue.slot(priority=1) as waited_s:
            answer = await work(request)

    Both raise Rejected. A caller that is cancelled while it waits leaves the line; one that is cancelled at work frees its
    slot.
    """

    def __init__(self, slots: int, line: Line, *, name: str = "the server", clock: Clock = running_loop_time) -> None:
        self.name = name
        self.line = line
        self.clock = clock
        self.busy = 0
        self._slots = slots

    @property
    def waiting(self) -> int:
        return len(self.line)

    @property
    def slots(self) -> int:
        return self._slots

    @slots.setter
    def slots(self, slots: int) -> None:
        """More start at once; fewer let those at work finish."""
        self._slots = slots
        self._admit()

    async def call(
        self, function: Callable[Arguments, Awaitable[Result]], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Await `function(*args, **kwargs)` in a slot; raises Rejected or the function's own error."""
        async with self.slot():
            return await function(*args, **kwargs)

    def slot(self, priority: int = MOST_IMPORTANT) -> "Slot":
        """A slot to enter and to leave."""
        return Slot(self, priority)

    async def enter(self, priority: int = MOST_IMPORTANT) -> float:
        """Wait for a slot, which `leave` must give back; returns the seconds waited. Raises Rejected."""
        now_s = self.clock()
        if self.busy < self._slots and not self.line:
            self.busy += 1
            return 0.0
        ticket = Ticket(now_s, priority, asyncio.get_running_loop().create_future())
        self.line.join(ticket, now_s, self._turn_away)
        self._admit()
        try:
            await ticket.turn
        except asyncio.CancelledError:
            self._gone(ticket)
            raise
        return self.clock() - now_s

    def leave(self) -> None:
        """Give a slot back: the next of the line starts."""
        self.busy -= 1
        self._admit()

    def _admit(self) -> None:
        now_s = self.clock()
        while self.busy < self._slots and (ticket := self.line.next(now_s, self._turn_away)) is not None:
            if not ticket.turn.done():
                self.busy += 1
                ticket.turn.set_result(None)

    def _turn_away(self, ticket: Ticket, why: str) -> None:
        if not ticket.turn.done():
            ticket.turn.set_exception(Rejected(self.name, why))

    def _gone(self, ticket: Ticket) -> None:
        """Cancelled while it waited, or in the very moment in which its turn came."""
        if ticket.turn.cancelled() or not ticket.turn.done():
            self.line.leave(ticket)
        elif ticket.turn.exception() is None:
            self.leave()


class Slot:
    """One request's slot: entering it waits, and gives the seconds waited."""

    __slots__ = ("_priority", "_queue")

    def __init__(self, queue: AdmissionQueue, priority: int) -> None:
        self._queue = queue
        self._priority = priority

    async def __aenter__(self) -> float:
        return await self._queue.enter(self._priority)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._queue.leave()
