"""Lab 2: when do retries turn a blip into an outage?"""

from collections.abc import Mapping

from labs.experiments.comparison import contrast, ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.retry_storm.knobs import DURATION, KNOBS
from labs.experiments.retry_storm.shown import METRICS, SERIES, TOPOLOGY
from labs.experiments.retry_storm.story import GOALS, HONESTY, QUESTIONS, SCENES, TRY_THIS
from labs.experiments.retry_storm.system import RetrySystem
from labs.experiments.retry_storm.theory import predictions
from labs.experiments.retry_storm.watch import METASTABLE_AFTER_S
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class RetryStormExperiment(Experiment):
    slug = "retry-storm"
    title = "Retry storm"
    question = "When do retries turn a blip into an outage?"
    summary = (
        "A service is slow for ten seconds, and then as strong as before. The same users meet seven ways to try again: some "
        "bring them over the gap, some keep the service from ever getting well. And a race for one row, in which only chance "
        "helps."
    )
    number = 2
    group = "Resilience"
    covers = ("retry-backoff", "fix-retry-cap-jitter", "fix-retry-amplification")
    duration = DURATION
    warm_up_s = 5.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action(
            "break", "Break the service", "Connections are refused until you heal it; all clients notice at once.", icon="break"
        ),
        Action("heal", "Heal the service", "Ends the break, and the scheduled outage if one is on.", icon="heal"),
        Action("restart", "Restart it", "Whatever is queued or under way is lost, and every connection breaks.", icon="stop"),
        Action("herd", "All clients at once", "Every connected client sends a request in this instant.", icon="fast"),
    )
    arms = (
        Arm("no-retry", "No retry", "A request is sent once."),
        Arm("immediate", "Immediate", "A failed attempt is followed by the next one at once.", naive=True),
        Arm("exponential", "Exponential", "The waits double up to a cap; all who failed together come back together."),
        Arm("full-jitter", "Full jitter", "A random wait between nothing and the exponential one."),
        Arm("equal-jitter", "Equal jitter", "Half of the exponential wait, and a random part of the other half."),
        Arm("decorrelated-jitter", "Decorrelated jitter", "A random wait between the base and three times the wait before."),
        Arm("retry-budget", "Retry budget", "Full jitter, and retries are at most a share of all requests."),
    )
    default_arms = ("no-retry", "immediate", "exponential", "full-jitter", "retry-budget")
    first_shown = "full-jitter"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = ("labs.patterns.retry", "labs.patterns.retry_budget", "labs.patterns.naive_backoff", "labs.patterns.timeout")

    def build(self, world: World, arm: str, parameters: Values) -> RetrySystem:
        return RetrySystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        return _of_the_race(metrics, labels) if spec.parameters["mode"] == "contention" else _of_the_storm(metrics, labels)


def _of_the_storm(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    useful = ranked(metrics, "goodput_rps")
    if not useful:
        return "Nothing was measured: the run ended before its warm-up was over."
    said = contrast(
        useful,
        labels,
        one="{low_arm} gave {low:.0f} useful answers a second.",
        alike="All arms alike: about {high:.0f} useful answers a second.",
        apart="{high_arm} gave {high:.0f} useful answers a second, {low_arm} {low:.0f}.",
        within=0.02 * useful[-1][1],
    )
    lasting = ranked(metrics, "metastable_s")
    sent = ranked(metrics, "attempts_per_request")
    if lasting and lasting[-1][1] >= METASTABLE_AFTER_S:
        stuck = [f"“{labels[arm]}”" for arm, outlived_s in lasting if outlived_s >= METASTABLE_AFTER_S]
        who = " and ".join([", ".join(stuck[:-1]), stuck[-1]]) if len(stuck) > 1 else stuck[0]
        return f"{said} Behind {who} the overload outlived its cause, for up to {lasting[-1][1]:.0f} s."
    if not sent:
        return said
    once = "A request was sent {low:.2f} times."
    return f"{said} {contrast(sent, labels, one=once, alike=once, apart='A request was sent {low:.2f} to {high:.2f} times.')}"


def _of_the_race(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """Of the arms in which all clients won, if there are such."""
    through = {arm: values for arm, values in metrics.items() if values.get("updated_share") == 1.0} or metrics
    calls, times = ranked(through, "contention_calls"), ranked(through, "completion_s")
    if not calls or not times:
        return "No race ended in this run: let it last longer, or let fewer clients race."
    fewest, most, fastest, slowest = calls[0], calls[-1], times[0], times[-1]
    return (
        f"“{labels[fewest[0]]}” needed {fewest[1]:.0f} writes a race, “{labels[most[0]]}” {most[1]:.0f}; "
        f"“{labels[fastest[0]]}” was through after {fastest[1]:.1f} s, “{labels[slowest[0]]}” after {slowest[1]:.1f} s."
    )
