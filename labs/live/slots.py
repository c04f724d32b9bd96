"""The work of a service: slots that serve at the pace of a plan, a FIFO queue before them, and the faults of its behaviour.

The same rules as the simulated service, on a real clock: each request brings its draws, so how it is answered and how long
that takes is settled when it is sent; only waiting depends on what else goes on.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from labs.experiments.world import BAD_REQUEST, INTERNAL_ERROR, OK, UNAVAILABLE, Behaviour, ServicePlan

Answer = Callable[[int], None]


class Job:
    """One request in the house: its draws, whom to answer, and where it is."""

    __slots__ = ("answer", "demand", "fate", "pace", "place", "timer")

    def __init__(self, fate: float, pace: float, demand: float, answer: Answer) -> None:
        self.fate, self.pace, self.demand, self.answer = fate, pace, demand, answer
        self.place = ""
        self.timer: asyncio.TimerHandle | None = None


class Slots:
    """`plan.slots` jobs are worked on at a time, `plan.queue_limit` more wait; the rest are turned away with a 503.

    `changed` is called whenever `busy` or `queued` changed.
    """

    def __init__(self, plan: ServicePlan, behaviour: Behaviour, changed: Callable[[], None]) -> None:
        self._plan = plan
        self._behaviour = behaviour
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Job] = deque()
        self._hung: dict[Job, int] = {}
        self._busy = 0
        self._busy_s = 0.0
        self._since_s = self._loop.time()

    @property
    def plan(self) -> ServicePlan:
        return self._plan

    @plan.setter
    def plan(self, plan: ServicePlan) -> None:
        """More slots begin on the queue at once, fewer finish what they are at."""
        self._plan = plan
        while self._queue and self._busy < plan.slots:
            self._start(self._queue.popleft())
        self._changed()

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        """For work that starts from now on; what hung is answered when the service answers again."""
        self._behaviour = behaviour
        while self._hung and behaviour.answers:
            job = next(iter(self._hung))
            self._finish(job, self._hung.pop(job))

    @property
    def busy(self) -> int:
        return self._busy

    @property
    def queued(self) -> int:
        return len(self._queue)

    @property
    def busy_s(self) -> float:
        """Slot-seconds of work until now."""
        return self._busy_s + self._busy * (self._loop.time() - self._since_s)

    def take(self, job: Job) -> None:
        if self._busy < self.plan.slots:
            self._start(job)
        elif self.plan.queue_limit is None or len(self._queue) < self.plan.queue_limit:
            job.place = "queue"
            self._queue.append(job)
        else:
            job.answer(UNAVAILABLE)
        self._changed()

    def drop(self, job: Job) -> None:
        """The caller hung up: nobody works on it any longer, unless the service does not notice."""
        if not self._behaviour.notices_hang_up:
            job.answer = _nobody_listens
            return
        if job.place == "queue":
            self._queue.remove(job)
        elif job.place == "slot":
            if job.timer is not None:
                job.timer.cancel()
            self._hung.pop(job, None)
            self._free()
        job.place = ""
        self._changed()

    def _start(self, job: Job) -> None:
        self._count(1)
        job.place = "slot"
        status, work_s = verdict(self.plan, self._behaviour, job)
        job.timer = self._loop.call_later(work_s, self._finish, job, status)

    def _finish(self, job: Job, status: int) -> None:
        if not self._behaviour.answers:
            self._hung[job] = status  # keeps its slot until the service answers again or the caller hangs up
            return
        job.place = ""
        job.answer(status)
        self._free()
        self._changed()

    def _free(self) -> None:
        self._count(-1)
        if self._queue and self._busy < self.plan.slots:
            self._start(self._queue.popleft())

    def _count(self, step: int) -> None:
        now_s = self._loop.time()
        self._busy_s += self._busy * (now_s - self._since_s)
        self._since_s = now_s
        self._busy += step


def verdict(plan: ServicePlan, behaviour: Behaviour, job: Job) -> tuple[int, float]:
    """The status that the job's draws bring under this behaviour, and how long the work takes (s)."""
    work_s = plan.work_s(job.demand) * behaviour.slowdown
    slow_s = behaviour.slow_s if job.pace < behaviour.slow_rate else 0.0
    if job.fate < behaviour.failure_rate:
        return INTERNAL_ERROR, work_s + slow_s if behaviour.failure_s is None else behaviour.failure_s
    bad_request = job.fate < behaviour.failure_rate + behaviour.client_error_rate
    return BAD_REQUEST if bad_request else OK, work_s + slow_s


def _nobody_listens(_status: int) -> None:
    """The answer to a caller who has left."""
