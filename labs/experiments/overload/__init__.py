"""Lab 6: what should a full server do?"""

from collections.abc import Mapping

from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.overload.knobs import DURATION, KNOBS
from labs.experiments.overload.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.overload.system import OverloadSystem
from labs.experiments.overload.theory import predictions
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class OverloadExperiment(Experiment):
    slug = "overload"
    title = "Overload"
    question = "What should a full server do?"
    summary = (
        "A surge brings more than the servers can do. Six ways to keep those who wait: all of them, a few, the newest, the "
        "most important, as many as the answers allow, or those who have not waited long. Who is answered in time, and "
        "how long does it last?"
    )
    number = 6
    group = "Resilience"
    covers = ("load-shedding-backpressure",)
    worlds = ("simulated",)
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("rush", "Send a rush", "Three times the traffic for 10 s; of several, up to four add up.", icon="surge"),
        Action(
            "slow", "Slow the servers down", "Work that starts from now takes twice as long: half of the capacity.", icon="slow"
        ),
        Action("unslow", "Back to speed", "Ends the slowness.", icon="fast"),
    )
    arms = (
        Arm("unbounded-queue", "Unbounded queue", "Everybody waits, first come, first served.", naive=True),
        Arm("bounded-queue", "Bounded queue", "So many wait, first come, first served; the next is turned away at once."),
        Arm("lifo", "Adaptive LIFO", "In a crowd the newest is served first; when the line is full the oldest is turned away."),
        Arm(
            "shed-by-priority",
            "Shed by priority",
            "What matters most is served first; when the line is full what matters least is turned away.",
        ),
        Arm(
            "adaptive-concurrency",
            "Adaptive limit",
            "A limit on requests under way that follows the times of the answers; what exceeds it is refused at once.",
        ),
        Arm("codel", "Controlled delay", "In a queue that stands, whoever waited longer than the target is turned away."),
    )
    default_arms = ("unbounded-queue", "bounded-queue", "lifo", "shed-by-priority", "adaptive-concurrency", "codel")
    first_shown = "unbounded-queue"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.admission_queue",
        "labs.patterns.adaptive_lifo",
        "labs.patterns.load_shedding",
        "labs.patterns.codel",
        "labs.patterns.adaptive_concurrency",
        "labs.patterns.timeout",
    )

    def build(self, world: World, arm: str, parameters: Values) -> OverloadSystem:
        return OverloadSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        order = ranked(metrics, "error_rate")
        if not order:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        said = contrast(
            order,
            labels,
            one="{low_arm} left {low:.1%} of the requests without an answer in time.",
            alike="All arms alike: about {low:.1%} of the requests got no answer in time.",
            apart="{high_arm} left {high:.1%} of the requests without an answer in time, {low_arm} {low:.1%}.",
        )
        return " ".join((said, _about_critical(metrics, labels), _about_waste(metrics, labels))).replace("  ", " ").strip()


def _about_critical(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    order = ranked(metrics, "critical_success_rate")
    if len(order) < 2 or order[-1][1] - order[0][1] < 0.005:
        return ""
    (low, low_share), (high, high_share) = order[0], order[-1]
    return f"Of the critical ones “{labels[high]}” answered {high_share:.1%} in time, “{labels[low]}” {low_share:.1%}."


def _about_waste(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    order = ranked(metrics, "wasted_share")
    if not order or order[-1][1] < 0.005:
        return ""
    arm, share = order[-1]
    return f"“{labels[arm]}” spent {share:.0%} of its work on clients who had left."
