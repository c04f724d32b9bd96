"""The smallest lab that uses everything a world has: calls to one service, with and without a timeout."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest.mock import patch

from labs.experiments.contract import (
    Action,
    Arm,
    Edge,
    Experiment,
    Honesty,
    Knob,
    Metric,
    Metrics,
    Node,
    Series,
    System,
    Topology,
    Values,
)
from labs.experiments.events import Flow, NodeState, Prediction, Scalar
from labs.experiments.spec import RunSpec
from labs.experiments.world import Behaviour, Request, ServicePlan, World

TIMEOUT_S = 0.1


class CallsSystem(System):
    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self.world, self.arm = world, arm
        behaviour = Behaviour(failure_rate=float(parameters["failure_rate"]))
        plan = ServicePlan(slots=4, queue_limit=50, mean_s=float(parameters["mean_s"]))
        self.service = world.service("service", plan, behaviour)
        self.traffic = world.arrivals("arrivals", float(parameters["rate_rps"]), self.serve)
        self.latency = world.recorder.samples()
        self.outcomes = world.recorder.outcomes()
        self.busy = world.recorder.counter()
        self.numbers: list[int] = []

    async def run(self) -> None:
        await self.traffic.run()

    async def serve(self, request: Request) -> None:
        self.numbers.append(request.number)
        try:
            if self.arm == "impatient":
                async with self.world.timeout(TIMEOUT_S):
                    status = await self.service.call(request)
            else:
                status = await self.service.call(request)
        except TimeoutError:
            self.outcomes.timed_out += 1
        except ConnectionError:
            self.outcomes.rejected += 1
        else:
            self._answered(request, status)
        if request.traced:
            self.world.span(request, "call", request.at_s, "ok")

    def _answered(self, request: Request, status: int) -> None:
        if status == 200:
            self.outcomes.ok += 1
            self.latency.record(self.world.now_s() - request.at_s)
        else:
            self.outcomes.failed += 1

    def set(self, knob: str, value: Scalar) -> None:
        if knob == "rate_rps":
            self.traffic.rate_rps = float(value)
        else:
            self.service.behaviour = replace(self.service.behaviour, failure_rate=float(value))

    def do(self, action: str, target: str) -> None:
        if action == "crash":
            raise ValueError("crashed on demand")
        self.service.behaviour = replace(self.service.behaviour, reachable=action != "kill")
        self.world.mark("fault", "service", f"{action}ed")

    def values(self) -> Mapping[str, float | None]:
        return {"p50_s": self.latency.last_quantile(0.5)}

    def flows(self) -> Mapping[str, Flow]:
        return {"call": Flow(*self.outcomes.last)}

    def nodes(self) -> Mapping[str, NodeState]:
        return {"service": NodeState("", self.service.busy, self.service.queued)}

    def metrics(self) -> Metrics:
        ok, _, failed, rejected, timed_out = self.outcomes.total
        ended = ok + failed + rejected + timed_out
        return {
            "throughput_rps": ended / self.world.recorder.measured_s if self.world.recorder.measured_s else None,
            "error_rate": failed / ended if ended else None,
            "refused_rate": rejected / ended if ended else None,
            "mean_s": self.latency.mean,
            "p50_s": self.latency.quantile(0.5),
            "p95_s": self.latency.quantile(0.95),
            "utilization": self.service.busy_s / self.world.now_s() / self.service.plan.slots,
        }


class Calls(Experiment):
    slug = "calls"
    title = "Calls"
    question = "How long does a call take?"
    summary = "Calls to one service."
    number = 99
    group = "test"
    worlds = ("simulated", "live")
    duration = Knob("duration_s", "Duration", 3.0, "s", 0.1, 600.0)
    warm_up_s = 0.5
    bin_s = 0.25
    knobs = (
        Knob("rate_rps", "Request rate", 40.0, "/s", 0.0, 5000.0),
        Knob("failure_rate", "Failure rate", 0.0, "", 0.0, 1.0),
        Knob("mean_s", "Mean service time", 0.02, "s", 0.001, 1.0, before_run_only=True),
    )
    actions = (Action("kill", "Kill", ""), Action("restart", "Restart", ""), Action("crash", "Crash", ""))
    arms = (Arm("patient", "Patient", "Waits."), Arm("impatient", "Impatient", "Waits for a while."))
    series = (Series("p50_s", "Median", "s", "latency"),)
    metrics = (Metric("p50_s", "Median", "s"),)
    topology = Topology(
        (Node("caller", "Caller", "client", 0, 0), Node("service", "Service", "service", 1, 0)),
        (Edge("call", "caller", "service"),),
    )
    goals = ()
    scenes = ()
    predictions = ()
    try_this = ()
    honesty = Honesty((), (), "")
    patterns = ()

    def build(self, world: World, arm: str, parameters: Values) -> System:
        return CallsSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return ()

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        return "Calls were made."


CALLS = Calls()


@contextmanager
def catalogued() -> Iterator[None]:
    """The catalogue of both worlds, and of their limits, finds this lab."""
    with ExitStack() as patches:
        for module in ("labs.live.run", "labs.live.limits", "labs.experiments.simulate"):
            patches.enter_context(patch(f"{module}.get", lambda slug: CALLS))
        yield
