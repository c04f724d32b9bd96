"""What the circuit-breaker lab shows and asks: charts, picture, goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.contract import (
    Condition,
    Edge,
    Goal,
    Honesty,
    Metric,
    Node,
    Question,
    Scene,
    Series,
    Topology,
)

SERIES = (
    Series("state", "Breaker", "", "Breaker state", "state", ("closed", "half-open", "open")),
    Series("error_share", "Requests without an answer", "", "Errors that users see"),
    Series("goodput_rps", "Useful answers", "/s", "Useful answers"),
    Series("allowed_rps", "Calls let through", "/s", "Calls let through"),
    Series("rejected_rps", "Calls refused", "/s", "Calls refused"),
    Series("failed_rps", "Calls that failed", "/s", "Calls that failed"),
    Series("p50_s", "Median", "s", "Time that callers are held"),
    Series("p99_s", "99th percentile", "s", "Time that callers are held"),
    Series("callers_waiting", "Callers waiting", "", "Callers waiting"),
    Series("callee_load", "Work at the service per slot", "", "Load of the service"),
    Series("fallback_share", "Answers from the fallback", "", "Fallback"),
)

METRICS = (
    Metric("throughput_rps", "Requests ended", "/s", ""),
    Metric("goodput_rps", "Useful answers", "/s", "higher"),
    Metric("error_rate", "Requests without an answer", "", "lower"),
    Metric("rejected_rate", "Calls refused by the breaker, per request", "", ""),
    Metric("fallback_share", "Answers from the fallback", "", ""),
    Metric("fallback_age_s", "Mean age of a fallback answer", "s", "lower"),
    Metric("mean_s", "Mean time that a caller is held", "s", "lower"),
    Metric("p50_s", "Median", "s", "lower"),
    Metric("p95_s", "95th percentile", "s", "lower"),
    Metric("p99_s", "99th percentile", "s", "lower"),
    Metric("callers_waiting", "Mean number of callers waiting", "", "lower"),
    Metric("allowed_share", "Share of calls let through", "", ""),
    Metric("callee_rps", "Calls that the service gets", "/s", ""),
    Metric("utilization", "Share of the slots at work", "", ""),
    Metric("wasted_share", "Calls worked on for a caller who had left", "", "lower"),
    Metric("openings", "Times that the breaker opened", "", "", 0),
    Metric("open_share", "Share of the time open", "", ""),
    Metric("half_open_share", "Share of the time half-open", "", ""),
    Metric("calls_to_open", "Mean number of calls from closed to open", "", ""),
    Metric("time_to_open_s", "From the outage's beginning to the first opening", "s", "lower"),
    Metric("recovery_s", "From the outage's end until users are served again", "s", "lower"),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Callers", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("breaker", "Breaker", "breaker", 1.0, 0.0, ("closed", "half-open", "open", "absent")),
        Node("service", "Service", "service", 2.0, 0.0, ("healthy", "slow", "failing"), slots="slots"),
        Node("cache", "Last good answers", "cache", 1.0, 1.0, ("idle", "in use", "absent")),
    ),
    edges=(
        Edge("request", "client", "breaker", "requests"),
        Edge("call", "breaker", "service", "calls"),
        Edge("instead", "breaker", "cache", "fallback"),
    ),
)

GOALS = (
    Goal(
        "round-trip",
        "See the windowed breaker open, try, and close again",
        tuple(Condition("mark", "state", "windowed", "==", state) for state in ("open", "half-open", "closed")),
        in_order=True,
    ),
    Goal(
        "break-and-heal",
        "Break the service while it plays, heal it, and see the windowed breaker close after you",
        (
            Condition("change", "break"),
            Condition("mark", "state", "windowed", "==", "open"),
            Condition("change", "heal"),
            Condition("mark", "state", "windowed", "==", "closed"),
        ),
        in_order=True,
    ),
    Goal(
        "blind",
        "Let a third of the users fail for 40 s while the naive breaker still lets calls through",
        (
            Condition("series", "error_share", "consecutive", ">", 0.33, for_s=40.0),
            Condition("series", "allowed_rps", "consecutive", ">", 20.0, for_s=40.0),
        ),
    ),
    Goal(
        "lights-on",
        "Keep errors below 5 % for 40 s while the windowed breaker with its fallback refuses calls",
        (
            Condition("series", "rejected_rps", "windowed+fallback", ">", 1.0, for_s=40.0),
            Condition("series", "error_share", "windowed+fallback", "<", 0.05, for_s=40.0),
        ),
        in_order=True,
    ),
    Goal(
        "full-house",
        "Hold more than 200 callers at a time where there is no breaker",
        (Condition("series", "callers_waiting", "none", ">", 200.0),),
    ),
    Goal(
        "spare-the-service",
        "End a run in which the windowed breaker sent the service less than half of the calls that it got without one",
        (Condition("metric", "callee_rps", "windowed", "<", than_arm="none", factor=0.5),),
    ),
    Goal(
        "not-guilty",
        "Cut off a service that did nothing wrong: count 4xx as failures until the windowed breaker opens",
        (Condition("change", "count_4xx"), Condition("mark", "state", "windowed", "==", "open")),
        in_order=True,
    ),
)

_STEADY = {"outage": "none"}

SCENES = (
    Scene(
        "break-it",
        "Break it",
        "All is well, and then every call fails. Press “Break the service” and watch what the service gets to bear and how "
        "long callers are held. Then heal it: who notices first?",
        {**_STEADY, "failure_rate": 0.0, "slow_rate": 0.0},
        "break",
        ("none", "windowed"),
        "calls let through, breaker state",
    ),
    Scene(
        "partial",
        "Half broken is worse",
        "Real services rarely fail all at once. Turn up the failure rate. The naive breaker counts failures in a row, and "
        "every success wipes its memory; the windowed one looks at the rate. Is it worth cutting off the calls that would "
        "have worked?",
        {**_STEADY, "failure_rate": 0.3, "slow_rate": 0.0, "open_s": 8.0},
        "failure_rate",
        ("consecutive", "windowed"),
        "breaker state, errors that users see",
    ),
    Scene(
        "slow",
        "Slow is the new down",
        "Nothing fails, everything crawls. Slow the service down: callers pile up behind their timeouts until somebody stops "
        "sending. Compare the number of callers waiting.",
        {**_STEADY, "failure_rate": 0.0, "slow_s": 3.0},
        "slow",
        ("none", "consecutive", "windowed"),
        "callers waiting, load of the service",
    ),
    Scene(
        "work-on",
        "Gone, but still at work",
        "A timeout frees the caller. Does it free the service? Switch cancelling off and the work of everybody who left stays "
        "in the queue: the outage ends, and the house without a breaker goes on serving ghosts.",
        {"outage": "slow", "outage_slow_rate": 0.6, "slow_s": 2.0, "slots": 8, "queue_limit": 1500},
        "cancel",
        ("none", "windowed"),
        "useful answers after the outage",
    ),
    Scene(
        "whose-fault",
        "Whose fault is a 400?",
        "One caller sends broken requests: nearly two thirds of the answers are a 400, and the service is fine. Count them as "
        "failures and the breaker cuts off everybody.",
        {**_STEADY, "client_error_rate": 0.6, "failure_rate": 0.0, "slow_rate": 0.0},
        "count_4xx",
        ("consecutive", "windowed"),
        "breaker state, errors that users see",
    ),
)

QUESTIONS = (
    Question(
        "wins",
        "Which arm leaves the fewest requests without an answer?",
        "arm",
        "error_rate",
    ),
    Question(
        "naive-error",
        "Behind the naive breaker, what share of the requests ends without an answer?",
        "number",
        "error_rate",
        "consecutive",
        "",
        0.0,
        1.0,
        0.05,
    ),
    Question(
        "opening",
        "The outage begins: how long does the windowed breaker take to open?",
        "number",
        "time_to_open_s",
        "windowed",
        "s",
        0.0,
        20.0,
        1.0,
    ),
)

TRY_THIS = (
    "Make the window 30 s long: the rate takes longer to rise, so the breaker takes longer to open. What did you buy with it?",
    "Set the minimum number of calls to 500 at 20 requests a second: with so few calls in the window it never judges.",
    "Set the half-open permits to 100 and the successes to close to 1: now it tries as the naive one does.",
    "Set the outage to errors only and its failure rate to 0.5: count how often the naive breaker opens and closes.",
    "Put the timeout around the breaker and slow the service down: why does the breaker stay closed?",
    "Set the timeout below the usual service time and watch a healthy service being cut off.",
    "Let the fallback give answers of at most 5 s: how many users does it still help after 10 s of outage?",
    "Open for 30 s instead of 5: who pays for it after the service is well again?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson traffic: users do not wait for each other.",
        "A service with slots and a first-come, first-served queue; exponential times; errors, slowness and 4xx by share.",
        "The breakers, the timeout and the fallback themselves: what runs here is the code shown on this page.",
        "Common luck: request 4711 meets the same fate in every arm.",
    ),
    left_out=(
        "Network delay and its losses, connection set-up and pools; retries (they have a lab of their own).",
        "Many callers' processes: here one breaker sees all the traffic.",
        "Failures that depend on load: a service here fails by chance or because its queue is full, not because it is hot.",
        "Caches that are cold after a restart, which make the first calls after an outage the hardest.",
    ),
    measured_error=(
        "Against the live world (60 s at 120 requests a second, 20 s of outage, same seed): shares of errors and of calls let "
        "through differ by less than 0.1 percentage points; callers are held 0.6 to 1.2 ms longer there, on means of 53 to 163 "
        "ms. Against theory (default run, 16 seeds): errors, load and held callers within 0.4 %; calls until the naive breaker "
        "opens 2.9 % more than predicted; the windowed breaker opens about 5 % sooner, because a failure rate made of single "
        "calls touches its threshold before its mean does."
    ),
)
