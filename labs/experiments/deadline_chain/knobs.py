"""What can be turned in the deadline lab. On a fine day the last hop is two thirds busy; then it becomes slow for a while."""

from labs.experiments.contract import Knob

TRAFFIC, HOPS, SLOWNESS, LIMITS, RETRIES = "Users", "Hops", "Scheduled slowness of C", "Limits", "Retries"

DURATION = Knob("duration_s", "Duration", 100.0, "s", 20.0, 1800.0, 10.0, help="Virtual seconds; the first 10 warm up.")


def _mean(name: str, label: str, default: float) -> Knob:
    return Knob(f"mean_{name}_s", f"Own work of {label}", default, "s", 0.001, 5.0, 0.001, group=HOPS, logarithmic=True)


def _timeout(name: str, label: str, default: float) -> Knob:
    help_text = "Used where the limits shrink, and as the hop's own cap where a deadline travels."
    return Knob(f"timeout_{name}_s", label, default, "s", 0.05, 60.0, 0.05, group=LIMITS, logarithmic=True, help=help_text)


KNOBS = (
    Knob("rate_rps", "Requests", 12.0, "/s", 0.5, 200.0, 0.5, group=TRAFFIC, logarithmic=True, help="Poisson arrivals."),
    Knob(
        "patience_s",
        "Users' patience",
        6.0,
        "s",
        0.1,
        60.0,
        0.1,
        group=TRAFFIC,
        logarithmic=True,
        help="Then they close the page. Where a deadline travels, this is it.",
    ),
    _mean("gateway", "the gateway", 0.005),
    _mean("a", "service A", 0.02),
    _mean("b", "service B", 0.03),
    _mean("c", "service C", 0.2),
    Knob(
        "service_cv",
        "Variation of the work",
        1.0,
        "",
        0.0,
        5.0,
        0.1,
        group=HOPS,
        help="Deviation over mean: 0 constant, 1 exponential.",
    ),
    Knob(
        "workers", "Workers at each hop", 4, "", 1, 100, 1, group=HOPS, logarithmic=True, help="Requests worked on at a time."
    ),
    Knob("queue_limit", "Queue of a hop", 500, "", 0, 10_000, 1, group=HOPS, help="Requests beyond it are turned away."),
    Knob("calls", "Calls in a row", 1, "", 1, 4, 1, group=HOPS, help="How often A calls B, one call after the other."),
    Knob("network_s", "Network, one way", 0.001, "s", 0.0, 1.0, 0.001, group=HOPS),
    Knob(
        "failure_rate", "Failure rate of C", 0.0, "", 0.0, 1.0, 0.01, group=HOPS, help="Share of calls answered with an error."
    ),
    Knob(
        "slowness",
        "C becomes slow",
        "scheduled",
        group=SLOWNESS,
        before_run_only=True,
        choices=(("none", "never by itself"), ("scheduled", "as scheduled")),
    ),
    Knob("slow_start_s", "C is slow from", 30.0, "s", 0.0, 1800.0, 1.0, group=SLOWNESS, before_run_only=True),
    Knob("slow_for_s", "C is slow for", 15.0, "s", 0.0, 1800.0, 1.0, group=SLOWNESS, before_run_only=True),
    Knob("slowdown", "Work takes", 5.0, "times", 1.0, 100.0, 0.5, group=SLOWNESS, logarithmic=True, help="While slow."),
    Knob(
        "timeout_s",
        "The same timeout everywhere",
        5.0,
        "s",
        0.05,
        60.0,
        0.05,
        group=LIMITS,
        logarithmic=True,
        help="Used where all hops have the same.",
    ),
    _timeout("gateway", "Gateway waits for A", 5.0),
    _timeout("a", "A waits for B", 3.0),
    _timeout("b", "B waits for C", 1.0),
    Knob(
        "cancel",
        "Giving up is passed on",
        False,
        group=LIMITS,
        help="On: whoever gives up hangs up, and the callee stops, and its callees. Off: the callee works on.",
    ),
    Knob(
        "least_s",
        "Least time worth starting",
        0.02,
        "s",
        0.0,
        5.0,
        0.01,
        group=LIMITS,
        help="Where a deadline travels, a call with less left is refused before it is made.",
    ),
    Knob(
        "way_s",
        "Deducted for the way",
        0.002,
        "s",
        0.0,
        2.0,
        0.001,
        group=LIMITS,
        help="Where a deadline travels: what goes on the wire is the time left without this. There and back, that is.",
    ),
    Knob("attempts", "Attempts of each hop", 2, "", 1, 4, 1, group=RETRIES, help="1: no retries. The user never tries again."),
    Knob("backoff_s", "First pause", 0.05, "s", 0.0, 5.0, 0.05, group=RETRIES, help="It doubles with each further one."),
)
