"""Lab 5: which limiter admits what it promises, and at what price?"""

from collections.abc import Mapping

from labs.experiments.comparison import ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.rate_limiter.knobs import DURATION, KNOBS
from labs.experiments.rate_limiter.story import GOALS, HONESTY, METRICS, QUESTIONS, SCENES, SERIES, TOPOLOGY, TRY_THIS
from labs.experiments.rate_limiter.system import LimiterSystem
from labs.experiments.rate_limiter.theory import predictions
from labs.experiments.spec import RunSpec
from labs.experiments.world import World


class RateLimiterExperiment(Experiment):
    slug = "rate-limiter"
    title = "Rate limiter"
    question = "Which limiter admits what it promises, and at what price?"
    summary = (
        "Clients, some nodes and a store that they share. The same calls meet seven limiters, from the log of the whiteboard "
        "to a single number a key; an exact log beside each says where it was wrong."
    )
    number = 5
    group = "Resilience"
    covers = (
        "rate-limiter",
        "missing-rate-limit-algorithms",
        "fix-ratelimit-counts-rejected",
        "fix-ratelimit-timestamp-collision",
        "fix-ratelimit-client-clock",
        "fix-ratelimit-reset-at",
        "fix-ratelimit-memory-cost",
        "fix-ratelimit-outage-policy",
        "fix-ratelimit-atomic-but-unconditional",
    )
    worlds = ("simulated", "live")
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("kill", "Kill the store", "Connections are refused at once; what it had counted is lost.", icon="break"),
        Action(
            "freeze", "Freeze the store", "It takes commands and answers none, so nodes run into their timeout.", icon="slow"
        ),
        Action(
            "revive", "Revive the store", "A killed one starts empty; a frozen one first does what was sent to it.", icon="heal"
        ),
    )
    arms = (
        Arm(
            "naive-log",
            "Naive log",
            "Adds every call to a sorted set in one transaction, named by its time, then counts: denied calls fill it too.",
            naive=True,
        ),
        Arm("sliding-log", "Sliding log", "Keeps the time of each admitted call; a script adds only what it admits. Exact."),
        Arm("fixed-window", "Fixed window", "One counter from edge to edge: twice the limit may pass around an edge."),
        Arm(
            "sliding-window-counter",
            "Window counter",
            "Two counters and a guess: the previous window's calls are taken for evenly spread.",
        ),
        Arm("token-bucket", "Token bucket", "Tokens come at the rate, up to the burst; a call takes one."),
        Arm("gcra", "GCRA", "The token bucket as one number: when the next call of an evenly spaced client would be due."),
        Arm("leaky-bucket", "Leaky bucket", "Admits as the token bucket does, and holds calls back until they leave evenly."),
    )
    default_arms = (
        "naive-log",
        "sliding-log",
        "fixed-window",
        "sliding-window-counter",
        "token-bucket",
        "gcra",
        "leaky-bucket",
    )
    first_shown = "fixed-window"
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = (
        "labs.patterns.rate_limiting",
        "labs.patterns.naive_log_limiter",
        "labs.patterns.sliding_log_limiter",
        "labs.patterns.fixed_window_limiter",
        "labs.patterns.sliding_window_counter",
        "labs.patterns.token_bucket",
        "labs.patterns.gcra",
        "labs.patterns.leaky_bucket",
        "labs.patterns.remote_limiter",
    )

    def build(self, world: World, arm: str, parameters: Values) -> LimiterSystem:
        return LimiterSystem(world, arm, parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        peaks = ranked(metrics, "peak_window_share")
        if not peaks:
            return "Nothing was measured: the run ended before a whole window after its warm-up had passed."
        (least, low), (most, high) = peaks[0], peaks[-1]
        if len(peaks) == 1:
            said = f"“{labels[most]}” let its busiest key have {high:.2f} times the limit within one window."
        else:
            said = (
                f"Within one window “{labels[most]}” let its busiest key have {high:.2f} times the limit, "
                f"“{labels[least]}” {low:.2f} times."
            )
        return f"{said} {_about_price(metrics, labels)}".rstrip()


def _about_price(metrics: Mapping[str, Metrics], labels: Mapping[str, str]) -> str:
    """What the most and the least expensive key cost, and who was left dry."""
    sizes = ranked(metrics, "bytes_per_key")
    said = ""
    if len(sizes) > 1 and sizes[-1][1] > 2.0 * sizes[0][1]:
        (cheap, few), (dear, many) = sizes[0], sizes[-1]
        said = f"A key cost up to {many:,.0f} bytes with “{labels[dear]}” and {few:,.0f} with “{labels[cheap]}”."
    dry = ranked(metrics, "longest_dry_s")
    if dry and dry[-1][1] > 2.0 * float(dry[0][1]) + 1.0:
        said += f" “{labels[dry[-1][0]]}” left a client that kept asking without anything for {dry[-1][1]:.0f} s."
    return said.strip()
