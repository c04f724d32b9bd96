"""Lab 9: which policy keeps the tail short?"""

from collections.abc import Mapping

from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.load_balancer.knobs import DURATION, KNOBS, SPARES
from labs.experiments.load_balancer.machines import NAMES, names
from labs.experiments.load_balancer.scenes import GOALS, SCENES
from labs.experiments.load_balancer.story import HONESTY, METRICS, QUESTIONS, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.load_balancer.system import BalancingSystem
from labs.experiments.load_balancer.theory import predictions
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class LoadBalancerExperiment(Experiment):
    slug = "load-balancer"
    title = "Load balancer"
    question = "Which policy keeps the tail short?"
    summary = (
        "Callers, a balancer and a row of servers, one of which becomes slow. Nine policies meet the same requests: by chance, "
        "in turn, by weight, by what is under way, by latency, by key, and by asking who is idle."
    )
    number = 9
    group = "Scaling"
    covers = (
        "load-balancer",
        "missing-load-distribution-patterns",
        "fix-weighted-is-random",
        "fix-weighted-health-change",
        "fix-least-conn-not-counted",
    )
    worlds = ("simulated", "live")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 1.0
    knobs = KNOBS
    actions = (
        Action("kill", "Kill a server", "It refuses connections, and what it has fails.", NAMES, icon="break"),
        Action("slow", "Slow a server down", "Each request takes several times as long there.", NAMES, icon="slow"),
        Action("restore", "Restore a server", "Dead or slow, it is well again.", NAMES, icon="heal"),
        Action("add", "Add a server", f"Of mean speed; up to {SPARES} more than the run began with.", icon="fast"),
    )
    arms = (
        Arm("random", "Random", "Each request goes to any server, whatever it has to do."),
        Arm("round-robin", "Round robin", "The servers in turn, each as often as the others."),
        Arm(
            "weighted-random", "Weighted random", "Drawn by weight; often called weighted round robin, and goes round nothing."
        ),
        Arm(
            "smooth-weighted-round-robin",
            "Smooth weighted round robin",
            "Exact shares by weight, dealt as evenly as they can be: nginx's way.",
        ),
        Arm("least-connections", "Least connections", "To the server with the least under way for its weight; ties are drawn."),
        Arm("two-choices", "Two choices", "Draws two servers and takes the one with less under way."),
        Arm("peak-ewma", "Peak EWMA", "Draws two and takes the one that is likely to answer sooner, by its latency of late."),
        Arm("consistent-hash", "Consistent hashing", "The same key to the same server, on a circle of virtual nodes."),
        Arm("join-idle-queue", "Join idle queue", "To a server that has reported idle; where none has, to any."),
    )
    default_arms = ("random", "round-robin", "least-connections", "two-choices")
    first_shown = "round-robin"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.balancing",
        "labs.patterns.random_balancer",
        "labs.patterns.round_robin",
        "labs.patterns.weighted_random",
        "labs.patterns.smooth_weighted_round_robin",
        "labs.patterns.least_connections",
        "labs.patterns.two_choices",
        "labs.patterns.peak_ewma",
        "labs.patterns.consistent_hash",
        "labs.patterns.join_idle_queue",
        "labs.patterns.naive_round_robin",
        "labs.patterns.naive_weighted_random",
        "labs.patterns.naive_least_connections",
    )

    def targets(self, action: Action, parameters: Values) -> tuple[str, ...]:
        return names(int(parameters["servers"])) if action.targets else ()

    def live_processes(self, parameters: Values) -> int:
        return int(parameters["servers"]) + SPARES

    def build(self, world: World, arm: str, parameters: Values) -> BalancingSystem:
        return BalancingSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        known = ranked(metrics, "p99_s")
        if not known:
            return "Nothing was measured: the run ended before its warm-up was over, or no request was answered."
        best, best_s = known[0]
        central_s = metrics[best]["central_p99_s"]
        yardstick = "" if central_s is None else f"; one queue for all would have needed {central_s:.3g} s"
        within = "99 % of the requests were answered within {low:.3g} s behind {low_arm}"
        said = contrast(
            known,
            labels,
            one=f"{within}{yardstick}.",
            alike=f"{within}{yardstick}.",
            apart=f"{within}, and within {{high:.3g}} s behind {{high_arm}}{yardstick}.",
            within=0.05 * best_s,
        )
        return f"{said} {_about_errors(metrics, labels)}".rstrip()


def _about_errors(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """Who lost the most requests, if anybody lost any."""
    errors = ranked(metrics, "error_rate")
    if not errors or errors[-1][1] < 0.001:
        return ""
    (least, least_share), (most, most_share) = errors[0], errors[-1]
    if most_share - least_share < 0.002:
        return f"About {most_share:.1%} of the requests failed."
    return f"“{labels[most]}” lost {most_share:.1%} of the requests, “{labels[least]}” {least_share:.1%}."
