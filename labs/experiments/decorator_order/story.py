"""What the decorator-order lab shows and asks: charts, picture, goals, scenes and questions."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Condition, Edge, Goal, Honesty, Metric, Node, Question, Scene, Series, Topology
from labs.experiments.decorator_order.orders import EDGES, MOST_LAYERS
from labs.experiments.events import Scalar

SERIES = (
    Series("attempts", "Tries per request", "", "Tries per request"),
    Series("fresh_share", "Fresh answers", "", "Answers: fresh, from the fallback, none"),
    Series("fallback_share", "From the fallback", "", "Answers: fresh, from the fallback, none"),
    Series("error_share", "None", "", "Answers: fresh, from the fallback, none"),
    CALLER_SERIES["p50_s"],
    CALLER_SERIES["p99_s"],
    Series("state", "Breaker", "", "Breaker state", "state", ("closed", "half-open", "open")),
    Series("openings", "Breaker openings so far", "", "Breaker openings", "step"),
    Series("callee_rps", "Tries that the service gets", "/s", "Tries that the service gets"),
    Series("queued", "Work in line at the service", "", "Work in line at the service"),
)

METRICS = (
    *(CALLER_METRICS[name] for name in ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "timeout_rate")),
    Metric("fresh_rps", "Fresh answers", "/s", "higher"),
    Metric("fresh_end_share", "Share of fresh answers in the last 10 s", "", "higher"),
    Metric("fallback_share", "Share of answers from the fallback", "", "lower"),
    Metric("attempts_per_request", "Tries per request", "", "lower"),
    *(CALLER_METRICS[name] for name in ("mean_s", "p50_s", "p95_s", "p99_s")),
    Metric("max_s", "Longest that anybody was held", "s", "lower"),
    CALLER_METRICS["callers_waiting"],
    Metric("recovery_s", "From the outage's end until nine in ten answers are fresh", "s", "lower"),
    Metric("callee_rps", "Tries that the service gets", "/s", "lower"),
    Metric("wasted_share", "Tries that nobody waited for to the end", "", "lower"),
    Metric("queue_mean", "Mean work in line at the service", "", "lower"),
    Metric("utilization", "Share of the slots at work", "", ""),
    Metric("openings", "Times that the breaker opened", "", "", 0),
    Metric("open_share", "Share of the time open", "", ""),
    Metric("calm_attempts_per_request", "Tries per request before the first trouble", "", ""),
    Metric("calm_fallback_share", "Share from the fallback before the first trouble", "", "lower"),
    Metric("calm_mean_s", "Mean time to the answer before the first trouble", "s", ""),
)

_WORDS = (
    *("absent", "fallback", "fallback in use", "deadline", "deadline cutting", "retry", "retry at work"),
    *("breaker", "breaker half-open", "breaker open", "limiter", "limiter refusing"),
    *("timeout", "timeout cutting", "bulkhead", "bulkhead refusing"),
)
_PLACES = ((1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (4.0, 1.0), (3.0, 1.0), (2.0, 1.0))
_LABELS = ("1, outermost", *(str(number) for number in range(2, MOST_LAYERS)), f"{MOST_LAYERS}, innermost")

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Callers", "client", 0.0, 0.0, ("calm", "waiting")),
        *(
            Node(f"layer-{number + 1}", _LABELS[number], "layer", *_PLACES[number], statuses=("", *_WORDS))
            for number in range(MOST_LAYERS)
        ),
        Node("service", "Service", "service", 1.0, 1.0, ("healthy", "slow", "failing", "crowded"), slots="slots"),
    ),
    edges=tuple(
        Edge(
            EDGES[number],
            "client" if number == 0 else f"layer-{number}",
            "service" if number == MOST_LAYERS else f"layer-{number + 1}",
            "requests" if number == 0 else "tries" if number == MOST_LAYERS else "",
        )
        for number in range(MOST_LAYERS + 1)
    ),
)

GOALS = (
    Goal(
        "collapse",
        "See an order that stays down for 20 s and more after the outage is over",
        (Condition("series", "fresh_share", "fallback-inside-breaker", "<", 0.2, for_s=30.0),),
    ),
    Goal(
        "recovers",
        "See the usual nesting give fresh answers again within 15 s",
        (Condition("metric", "recovery_s", "usual", "<", 15.0),),
    ),
    Goal(
        "restart",
        "Bring a collapsed order back by a restart of the service",
        (
            Condition("series", "fresh_share", "fallback-inside-breaker", "<", 0.2, for_s=15.0),
            Condition("change", "restart"),
            Condition("series", "fresh_share", "fallback-inside-breaker", ">", 0.9, for_s=5.0),
        ),
        in_order=True,
    ),
    Goal(
        "blind",
        "Keep a breaker closed while nearly nobody gets a fresh answer for 10 s",
        (
            Condition("series", "fresh_share", "breaker-inside-timeout", "<", 0.2, for_s=10.0),
            Condition("metric", "openings", "breaker-inside-timeout", "<", 1.0),
        ),
    ),
    Goal(
        "own-fault",
        "Let a breaker open because of a limit of its own, while the service is well",
        (
            Condition("change", "count_refusals"),
            Condition("mark", "state", "usual", "==", "open"),
        ),
        in_order=True,
    ),
)

_STEADY: dict[str, Scalar] = {"outage": "none"}

SCENES = (
    Scene(
        "two-limits",
        "Two limits in time",
        "A fifth of the tries hang for 2 s; a second try would do. One order gives up each try after its timeout and has time "
        "for another; one has a single limit outside of everything. Turn the timeout per try: whom does it help?",
        {
            **_STEADY,
            "slow_rate": 0.2,
            "failure_rate": 0.0,
            "timeout_s": 0.6,
            "deadline_s": 1.8,
            "rate_rps": 8.0,
            "notices_hang_up": True,
        },
        "timeout_s",
        ("usual", "timeout-outside"),
        "answers: fresh, from the fallback, none; tries per request",
    ),
    Scene(
        "collapse",
        "The outage ends, the collapse does not",
        "Ten slow seconds, then the service is as quick as ever. Each request is three tries, the queue is full of work for "
        "callers who have left, and every new try waits behind it until it times out. Watch who comes back. Then restart the "
        "service.",
        {},
        "restart",
        ("usual", "fallback-inside-breaker", "breaker-inside-timeout"),
        "answers: fresh, from the fallback, none; work in line at the service",
    ),
    Scene(
        "storm-size",
        "How many tries does a collapse need?",
        "The service can do 80 tries a second, and 40 requests come. With one try each it gets well by itself. Find the "
        "smallest number of attempts that keeps it down, and say why it is that one.",
        {"attempts": 1},
        "attempts",
        ("per-request", "fallback-inside-breaker"),
        "tries that the service gets; answers: fresh, from the fallback, none",
    ),
    Scene(
        "hidden",
        "What the fallback hides",
        "One try in five fails, and a second one would nearly always do. Inside the retry, the fallback answers at the first "
        "failure: nobody complains, and one user in five reads old news. Turn the failure rate: one share follows it, the "
        "other its third power.",
        {**_STEADY, "failure_rate": 0.2, "keys": 50},
        "failure_rate",
        ("usual", "retry-outside-fallback"),
        "answers: fresh, from the fallback, none",
    ),
    Scene(
        "refusals",
        "A closed door is not a failure",
        "The limiter lets 30 tries a second through; 40 are wanted. Nothing is wrong with the service. Let the breaker count "
        "what its own limiter refuses, and watch it cut off everybody.",
        {**_STEADY, "limit_rps": 30.0, "failure_threshold": 0.2, "failure_rate": 0.0},
        "count_refusals",
        ("usual", "resilience4j"),
        "breaker state; answers: fresh, from the fallback, none",
    ),
)

QUESTIONS = (
    Question("fresh", "Which order gives the most fresh answers?", "arm", "fresh_rps"),
    Question(
        "tries",
        "How many tries does a request make on average with the fallback inside the breaker?",
        "number",
        "attempts_per_request",
        "fallback-inside-breaker",
        "",
        1.0,
        3.0,
        0.3,
    ),
    Question(
        "back",
        "How long after the outage does the usual nesting give nine fresh answers in ten again?",
        "number",
        "recovery_s",
        "usual",
        "s",
        0.0,
        45.0,
        3.0,
    ),
)

TRY_THIS = (
    "Set the bulkhead's slots to 40: the orders that stayed down come back. Which bound did what the breaker could not?",
    "Set the queue limit to 60: a queue no longer than the timeout holds no work that is already dead. Who still needs a "
    "breaker?",
    "Let the service notice who has left: tries that time out no longer fill its queue. What is left of the collapse?",
    "Set the outage to errors: answers come quickly, tries fail at once, and no queue grows. Which orders now look alike?",
    "Lower the request rate to 5 a second when an order is down, and wait: it comes back. How long does its queue take, and "
    "what would a restart have cost?",
    "Let the retry repeat refusals and look at the median time during the outage: what do users wait for at a closed door?",
    "Set the minimum calls to 500, so that no breaker judges in time, and the limiter's rate to 50: inside the retry it lets "
    "the queue drain, around the retry it does nothing.",
    "One timeout outside gives the most fresh answers here. Look at its 95th percentile and at how many callers wait: what do "
    "they pay for them?",
    "Set the deadline to 0.9 s, below the timeout per try: the inner limit never applies. What is left of the retry?",
)

HONESTY = Honesty(
    modelled=(
        "One service with slots and a long queue, which works on for callers who have left unless told to notice.",
        "The layers themselves, composed in the order of each arm: what runs here is the code shown on this page.",
        "Each try has luck of its own, and try 2 of request 4711 has the same in every order.",
        "A fallback that remembers the last good answer for each of 100 keys.",
    ),
    left_out=(
        "Several clients' processes: here one breaker and one limiter see all the traffic.",
        "Retries in the layers above and below this client, which multiply.",
        "What stale answers cost; requests that must not be repeated.",
        "Costs of the layers themselves, and the threads that hung calls hold where tasks are not cheap.",
    ),
    measured_error=(
        "Against theory (steady runs with a tenth to a fifth of the tries failing, 40 seeds): tries per request and the time "
        "to the answer within 0.3 %, the share of answers from the fallback within 2 % where it is a 37th and 10 % where it "
        "is a 125th, each inside the 95 % interval. No run was longer than its order's bound. Over sixteen seeds of the "
        "default run the same two orders stayed down to the end and the same six came back, within 10 s in all but five of 96 "
        "cases and within 15 s in each. It has no live twin."
    ),
)
