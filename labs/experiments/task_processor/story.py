"""What the task-processor lab shows: charts, metrics, the picture."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Edge, Metric, Node, Series, Topology

SERIES = (
    Series("depth", "Tasks in the queue", "", "Tasks in the queue"),
    Series("threads", "Workers", "", "Workers", "step"),
    Series("backlog", "Connections that nobody has accepted", "", "Connections that wait to be accepted"),
    Series("probe_s", "Slowest health probe", "s", "Health probes"),
    CALLER_SERIES["error_share"],
    CALLER_SERIES["goodput_rps"],
    CALLER_SERIES["p50_s"],
    CALLER_SERIES["p95_s"],
    CALLER_SERIES["p99_s"],
    Series("caller_runs_rps", "Tasks run by submitters", "/s", "Tasks run by submitters"),
    Series("lost_rps", "Accepted tasks that were not done", "/s", "Accepted and lost"),
    Series("batch_fill", "Tasks in a batch", "", "Batches"),
)

METRICS = (
    *(
        CALLER_METRICS[name]
        for name in ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "mean_s", "p50_s", "p95_s", "p99_s")
    ),
    Metric("late_rate", "Answers that took a second or more", "", "lower"),
    Metric("utilization", "Share of the workers at work", "", ""),
    Metric("mean_threads", "Mean number of workers", "", ""),
    Metric("mean_depth", "Mean number of tasks in the queue", "", "lower"),
    Metric("caller_runs_rate", "Tasks run by submitters", "", "lower"),
    Metric("stalled_share", "Share of the time in which nobody accepts", "", "lower"),
    Metric("probe_p99_s", "99th percentile of health probes", "s", "lower"),
    Metric("discarded", "Accepted tasks pushed out of the queue", "", "lower", 0),
    Metric("lost", "Accepted tasks lost with their process", "", "lower", 0),
    Metric("recovered", "Tasks run again from the journal", "", "", 0),
    Metric("hung", "Tasks dropped without a word", "", "lower", 0),
    Metric("batch_fill", "Mean number of tasks in a batch", "", ""),
    Metric("batch_wait_s", "Mean wait for a batch to fill", "s", "lower"),
    Metric("mails_lost_rate", "Mails that failed for good", "", "lower"),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Callers", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("front", "Submitter", "service", 1.0, 0.0, ("accepting", "saturated", "down"), slots="submitters"),
        Node("queue", "Queue", "queue", 2.0, 0.0, ("calm", "full"), slots="queue_capacity"),
        Node("pool", "Workers", "pool", 3.0, 0.0, ("working", "idle", "draining", "down"), slots=1, members="core_threads"),
    ),
    edges=(
        Edge("connect", "client", "front", "requests"),
        Edge("submit", "front", "queue", "tasks"),
        Edge("work", "queue", "pool", "tasks"),
    ),
)
