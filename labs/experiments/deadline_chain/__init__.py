"""Lab 4: who is still working for a caller that left?"""

from collections.abc import Mapping

from labs.experiments.comparison import ALIKE, contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.deadline_chain.knobs import DURATION, KNOBS
from labs.experiments.deadline_chain.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.deadline_chain.system import ChainSystem
from labs.experiments.deadline_chain.theory import predictions, too_long
from labs.experiments.deadline_chain.visits import LABELS
from labs.experiments.events import Prediction
from labs.experiments.settings import Settings
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

TARGETS = ("c", "b", "a")


class DeadlineChainExperiment(Experiment):
    slug = "deadline-chain"
    title = "Deadline chain"
    question = "Who is still working for a caller that left?"
    summary = (
        "Users, a gateway and three services behind it, each of which calls the next. The last one becomes slow. The same "
        "requests meet a chain without timeouts, the same timeout everywhere, timeouts that shrink from hop to hop, and a "
        "deadline that travels with the request."
    )
    number = 4
    group = "Resilience"
    covers = ("timeout-deadline-propagation", "fix-timeouts-hop-rule")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("slow", "Slow down", "Its work takes as many times as long as the knob says.", targets=TARGETS, icon="slow"),
        Action("hang", "Hang", "It takes calls and answers none.", targets=TARGETS, icon="break"),
        Action("recover", "Recover", "It is well again; what hung is answered now.", targets=TARGETS, icon="heal"),
    )
    arms = (
        Arm(
            "no-timeouts",
            "No timeouts",
            "Every hop waits as long as it takes. Users leave when their patience is over.",
            naive=True,
        ),
        Arm(
            "same-timeout-everywhere",
            "Same timeout everywhere",
            "Every hop waits for the same time: an inner limit runs out after all those around it.",
            naive=True,
        ),
        Arm("shrinking", "Shrinking timeouts", "5, 3 and 1 s: every hop waits for less time than its caller.", naive=True),
        Arm(
            "deadline-propagated",
            "Deadline travels",
            "The time that is left goes along with every call; each hop stops, or does not start, when too little is left.",
        ),
    )
    first_shown = "same-timeout-everywhere"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = ("labs.patterns.deadline", "labs.patterns.timeout", "labs.patterns.retry", "labs.patterns.bulkhead")

    def build(self, world: World, arm: str, parameters: Values) -> ChainSystem:
        return ChainSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        errors, wasted = ranked(metrics, "error_rate"), ranked(metrics, "wasted_share")
        if not errors:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        said = contrast(
            errors,
            labels,
            one="About {low:.1%} of the requests got no answer.",
            alike="About {low:.1%} of the requests got no answer in each chain.",
            apart="{high_arm} left {high:.1%} of the requests without an answer, {low_arm} {low:.1%}.",
        )
        if wasted and wasted[-1][1] >= ALIKE:
            said += f" “{labels[wasted[-1][0]]}” spent {wasted[-1][1]:.0%} of its work on callers who had left."
        return f"{said} {_about_the_sum(spec) if 'shrinking' in metrics else ''}".rstrip()


def _about_the_sum(spec: RunSpec) -> str:
    """The whole hop rule, checked against the knobs."""
    over = too_long(Settings(spec.parameters))
    if not over:
        return "With these limits the sums fit: no hop may need longer than its caller waits."
    parts = [
        f"{LABELS[name]} may need {longest_s:.3g} s and is allowed {allowed_s:.3g} s" for name, longest_s, allowed_s in over
    ]
    return f"In the shrinking chain the sums do not fit: {'; '.join(parts)}."
