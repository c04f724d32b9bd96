"""Lab 1: does failing fast save the caller and the callee?"""

from collections.abc import Mapping

from labs.experiments.circuit_breaker.knobs import DURATION, KNOBS
from labs.experiments.circuit_breaker.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.circuit_breaker.system import BreakerSystem
from labs.experiments.circuit_breaker.theory import predictions
from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

FALLBACK = "+fallback"


class CircuitBreakerExperiment(Experiment):
    slug = "circuit-breaker"
    title = "Circuit breaker"
    question = "Does failing fast save the caller and the callee?"
    summary = (
        "Callers, a breaker and a service that breaks, crawls and comes back. The same traffic meets no breaker, the "
        "breaker of the whiteboard and one that is fit for production, each with and without something to fall back on."
    )
    number = 1
    group = "Resilience"
    covers = (
        "circuit-breaker",
        "external-service-client",
        "decorated-fallback-call",
        "fix-breaker-unlimited-trials",
        "fix-breaker-consecutive-only",
        "fix-breaker-late-results",
        "fix-breaker-timeout-does-not-cancel",
        "fix-client-status-classification",
        "fix-client-timeout-layering",
    )
    worlds = ("simulated", "live")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("break", "Break the service", "Every call is answered with a 500 until you heal it.", icon="break"),
        Action("heal", "Heal the service", "Ends the break, and the scheduled outage if one is on.", icon="heal"),
        Action("slow", "Slow it down", "Every call takes the extra time of a slow answer.", icon="slow"),
        Action("unslow", "Back to speed", "Ends the slowness that you began.", icon="fast"),
    )
    arms = (
        Arm("none", "No breaker", "Every request calls the service and waits for its answer or its timeout."),
        Arm(
            "none" + FALLBACK,
            "No breaker, fallback",
            "Every request calls the service; a failed one gets the last good answer for its key.",
        ),
        Arm(
            "consecutive",
            "Naive breaker",
            "Opens after some failures in a row, closes on the first success, whenever that was sent; limits no trials.",
            naive=True,
        ),
        Arm(
            "consecutive" + FALLBACK,
            "Naive breaker, fallback",
            "The naive breaker, with the last good answer in place of an error.",
            naive=True,
        ),
        Arm(
            "windowed",
            "Windowed breaker",
            "Opens on a failure or slow-call rate over a sliding window, tries with few calls, ignores results that come late.",
        ),
        Arm(
            "windowed" + FALLBACK,
            "Windowed breaker, fallback",
            "The windowed breaker, with the last good answer in place of an error.",
        ),
    )
    default_arms = ("none", "consecutive", "windowed", "windowed" + FALLBACK)
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.circuit_breaker",
        "labs.patterns.naive_circuit_breaker",
        "labs.patterns.timeout",
        "labs.patterns.fallback",
    )

    def build(self, world: World, arm: str, parameters: Values) -> BreakerSystem:
        return BreakerSystem(world, arm.removesuffix(FALLBACK), arm.endswith(FALLBACK), parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm.removesuffix(FALLBACK), spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        order = ranked(metrics, "error_rate")
        if not order:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        said = contrast(
            order,
            labels,
            one="{low_arm} left {low:.1%} of the requests without an answer.",
            alike="All arms alike: about {low:.1%} of the requests ended without an answer.",
            apart="{low_arm} left {low:.1%} of the requests without an answer, {high_arm} {high:.1%}.",
        )
        return f"{said} {_about_callee(metrics, labels)}".rstrip()


def _about_callee(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """What the service had to bear, and how long callers were held."""
    calls = ranked(metrics, "callee_rps")
    (gentle, least), (harsh, most) = calls[0], calls[-1]
    short_s, long_s = metrics[gentle]["mean_s"], metrics[harsh]["mean_s"]
    if most - least < 0.5 or short_s is None or long_s is None:
        return ""
    return (
        f"The service got {least:.0f} calls a second behind “{labels[gentle]}”, where a caller was held for "
        f"{short_s:.2f} s on average, and {most:.0f} behind “{labels[harsh]}” ({long_s:.2f} s)."
    )
