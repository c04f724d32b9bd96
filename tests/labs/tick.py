"""A lab for tests: fast, with a known answer. Arm `one` shows the knob `level` as it is, arm `two` doubled."""

from collections.abc import Mapping

from labs.experiments.contract import (
    Action,
    Arm,
    Condition,
    Edge,
    Experiment,
    Goal,
    Honesty,
    Knob,
    Metric,
    Metrics,
    Node,
    Question,
    Scene,
    Series,
    System,
    Topology,
    Values,
)
from labs.experiments.events import Flow, NodeState, Prediction, Scalar
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class TickSystem(System):
    def __init__(self, world: World, factor: float, level: float, weight: int) -> None:
        self.world, self.factor, self.level, self.weight = world, factor, level, weight
        self.draw = world.rng("draw")
        self.seen: list[float] = []

    async def run(self) -> None:
        while True:
            await self.world.sleep(0.25)

    def set(self, knob: str, value: Scalar) -> None:
        self.level = float(value)

    def do(self, action: str, target: str) -> None:
        if action == "crash":
            raise RuntimeError("crashed as told")
        self.world.mark("fault", target, f"{target} was kicked")

    def values(self) -> Mapping[str, float | None]:
        self.seen.append(self.level * self.factor)
        noise = [self.draw.random() for _ in range(self.weight)][-1]
        return {"level": self.seen[-1], "noise": noise}

    def flows(self) -> Mapping[str, Flow]:
        return {"in": Flow(ok=len(self.seen))}

    def nodes(self) -> Mapping[str, NodeState]:
        return {"box": NodeState("well")}

    def metrics(self) -> Metrics:
        return {"mean_level": sum(self.seen) / len(self.seen) if self.seen else None}


class Tick(Experiment):
    slug = "tick"
    title = "Tick"
    question = "What time is it?"
    summary = "Counts."
    number = 999
    group = "Tests"
    duration = Knob("duration", "Duration", 10.0, "s", 1.0, 100_000.0)
    warm_up_s = 0.0
    bin_s = 0.5
    knobs = (
        Knob("level", "Level", 1.0, "m", 0.0, 10.0),
        Knob("weight", "Work in each bin", 1, "", 1, 10_000_000, before_run_only=True),
        Knob("mode", "Mode", "calm", choices=(("calm", "Calm"), ("wild", "Wild"))),
        Knob("shown", "Shown", True),
    )
    actions = (Action("kick", "Kick", "Kicks the box.", targets=("box",)), Action("crash", "Crash", "Breaks the lab itself."))
    arms = (Arm("one", "One", "As it is."), Arm("two", "Two", "Doubled.", naive=True))
    default_arms = ("one", "two")
    series = (Series("level", "Level", "m", "level"), Series("noise", "Noise", "", "noise"))
    metrics = (Metric("mean_level", "Mean level", "m", "higher"),)
    topology = Topology((Node("box", "Box", "service", 0, 0, ("well",)),), (Edge("in", "box", "box"),))
    goals = (Goal("high", "Reach 5", (Condition("series", "level", operator=">=", value=5.0),)),)
    scenes = (Scene("first", "First", "Look.", {"level": 2.0}, "level"),)
    predictions = (
        Question("how-high", "How high?", "number", "mean_level", "one", "m", 0.0, 100.0, 0.1),
        Question("which", "Which is higher?", "arm", "mean_level"),
    )
    try_this = ("Turn it up.",)
    honesty = Honesty(("Nothing.",), ("Everything.",), "0")
    patterns = ()

    def build(self, world: World, arm: str, parameters: Values) -> System:
        factor = 2.0 if arm == "two" else 1.0
        return TickSystem(world, factor, float(parameters["level"]), int(parameters["weight"]))

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return ()

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        return "It ticked."
