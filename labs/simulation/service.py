"""A service: so many servers, one queue, first come, first served, and what can go wrong with it.

ServiceError
├── Failed         worked on, and answered with an error
├── Rejected       not taken: the queue is full
└── Unavailable    nobody there: the service was killed before the answer came

A call takes its place in the order in which it was made. Cancelling it (a timeout, a caller that hangs up) frees its place
at once; with `cancels=False` the service notices nothing and works on for a caller who has left.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from labs.simulation.distributions import Distribution
from labs.simulation.faults import HEALTHY, Faults
from labs.simulation.futures import PARKED, RUNNABLE, Task
from labs.simulation.loop import VirtualLoop
from labs.simulation.primitives import current_task, park, sleep, virtual_loop
from labs.simulation.randomness import Streams

LONGEST_LINE = 1000
"""So many places of callers who have left are kept beside twice those of the callers who wait."""


class ServiceError(Exception):
    """The service gave no good answer; `service` is its name."""

    def __init__(self, service: str, what: str) -> None:
        super().__init__(f"{service}: {what}")
        self.service = service


class Failed(ServiceError):
    """Worked on, and answered with an error."""


class Rejected(ServiceError):
    """Not taken: the queue is full."""


class Unavailable(ServiceError):
    """Nobody there: the service was killed before the answer came."""


class Draws(NamedTuple):
    """A request's luck, drawn before anything is known about the service's state; `fate` and `pace` in [0, 1)."""

    work_s: float
    fate: float = 1.0
    pace: float = 1.0


Draw = Callable[[Any], tuple[float, float, float]]


def draws_from(streams: Streams, name: str, distribution: Distribution) -> Draw:
    """Draws for the service `name`, from three streams of its own: work, fate and pace."""
    work_s = distribution.sampler(streams(f"{name}:work"))
    fate, pace = streams(f"{name}:fate").random, streams(f"{name}:pace").random
    return lambda _request: (work_s(), fate(), pace())


class Service:
    """`await service.call(request)` returns when the work is done, or raises a `ServiceError`.

    `draw(request)` gives the request's (work in s, fate, pace): see `draws_from` and `Faults`. `queue_limit` None: no limit.
    The clock is that of `loop`, by default of the running one.
    Counters count calls: `arrived` = `served` + `failed` + `rejected` + `unavailable` + `abandoned` + those
    inside.
    """

    def __init__(
        self,
        name: str,
        draw: Draw,
        *,
        servers: int = 1,
        queue_limit: int | None = None,
        faults: Faults = HEALTHY,
        cancels: bool = True,
        loop: VirtualLoop | None = None,
    ) -> None:
        self.name = name
        self.cancels = cancels
        self.queue_limit = queue_limit
        self.alive = True
        self.busy = 0
        self.arrived = self.served = self.failed = self.rejected = self.unavailable = self.abandoned = 0
        self.wasted_s = 0.0
        self._loop = loop or virtual_loop()
        self._draw = draw
        self._servers = servers
        self._faults = faults
        self._line: deque[int] = deque()
        self._waiting: dict[int, Task | Orphan] = {}
        self._serving: dict[int, Task | Orphan] = {}
        self._hung: deque[Task | Orphan] = deque()
        self._busy_s = 0.0

    # What can be seen from outside

    @property
    def queued(self) -> int:
        """Calls that wait for a server at this instant."""
        return len(self._waiting)

    @property
    def in_system(self) -> int:
        return self.busy + len(self._waiting)

    @property
    def busy_s(self) -> float:
        """Server-seconds of work so far: divided by servers and time it is the utilization."""
        return self._busy_s + self.busy * self._loop.now

    # Knobs

    @property
    def servers(self) -> int:
        return self._servers

    @servers.setter
    def servers(self, servers: int) -> None:
        """More servers start on the queue at once; fewer finish what they are at."""
        self._servers = servers
        while self._waiting and self.busy < servers:
            self._take(self._first())

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        while self._hung and not faults.hanging:
            self._hung.popleft().wake()

    def break_(self, failure_rate: float = 1.0) -> None:
        self.faults = self._faults.changed(failure_rate=failure_rate)

    def slow(self, slow_rate: float = 1.0, slow_s: float = 1.0) -> None:
        self.faults = self._faults.changed(slow_rate=slow_rate, slow_s=slow_s)

    def hang(self) -> None:
        """Take requests, keep their servers, answer none until healed; work under way stops where it would be answered."""
        self.faults = self._faults.changed(hanging=True)

    def heal(self) -> None:
        """No more faults; what hung is answered now. A killed service stays down: see `restart`."""
        self.faults = HEALTHY

    def kill(self) -> None:
        """Whatever is inside gets `Unavailable` now, and so does every call until `restart`."""
        self.alive = False
        waiting, serving = list(self._waiting.values()), list(self._serving.values())
        self._line.clear()
        self._waiting.clear()
        self._hung.clear()
        for caller in (*serving, *waiting):
            caller.interrupt(Unavailable(self.name, "was killed"))

    def restart(self) -> None:
        """Up again, empty; its faults are as they were."""
        self.alive = True

    # A call's way through

    async def call(self, request: Any = None) -> float:
        """Wait for a server and for the work; returns the seconds waited in line. Raises Failed, Rejected or Unavailable."""
        work_s, fate, pace = self._draw(request)
        loop = self._loop
        task, arrived_s = loop.current or current_task(), loop.now
        self.arrived = place = self.arrived + 1
        if self.busy < self._servers and self.alive:
            self.busy += 1
            self._busy_s -= arrived_s
            self._serving[task.number] = task
        else:
            self._stand_in_line(task, place)
            try:
                await park()
            except BaseException as reason:
                self._left_the_line(task, place, reason, Draws(work_s, fate, pace))
                raise
        started_s, faults = loop.now, self._faults
        duration_s = work_s if faults is HEALTHY else faults.duration_s(work_s, fate, pace)
        try:
            await sleep(duration_s)
            if self._faults.hanging:
                await self._hang(task)
        except BaseException as reason:
            self._left_the_server(task, reason, started_s, duration_s)
            raise
        self._leave(task)
        if fate < faults.failure_rate:
            self.failed += 1
            raise Failed(self.name, "answered with an error")
        self.served += 1
        return started_s - arrived_s

    async def _hang(self, task: Task) -> None:
        while self._faults.hanging:
            self._hung.append(task)
            await park()

    def _take(self, caller: "Task | Orphan") -> None:
        """Give a server to a caller that waited."""
        self.busy += 1
        self._busy_s -= self._loop.now
        self._serving[caller.number] = caller
        caller.wake()

    def _leave(self, caller: "Task | Orphan") -> None:
        """Give the caller's server to whoever waits longest, else take it back."""
        del self._serving[caller.number]
        if self._waiting and self.busy <= self._servers:
            heir = self._first()
            self._serving[heir.number] = heir
            heir.wake()
        else:
            self.busy -= 1
            self._busy_s += self._loop.now

    def _stand_in_line(self, task: Task, place: int) -> None:
        if not self.alive:
            self.unavailable += 1
            raise Unavailable(self.name, "is down")
        if self.queue_limit is not None and len(self._waiting) >= self.queue_limit:
            self.rejected += 1
            raise Rejected(self.name, f"has {self.queue_limit} waiting already")
        self._line.append(place)
        self._waiting[place] = task

    def _first(self) -> "Task | Orphan":
        """Take out whoever waits longest. The line keeps the places of those who left, which are passed over here: so leaving
        it costs no search.
        """
        while True:
            caller = self._waiting.pop(self._line.popleft(), None)
            if caller is not None:
                return caller

    def _count(self, reason: BaseException) -> None:
        if isinstance(reason, Unavailable):
            self.unavailable += 1
        else:
            self.abandoned += 1

    def _left_the_line(self, task: Task, place: int, reason: BaseException, draws: Draws) -> None:
        """The caller goes while it waits, or in the very instant in which it got its server."""
        self._count(reason)
        stays = self._works_on_after(reason)
        if task.number in self._serving:
            if stays:
                self._bequeath(task, Orphan(self, draws)).start()
            else:
                self._leave(task)
        elif place in self._waiting:
            if stays:
                self._waiting[place] = Orphan(self, draws)
            else:
                del self._waiting[place]
                if len(self._line) > LONGEST_LINE + 2 * len(self._waiting):
                    self._line = deque(self._waiting)

    def _left_the_server(self, task: Task, reason: BaseException, started_s: float, duration_s: float) -> None:
        """The caller goes while it is served."""
        self._count(reason)
        if task in self._hung:
            self._hung.remove(task)
        if self._works_on_after(reason):
            self._bequeath(task, Orphan(self, Draws(duration_s))).go_on(started_s, started_s + duration_s)
            return
        if not isinstance(reason, Unavailable):
            self.wasted_s += self._loop.now - started_s
        self._leave(task)

    def _works_on_after(self, reason: BaseException) -> bool:
        return not self.cancels and isinstance(reason, asyncio.CancelledError)

    def _bequeath(self, task: Task, orphan: "Orphan") -> "Orphan":
        del self._serving[task.number]
        self._serving[orphan.number] = orphan
        return orphan


class Orphan:
    """Work that goes on for a caller who has left: what `cancels=False` costs."""

    __slots__ = ("_draws", "_killed", "_service", "_started_s", "number", "timer")

    def __init__(self, service: Service, draws: Draws) -> None:
        self._service = service
        self._draws = draws
        self._started_s: float | None = None
        self._killed = False
        self.number = service._loop.next_number()
        self.timer = PARKED

    def wake(self) -> None:
        """Its turn for a server has come, or the service that hung is healed."""
        if self._started_s is None:
            self.start()
        else:
            self.go_on(self._started_s, self._service._loop.now)

    def start(self) -> None:
        now_s = self._service._loop.now
        self.go_on(now_s, now_s + self._service._faults.duration_s(*self._draws))

    def go_on(self, started_s: float, due_s: float) -> None:
        self._started_s = started_s
        self.timer = RUNNABLE
        self._service._loop.schedule(due_s, self)

    def interrupt(self, _error: BaseException) -> None:
        """The service was killed."""
        self._killed = True
        self.timer = RUNNABLE
        if self.number in self._service._serving:
            self._service._leave(self)

    def _run(self) -> None:
        """The work is done. Called by the loop."""
        service = self._service
        if self._killed:
            return
        if service._faults.hanging:
            service._hung.append(self)
            return
        service.wasted_s += service._loop.now - (self._started_s or 0.0)
        service._leave(self)
