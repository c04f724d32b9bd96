"""The decorator-order lab at work: requests, a stack of layers in this arm's order, and one service."""

import asyncio
from collections.abc import Mapping

from labs.experiments.contract import Metrics, System, Values
from labs.experiments.decorator_order.faults import FaultyService
from labs.experiments.decorator_order.instruments import Instruments
from labs.experiments.decorator_order.orders import BY_NAME, EDGES, MOST_LAYERS
from labs.experiments.decorator_order.stack import REFUSALS, ServiceFailed, Stack, Trip
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World

MANY_WAIT_S = 2.0


class OrderSystem(System):
    """One arm."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world = world
        self.settings = Settings(parameters)
        self.order = BY_NAME[arm]
        self.instruments = Instruments(world)
        self.faults = FaultyService(world, self.settings, self.instruments)
        self.service = self.faults.service
        self.stack = Stack(world, self.order, self.settings, self.instruments, self._send)
        self.arrivals = world.arrivals("arrivals", self.settings.number("rate_rps"), self._serve)

    async def run(self) -> None:
        self.faults.schedule()
        await self.arrivals.run()

    # Traffic

    async def _serve(self, request: Request) -> None:
        began_s, trip = self.instruments.callers.began(), Trip(request)
        outcome = await self._outcome(trip)
        self.instruments.request_ended(began_s, outcome, trip.attempts, trip.from_cache)
        if request.traced:
            self.world.span(request, "request", began_s, outcome)

    async def _outcome(self, trip: Trip) -> str:
        """What the user sees."""
        try:
            await self.stack.call(trip)
        except REFUSALS:
            return "rejected"
        except TimeoutError:
            return "timed_out"
        except (ServiceFailed, ConnectionError):
            return "failed"
        return "ok"

    async def _send(self, trip: Trip) -> int:
        """One try, with luck of its own; a 5xx is an error for every layer."""
        request, began_s = trip.request.redrawn(trip.attempts), self.world.now_s()
        trip.attempts += 1
        self.instruments.sent.bin += 1
        outcome = "failed"
        try:
            status = await self.service.call(request)
            outcome = "failed" if status >= 500 else "ok"
        except asyncio.CancelledError:
            self.instruments.given_up.bin += 1
            outcome = "timed_out"
            raise
        finally:
            self.instruments.done.bin += 1
            if request.traced:
                self.world.span(request, f"try {trip.attempts}", began_s, outcome, "request")
        if status >= 500:
            raise ServiceFailed(f"status {status}")
        return status

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        if knob == "rate_rps":
            self.arrivals.rate_rps = float(value)
        self.stack.turn(knob, value)
        self.faults.adjust()

    def do(self, action: str, target: str) -> None:
        if action == "forget":
            self.stack.fallback.forget()
            self.world.mark("fault", "client", "the fallback's memory is lost", "forgotten")
        else:
            self.faults.do(action)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        return self.instruments.values(self.service)

    def flows(self) -> Mapping[str, Flow]:
        """Where a place is empty, what leaves the innermost layer passes through it."""
        flows = self.instruments.flows()
        last = flows[EDGES[len(self.order.layers)]]
        return {edge: flows[edge] if place <= len(self.order.layers) else last for place, edge in enumerate(EDGES)}

    def nodes(self) -> Mapping[str, NodeState]:
        layers = {f"layer-{place + 1}": NodeState(self._layer(place)) for place in range(MOST_LAYERS)}
        waiting = self.instruments.callers.waiting
        many = waiting > MANY_WAIT_S * self.settings.number("rate_rps")
        return {
            "client": NodeState("waiting" if many else "calm", waiting),
            **layers,
            "service": NodeState(self.faults.condition, self.service.busy, self.service.queued),
        }

    def _layer(self, place: int) -> str:
        """The layer that this arm has there, and whether it has just done something."""
        if place >= len(self.order.layers):
            return "absent"
        name = self.order.layers[place]
        before, after = self.instruments.steps[EDGES[place]].last, self.instruments.steps[EDGES[place + 1]].last
        if name == "breaker":
            state = self.instruments.state.value
            return name if state == "closed" else f"{name} {state}"
        if name == "retry":
            return "retry at work" if sum(after) > 1.5 * sum(before) else name
        if name == "fallback":
            return "fallback in use" if self.instruments.cached.last > 0.2 * self.instruments.ended.last else name
        if name in ("limiter", "bulkhead"):
            refused = before[3] - after[3]
            return f"{name} refusing" if refused > 0 else name
        cut = before[4] > 0.2 * sum(before)
        return f"{name} cutting" if cut else name

    def metrics(self) -> Metrics:
        return self.instruments.metrics(self.service)

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return {} if self.settings.choice("outage") != "none" else self.instruments.callers.intervals()
