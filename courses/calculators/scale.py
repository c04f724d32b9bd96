"""Calculators of the module on scale: what more machines give, when they come, and what stands in front of them."""

from courses.calculators.engine import Calculator, Input, Output

USL = Calculator(
    name="universal-scalability",
    title="What do N machines really give?",
    inputs=(
        Input("nodes", "Machines", "", 16, 1, 10_000, 1, term="N"),
        Input("node_rps", "One machine alone serves", "requests/s", 1000, 0.01, 10_000_000, 0.01),
        Input("contention", "Share that is serial: queueing for something shared (a)", "", 0.03, 0, 1, 0.001, term="a"),
        Input("coherence", "Cost of agreeing, for each pair (b)", "", 0.0005, 0, 1, 0.0001, term="b"),
        Input("node_per_hour", "Price of such a machine", "$/h", 0.2, 0, 1000, 0.001, term="node price"),
        Input("price_exponent", "Price of a larger machine grows as its size to the power of", "", 1.2, 0.5, 3, 0.01),
    ),
    outputs=(
        Output(
            "capacity", "Capacity, in machines", "", "nodes / (1 + contention * (nodes - 1) + coherence * nodes * (nodes - 1))",
        ),
        Output("throughput_rps", "Throughput", "requests/s", "node_rps * capacity", term="throughput"),
        Output(
            "linear_rps", "“Out is unlimited”: N times one", "requests/s", "node_rps * nodes",
            help="True only while nothing is shared and nobody has to agree.", mistake=True, term="linear",
        ),
        Output("efficiency_percent", "What each machine still gives", "%", "100 * capacity / nodes"),
        Output(
            "amdahl", "No more machines' worth than this, ever (Amdahl)", "", "1 / contention if contention > 0 else None",
            term="limit",
        ),
        Output(
            "peak_nodes", "Beyond so many machines it gets slower", "",
            "max(1, sqrt((1 - contention) / coherence)) if coherence > 0 else None",
        ),
        Output(
            "peak_rps", "The most that can come out", "requests/s",
            "node_rps * peak_nodes / (1 + contention * (peak_nodes - 1) + coherence * peak_nodes * (peak_nodes - 1))",
        ),
        Output("out_per_hour", "Out: price of the machines", "$/h", "nodes * node_per_hour", term="out"),
        Output(
            "up_per_hour", "Up: one machine of the same capacity", "$/h", "node_per_hour * capacity ** price_exponent",
            term="up",
        ),
        Output("lost_percent", "Out: capacity lost with one machine (up: all of it)", "%", "100 / nodes"),
    ),
    assumes=(
        "The Universal Scalability Law; a and b are fitted to measurements of your system, at three sizes or more. One large "
        "machine is taken to be worth its size; inside it the same law holds for cores."
    ),
    source="N. J. Gunther, “Guerrilla Capacity Planning”, 2007; G. M. Amdahl, 1967",
    covers=("formula-usl", "fix-horizontal-unlimited", "missing-vertical-scaling-section", "vertical-vs-horizontal"),
)  # fmt: skip
TRACKING = Calculator(
    name="target-tracking",
    title="How many instances does the autoscaler want?",
    inputs=(
        Input("instances", "Instances now", "", 4, 1, 10_000, 1),
        Input("metric", "The metric now, mean of an instance", "%", 90, 0, 100_000, 0.1),
        Input("target", "Its target", "%", 60, 0.1, 100_000, 0.1),
        Input("tolerance", "Left alone while within", "", 0.1, 0, 1, 0.01),
        Input("min_instances", "At least", "", 2, 0, 10_000, 1, term="at least"),
        Input("max_instances", "At most", "", 20, 1, 10_000, 1, term="at most"),
        Input("up_percent", "Rule by steps: one more above", "%", 70, 0, 100_000, 0.1, term="upper limit"),
        Input("down_percent", "Rule by steps: one fewer below", "%", 30, 0, 100_000, 0.1, term="lower limit"),
    ),
    outputs=(
        Output("ratio", "Metric against target", "times", "metric / target"),
        Output(
            "wanted", "Wanted by target tracking, before the limits", "",
            "round_up(instances * metric / target) if ratio > 1 + tolerance else round_up(instances * metric / target) if "
            "ratio < 1 - tolerance else instances",
        ),
        Output("desired", "Desired, within the limits", "", "min(max_instances, max(min_instances, wanted))"),
        Output(
            "metric_after", "The metric then, if the load stays", "%", "metric * instances / desired if desired > 0 else None",
            help=(
                "Good for a metric that can exceed its target. A CPU share saturates at 100 %: then each decision asks for too "
                "little."
            ),
            term="metric then",
        ),
        Output(
            "step_decision", "The rule by steps says", "", "2 if metric > up_percent else 0 if metric < down_percent else 1",
            words=("one fewer", "nothing", "one more"),
        ),
        Output(
            "stepped", "Instances after that step", "", "min(max_instances, max(min_instances, instances + step_decision - 1))",
            term="instances then",
        ),
        Output(
            "stepped_metric", "The metric after one step", "%", "metric * instances / stepped if stepped > 0 else None",
            help="A step knows the direction and not the distance.", term="metric then",
        ),
    ),
    assumes="The load is spread evenly and does not change meanwhile; the metric falls as instances are added.",
    source="Kubernetes documentation, “Horizontal Pod Autoscaling”: desired = ⌈current × metric / target⌉, tolerance 0.1",
    covers=("formula-target-tracking", "autoscaler", "scaling-decision-matrix"),
)  # fmt: skip
LAG = Calculator(
    name="scaling-lag",
    title="How late does capacity come?",
    inputs=(
        Input("instances", "Instances now", "", 2, 1, 10_000, 1),
        Input("needed", "Instances that the load needs", "", 20, 1, 10_000, 1),
        Input("step", "Instances of a step", "", 1, 1, 1000, 1),
        Input("cooldown_s", "Rest between two steps", "s", 300, 0, 86_400, 1),
        Input("interval_s", "The loop looks every", "s", 60, 1, 3600, 1),
        Input("boot_s", "An instance needs to boot", "s", 90, 0, 3600, 1, term="boot time"),
        Input("instance_rps", "An instance serves", "requests/s", 100, 0.01, 1_000_000, 0.01),
        Input("used_share", "Share of the largest fleet that the weekly peak uses", "", 0.5, 0.01, 1, 0.01),
        Input("allowed_share", "Share at which you act", "", 0.7, 0.01, 1, 0.01),
        Input("weekly_growth", "Growth of that peak a week", "", 0.03, 0.0001, 1, 0.001),
    ),
    outputs=(
        Output("missing", "Instances missing", "", "max(0, needed - instances)"),
        Output("steps", "Steps to take", "", "round_up(missing / step)"),
        Output("rest_s", "From one step to the next", "s", "max(1, round_up(cooldown_s / interval_s)) * interval_s"),
        Output(
            "last_order_min", "By steps: the last one is ordered after", "min", "max(0, steps - 1) * rest_s / 60",
            help="The first step comes at once.", term="last order",
        ),
        Output("stepped_min", "By steps: all serve after", "min", "last_order_min + boot_s / 60", term="all by steps"),
        Output(
            "stepped_lost", "By steps: requests too many until then", "",
            "instance_rps * (missing * boot_s + rest_s * max(0, steps - 1) * (missing - step * steps / 2))", term="too many",
        ),
        Output(
            "tracked_min", "Target tracking: all serve after", "min", "boot_s / 60",
            help="One decision orders all, where the metric does not saturate.", term="all at once",
        ),
        Output(
            "tracked_lost", "Target tracking: requests too many until then", "", "instance_rps * missing * boot_s",
            term="too many",
        ),
        Output(
            "weeks_left", "Weeks until the peak uses the share at which you act", "weeks",
            "max(0, log(allowed_share / used_share) / log(1 + weekly_growth))",
            help="From the trend of your telemetry; order and test before, not then.",
        ),
    ),
    assumes=(
        "The load jumps at once and stays; the first decision falls into the same moment; all that the instances cannot serve "
        "is too many (shed, failed or queued). Growth is exponential."
    ),
    source="Counting steps; fluid approximation",
    covers=("fix-autoscaler-slow-steps", "telemetry-driven-capacity"),
)  # fmt: skip
POOL = Calculator(
    name="pool-size",
    title="How many connections?",
    inputs=(
        Input("query_rps", "Borrowings of one instance", "1/s", 200, 0.01, 1_000_000, 0.01, term="rate"),
        Input("hold_ms", "A connection is held for", "ms", 20, 0.01, 600_000, 0.01, term="hold time"),
        Input("pool_size", "Connections of the pool", "", 10, 1, 2000, 1),
        Input("wait_limit_ms", "A borrower gives up after", "ms", 100, 0, 600_000, 1),
        Input("headroom", "Headroom, in standard deviations of the busy ones", "", 2, 0, 10, 0.1),
        Input("instances", "Instances of the service, scaled out", "", 20, 1, 10_000, 1),
        Input("database_cores", "Cores of the database", "", 8, 1, 1024, 1),
        Input("max_connections", "Connections that the database accepts", "", 100, 1, 100_000, 1),
    ),
    outputs=(
        Output("busy", "Busy connections of one instance, on average", "", "query_rps * hold_ms / 1000", help="Little's law."),
        Output("utilization_percent", "Utilisation of the pool", "%", "100 * busy / pool_size"),
        Output("wait_share", "Borrowers who must wait", "%", "100 * erlang_c(pool_size, busy) if busy < pool_size else None"),
        Output("wait_ms", "Mean wait of all", "ms", "wait_share / 100 * hold_ms / (pool_size - busy)"),
        Output(
            "late_share", "Borrowers who wait longer than they care to", "%",
            "wait_share * exp((busy - pool_size) * wait_limit_ms / hold_ms)",
        ),
        Output(
            "staffed", "A pool with that headroom", "", "round_up(busy + headroom * sqrt(busy))",
            help="Square-root staffing: the busy ones vary by about √busy.",
        ),
        Output("total", "Connections at the database, all pools", "", "pool_size * instances"),
        Output(
            "accepted", "Does the database accept them?", "", "total <= max_connections",
            words=("no: fewer a pool, or a pooler in front", "yes"),
        ),
        Output("busy_total", "Of these busy, on average", "", "busy * instances"),
        Output(
            "cores_rule", "Where a database is full: about twice its cores", "", "2 * database_cores",
            help="A start for a measurement. More active ones make each slower.", term="start",
        ),
    ),
    assumes=(
        "Poisson arrivals, exponential holding times, first come, first served, nobody gives up (the share that waits too long "
        "is from that queue, too), and a database that does not slow down."
    ),
    source="A. K. Erlang, 1917 (M/M/c); square-root staffing: S. Halfin, W. Whitt, 1981",
    covers=("connection-pool", "fix-pool-sizing"),
)  # fmt: skip
BATCHING = Calculator(
    name="batching",
    title="What does a batch buy, and what does it cost?",
    inputs=(
        Input("rate_rps", "Things that come", "1/s", 2000, 0.01, 10_000_000, 0.01),
        Input("fixed_ms", "A batch costs, whatever its size", "ms", 5, 0, 60_000, 0.01, term="fixed cost"),
        Input("per_item_ms", "Each thing in it costs", "ms", 0.2, 0.0001, 60_000, 0.0001, term="cost per item"),
        Input("batch_size", "Largest batch", "", 50, 1, 100_000, 1),
        Input("linger_ms", "Longest wait for others", "ms", 20, 0, 60_000, 0.1),
    ),
    outputs=(
        Output(
            "open_ms", "A batch stays open for", "ms", "min(linger_ms, (batch_size - 1) * 1000 / rate_rps)", term="open time",
        ),
        Output("fill", "Things in a batch", "", "1 + rate_rps * open_ms / 1000"),
        Output("work_ms", "Work of such a batch", "ms", "fixed_ms + fill * per_item_ms"),
        Output("alone_rps", "Throughput of one worker, one by one", "1/s", "1000 / (fixed_ms + per_item_ms)"),
        Output(
            "batched_rps", "Throughput of one worker, with such batches", "1/s", "1000 * fill / work_ms", term="batched rate",
        ),
        Output(
            "full_rps", "Throughput of one worker, batches full", "1/s",
            "1000 * batch_size / (fixed_ms + batch_size * per_item_ms)",
        ),
        Output(
            "workers", "Workers that keep up", "", "round_up(rate_rps / batched_rps)",
            help="One that falls behind finds fuller batches and may catch up, as far as full batches go.",
        ),
        Output("wait_ms", "A thing waits for the others, on average", "ms", "open_ms / 2"),
        Output(
            "latency_ms", "It is done after, on average", "ms", "wait_ms + work_ms",
            help="Without the wait for a free worker.",
        ),
        Output("alone_ms", "One by one it would be done after", "ms", "fixed_ms + per_item_ms"),
    ),
    assumes=(
        "Things come evenly; a batch is handed on when full or after the linger, and its things are done all at once at its "
        "end."
    ),
    source="Arithmetic of fixed and variable cost; the random arrivals are in labs.theory.batching",
    covers=("batching",),
)  # fmt: skip
LITTLE = Calculator(
    name="littles-law",
    title="How many are inside?",
    inputs=(
        Input("rate_rps", "Arrivals", "requests/s", 100, 0.01, 1_000_000, 0.01),
        Input("time_s", "Mean time in the system", "s", 0.2, 0.0001, 3600, 0.0001),
        Input("slots", "Slots of one machine", "requests", 16, 1, 10_000, 1),
        Input("utilization", "Utilisation you allow", "", 0.7, 0.05, 0.99, 0.01),
    ),
    outputs=(
        Output("inside", "Mean number inside", "requests", "rate_rps * time_s"),
        Output("machines", "Machines for that", "", "round_up(inside / (slots * utilization))"),
        Output("if_ten_times_slower", "Inside when each takes ten times as long", "requests", "rate_rps * time_s * 10"),
    ),
    assumes="A steady state: over a long time as many leave as arrive. Nothing is assumed about distributions.",
    source="J. D. C. Little, “A proof for the queuing formula L = λW”, 1961",
    covers=("formula-littles-law",),
)
CALCULATORS = (USL, TRACKING, LAG, POOL, BATCHING, LITTLE)
