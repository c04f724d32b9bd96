"""What the bulkhead lab shows and asks: charts, picture, goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.bulkhead.sizing import NAMES
from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Condition, Edge, Goal, Honesty, Metric, Node, Question, Scene, Series, Topology


def _each(name: str, unit: str, chart: str) -> tuple[Series, ...]:
    """A series of each dependency; `name` has a place for its letter."""
    return tuple(Series(name.format(letter), letter.upper(), unit, chart) for letter in NAMES)


SERIES = (
    Series("healthy_error_rate", "Calls to healthy dependencies without an answer", "", "Healthy, and yet no answer"),
    *_each("{}_busy", "", "Slots at work for each dependency"),
    *_each("{}_queued", "", "Calls in line"),
    *_each("{}_rejected_rate", "", "Calls turned away"),
    *_each("{}_p95_s", "s", "95th percentile of the time to the answer"),
    CALLER_SERIES["goodput_rps"],
    CALLER_SERIES["waiting"],
)

METRICS = (
    Metric("healthy_error_rate", "Calls to healthy dependencies without an answer", "", "lower"),
    *(CALLER_METRICS[name] for name in ("error_rate", "rejected_rate", "timeout_rate")),
    Metric("beside_free_rate", "Calls to healthy dependencies turned away beside a free slot", "", "lower"),
    Metric("longest_held_s", "Longest that a caller was held", "s", "lower"),
    *(
        CALLER_METRICS[name]
        for name in ("throughput_rps", "goodput_rps", "mean_s", "p50_s", "p95_s", "p99_s", "callers_waiting")
    ),
    Metric("slots", "Slots in all", "", ""),
    Metric("utilization", "Share of the slots at work", "", ""),
    *(Metric(f"{name}_error_rate", f"{name.upper()}: calls without an answer", "", "lower") for name in NAMES),
    *(Metric(f"{name}_rejected_rate", f"{name.upper()}: calls turned away", "", "lower") for name in NAMES),
    *(Metric(f"{name}_p95_s", f"{name.upper()}: 95th percentile", "s", "lower") for name in NAMES),
    *(Metric(f"{name}_mean_wait_s", f"{name.upper()}: mean wait for a slot", "s", "lower") for name in NAMES),
    *(Metric(f"{name}_busy", f"{name.upper()}: slots at work", "", "") for name in NAMES),
    *(Metric(f"{name}_queued", f"{name.upper()}: calls in line", "", "lower") for name in NAMES),
)

TOPOLOGY = Topology(
    nodes=(
        *(
            Node(f"callers-{name}", f"Callers of {name.upper()}", "client", 0, y, ("calm", "failing"))
            for y, name in enumerate(NAMES)
        ),
        Node("pool", "Slots", "pool", 1, 1, ("free", "busy", "slow", "full"), slots=1, members=10),
        *(
            Node(name, f"Dependency {name.upper()}", "service", 2, y, ("healthy", "slow", "hung"))
            for y, name in enumerate(NAMES)
        ),
    ),
    edges=(
        *(Edge(f"ask-{name}", f"callers-{name}", "pool", "calls") for name in NAMES),
        *(Edge(f"call-{name}", "pool", name) for name in NAMES),
    ),
)

GOALS = (
    Goal(
        "dry",
        "Sink the shared pool: 40 % of the calls to healthy dependencies lost for 10 s, while split pools lose under 20 %",
        (
            Condition("series", "healthy_error_rate", "shared", ">", 0.4, for_s=10.0),
            Condition("series", "healthy_error_rate", "split", "<", 0.2, for_s=10.0),
        ),
        in_order=True,
    ),
    Goal(
        "premium",
        "Pay the premium: turn away more than 3 % of the calls to healthy dependencies beside a free slot, with split pools",
        (Condition("metric", "beside_free_rate", "split", ">", 0.03),),
    ),
    Goal(
        "sized",
        "Choose sizes with which semaphores lose fewer than 1 in 200 calls to healthy dependencies while C is slow",
        (
            Condition("metric", "healthy_error_rate", "semaphore", "<", 0.005),
            Condition("metric", "c_error_rate", "semaphore", ">", 0.05),
        ),
    ),
    Goal(
        "stuck",
        "Hold a caller for more than 20 s behind a semaphore, and none for more than 2 s before split pools",
        (
            Condition("metric", "longest_held_s", "semaphore", ">", 20.0),
            Condition("metric", "longest_held_s", "split", "<", 2.0),
        ),
    ),
)

_STEADY = {"slowness": "none"}

SCENES = (
    Scene(
        "one-slow",
        "One slow, all down",
        "Ten threads serve calls to A, B and C. All is well. Slow C down and watch the ten slots: who waits for whom? A and B "
        "are in perfect health throughout.",
        _STEADY,
        "slow",
        ("shared", "split"),
        "the slots; healthy, and yet no answer",
    ),
    Scene(
        "price",
        "Walls are not free",
        "Nothing is ill today; there is only more traffic for A. One pool lends A the slots that B and C do not need. Three "
        "pools cannot: they turn calls away beside slots that stand idle. Raise the rate of A and compare.",
        {**_STEADY, "queue_limit": 0},
        "rate_a_rps",
        ("shared", "split"),
        "calls turned away",
    ),
    Scene(
        "size",
        "How large is a compartment?",
        "Rate × mean time is the number of slots that are busy on average. A pool of that size turns away a third to a half of "
        "its calls, and with a queue of two still an eighth to a quarter. Size it by rate × 99th percentile and some headroom, "
        "and the wall hardly costs a call. And what does it cost in slots?",
        {"sizing": "mean"},
        "sizing",
        ("split", "semaphore"),
        "calls turned away, slots in all",
    ),
    Scene(
        "stuck",
        "Stuck in the call",
        "Now C does not answer at all. Whoever called it through a pool leaves after a second and does something else. Whoever "
        "called it behind a semaphore is in the call in person. Press “Hang” on C and watch the callers who wait.",
        _STEADY,
        "hang",
        ("split", "semaphore"),
        "callers waiting, longest that a caller was held",
    ),
    Scene(
        "line",
        "A longer line",
        "“They are turned away? Then let them wait.” Give the pools a long queue and look at the time to the answer while C is "
        "slow. A queue moves the waiting; it makes no slot.",
        {"max_wait_s": 5.0, "timeout_s": 5.0},
        "queue_limit",
        ("shared", "split"),
        "calls in line, 95th percentile",
    ),
)

QUESTIONS = (
    Question(
        "wins",
        "C is slow for 30 of 120 s. Which arm loses the fewest calls to healthy dependencies?",
        "arm",
        "healthy_error_rate",
    ),
    Question(
        "sunk",
        "Behind one shared pool, what share of the calls to healthy dependencies gets no answer?",
        "number",
        "healthy_error_rate",
        "shared",
        "",
        0.0,
        1.0,
        0.05,
    ),
    Question(
        "erlang",
        "A needs one slot on average and has three, with no queue. What share of its calls does the semaphore turn away?",
        "number",
        "a_rejected_rate",
        "semaphore",
        "",
        0.0,
        0.5,
        0.015,
    ),
)

TRY_THIS = (
    "Set the callers' patience to 0.1 s and give calls that timeout too: even the shared pool stays afloat. Why keep walls?",
    "Set C's extra time to 0.1 s: how slow must C be before the shared pool feels it? Count erlangs: rate × time, against ten.",
    "Set all three mean times to 0.08 s and let C never be slow: now theory has a value for the shared queue. Does it hold?",
    "Size by the 99th percentile, then double the rate of A: a size is right for one rate.",
    "Slow down A, B and C one after the other behind split pools: who notices?",
    "Set the slots for C to 40 in split pools: what has C's wall still protected, and from what?",
    "Set the queue to 0 and make the times constant (variation 0), then wild (3): why does Erlang's loss not change?",
    "Set the queue to 1000, the longest wait and the patience to 60 s: nobody is turned away any more. Who is served in time?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson calls to three dependencies; times of the chosen mean and variation; more, or no answer, while ill.",
        "The compartments themselves: what runs here is the code shown on this page, workers, lines, timeouts and all.",
        "Callers of a pool who leave while its worker stays; callers of a semaphore who cannot leave a call that blocks.",
        "Common luck: call 4711 takes the same time in every arm.",
    ),
    left_out=(
        "The cost of a worker's memory and of handing calls over to it: what makes semaphores the cheap form.",
        "Dependencies that become slow because of the load: here a wall protects callers, and never the dependency.",
        "What the three share besides slots: processor, memory, connections, an event loop that is blocked.",
        "Retries and fallbacks of those who were turned away (they have labs of their own).",
    ),
    measured_error=(
        "Against theory, at the defaults without the slowness. Behind semaphores (28 runs of 600 s): calls to A and B turned "
        "away within 1.2 %; to C 2.6 % too few, and in 56 further runs 0.9 % too many: over all 84 no bias is seen. In split "
        "pools, where one call in 150 is turned away (12 runs of 600 s), within 7 %, and waits in line within 3.5 %, which lay "
        "just outside the 95 % interval. Slots at work within 0.4 % in both. One run of 120 s scatters by a tenth and more."
    ),
)
