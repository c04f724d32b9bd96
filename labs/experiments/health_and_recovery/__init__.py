"""Lab 8: how fast is a dead node out, and how often is a live one thrown out?"""

from collections.abc import Mapping

from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.health_and_recovery.knobs import DURATION, KNOBS, MAXIMUM_SERVERS
from labs.experiments.health_and_recovery.story import (
    GOALS,
    HONESTY,
    METRICS,
    QUESTIONS,
    SCENES,
    SERIES,
    TOPOLOGY,
    TRY_THIS,
)
from labs.experiments.health_and_recovery.system import HealthSystem
from labs.experiments.health_and_recovery.theory import predictions
from labs.experiments.spec import RunSpec
from labs.experiments.world import World

TARGETS = tuple(f"server-{place}" for place in range(1, MAXIMUM_SERVERS + 1))


class HealthAndRecoveryExperiment(Experiment):
    slug = "health-and-recovery"
    title = "Health and recovery"
    question = "How fast is a dead node out, and how often is a live one thrown out?"
    summary = (
        "A balancer in front of servers that crash, turn gray and share a database. The same faults and the same traffic meet "
        "a pool that removes for good, one that waits for several probes, one that judges the requests themselves, and one "
        "that stops believing when too few look well."
    )
    number = 8
    group = "Resilience"
    covers = ("load-balancer-health-checks", "self-healing", "fix-lb-no-readmission", "fix-health-check-design")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("crash", "Crash a server", "It is down until it is mended.", TARGETS, "break"),
        Action("gray", "Turn a server gray", "It answers, and fails most of its requests.", TARGETS, "slow"),
        Action("mend", "Mend a server", "Whatever it has is over.", TARGETS, "heal"),
        Action("database-down", "Fail the database", "Requests that need it fail on every server.", icon="break"),
        Action("database-up", "Bring the database back", "Ends the outage.", icon="heal"),
        Action("cut-probes", "Cut the checker's network", "No probe is answered; users come by another way.", icon="break"),
        Action("restore-probes", "Restore the checker's network", "Probes travel again.", icon="heal"),
    )
    arms = (
        Arm(
            "remove-for-good",
            "Remove for good",
            "Whoever fails a single probe is taken off the list and never asked again; an empty list raises.",
            naive=True,
        ),
        Arm("rise-fall", "Rise and fall", "Several bad probes in a row take a server out, several good ones let it back."),
        Arm(
            "outlier-ejection",
            "Outlier ejection",
            "No probes: requests that fail in a row, or a success rate far below the others', send a server out for a while.",
        ),
        Arm(
            "panic-threshold",
            "Panic threshold",
            "Rise and fall; when fewer than the threshold look well, requests go to all.",
        ),
        Arm(
            "combined",
            "All together",
            "Probes and requests both may take a server out, and the panic threshold guards the pool.",
        ),
    )
    default_arms = ("remove-for-good", "rise-fall", "outlier-ejection", "panic-threshold")
    first_shown = "remove-for-good"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.health_check",
        "labs.patterns.naive_health_check",
        "labs.patterns.outlier_ejection",
        "labs.patterns.panic_threshold",
        "labs.patterns.self_healing",
    )

    def targets(self, action: Action, parameters: Values) -> tuple[str, ...]:
        return action.targets[: int(parameters["servers"])]

    def build(self, world: World, arm: str, parameters: Values) -> HealthSystem:
        return HealthSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        known = ranked(metrics, "error_rate")
        if not known:
            return "Nothing was measured: the run ended before its warm-up was over, or no request came."
        said = contrast(
            known,
            labels,
            one="{low_arm} left {low:.1%} of the requests without an answer.",
            alike="All arms alike: about {low:.1%} of the requests ended without an answer.",
            apart="{low_arm} left {low:.1%} of the requests without an answer, {high_arm} {high:.1%}.",
        )
        return f"{said} {_about_speed(metrics, labels)} {_about_error(metrics, labels)}".rstrip().replace("  ", " ")


def _about_speed(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    found = ranked(metrics, "detection_s")
    if not found:
        return ""
    (quickest, least_s), (slowest, most_s) = found[0], found[-1]
    if quickest == slowest or most_s - least_s < 0.1:
        return f"A crashed server was found after {least_s:.1f} s."
    return (
        f"A crashed server was found after {least_s:.1f} s by “{labels[quickest]}” and {most_s:.1f} s by “{labels[slowest]}”."
    )


def _about_error(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    thrown = ranked(metrics, "false_evictions")
    arm, count = thrown[-1]
    return f"“{labels[arm]}” threw out a well server {count:.0f} times." if count else "No well server was thrown out."
