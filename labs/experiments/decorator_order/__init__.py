"""Lab 7: in what order do timeout, retry, breaker, limiter, bulkhead and fallback go?"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Experiment, Metrics, Values
from labs.experiments.decorator_order.knobs import DURATION, KNOBS
from labs.experiments.decorator_order.orders import ORDERS
from labs.experiments.decorator_order.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.decorator_order.system import OrderSystem
from labs.experiments.decorator_order.theory import predictions
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

WELL, DOWN = 0.8, 0.2


class DecoratorOrderExperiment(Experiment):
    slug = "decorator-order"
    title = "Decorator order"
    question = "In what order do timeout, retry, breaker, limiter, bulkhead and fallback go?"
    summary = (
        "The same patterns with the same numbers around the same call, nested in eight orders. All of them look alike on a "
        "good day. Then the service is slow for ten seconds, and some orders never come back from it."
    )
    number = 7
    group = "Resilience"
    covers = ("resilience-composition", "resilience4j-decorator", "missing-patterns-without-code", "fix-composition-order")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    layout: ClassVar[Literal["overlay", "multiples"]] = "multiples"
    knobs = KNOBS
    actions = (
        Action("slow", "Slow the service down", "All work takes longer, by the outage's factor.", icon="slow"),
        Action("break", "Let tries fail", "Tries fail at the outage's rate.", icon="break"),
        Action("heal", "Heal the service", "Ends what you began, and the outage if one is on.", icon="heal"),
        Action("restart", "Restart the service", "Everything in it is lost, its queue included.", icon="heal"),
        Action("forget", "Empty the fallback's memory", "It has nothing to say until good answers come again."),
    )
    arms = tuple(order.arm for order in ORDERS)
    first_shown = "fallback-inside-breaker"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.composition",
        "labs.patterns.timeout",
        "labs.patterns.retry",
        "labs.patterns.circuit_breaker",
        "labs.patterns.rate_limiting",
        "labs.patterns.token_bucket",
        "labs.patterns.bulkhead",
        "labs.patterns.fallback",
    )

    def build(self, world: World, arm: str, parameters: Values) -> OrderSystem:
        return OrderSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        fresh = ranked(metrics, "fresh_rps")
        if not fresh or ranked(metrics, "fresh_end_share") == []:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        said = contrast(
            fresh,
            labels,
            one="{low_arm} gave {low:.1f} fresh answers a second.",
            alike="All orders alike: about {high:.1f} fresh answers a second.",
            apart="{high_arm} gave {high:.1f} fresh answers a second, {low_arm} {low:.1f}.",
            within=0.02 * fresh[-1][1],
        )
        return f"{said} {_about_end(metrics, labels)}"


def _about_end(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """Who is still down at the end, and what the service gets from them."""
    ends = ranked(metrics, "fresh_end_share")
    down = [arm for arm, share in ends if share < DOWN]
    well = sum(share >= WELL for _arm, share in ends)
    if not down:
        return f"In the last 10 s {well} of {len(ends)} gave mostly fresh answers."
    names = ", ".join(f"“{labels[arm]}”" for arm in down)
    tries = max(metrics[arm]["attempts_per_request"] or 0.0 for arm in down)
    return f"At the end {well} of {len(ends)} were well, and still down: {names}, with up to {tries:.1f} tries per request."
