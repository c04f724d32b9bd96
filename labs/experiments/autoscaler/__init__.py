"""Lab 10: how late is the cavalry?"""

from collections.abc import Mapping

from labs.experiments.autoscaler.knobs import DURATION, KNOBS
from labs.experiments.autoscaler.scenes import GOALS, HONESTY, QUESTIONS, SCENES, TRY_THIS
from labs.experiments.autoscaler.story import METRICS, SERIES, TOPOLOGY
from labs.experiments.autoscaler.system import AutoscalerSystem
from labs.experiments.autoscaler.theory import predictions
from labs.experiments.comparison import ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class AutoscalerExperiment(Experiment):
    slug = "autoscaler"
    title = "Autoscaler"
    question = "How late is the cavalry?"
    summary = (
        "The load jumps to fourteen times its size, and again forty minutes later. Four policies add instances, which need a "
        "minute and a half to boot: one at a time, as many as are missing, ahead of time, or by the work in hand."
    )
    number = 10
    group = "Scaling"
    covers = (
        "autoscaler",
        "cloud-and-metrics-ports",
        "missing-cloud-adapters",
        "fix-autoscaler-slow-steps",
        "fix-autoscaler-cooldown-split",
        "fix-autoscaler-missing-p95",
        "fix-autoscaler-signals",
        "fix-autoscaler-downstream",
    )
    duration = DURATION
    warm_up_s = 120.0
    bin_s = 10.0
    knobs = KNOBS
    actions = (
        Action("surge", "Three times the load", "All load from now on, three times as much.", icon="fast"),
        Action("calm", "The load as planned", "Ends the surge.", icon="heal"),
        Action("kill", "Kill an instance", "It dies with what it was working on.", ("instance-1",), icon="break"),
        Action("slow-database", "Slow the database", "Every query takes twenty times as long.", icon="slow"),
        Action("heal-database", "Heal the database", "Queries take their time again.", icon="heal"),
        Action("cloud-outage", "Cut the cloud's API", "No order reaches the cloud.", icon="break"),
        Action("cloud-back", "Restore the cloud's API", "Orders are taken again.", icon="heal"),
    )
    arms = (
        Arm(
            "step",
            "Step",
            "One more above a threshold, one less below all of them, with a rest after each that the other way does not see.",
            naive=True,
        ),
        Arm("target-tracking", "Target tracking", "As many as bring CPU and load per instance to the target, in one decision."),
        Arm(
            "predictive",
            "Predictive",
            "Target tracking, and ahead of it what the last season says will be needed when an instance has booted.",
        ),
        Arm("queue-based", "Queue-based", "As many as the requests in hand need, at so many for each instance."),
    )
    first_shown = "step"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.scaling",
        "labs.patterns.target_tracking",
        "labs.patterns.predictive_scaler",
        "labs.patterns.queue_scaler",
        "labs.patterns.naive_step_scaler",
    )

    def targets(self, action: Action, parameters: Values) -> tuple[str, ...]:
        if action.name != "kill":
            return action.targets
        return tuple(f"instance-{number}" for number in range(1, int(parameters["max_instances"]) + 1))

    def build(self, world: World, arm: str, parameters: Values) -> AutoscalerSystem:
        return AutoscalerSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        errors = ranked(metrics, "error_rate")
        if not errors:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        (best, least), (worst, most) = errors[0], errors[-1]
        cost = {arm: values["cost"] or 0.0 for arm, values in metrics.items()}
        short = {arm: values["shortage_s"] or 0.0 for arm, values in metrics.items()}
        if best == worst:
            lost = f"“{labels[best]}” had {short[best]:.0f} s of shortage, failed {least:.1%} of the requests"
            return f"{lost} and cost ${cost[best]:.2f}."
        if most - least < 0.005:
            cheap = min(cost, key=lambda arm: cost[arm])
            return (
                f"All arms failed about {least:.1%} of the requests; “{labels[cheap]}” was the cheapest at ${cost[cheap]:.2f}."
            )
        return (
            f"“{labels[worst]}” had more load than capacity for {short[worst]:.0f} s and failed {most:.1%} of the requests; "
            f"“{labels[best]}” for {short[best]:.0f} s and {least:.1%}, at ${cost[best]:.2f} instead of ${cost[worst]:.2f}."
        )
