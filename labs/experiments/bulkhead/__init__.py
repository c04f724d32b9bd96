"""Lab 3: does one slow dependency sink the others?"""

from collections.abc import Mapping

from labs.experiments.bulkhead.knobs import DURATION, KNOBS
from labs.experiments.bulkhead.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.bulkhead.system import BulkheadSystem
from labs.experiments.bulkhead.theory import predictions
from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

TARGETS = ("c", "a", "b")
"""C first: it is the one that the scenes speak of."""


class BulkheadExperiment(Experiment):
    slug = "bulkhead"
    title = "Bulkheads"
    question = "Does one slow dependency sink the others?"
    summary = (
        "Ten slots serve calls to three dependencies, and one of these becomes slow. The same calls meet one shared pool, a "
        "pool for each dependency, and a semaphore for each: who drowns, what do the walls cost on a fine day, and how large "
        "must a compartment be?"
    )
    number = 3
    group = "Resilience"
    covers = ("bulkhead", "fix-bulkhead-cost")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("slow", "Slow down", "Each of its calls takes the extra time.", targets=TARGETS, icon="slow"),
        Action("hang", "Hang", "It takes calls and answers none.", targets=TARGETS, icon="break"),
        Action("recover", "Recover", "It is well again; what hung is answered now.", targets=TARGETS, icon="heal"),
    )
    arms = (
        Arm("shared", "One shared pool", "All calls take their slot from the same ten: first come, first served.", naive=True),
        Arm("split", "A pool for each", "Three pools of 3, 3 and 4 workers, a short queue before each; callers can leave."),
        Arm(
            "semaphore",
            "A semaphore for each",
            "The same three sizes, counted by semaphores: no queue, and the caller works itself.",
        ),
    )
    first_shown = "shared"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = ("labs.patterns.bulkhead", "labs.patterns.timeout")

    def build(self, world: World, arm: str, parameters: Values) -> BulkheadSystem:
        return BulkheadSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        lost = ranked(metrics, "healthy_error_rate")
        if not lost:
            return "Nothing was measured: the run ended before its warm-up was over, or no dependency was well."
        said = contrast(
            lost,
            labels,
            one="{low_arm} lost {low:.1%} of the calls to dependencies that were well.",
            alike="All alike: about {low:.1%} of the calls to dependencies that were well got no answer.",
            apart="Of the calls to dependencies that were well, {high_arm} lost {high:.1%}, {low_arm} {low:.1%}.",
            within=0.002,
        )
        return f"{said} {_price(metrics, labels)}".rstrip()


def _price(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """What the walls turned away that one pool would have served."""
    beside = [(arm, share) for arm, share in ranked(metrics, "beside_free_rate") if share > 0.0]
    if not beside:
        return ""
    said = ", ".join(f"{share:.1%} behind “{labels[arm]}”" for arm, share in beside)
    return f"Turned away beside slots that stood idle: {said}."
