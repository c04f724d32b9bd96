"""The rate-limiter lab at work: calls come to nodes, nodes ask the store, and what is admitted goes on to the service."""

from collections.abc import Mapping
from functools import partial

from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, Member, NodeState, Scalar
from labs.experiments.rate_limiter.instruments import Instruments
from labs.experiments.rate_limiter.rules import NAIVE_LOG, Rules
from labs.experiments.rate_limiter.store import LimiterStore, StorePlan
from labs.experiments.rate_limiter.traffic import traffic
from labs.experiments.settings import Settings
from labs.experiments.world import Request, World
from labs.patterns.rate_limiting import Decision
from labs.patterns.remote_limiter import RemoteLimiter
from labs.patterns.sliding_log_limiter import SlidingLog

MOST_NODES = 16
DENYING = 0.5
MISSES = 3
"""So many calls in a row without an answer of the store: one that came late is no outage."""
COUNTING, LIMITED, CUT_OFF = "counting", "limited", "cut off"
SAID = {"kill": "the store was killed: its counts are lost", "freeze": "the store hangs", "revive": "the store comes up again"}


class LimiterSystem(System):
    """One arm: `algorithm` is its name."""

    def __init__(self, world: World, algorithm: str, parameters: Values) -> None:
        self.world = world
        self.now_s = world.now_s
        self.algorithm = algorithm
        self.settings = settings = Settings(parameters)
        self.store = world.backend(LimiterStore, self._plan())  # type: ignore[type-abstract]  # the world knows the concrete one
        self.instruments = Instruments(world, settings.whole("limit"), settings.number("window_s"), MOST_NODES)
        self.limiters = [self._limiter(number) for number in range(MOST_NODES)]
        self.arrivals = world.arrivals("arrivals", traffic(settings), self._serve)
        self._blind = False
        self._missed = 0
        self._read()

    def _plan(self) -> StorePlan:
        return StorePlan(Rules.of(self.algorithm, self.settings), self.settings.number("round_trip_s"))

    def _limiter(self, number: int) -> RemoteLimiter:
        return RemoteLimiter(partial(self._ask, number), time_limit=self.world.timeout, clock=self.now_s)

    def _read(self) -> None:
        """Take what every call asks for from the knobs."""
        settings = self.settings
        self._nodes, self._skew_s = settings.whole("nodes"), settings.number("clock_skew_s")
        self._keys = [f"key-{number}" for number in range(1, settings.whole("keys") + 1)]
        self._tells = settings.choice("time_from") == "host" or self.algorithm == NAIVE_LOG
        for limiter in self.limiters:
            limiter.timeout_s = settings.number("timeout_s")
            self._set_policy(limiter, settings.choice("store_down"))

    def _set_policy(self, limiter: RemoteLimiter, policy: str) -> None:
        if policy == "local":
            limit = max(1, round(self.settings.whole("limit") / self._nodes))
            known = limiter.when_down if isinstance(limiter.when_down, SlidingLog) else None
            local = known or SlidingLog(limit, self.settings.number("window_s"), clock=self.now_s)
            local.limit, local.window_s = limit, self.settings.number("window_s")
            limiter.when_down = local
        else:
            limiter.when_down = "closed" if policy == "closed" else "open"

    # Traffic

    async def run(self) -> None:
        await self.arrivals.run()

    async def _serve(self, request: Request) -> None:
        instruments = self.instruments
        began_s = instruments.callers.began()
        number, key = int(request.pace * self._nodes), self._keys[int(request.key * len(self._keys))]
        answer = await self.limiters[number].check(key)
        decision = answer.decision
        if answer.source == "store":
            self._missed = 0
            if self._blind:
                self._became(COUNTING)
        else:
            self._decided_blind(key, decision)
        node = instruments.nodes[number]
        if decision.admitted:
            node.ok += 1
            await self._pass(request, key, decision.wait_s)
            outcome = "ok"
        else:
            node.rejected += 1
            instruments.denied(key, decision.retry_after_s)
            outcome = "failed" if answer.source == "closed" else "rejected"
            instruments.unavailable.bin += outcome == "failed"
        instruments.callers.ended(began_s, outcome)
        if request.traced:
            self.world.span(request, "call", began_s, outcome)

    async def _pass(self, request: Request, key: str, wait_s: float) -> None:
        instruments = self.instruments
        instruments.wait.record(wait_s)
        if wait_s > 0.0:
            began_s = self.now_s()
            instruments.held.add(1)
            await self.world.sleep(wait_s)
            instruments.held.add(-1)
            if request.traced:
                self.world.span(request, "hold", began_s, "ok", "call")
        instruments.passed(key)

    async def _ask(self, number: int, key: str) -> Decision:
        """The store's decision, at its own time or at the time that this node tells."""
        instruments, began_s = self.instruments, self.now_s()
        try:
            checked = await self.store.check(key, began_s + self._ahead_s(number) if self._tells else None)
        except ConnectionError:
            instruments.checks.failed += 1
            raise
        except BaseException:  # cancelled: the node's timeout
            instruments.checks.timed_out += 1
            raise
        instruments.checks.ok += 1
        instruments.store_s.record(self.now_s() - began_s)
        instruments.decided(key, checked.decision.admitted, checked.at_s)
        return checked.decision

    def _ahead_s(self, number: int) -> float:
        """How far a node's clock is ahead of the true time: evenly spread around it."""
        return self._skew_s * (number / (self._nodes - 1) - 0.5) if self._nodes > 1 else 0.0

    def _decided_blind(self, key: str, decision: Decision) -> None:
        self.instruments.blind.bin += 1
        self.instruments.decided(key, decision.admitted, self.now_s())
        self._missed += 1
        if self._missed >= MISSES and not self._blind:
            self._became(CUT_OFF)

    def _became(self, state: str) -> None:
        self._blind = state == CUT_OFF
        text = "calls are decided without the store" if self._blind else "the store decides again"
        self.world.mark("state", "limiter", text, state)

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        self._read()
        self.store.adjust(self._plan())
        self.instruments.exact.limit = self.settings.whole("limit")
        self.instruments.exact.window_s = self.settings.number("window_s")
        if knob in ("rate_rps", "pattern", "window_s"):
            self.arrivals.rate = traffic(self.settings)

    def do(self, action: str, target: str) -> None:
        {"kill": self.store.kill, "freeze": self.store.freeze, "revive": self.store.revive}[action]()
        self.world.mark("fault", "store", SAID[action], self.store.status)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        return self.instruments.values(self.store)

    def flows(self) -> Mapping[str, Flow]:
        return self.instruments.flows()

    def nodes(self) -> Mapping[str, NodeState]:
        allowed = self.settings.whole("limit") * len(self._keys)
        members = tuple(self._member(number) for number in range(self._nodes))
        limited = any(member.status == LIMITED for member in members)
        status = CUT_OFF if self._blind else LIMITED if limited else COUNTING
        return {
            "client": NodeState("waiting" if self.instruments.held.value else "calm", self.instruments.callers.waiting),
            "limiter": NodeState(status, 0, int(self.instruments.held.value), members),
            "store": NodeState(self.store.status, 0, self.store.waiting),
            "service": NodeState("crowded" if self.instruments.within_window > allowed else "calm"),
        }

    def _member(self, number: int) -> Member:
        admitted, _slow, _failed, denied, _timed_out = self.instruments.nodes[number].last
        denying = denied > DENYING * (admitted + denied)
        status = CUT_OFF if self._blind else LIMITED if denying else COUNTING
        return Member(f"node-{number + 1}", status)

    def metrics(self) -> Metrics:
        return self.instruments.metrics(self.store)

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return self.instruments.intervals() if self.settings.choice("pattern") == "steady" else {}
