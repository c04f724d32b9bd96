"""The deadline lab at work: users, a gateway, and three services behind it, each of which calls the next."""

from collections.abc import Mapping
from functools import partial

from labs.experiments.contract import Metrics, System, Values
from labs.experiments.deadline_chain.hops import Failed, Hop
from labs.experiments.deadline_chain.instruments import Instruments
from labs.experiments.deadline_chain.limits import Limits
from labs.experiments.deadline_chain.visits import HOPS, Trip, Visit
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World
from labs.patterns.bulkhead import BulkheadFull
from labs.patterns.deadline import Deadline, NotEnoughTime
from labs.patterns.retry import Exponential, Retry

LONGEST_PAUSE_S = 10.0


def worth_repeating(_result: object, error: Exception | None) -> bool:
    """A timeout, an error or a full queue may pass; time that has run out will not come back."""
    return isinstance(error, TimeoutError | Failed | BulkheadFull)


def outcome_of(error: BaseException) -> str:
    if isinstance(error, BulkheadFull | NotEnoughTime):
        return "rejected"
    return "failed" if isinstance(error, Failed) else "timed_out"


class ChainSystem(System):
    """One arm."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = Settings(parameters)
        self.instruments = Instruments(world)
        self.hops = [Hop(world, name, self.settings, self.instruments) for name in HOPS]
        self.limits = Limits(world, arm, self.settings)
        self.arrivals = world.arrivals("users", self.settings.number("rate_rps"), self._serve)
        self.rng = world.rng("pauses")
        self._adjust()

    def _adjust(self) -> None:
        settings = self.settings
        self._attempts, self._calls = settings.whole("attempts"), settings.whole("calls")
        self._way_s = settings.number("way_s")
        self._network_s, self._pause = settings.number("network_s"), Exponential(settings.number("backoff_s"), LONGEST_PAUSE_S)

    # Traffic

    async def run(self) -> None:
        if self.settings.choice("slowness") == "scheduled":
            self.world.spawn(self._scheduled_slowness())
        await self.arrivals.run()

    async def _scheduled_slowness(self) -> None:
        await self.world.sleep(self.settings.number("slow_start_s"))
        self.do("slow", "c")
        await self.world.sleep(self.settings.number("slow_for_s"))
        if self.hops[-1].slowed:
            self.do("recover", "c")

    async def _serve(self, request: Request) -> None:
        """What the user sees. Whoever got no answer has left: what goes on after that is for nobody."""
        began_s, trip = self.instruments.users.began(), Trip(request)
        self.instruments.trips.bin += 1
        visit, outcome = Visit.of(trip, 0), "ok"
        try:
            await self.limits.by_user(partial(self._deliver, 0, visit))
        except (TimeoutError, Failed, BulkheadFull, NotEnoughTime) as error:
            visit.left_s, outcome = self.world.now_s(), outcome_of(error)
        self.instruments.called("user", outcome)
        self.instruments.trip_ended(trip, began_s, outcome)
        self._span(visit, "request", began_s, outcome, "")

    async def _deliver(self, hop: int, visit: Visit, deadline: Deadline) -> None:
        """The way there, the callee's part, the way back. What goes on the wire is the time that is left, not the moment."""
        on_the_wire = deadline.as_timeout(self._way_s) if self.limits.travels else ""
        await self._way()
        try:
            if on_the_wire:
                await self.limits.as_callee(on_the_wire, partial(self._handle, hop, visit))
            else:
                await self._handle(hop, visit, deadline)
        except Exception:  # whatever it is, it is an answer; a caller who hangs up is none
            await self._way()
            raise
        await self._way()

    async def _way(self) -> None:
        if self._network_s:
            await self.world.sleep(self._network_s)

    async def _handle(self, hop: int, visit: Visit, deadline: Deadline) -> None:
        """A hop's own work, then its calls to the next."""
        began_s, inside, outcome = self.world.now_s(), self.instruments.in_flight[HOPS[hop]], "ok"
        inside.add(1)
        if hop == len(HOPS) - 1:
            self.instruments.at_c.bin += 1
        try:
            await self.hops[hop].work(visit)
            if hop + 1 < len(HOPS):
                for _ in range(self._calls if HOPS[hop] == "a" else 1):
                    await self._call(hop + 1, visit, deadline)
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            inside.add(-1)
            self._span(visit, visit.name, began_s, outcome, visit.caller.name if visit.caller else "request")

    async def _call(self, hop: int, caller: Visit, deadline: Deadline) -> None:
        """With retries. Where a deadline travels, no pause is begun that would end after it."""
        if self._attempts == 1:
            await self._attempt(hop, caller, deadline)
            return
        retry = Retry(
            delay=self._pause,
            max_attempts=self._attempts,
            deadline_s=deadline.left_s,
            again=worth_repeating,
            clock=self.world.now_s,
            sleep=self.world.sleep,
            rng=self.rng,
        )
        await retry.call(self._attempt, hop, caller, deadline)

    async def _attempt(self, hop: int, caller: Visit, deadline: Deadline) -> None:
        visit, outcome = Visit.of(caller.trip, hop, caller), "ok"
        try:
            await self.limits.by_hop(HOPS[hop - 1], deadline, partial(self._deliver, hop, visit))
        except BaseException as error:
            visit.left_s, outcome = self.world.now_s(), outcome_of(error)
            self.instruments.refused.bin += isinstance(error, NotEnoughTime)
            raise
        finally:
            self.instruments.called(HOPS[hop - 1], outcome)

    def _span(self, visit: Visit, name: str, began_s: float, outcome: str, parent: str) -> None:
        if visit.request.traced:
            self.world.span(visit.request, name, began_s, outcome, parent)

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        self._adjust()
        self.limits.adjust()
        for hop in self.hops:
            hop.adjust()

    def do(self, action: str, target: str) -> None:
        self.hops[HOPS.index(target)].do(action)
        if any(hop.condition != "healthy" for hop in self.hops):
            self.instruments.ill()
        else:
            self.instruments.well()

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        return self.instruments.values()

    def flows(self) -> Mapping[str, Flow]:
        return self.instruments.flows()

    def nodes(self) -> Mapping[str, NodeState]:
        states = {hop.name: hop.state() for hop in self.hops}
        waiting = self.instruments.users.waiting
        crowded = waiting > 2 * self.settings.number("rate_rps")
        return {"user": NodeState("waiting" if crowded else "calm", waiting), **states}

    def metrics(self) -> Metrics:
        return self.instruments.metrics()

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return self.instruments.users.intervals() if self.settings.choice("slowness") == "none" else {}
