"""One hop of the chain: so many workers, one line, own work, and what goes wrong with it.

A worker is busy with the hop's own work alone: while it waits for its callee it serves others, as an asynchronous service does.
"""

import asyncio

from labs.experiments.deadline_chain.instruments import Instruments
from labs.experiments.deadline_chain.visits import LABELS, Visit
from labs.experiments.events import Member, NodeState
from labs.experiments.seats import Seats
from labs.experiments.settings import Settings
from labs.experiments.world import ServicePlan, World
from labs.patterns.bulkhead import Compartment

SAID = {"slow": "is slow", "hang": "answers nobody", "recover": "is well again"}


class Failed(Exception):
    """The hop answered with an error."""


class Hop:
    """Its line is first come, first served. Who is cancelled in line leaves it; who is cancelled at work frees the worker."""

    def __init__(self, world: World, name: str, settings: Settings, instruments: Instruments) -> None:
        self.name = name
        self.slowed = self.hung = False
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self._recovered = asyncio.Event()
        self._seats: Seats[Visit] = Seats()
        self.line = Compartment(LABELS[name], slots=1)
        self.adjust()

    @property
    def condition(self) -> str:
        return "hung" if self.hung else "slow" if self.slowed else "healthy"

    def adjust(self) -> None:
        """Be as the knobs say now; work that starts from now takes the new time."""
        settings = self._settings
        self._plan = ServicePlan(1, None, settings.number(f"mean_{self.name}_s"), settings.number("service_cv"))
        self._factor = settings.number("slowdown") if self.slowed else 1.0
        self._failure_rate = settings.number("failure_rate") if self.name == "c" else 0.0
        self.line.queue_limit = settings.whole("queue_limit")
        self.line.slots = settings.whole("workers")

    def do(self, action: str) -> None:
        """slow, hang or recover."""
        self.slowed = action != "recover" and (self.slowed or action == "slow")
        self.hung = action != "recover" and (self.hung or action == "hang")
        if not self.hung:
            self._recovered.set()
            self._recovered = asyncio.Event()
        self.adjust()
        self._world.mark("fault", self.name, f"{LABELS[self.name]} {SAID[action]}", self.condition)

    async def work(self, visit: Visit) -> None:
        """Wait for a worker and for the work; raises BulkheadFull or Failed."""
        await self.line.enter()
        began_s, seat = self._world.now_s(), self._seats.take(visit)
        try:
            await self._world.sleep(self._plan.work_s(visit.request.demand) * self._factor)
            while self.hung:
                await self._recovered.wait()
        finally:
            self._seats.leave(seat)
            self.line.leave()
            self._instruments.worked(self.name, visit, began_s)
        if visit.request.fate < self._failure_rate:
            raise Failed(f"{self.name} answered with an error")

    def state(self) -> NodeState:
        """Its workers, each with what it does: for somebody who still waits, or for a caller who has left."""
        now_s, count = self._world.now_s(), self.line.slots
        workers = tuple(Member(f"worker-{seat + 1}", *_doing(self._seats.at(seat), now_s)) for seat in range(count))
        ghosts = sum(worker.status == "ghost" for worker in workers)
        status = "ghost" if 2 * ghosts > count else "working" if self.line.busy else "free"
        return NodeState(status if self.condition == "healthy" else self.condition, self.line.busy, self.line.queued, workers)


def _doing(visit: Visit | None, now_s: float) -> tuple[str, int]:
    if visit is None:
        return "free", 0
    return ("ghost" if visit.alone_since_s < now_s else "working"), 1
