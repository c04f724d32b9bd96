"""What can be turned in the autoscaler lab. At the defaults two instances carry the ordinary load with ease, and no more."""

from labs.experiments.contract import Knob

TRAFFIC, INSTANCES, BEHIND, CLOUD = "Traffic", "Instances", "Behind the fleet", "The cloud"
LOOP, STEP, TRACKING, FORECAST, QUEUE = "The loop", "Step", "Target tracking", "Prediction", "Queue-based"

DURATION = Knob(
    "duration_s",
    "Duration",
    4800.0,
    "s",
    60.0,
    14_400.0,
    60.0,
    help="Virtual seconds; the first 120 warm up. 4,800 s are two peaks.",
)


def _share(name: str, label: str, default: float, group: str, says: str = "") -> Knob:
    return Knob(name, label, default, "", 0.05, 1.0, 0.05, group=group, help=says)


TRAFFIC_KNOBS = (
    Knob(
        "curve",
        "Load curve",
        "spike",
        choices=(
            ("spike", "a spike in each period"),
            ("diurnal", "a wave in each period"),
            ("viral", "one post that goes viral"),
            ("steady", "steady at the peak"),
        ),
        group=TRAFFIC,
    ),
    Knob("base_rps", "Load at the bottom", 2.5, "/s", 0.0, 200.0, 0.5, group=TRAFFIC),
    Knob("peak_rps", "Load at the top", 35.0, "/s", 1.0, 300.0, 0.5, group=TRAFFIC),
    Knob(
        "period_s",
        "Period",
        2400.0,
        "s",
        120.0,
        14_400.0,
        60.0,
        group=TRAFFIC,
        help="From peak to peak. A day, shortened so that you can watch several.",
    ),
    Knob("peak_s", "The peak lasts", 480.0, "s", 10.0, 7200.0, 10.0, group=TRAFFIC, help="Spike and viral."),
)

INSTANCE_KNOBS = (
    Knob("work_s", "Work per request", 0.2, "s", 0.01, 10.0, 0.01, group=INSTANCES, logarithmic=True, help="Mean."),
    Knob(
        "work_cv", "Variation of the work", 0.5, "", 0.0, 4.0, 0.1, group=INSTANCES, help="Deviation / mean; 1 is exponential."
    ),
    Knob("slots", "Requests at a time", 1, "", 1, 16, 1, group=INSTANCES, before_run_only=True, help="Of one instance."),
    Knob("queue_limit", "Queue of an instance", 20, "", 0, 1000, 1, group=INSTANCES, help="More are turned away at once."),
    Knob("boot_s", "Boot time", 90.0, "s", 0.0, 900.0, 5.0, group=INSTANCES, help="From the order to the first request."),
    Knob(
        "drain", "Drain before leaving", True, group=INSTANCES, help="Off: an instance that goes drops what it was working on."
    ),
    Knob("heap_keeps", "Heaps keep their memory", False, group=INSTANCES, help="On: used memory only ever grows."),
)

CLOUD_KNOBS = (
    Knob("min_instances", "Fewest instances", 2, "", 1, 50, 1, group=CLOUD),
    Knob("max_instances", "Most instances", 20, "", 1, 50, 1, group=CLOUD),
    Knob("api_delay_s", "Delay of the cloud's API", 2.0, "s", 0.0, 120.0, 1.0, group=CLOUD),
    Knob("api_failure_rate", "Failures of the cloud's API", 0.0, "", 0.0, 1.0, 0.05, group=CLOUD, help="Share of orders."),
    Knob("quota", "Quota", 50, "", 1, 50, 1, group=CLOUD, help="The cloud gives no more, whatever is ordered."),
    Knob("price_per_hour", "Price of an instance", 0.1, "$/h", 0.0, 10.0, 0.01, group=CLOUD),
)

BEHIND_KNOBS = (
    Knob("query_s", "Work per query", 0.04, "s", 0.001, 1.0, 0.001, group=BEHIND, logarithmic=True, help="Mean, exponential."),
    Knob("database_slots", "Queries at a time", 4, "", 1, 64, 1, group=BEHIND),
    Knob("connections_per_instance", "Connections of an instance", 10, "", 1, 100, 1, group=BEHIND),
    Knob(
        "database_connections",
        "Connections that do no harm",
        300,
        "",
        10,
        2000,
        10,
        group=BEHIND,
        help="With more, every query takes (connections / limit)² times as long.",
    ),
    Knob(
        "guard_downstream",
        "Guard the database",
        False,
        group=BEHIND,
        help="No more instances than its connections allow, whatever the load.",
    ),
)

LOOP_KNOBS = (
    Knob("interval_s", "Decides every", 60.0, "s", 5.0, 600.0, 5.0, group=LOOP),
    Knob("window_s", "Averages over", 60.0, "s", 5.0, 600.0, 5.0, group=LOOP, help="5 s is a snapshot."),
    Knob(
        "ready_only", "Count ready instances only", True, group=LOOP, help="Off: the mean is taken over booting ones as well."
    ),
)

STEP_KNOBS = (
    Knob("step_size", "Step", 1, "", 1, 20, 1, group=STEP),
    Knob("cooldown_out_s", "Rest after scaling out", 300.0, "s", 0.0, 1800.0, 10.0, group=STEP),
    Knob("cooldown_in_s", "Rest after scaling in", 600.0, "s", 0.0, 3600.0, 10.0, group=STEP),
    Knob("shared_cooldown", "Any action starts the scale-in rest", False, group=STEP, help="Off: the two clocks are split."),
    _share("cpu_high", "CPU: more above", 0.7, STEP),
    _share("cpu_low", "CPU: less below", 0.3, STEP),
    _share("load_high", "Load: more above", 0.8, STEP, "Share of the ready instances' capacity."),
    _share("load_low", "Load: less below", 0.3, STEP),
    Knob("use_memory", "Memory is a signal", True, group=STEP),
    _share("memory_high", "Memory: more above", 0.8, STEP),
    _share("memory_low", "Memory: less below", 0.5, STEP),
    Knob("use_p95", "Latency is a signal", False, group=STEP, help="Off: the row of the table that the code forgot."),
    Knob("p95_high_s", "p95: more above", 0.5, "s", 0.01, 10.0, 0.05, group=STEP),
    Knob("p95_low_s", "p95: less below", 0.1, "s", 0.01, 10.0, 0.05, group=STEP),
)

SCALER_KNOBS = (
    _share("target", "Target", 0.7, TRACKING, "Of the CPU and of the load per instance."),
    Knob(
        "tracks",
        "Tracks",
        "both",
        choices=(("cpu", "CPU"), ("load", "load per instance"), ("both", "the larger of both")),
        group=TRACKING,
        help="CPU saturates at 100 %; load does not.",
    ),
    Knob("tolerance", "Tolerance", 0.1, "", 0.0, 0.5, 0.05, group=TRACKING, help="So near to the target nothing is done."),
    Knob(
        "stabilise_s",
        "Stabilisation window",
        300.0,
        "s",
        0.0,
        1800.0,
        30.0,
        group=TRACKING,
        help="Scaling in takes the largest answer of so long. All arms but the step.",
    ),
    Knob("season_s", "Season", 2400.0, "s", 120.0, 14_400.0, 60.0, group=FORECAST, before_run_only=True, help="What repeats."),
    Knob("per_instance", "Requests in hand per instance", 2.0, "", 0.5, 50.0, 0.5, group=QUEUE, help="Waiting or worked on."),
)

KNOBS = (
    *TRAFFIC_KNOBS,
    *INSTANCE_KNOBS,
    *CLOUD_KNOBS,
    *LOOP_KNOBS,
    *STEP_KNOBS,
    *SCALER_KNOBS,
    *BEHIND_KNOBS,
)
