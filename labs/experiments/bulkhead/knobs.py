"""What can be turned in the bulkhead lab. On a fine day a third of the ten slots is at work; one slow dependency fills them."""

from labs.experiments.contract import Knob

TRAFFIC, DEPENDENCIES, SLOWNESS, POOLS, CALLERS = "Traffic", "Dependencies", "Scheduled slowness", "Pools", "Callers"

DURATION = Knob("duration_s", "Duration", 120.0, "s", 20.0, 1800.0, 10.0, help="Virtual seconds; the first 10 warm up.")


def _rate(name: str, default: float) -> Knob:
    label = f"Calls to {name.upper()}"
    return Knob(f"rate_{name}_rps", label, default, "/s", 1.0, 400.0, 1.0, group=TRAFFIC, logarithmic=True, help="Poisson.")


def _mean(name: str, default: float) -> Knob:
    label = f"Mean time of a call to {name.upper()}"
    return Knob(f"mean_{name}_s", label, default, "s", 0.001, 2.0, 0.001, group=DEPENDENCIES, logarithmic=True)


def _slots(name: str, default: int) -> Knob:
    help_text = "Used where pools are sized by hand. The shared pool has the sum of the three."
    return Knob(f"slots_{name}", f"Slots for {name.upper()}", default, "", 1, 100, 1, group=POOLS, help=help_text)


KNOBS = (
    _rate("a", 40.0),
    _rate("b", 40.0),
    _rate("c", 30.0),
    _mean("a", 0.025),
    _mean("b", 0.025),
    _mean("c", 0.05),
    Knob(
        "service_cv",
        "Variation of the times",
        1.0,
        "",
        0.0,
        5.0,
        0.1,
        group=DEPENDENCIES,
        help="Deviation over mean: 0 constant, 1 exponential.",
    ),
    Knob(
        "slow_s",
        "Extra time while slow",
        2.0,
        "s",
        0.05,
        60.0,
        0.05,
        group=DEPENDENCIES,
        logarithmic=True,
        help="What each call to a slow dependency takes on top of its usual time.",
    ),
    Knob(
        "slowness",
        "C becomes slow",
        "scheduled",
        group=SLOWNESS,
        before_run_only=True,
        choices=(("none", "never by itself"), ("scheduled", "as scheduled")),
    ),
    Knob("slow_start_s", "C is slow from", 40.0, "s", 0.0, 1800.0, 1.0, group=SLOWNESS, before_run_only=True),
    Knob("slow_for_s", "C is slow for", 30.0, "s", 0.0, 1800.0, 1.0, group=SLOWNESS, before_run_only=True),
    Knob(
        "sizing",
        "Pools are sized",
        "by-hand",
        group=POOLS,
        choices=(
            ("by-hand", "by hand"),
            ("mean", "by rate × mean time"),
            ("p99", "by rate × 99th percentile + headroom"),
        ),
        help="By Little's law, from the rates and healthy times of the moment in which it is chosen.",
    ),
    _slots("a", 3),
    _slots("b", 3),
    _slots("c", 4),
    Knob("headroom", "Headroom", 0.25, "", 0.0, 2.0, 0.05, group=POOLS, help="On top of rate × 99th percentile."),
    Knob(
        "queue_limit",
        "Queue of a pool",
        2,
        "",
        0,
        1000,
        1,
        group=POOLS,
        help="Calls that may wait for a slot. The shared pool has three times as many; a semaphore has none.",
    ),
    Knob("max_wait_s", "Longest wait in line", 0.5, "s", 0.01, 60.0, 0.05, group=POOLS, logarithmic=True),
    Knob(
        "timeout_s",
        "Callers' patience",
        1.0,
        "s",
        0.05,
        60.0,
        0.05,
        group=CALLERS,
        logarithmic=True,
        help="A caller of a pool leaves after so long, and its worker stays. One in a call behind a semaphore cannot leave.",
    ),
    Knob(
        "call_timeout",
        "Calls have that timeout too",
        False,
        group=CALLERS,
        help="On: the call itself is given up after the callers' patience, and its slot is free again, in every arm.",
    ),
)
