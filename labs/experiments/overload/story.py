"""What the overload lab shows and asks: charts, picture, goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Condition, Edge, Goal, Honesty, Metric, Node, Question, Scene, Series, Topology

SERIES = (
    Series("goodput_rps", "Answers in time", "/s", "Answers in time"),
    Series("critical_in_time", "Critical requests answered in time", "%", "Critical requests answered in time"),
    Series("normal_in_time", "Normal requests answered in time", "%", "Normal requests answered in time"),
    Series("background_in_time", "Background requests answered in time", "%", "Background requests answered in time"),
    Series("wait_s", "Mean wait of those who start", "s", "Queue delay"),
    Series("queue", "Requests in line", "", "Requests in line"),
    Series("wasted_share", "Work for clients who had left", "", "Wasted work"),
    Series("rejected_rps", "Requests turned away", "/s", "Requests turned away"),
    CALLER_SERIES["error_share"],
    CALLER_SERIES["p99_s"],
    CALLER_SERIES["throughput_rps"],
    Series("limit", "Requests that may be under way", "", "Adaptive limit"),
)

METRICS = (
    *(CALLER_METRICS[name] for name in ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "timeout_rate")),
    Metric("critical_success_rate", "Critical requests answered in time", "", "higher"),
    Metric("normal_success_rate", "Normal requests answered in time", "", "higher"),
    Metric("background_success_rate", "Background requests answered in time", "", "higher"),
    *(CALLER_METRICS[name] for name in ("mean_s", "p50_s", "p95_s", "p99_s", "callers_waiting")),
    Metric("mean_wait_s", "Mean wait of those whose turn came", "s", "lower"),
    Metric("p99_wait_s", "99th percentile of that wait", "s", "lower"),
    Metric("mean_queue", "Mean number in line", "", "lower"),
    Metric("served_rps", "Requests worked on", "/s", ""),
    Metric("utilization", "Share of the servers at work", "", ""),
    Metric("wasted_share", "Work for clients who had left", "", "lower"),
    Metric("mean_limit", "Mean adaptive limit", "", ""),
    Metric("collapse_s", "From the surge's beginning until somebody joins who will wait too long", "s", "higher"),
    Metric("recovery_s", "From the surge's end until clients are answered in time again", "s", "lower"),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Clients", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("queue", "Waiting line", "queue", 1.0, 0.0, ("short", "waiting", "full", "too long")),
        Node("server", "Servers", "service", 2.0, 0.0, ("useful", "slow", "wasting"), slots="servers"),
    ),
    edges=(
        Edge("request", "client", "queue", "requests"),
        Edge("work", "queue", "server", "work"),
    ),
)

GOALS = (
    Goal(
        "busy-for-nobody",
        "Let the unbounded queue answer fewer than ten a second in time for 10 s while most of its work is for clients gone",
        (
            Condition("series", "goodput_rps", "unbounded-queue", "<", 10.0, for_s=10.0),
            Condition("series", "wasted_share", "unbounded-queue", ">", 0.8, for_s=10.0),
        ),
    ),
    Goal(
        "rush-hour",
        "Send a rush, and keep 95 % of the critical requests answered for 8 s while background ones go short",
        (
            Condition("change", "rush"),
            Condition("series", "background_in_time", "shed-by-priority", "<", 0.3, for_s=8.0),
            Condition("series", "critical_in_time", "shed-by-priority", ">=", 0.95, for_s=8.0),
        ),
    ),
    Goal(
        "too-long-a-line",
        "Let the bounded queue be too long for its speed: more than half of its work wasted for 10 s",
        (Condition("series", "wasted_share", "bounded-queue", ">", 0.5, for_s=10.0),),
    ),
    Goal(
        "half-the-capacity",
        "Slow the servers down and see the adaptive limit fall below 15",
        (Condition("change", "slow"), Condition("series", "limit", "adaptive-concurrency", "<", 15.0)),
        in_order=True,
    ),
    Goal(
        "same-work-more-use",
        "End a run in which the bounded queue has at least twice the useful answers of the unbounded one",
        (Condition("metric", "goodput_rps", "bounded-queue", ">=", than_arm="unbounded-queue", factor=2.0),),
    ),
)

_STEADY = {"surge": 1.0}

SCENES = (
    Scene(
        "the-wall",
        "Up to the wall",
        "100 requests a second is what these servers can do. Turn the rate up past it. The unbounded queue serves as many as "
        "ever, and soon not one of them in time. The bounded one says no to the surplus and answers the rest.",
        {**_STEADY, "rate_rps": 80.0},
        "rate_rps",
        ("unbounded-queue", "bounded-queue"),
        "answers in time, wasted work",
    ),
    Scene(
        "how-long",
        "How long may the line be?",
        "Traffic stands at 1.3 times the capacity, and clients wait for a second. With 40 places nobody waits too long. Give "
        "the line 400 and look at the answers in time: more room, less use.",
        {**_STEADY, "rate_rps": 130.0},
        "queue_limit",
        ("bounded-queue", "lifo"),
        "queue delay, answers in time",
    ),
    Scene(
        "who-matters",
        "Who is turned away?",
        "All these lines are full, so somebody goes. Change how much of the traffic is critical: shedding by priority keeps "
        "the critical ones whole as long as they alone fit into the capacity.",
        {**_STEADY, "rate_rps": 140.0},
        "critical_share",
        ("bounded-queue", "shed-by-priority"),
        "critical, normal and background requests answered in time",
    ),
    Scene(
        "slower-work",
        "The same line, slower work",
        "80 places are 0.8 s of waiting as long as work takes a tenth of a second. Slow the servers down, and the same places "
        "are 1.6 s, longer than anybody stays. A bound on time, and a limit that watches the answers, follow by themselves.",
        {**_STEADY, "rate_rps": 95.0, "queue_limit": 80},
        "slow",
        ("bounded-queue", "adaptive-concurrency", "codel"),
        "queue delay, answers in time",
    ),
    Scene(
        "ghosts",
        "Does the server know who left?",
        "After the surge the unbounded queue is full of requests whose clients have gone. Let the server notice: it skips "
        "them, and is well again within seconds. Noticing is half of the cure; most servers do not.",
        {},
        "hang_up",
        ("unbounded-queue", "bounded-queue"),
        "answers in time after the surge",
    ),
)

QUESTIONS = (
    Question("wins", "Which arm leaves the fewest requests without an answer in time?", "arm", "error_rate"),
    Question(
        "aftermath",
        "The surge lasts 20 s. How long after its end does the unbounded queue answer in time again?",
        "number",
        "recovery_s",
        "unbounded-queue",
        "s",
        0.0,
        80.0,
        10.0,
    ),
    Question(
        "critical",
        "When the least important is shed first, what share of the critical requests is answered in time?",
        "number",
        "critical_success_rate",
        "shed-by-priority",
        "",
        0.5,
        1.0,
        0.02,
    ),
)

TRY_THIS = (
    "Set the queue limit to 0: no waiting at all. How many more are turned away on an ordinary day, without any surge?",
    "Set the queue limit to (patience - 0.1 s) times the capacity, 90. Then to 180. Where does goodput fall, and why there?",
    "Make everything critical: what is left of shedding by priority?",
    "Choose RFC 8289's law for controlled delay: its drops come too slowly for clients that do not slow down.",
    "Let the limiter be AIMD and compare the saw-tooth of its limit with the gradient's. Then Vegas: the best time it has seen "
    "was luck, so it refuses too many. With a spread of 0 it is right.",
    "Set one server, no surge (1) and 70 requests a second, and look at the unbounded queue: M/M/1, and the theory to compare "
    "it with.",
    "Give the service times a spread of 3: which arms feel it, and which only look at the waits?",
    "Send two rushes at once. Which arm is the first to answer in time again?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson traffic in three classes; clients who leave after their patience and do not come back.",
        "Servers that work on one request each, for times of the chosen mean and spread; their speed does not depend on load.",
        "The lines and the limiter themselves: what runs here is the code shown on this page.",
        "Common luck: request 4711 is as heavy and of the same class in every arm.",
    ),
    left_out=(
        "Retries: clients who were refused or left would come again, and make the surge longer (they have a lab of their own).",
        "The cost of a refusal: here it takes no time. In a real server the request has been read and parsed by then.",
        "Servers that slow down under load by themselves: memory, garbage collection, caches that go cold.",
        "Several servers' queues behind a balancer, and many clients that share one limit.",
    ),
    measured_error=(
        "Against theory in steady traffic (12 runs each: M/M/1 for 150 s, M/M/1/11, M/M/3/103 and M/M/10/50 for 120 s): "
        "utilization and answers in time within 0.8 % (in M/M/3/103 nearly all come too late: 0.10 a second in time, where "
        "theory says 0.008), the share turned away within 1.9 %, number in line and wait within 3 %, each time inside the 95 % "
        "interval. Surges (16 seeds): the unbounded queue is late a tenth sooner than the fluid limit says at the defaults, "
        "since chance fills it before the mean does; it is well again within 4 % of the time predicted. There is no live world "
        "for this lab."
    ),
)
