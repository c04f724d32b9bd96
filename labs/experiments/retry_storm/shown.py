"""What the retry-storm lab shows: charts, picture and metrics."""

from labs.experiments.callers import CALLER_METRICS
from labs.experiments.contract import Edge, Metric, Node, Series, Topology
from labs.experiments.retry_storm.spectrum import ORDER_ROWS, ROWS
from labs.experiments.retry_storm.watch import STATES

SERIES = (
    Series("state", "Service", "", "State of the service", "state", STATES),
    Series("goodput_rps", "Useful answers", "/s", "Useful load: requests answered"),
    Series("offered_rps", "Attempts at the service", "/s", "Offered load: attempts"),
    Series("attempts_per_request", "Attempts per request", "", "Attempts per request"),
    Series("success_share", "Requests answered", "", "Success"),
    Series("queued", "Calls in the queue", "", "Queue of the service (in a race: clients left)"),
    Series("backing_off", "Calls that wait for their next attempt", "", "Waiting to try again"),
    Series("spectrum", "Arrivals by 50 ms of each half second", "/s", "Spectrum of arrivals (the herd)", "heat", rows=ROWS),
    Series("orders", "Arrivals by number of the attempt", "/s", "Which attempt it is", "heat", rows=ORDER_ROWS),
    Series("peak_rps", "Busiest 50 ms", "/s", "Arrivals in the busiest 50 ms"),
    Series("p50_s", "Median", "s", "Time that users are held"),
    Series("p99_s", "99th percentile", "s", "Time that users are held"),
    Series("waiting", "Users waiting", "", "Users waiting"),
    Series("budget_left", "Retries in the budget", "", "Retry budget"),
)

_CALLERS = ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "timeout_rate")
_TIMES = ("mean_s", "p50_s", "p95_s", "p99_s", "callers_waiting")

METRICS = (
    *(CALLER_METRICS[name] for name in _CALLERS),
    Metric("attempts_per_request", "Attempts per request", "", "lower"),
    Metric("offered_rps", "Attempts at the service", "/s", "lower"),
    Metric("retry_share", "Share of the attempts that are retries", "", "lower"),
    Metric("metastable_s", "Overload that outlived its cause", "s", "lower", 1),
    Metric("recovery_s", "From the outage's end until users are served again", "s", "lower", 1),
    Metric("comeback_p95_s", "Begun before the outage's end, answered so long after it (95th percentile)", "s", "lower"),
    Metric("wasted_share", "Work done for callers who had left", "", "lower"),
    Metric("utilization", "Share of the slots at work", "", ""),
    *(CALLER_METRICS[name] for name in _TIMES),
    Metric("backoff_s", "Mean time that a request waits between its attempts", "s", "lower"),
    Metric("dispersion", "Variance over mean of the arrivals in 50 ms (a Poisson stream: 1)", "", "lower"),
    Metric("retry_peak_rps", "Retries in the busiest 50 ms", "/s", "lower", 0),
    Metric("contention_calls", "Race: writes until all have won", "", "lower", 1),
    Metric("completion_s", "Race: time until all have won", "s", "lower"),
    Metric("updated_share", "Race: clients that have won", "", "higher"),
    Metric("races", "Races that ended", "", "", 0),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Users", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("layers", "Callers, layer by layer", "pool", 1.0, 0.0, ("calm", "retrying", "storm"), members="layers"),
        Node(
            "service",
            "Service",
            "service",
            2.0,
            0.0,
            ("well", "slow", "overloaded", "metastable", "down", "contended"),
            "slots",
        ),
        Node("budget", "Retry budget", "limiter", 1.0, 1.0, ("in credit", "low", "spent", "absent")),
    ),
    edges=(
        Edge("request", "client", "layers", "requests"),
        Edge("call", "layers", "service", "attempts"),
        Edge("grant", "layers", "budget", "retries granted"),
    ),
)
