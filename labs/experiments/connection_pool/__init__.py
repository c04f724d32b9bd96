"""Lab 11: how many connections do you need?"""

from collections.abc import Mapping

from labs.experiments.comparison import contrast, ranked
from labs.experiments.connection_pool.knobs import DURATION, KNOBS
from labs.experiments.connection_pool.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.connection_pool.system import PoolSystem
from labs.experiments.connection_pool.theory import predictions
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

SIZES = {"size-2": 2, "size-5": 5, "size-10": 10, "size-20": 20, "size-50": 50}


class ConnectionPoolExperiment(Experiment):
    slug = "connection-pool"
    title = "Connection pool"
    question = "How many connections do you need?"
    summary = (
        "The same queries through pools of 2 to 50 connections to one database. Too few and borrowers wait; too many and the "
        "database crawls. Leaks, restarts and a second instance show what a pool has to look after."
    )
    number = 11
    group = "Scaling"
    covers = ("connection-pool", "fix-pool-borrow-forever", "fix-pool-lifecycle", "fix-pool-sizing")
    worlds = ("simulated", "live")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("restart", "Restart the database", "Every connection ends, without a word to who holds it.", icon="kill"),
        Action("leak", "Leak one", "The next borrower keeps its connection for ever.", icon="break"),
        Action("slow", "Slow queries", "Queries that start from now take three times as long.", icon="slow"),
        Action("unslow", "Back to speed", "Ends the slowness.", icon="fast"),
    )
    arms = (
        Arm("knob", "As set", "A pool of the size that the knob says, which can be changed while it plays."),
        *(
            Arm(name, f"{size} connections", f"Each instance has a pool of {size} connections at most.")
            for name, size in SIZES.items()
        ),
    )
    default_arms = ("size-5", "size-10", "size-20", "size-50")
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.connection_pool",
        "labs.patterns.pooled_connection",
        "labs.patterns.connection_lease",
        "labs.patterns.fair_handover",
        "labs.patterns.naive_connection_pool",
        "labs.patterns.timeout",
    )

    def build(self, world: World, arm: str, parameters: Values) -> PoolSystem:
        return PoolSystem(world, SIZES.get(arm), parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        size = SIZES.get(arm) or int(spec.parameters["pool_size"])
        return predictions(size, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        order = ranked(metrics, "error_rate")
        if not order:
            return "Nothing was measured: the run ended before its warm-up was over, or nobody was answered or sent away."
        said = contrast(
            order,
            labels,
            one="{low_arm} left {low:.1%} of the requests without an answer.",
            alike="All sizes alike: about {low:.1%} of the requests got no answer.",
            apart="{low_arm} left {low:.1%} of the requests without an answer, {high_arm} {high:.1%}.",
            within=0.002,
        )
        return " ".join(part for part in (said, _about_waits(metrics, labels), _about_crowd(metrics, labels)) if part)


def _about_waits(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    order = ranked(metrics, "mean_wait_s")
    if len(order) < 2 or order[-1][1] < 0.001:
        return ""
    (low, low_s), (high, high_s) = order[0], order[-1]
    waits = f"{1000 * low_s:.0f} ms with “{labels[low]}” and {1000 * high_s:.0f} ms with “{labels[high]}”"
    return f"The mean wait for a connection was {waits}."


def _about_crowd(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    order = ranked(metrics, "query_slowdown")
    if not order or order[-1][1] < 1.2:
        return ""
    arm, times = order[-1]
    peak = metrics[arm]["db_connections_peak"] or 0.0
    crowd = f"With “{labels[arm]}” the database had up to {peak:.0f} connections"
    return f"{crowd}, and a query took {times:.1f} times as long as alone."
