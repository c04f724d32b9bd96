"""What the deadline lab shows and asks: charts, picture, goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Condition, Edge, Goal, Honesty, Metric, Node, Question, Scene, Series, Topology
from labs.experiments.deadline_chain.visits import HOPS, LABELS

STATUSES = ("free", "working", "ghost", "slow", "hung")

SERIES = (
    Series("wasted_share", "Work for callers who had left", "", "Work for nobody"),
    CALLER_SERIES["error_share"],
    *(Series(f"{name}_in_flight", LABELS[name], "", "Requests inside each hop") for name in reversed(HOPS)),
    CALLER_SERIES["goodput_rps"],
    CALLER_SERIES["p99_s"],
    CALLER_SERIES["p50_s"],
    Series("calls_c_rps", "Calls that reach C", "/s", "Calls that reach the last hop"),
)

METRICS = (
    Metric("wasted_share", "Work for callers who had left", "", "lower"),
    Metric("lost_share", "Work for requests that got no answer", "", "lower"),
    Metric("longest_after_s", "Longest work after its caller had left", "s", "lower"),
    *(CALLER_METRICS[name] for name in ("error_rate", "timeout_rate", "rejected_rate")),
    Metric("recovery_s", "From C's recovery until users are served again", "s", "lower"),
    Metric("c_calls_per_request", "Calls that reach C, per request", "", "lower"),
    *(
        CALLER_METRICS[name]
        for name in ("throughput_rps", "goodput_rps", "mean_s", "p50_s", "p95_s", "p99_s", "callers_waiting")
    ),
    *(Metric(f"{name}_in_flight", f"Mean number inside {LABELS[name].lower()}", "", "lower") for name in HOPS),
    Metric("refused_rps", "Calls not made for want of time", "/s", ""),
)

TOPOLOGY = Topology(
    nodes=(
        Node("user", "Users", "client", 0, 0, ("calm", "waiting")),
        *(Node(name, LABELS[name], "service", x, 0, STATUSES, slots=1, members="workers") for x, name in enumerate(HOPS, 1)),
    ),
    edges=tuple(
        Edge(caller, caller, callee, "requests" if caller == "user" else "calls")
        for caller, callee in zip(("user", *HOPS[:-1]), HOPS, strict=True)
    ),
)

GOALS = (
    Goal(
        "haunted",
        "Let more than half of all work be for nobody for 15 s with the same timeout everywhere, and under 5 % with a deadline",
        (
            Condition("series", "wasted_share", "same-timeout-everywhere", ">", 0.5, for_s=15.0),
            Condition("series", "wasted_share", "deadline-propagated", "<", 0.05, for_s=15.0),
        ),
    ),
    Goal(
        "worse",
        "End a run in which shrinking timeouts lose more requests than no timeouts at all",
        (Condition("metric", "error_rate", "shrinking", ">", than_arm="no-timeouts", factor=1.2),),
    ),
    Goal(
        "rescue",
        "Get the shrinking chain to serve its users again within 10 s of C's recovery",
        (Condition("metric", "recovery_s", "shrinking", "<", 10.0),),
    ),
    Goal(
        "multiplied",
        "Make ten calls to C out of each request",
        (Condition("metric", "c_calls_per_request", "", ">", 10.0),),
    ),
)

_STEADY = {"slowness": "none"}

SCENES = (
    Scene(
        "ghosts",
        "For whom do you work?",
        "Users wait six seconds and close the page. Nobody tells the services. Slow C down, watch its workers turn into "
        "ghosts, and let C recover: how long does it go on serving people who have gone?",
        {**_STEADY, "attempts": 1},
        "slow",
        ("no-timeouts", "deadline-propagated"),
        "the workers of C, work for nobody",
    ),
    Scene(
        "rule",
        "Five, three, one",
        "The rule of thumb: every hop waits for less time than its caller does. It does free the callers. But B gives up after "
        "a second, and C knows nothing of it. Pass the giving up on, and compare.",
        {"attempts": 1},
        "cancel",
        ("no-timeouts", "shrinking", "deadline-propagated"),
        "work for nobody, errors that callers see",
    ),
    Scene(
        "layers",
        "Every layer tries again",
        "C fails now and then, at once. B tries again, so does A when B gave up, so does the gateway when A did. Raise the "
        "failure rate and count the calls that reach C. With two attempts in three layers, how many can one request become?",
        {**_STEADY, "rate_rps": 4.0},
        "failure_rate",
        ("no-timeouts", "shrinking", "deadline-propagated"),
        "calls that reach the last hop",
    ),
    Scene(
        "sum",
        "It is the sum that has to fit",
        "A calls B three times in a row, and each call may take B two attempts of a second: six seconds, where the gateway "
        "waits for five. Every single timeout is shorter than its caller's, and nobody has to wait for a worker. Change the "
        "number of calls in a row.",
        {"rate_rps": 2.0, "workers": 30, "mean_c_s": 0.3, "calls": 3, "slow_for_s": 40.0, "slowdown": 3.0},
        "calls",
        ("shrinking", "deadline-propagated"),
        "work for nobody, calls that reach the last hop",
    ),
)

QUESTIONS = (
    Question(
        "wins",
        "C is slow for 15 of 100 s. Which chain leaves the fewest requests without an answer?",
        "arm",
        "error_rate",
    ),
    Question(
        "ghosts",
        "Timeouts of 5, 3 and 1 s, two attempts each: what share of all work is for callers who had left?",
        "number",
        "wasted_share",
        "shrinking",
        "",
        0.0,
        1.0,
        0.1,
    ),
    Question(
        "calls",
        "In the same chain: how many calls does C get per request, on average over the run?",
        "number",
        "c_calls_per_request",
        "shrinking",
        "",
        0.0,
        12.0,
        1.5,
    ),
)

TRY_THIS = (
    "Pass the giving up on: now the shrinking chain recovers, and so does the one without any timeout. What is left for the "
    "deadline to do? It needs nobody to bring the news.",
    "One attempt instead of two, and the users' own 6 s as the same timeout everywhere: as good and as bad as none at all. Why "
    "exactly?",
    "Make C hang instead of slowing it down, and let it recover after a minute: which hop holds how many requests?",
    "Set the least time worth starting to 1 s: fewer calls are made for nothing, and nobody loses an answer. Then to 2.5 s: "
    "which requests pay for it?",
    "Give B a timeout of 0.3 s while nothing is slow: which chain makes an outage of its own out of that, and why only one?",
    "Set the network to 0.2 s a way: a deadline is late by its own way, and the ghosts are back. Deduct 0.4 s and compare.",
    "Set the failure rate to 1 with one, two, three attempts and count the calls to C: 1, 8, 27.",
    "Set the queue to 10: what is turned away early wastes nobody's time. Does the collapse still last?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson requests through four hops; each has workers, a first-come, first-served line and work of its own.",
        "The patterns themselves: deadline, timeouts and retries are the code on this page, down to the header's format.",
        "Giving up with and without the news reaching the callee; errors, full lines and slowness of C.",
        "Common luck: the k-th call of a request to a hop takes the same time in every arm.",
    ),
    left_out=(
        "Workers that are held while their hop waits for its callee (threads): there a slow C also uses up the hops above it.",
        "What cancelling costs, and code that does not notice it until its next wait.",
        "Clocks that differ between machines: the time left is sent, not the moment, so they would change nothing here.",
        "Jitter in the pauses, retry budgets and breakers (they have labs of their own).",
    ),
    measured_error=(
        "Against theory, with 8 runs of 200 s: work for nobody within 0.7 %, late answers 2.2 %, requests inside each hop "
        "0.4 %; calls to C with retries in three layers, with 12 runs of 60 s, 1.1 %. Theory lies inside the 95 % interval of "
        "the runs each time (their half widths are 3 to 4 %): no bias was found. With the "
        "way deducted, the arm with a deadline did no work at all for callers who had left."
    ),
)
