"""The overload lab at work: impatient clients, a line, servers that can do only so much, and a surge."""

from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from labs.experiments.callers import Callers
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.overload.instruments import Instruments
from labs.experiments.overload.lines import adjust, limiter_of, line_of
from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, Request, ServicePlan, World
from labs.patterns.admission_queue import AdmissionQueue, Rejected
from labs.patterns.timeout import call_within, wait_at_most

SLOWDOWN = 2.0
RUSH = 2.0
"""What a rush adds, as a multiple of the ordinary traffic: three times of it in all."""
RUSH_S = 10.0
MOST_RUSHES = 4
"""More at a time add nothing: the traffic of a run stays bounded, whoever presses the button how often."""
CROWDED = 3.0
"""So many clients per server are a crowd that waits."""
SHOWN = {"throughput_rps", "goodput_rps", "error_share", "p99_s"}


class OverloadSystem(System):
    """One arm, named as in the lab's list."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = settings = Settings(parameters)
        self.callers = Callers(world)
        self.instruments = Instruments(world)
        self.service = world.service("server", self._plan(), Behaviour())
        self.queue = AdmissionQueue(settings.whole("servers"), line_of(arm, settings), name="the server", clock=world.now_s)
        self.limiter = limiter_of(arm, settings, world.now_s)
        self.arrivals = world.arrivals("arrivals", settings.number("rate_rps"), self._serve)
        self._surging = False
        self._rushes = 0
        self.instruments.places.set(float(self.queue.slots))
        self._hold()

    def _hold(self) -> None:
        """What each request asks for."""
        number, settings = self.settings.number, self.settings
        self._patience_s, self._hang_up = number("client_timeout_s"), settings.flag("hang_up")
        self._critical_below, self._background_from = number("critical_share"), 1.0 - number("background_share")
        if self.limiter is not None:
            self.instruments.limit.set(self.limiter.limit.value)

    def _plan(self) -> ServicePlan:
        servers = self.settings.whole("servers")
        mean_s = servers / self.settings.number("capacity_rps")
        return ServicePlan(servers, None, mean_s, self.settings.number("service_cv"))

    # Traffic

    async def run(self) -> None:
        if self.settings.number("surge_s") > 0.0 and self.settings.number("surge") > 1.0:
            self.world.spawn(self._scheduled_surge())
        await self.arrivals.run()

    async def _scheduled_surge(self) -> None:
        await self.world.sleep(self.settings.number("surge_start_s"))
        self._surging = True
        self._set_rate()
        self.instruments.surge_began()
        self.world.mark("fault", "client", "the surge begins", "surge")
        await self.world.sleep(self.settings.number("surge_s"))
        self._surging = False
        self._set_rate()
        self.instruments.surge_ended()
        self.world.mark("fault", "client", "the surge ends", "calm")

    def _set_rate(self) -> None:
        rate_rps = self.settings.number("rate_rps") * (self.settings.number("surge") if self._surging else 1.0)
        self.arrivals.rate_rps = rate_rps * (1.0 + RUSH * min(self._rushes, MOST_RUSHES))

    async def _serve(self, request: Request) -> None:
        kind = self._class_of(request)
        began_s = self.callers.began()
        outcome = await self._outcome(request, kind)
        self.callers.ended(began_s, outcome)
        self.instruments.client_ended(kind, outcome)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    def _class_of(self, request: Request) -> int:
        if request.key < self._critical_below:
            return 0
        return 2 if request.key >= self._background_from else 1

    async def _outcome(self, request: Request, kind: int) -> str:
        """What the client sees."""
        try:
            await self._with_patience(self._limited(request, kind))
        except Rejected:
            return "rejected"
        except TimeoutError:
            return "timed_out"
        return "ok"

    def _with_patience(self, work: Coroutine[Any, Any, None]) -> Awaitable[None]:
        if self._hang_up:
            return call_within(self._patience_s, work, self.world.timeout)
        return wait_at_most(self._patience_s, work, self.world.timeout, self.world.spawn)

    async def _limited(self, request: Request, kind: int) -> None:
        if self.limiter is None:
            await self._admitted(request, kind)
            return
        try:
            async with self.limiter.permit():
                await self._admitted(request, kind)
        finally:
            self.instruments.limit.set(self.limiter.limit.value)

    async def _admitted(self, request: Request, kind: int) -> None:
        came_s, patience_s, waiting = self.world.now_s(), self._patience_s, self.instruments.queue
        waiting.add(1)
        try:
            waited_s = await self.queue.enter(kind)
        finally:
            waiting.add(-1)
        try:
            self.instruments.started(came_s, waited_s, patience_s)
            await self._work(request, came_s + patience_s)
        finally:
            self.queue.leave()

    async def _work(self, request: Request, leaves_s: float) -> None:
        """Wasted is what was given up on the way, and what is answered after the client has left."""
        began_s, wasted = self.world.now_s(), True
        try:
            await self.service.call(request)
            wasted = self.world.now_s() > leaves_s
        finally:
            self.instruments.work_ended(wasted)
        if request.traced:
            self.world.span(request, "work", began_s, "timed_out" if wasted else "ok", "request")

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        self._hold()
        if knob in ("rate_rps", "surge"):
            self._set_rate()
        elif knob in ("servers", "capacity_rps", "service_cv"):
            self.service.plan = self._plan()
            self.queue.slots = self.settings.whole("servers")
            self.instruments.places.set(float(self.queue.slots))
        adjust(self.queue.line, self.limiter, self.settings)

    def do(self, action: str, target: str) -> None:
        if action == "rush":
            self.world.spawn(self._rush())
            return
        slow = action == "slow"
        self.service.behaviour = replace(self.service.behaviour, slowdown=SLOWDOWN if slow else 1.0)
        self.world.mark("fault", "server", "work takes twice as long" if slow else "up to speed", "slow" if slow else "useful")

    async def _rush(self) -> None:
        self._rushes += 1
        self._set_rate()
        self.world.mark("fault", "client", "a rush begins", "surge")
        await self.world.sleep(RUSH_S)
        self._rushes -= 1
        self._set_rate()
        self.world.mark("fault", "client", "the rush is over", "calm")

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        seen = {name: value for name, value in self.callers.values().items() if name in SHOWN}
        return {**seen, **self.instruments.values(self.service, self.limiter is not None)}

    def flows(self) -> Mapping[str, Flow]:
        return {"request": self.callers.flow(), "work": self.instruments.flow_of_work()}

    def nodes(self) -> Mapping[str, NodeState]:
        waiting, slots = self.callers.waiting, self.queue.slots
        slow = self.service.behaviour.slowdown > 1.0
        return {
            "client": NodeState("waiting" if waiting > slots * CROWDED else "calm", waiting),
            "queue": NodeState(self._crowd, 0, self.queue.waiting),
            "server": NodeState("wasting" if self.instruments.wasting else "slow" if slow else "useful", self.queue.busy),
        }

    @property
    def _crowd(self) -> str:
        """Too long: who joins now will not be answered in time. Full: who comes now is turned away."""
        line = self.queue.line
        limit = getattr(line, "limit", None)
        if limit is not None and len(line) >= max(1, limit):
            return "full"
        slowdown = self.service.behaviour.slowdown
        delay_s = len(line) * slowdown / self.settings.number("capacity_rps")
        if delay_s > self._patience_s:
            return "too long"
        return "waiting" if len(line) > 2 * self.queue.slots else "short"

    def metrics(self) -> Metrics:
        return {**self.callers.metrics(), **self.instruments.metrics(self.service, self.limiter is not None)}

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        steady = self.settings.number("surge") == 1.0 or self.settings.number("surge_s") == 0.0
        return self.callers.intervals() if steady else {}
