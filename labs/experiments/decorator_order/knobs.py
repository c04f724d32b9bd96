"""What can be turned in the decorator-order lab. At the defaults the service is half busy; with three tries for each it is too
much."""

from labs.experiments.contract import Knob

TRAFFIC, SERVICE, OUTAGE, TIME, RETRY, BREAKER, BOUNDS, FALLBACK = (
    "Traffic",
    "Service",
    "Scheduled outage",
    "Timeouts",
    "Retry",
    "Breaker",
    "Limiter and bulkhead",
    "Fallback",
)

DURATION = Knob("duration_s", "Duration", 80.0, "s", 10.0, 900.0, 10.0, help="Virtual seconds; the first 10 warm up.")

KNOBS = (
    Knob("rate_rps", "Request rate", 40.0, "/s", 1.0, 300.0, 1.0, group=TRAFFIC, logarithmic=True, help="Poisson, open loop."),
    Knob("keys", "Keys asked for", 100, "", 1, 10_000, 1, group=TRAFFIC, logarithmic=True, before_run_only=True),
    Knob("slots", "Service slots", 8, "", 1, 200, 1, group=SERVICE, before_run_only=True, help="Calls worked on at a time."),
    Knob(
        "queue_limit",
        "Queue limit",
        5000,
        "",
        0,
        10_000,
        1,
        group=SERVICE,
        before_run_only=True,
        help="Calls beyond it get a 503 at once. The default is as good as none.",
    ),
    Knob(
        "service_mean_s", "Mean service time", 0.1, "s", 0.005, 5.0, 0.005, group=SERVICE, logarithmic=True, help="Exponential."
    ),
    Knob("failure_rate", "Failure rate", 0.05, "", 0.0, 1.0, 0.01, group=SERVICE, help="Share of tries answered with a 500."),
    Knob("slow_rate", "Slow rate", 0.0, "", 0.0, 1.0, 0.01, group=SERVICE, help="Share of tries that take the extra time."),
    Knob("slow_s", "Extra time of a slow try", 2.0, "s", 0.0, 30.0, 0.1, group=SERVICE),
    Knob(
        "notices_hang_up",
        "The service notices who has left",
        False,
        group=SERVICE,
        help="Off: it works on for callers who gave up, as most servers do.",
    ),
    Knob(
        "outage",
        "Outage",
        "slow",
        group=OUTAGE,
        before_run_only=True,
        choices=(("none", "none"), ("slow", "slowness"), ("errors", "errors"), ("both", "slowness and errors")),
    ),
    Knob("outage_start_s", "Outage begins", 25.0, "s", 0.0, 900.0, 1.0, group=OUTAGE, before_run_only=True),
    Knob("outage_s", "Outage lasts", 10.0, "s", 0.0, 900.0, 1.0, group=OUTAGE, before_run_only=True),
    Knob("outage_slowdown", "Work takes so many times as long", 12.0, "", 1.0, 100.0, 1.0, group=OUTAGE),
    Knob("outage_failure_rate", "Failure rate in the outage", 0.8, "", 0.0, 1.0, 0.05, group=OUTAGE),
    Knob("timeout_s", "Timeout per try", 1.0, "s", 0.01, 30.0, 0.05, group=TIME, logarithmic=True),
    Knob("deadline_s", "Deadline for all of it", 4.0, "s", 0.05, 60.0, 0.05, group=TIME, logarithmic=True),
    Knob("attempts", "Attempts", 3, "", 1, 10, 1, group=RETRY, help="The first one included."),
    Knob(
        "backoff_s",
        "First back-off",
        0.1,
        "s",
        0.0,
        10.0,
        0.05,
        group=RETRY,
        help="Full jitter: between 0 and this, doubled each time.",
    ),
    Knob(
        "retry_refusals",
        "Retry repeats refusals",
        False,
        group=RETRY,
        help="Naive: it knocks again at an open breaker, an empty limiter, a full bulkhead.",
    ),
    Knob("failure_threshold", "Failure-rate threshold", 0.5, "", 0.05, 1.0, 0.05, group=BREAKER, help="Opens at this share."),
    Knob("window_s", "Window", 5.0, "s", 0.5, 60.0, 0.5, group=BREAKER),
    Knob("minimum_calls", "Minimum calls", 20, "", 1, 500, 1, group=BREAKER, help="Fewer are not a rate."),
    Knob("open_s", "Open for", 5.0, "s", 0.1, 120.0, 0.5, group=BREAKER),
    Knob(
        "count_refusals",
        "Breaker counts refusals",
        False,
        group=BREAKER,
        help="Naive: it opens because its own limiter or bulkhead said no.",
    ),
    Knob("limit_rps", "Limiter's rate", 70.0, "/s", 1.0, 1000.0, 1.0, group=BOUNDS, logarithmic=True, help="A token bucket."),
    Knob("burst", "Limiter's burst", 20, "", 1, 1000, 1, group=BOUNDS),
    Knob("pool_size", "Bulkhead's slots", 200, "", 1, 1000, 1, group=BOUNDS, logarithmic=True, help="Without a queue."),
    Knob("stale_s", "Oldest answer allowed", 120.0, "s", 0.0, 3600.0, 1.0, group=FALLBACK, help="Older answers are not given."),
)
