"""What the autoscaler lab shows: charts, metrics, the picture."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Edge, Metric, Node, Series, Topology

MEMBER_STATES = ("serving", "saturated", "booting", "draining", "down")

SERIES = (
    Series("serving", "Instances that serve", "", "Instances that serve", "step"),
    Series("capacity_rps", "Sum of what serves", "/s", "Load and what the fleet can serve", "step"),
    Series("load_rps", "Load", "/s", "Load and what the fleet can serve"),
    CALLER_SERIES["error_share"],
    CALLER_SERIES["p50_s"],
    CALLER_SERIES["p95_s"],
    Series("wanted", "Instances wanted", "", "Instances wanted", "step"),
    Series("booting", "Instances that boot", "", "Instances that boot", "step"),
    Series("flaps", "Orders undone so far", "", "Flaps", "step"),
    CALLER_SERIES["goodput_rps"],
    Series("cost_per_hour", "Cost", "$/h", "Cost", "step"),
    Series("connections_share", "Connections, per one that does no harm", "", "The database", "step"),
    Series("database_slowdown", "A query takes so many times as long", "", "The database", "step"),
)

METRICS = (
    *(
        CALLER_METRICS[name]
        for name in ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "mean_s", "p50_s", "p95_s", "p99_s")
    ),
    Metric("utilization", "Share of the serving slots at work", "", ""),
    Metric("mean_instances", "Mean number of instances", "", "lower"),
    Metric("peak_instances", "Most instances ordered at a time", "", "", 0),
    Metric("instance_hours", "Instance-hours", "h", "lower"),
    Metric("cost", "Cost", "$", "lower"),
    Metric("scale_actions", "Orders to scale", "", "", 0),
    Metric("flaps", "Orders undone within 300 s", "", "lower", 0),
    Metric("dropped", "Requests lost with an instance that went", "", "lower", 0),
    Metric("cloud_errors", "Rounds of the loop that failed", "", "lower", 0),
    Metric("shortage_s", "Time with more load than capacity", "s", "lower"),
    Metric("longest_shortage_s", "The longest of it", "s", "lower"),
    Metric("reaction_s", "From the first shortage to the first new instance", "s", "lower"),
    Metric("climb_s", "From the first order to the order for the most", "s", "lower"),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Users", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("balancer", "Balancer", "balancer", 1.3, 0.0, ("calm", "limited")),
        Node("fleet", "Instances", "service", 2.7, 0.0, MEMBER_STATES, slots="slots", members="min_instances"),
        Node("database", "Database", "store", 4.0, 0.0, ("healthy", "slow", "saturated"), slots="database_slots"),
        Node("autoscaler", "Autoscaler", "limiter", 2.7, 1.0, ("watching", "scaling out", "scaling in", "failing")),
    ),
    edges=(
        Edge("request", "client", "balancer", "requests"),
        Edge("work", "balancer", "fleet", "work"),
        Edge("query", "fleet", "database", "queries"),
        Edge("order", "autoscaler", "fleet", "orders"),
    ),
)
