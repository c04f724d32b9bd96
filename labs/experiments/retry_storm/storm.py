"""The storm: users, layers that retry, and a service that goes down and comes back to find everybody waiting."""

from labs.experiments.contract import Metrics
from labs.experiments.events import Member, NodeState, Scalar
from labs.experiments.retry_storm import callee, policies
from labs.experiments.retry_storm.callee import Callee
from labs.experiments.retry_storm.chain import Chain
from labs.experiments.retry_storm.course import GOOD, ILL, WRONG, Answer, Course
from labs.experiments.retry_storm.instruments import Instruments
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.retry_storm.watch import STATES
from labs.experiments.world import INTERNAL_ERROR, OK, UNAVAILABLE, Request, World
from labs.patterns.timeout import call_within

RACE_METRICS = ("contention_calls", "completion_s", "updated_share", "races")
IDLE_TICK_S = 1.0


class Storm:
    """Open-loop traffic through the chain, and herds: all connected clients ask at once."""

    def __init__(self, world: World, arm: str, settings: RetrySettings, instruments: Instruments) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self.chain = Chain(arm, world, settings, instruments.set_back)
        self.callee = Callee(world, settings, self.herd, instruments.watch.fault)
        self._arrivals = world.arrivals("arrivals", settings.number("rate_rps"), self._serve)
        self._busy_before_s = 0.0

    async def run(self) -> None:
        self.callee.schedule()
        self._world.spawn(self._ticks())
        await self._arrivals.run()

    def herd(self) -> None:
        """Every connected client sends a request now."""
        for _client in range(self._settings.clients):
            self._world.spawn(self._serve(self._world.request("herd")))

    async def _ticks(self) -> None:
        while True:
            every_s = self._settings.number("herd_every_s")
            await self._world.sleep(every_s or IDLE_TICK_S)
            if every_s and every_s == self._settings.number("herd_every_s"):
                self.herd()

    async def _serve(self, request: Request) -> None:
        instruments = self._instruments
        course = Course(request, instruments.request_began())
        try:
            answer = await self.chain.call(self._send, course)
        except (ConnectionError, TimeoutError):
            instruments.request_ended(course, course.outcome)
        else:
            good = answer.status_code in (GOOD.status_code, WRONG.status_code)
            instruments.request_ended(course, "ok" if good else course.outcome)

    async def _send(self, course: Course) -> Answer:
        """One attempt, bounded in time, with luck of its own."""
        instruments = self._instruments
        request = course.request.redrawn(course.sent)
        began_s = instruments.attempt_began(course)
        try:
            status = await call_within(self._settings.timeout_s, self.callee.service.call(request), self._world.timeout)
        except TimeoutError:
            instruments.attempt_ended(course, began_s, "timed_out")
            raise
        except ConnectionError:
            instruments.attempt_ended(course, began_s, "failed")
            raise
        return self._answered(course, began_s, status)

    def _answered(self, course: Course, began_s: float, status: int) -> Answer:
        if status == UNAVAILABLE:
            self._instruments.attempt_ended(course, began_s, "rejected")
            return Answer(UNAVAILABLE, self._settings.retry_after_s)
        if status == INTERNAL_ERROR:
            self._instruments.attempt_ended(course, began_s, "failed", answered=True)
            return ILL
        self._instruments.attempt_ended(course, began_s, "ok", answered=True)
        wrong = status != OK or course.request.fate >= 1.0 - self._settings.client_error_rate
        return WRONG if wrong else GOOD

    def turn(self, knob: str, value: Scalar) -> None:
        if knob == "rate_rps":
            self._arrivals.rate_rps = float(value)
        elif knob in callee.KNOBS:
            self.callee.adjust()
        elif knob in policies.KNOBS:
            self.chain.turn()

    def do(self, action: str) -> None:
        if action == "herd":
            self._world.mark("note", "client", f"{self._settings.clients} clients ask at once")
            self.herd()
        else:
            self.callee.do(action)

    # What is seen

    @property
    def down(self) -> bool:
        return self.callee.down

    @property
    def budget_left(self) -> float | None:
        return self.chain.budget_left

    def values(self) -> dict[str, float | None]:
        service = self.callee.service
        if not self._world.recorder.measured_s:
            self._busy_before_s = service.busy_s
        return {
            "state": float(STATES.index(self._instruments.watch.state)),
            "queued": float(service.queued),
            "backing_off": float(self.chain.backing_off),
            "budget_left": self.budget_left,
        }

    def close_bin(self) -> None:
        self.chain.close_bin()

    def members(self) -> tuple[Member, ...]:
        return self.chain.members()

    def service_node(self) -> NodeState:
        state = self._instruments.watch.state
        status = "slow" if self.callee.slow and state != "down" else state
        return NodeState(status, self.callee.service.busy, self.callee.service.queued)

    def metrics(self) -> Metrics:
        length_s, service = self._world.recorder.measured_s, self.callee.service
        work_s = service.busy_s - self._busy_before_s
        return {
            "utilization": work_s / (length_s * service.plan.slots) if length_s else None,
            **dict.fromkeys(RACE_METRICS),
        }
