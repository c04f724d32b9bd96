"""What the health lab shows and asks: charts, picture, goals, scenes and questions."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Condition, Edge, Goal, Honesty, Metric, Node, Question, Scene, Series, Topology
from labs.experiments.events import Scalar
from labs.experiments.health_and_recovery.knobs import MAXIMUM_SERVERS

ROWS = tuple(f"server-{place}" for place in range(1, MAXIMUM_SERVERS + 1))

SERIES = (
    Series("in_pool", "Servers that get requests", "", "Servers that get requests", "step"),
    Series("live", "Servers that are well", "", "Servers that are well", "step"),
    CALLER_SERIES["error_share"],
    Series("wrongly_out", "Well, and left out", "", "Well, and left out", "step"),
    Series("wrongly_in", "Ill, and still asked", "", "Ill, and still asked", "step"),
    CALLER_SERIES["goodput_rps"],
    CALLER_SERIES["p99_s"],
    Series("detection_s", "Last time from illness to removal", "s", "Detection time", "step"),
    Series("false_evictions", "Well servers thrown out so far", "", "False evictions", "step"),
    Series("restarts", "Restarts so far", "", "Restarts", "step"),
    Series("server_error_share", "Share of its requests that failed", "", "Errors by server", "heat", rows=ROWS),
)

METRICS = (
    *(
        CALLER_METRICS[name]
        for name in (
            "throughput_rps",
            "goodput_rps",
            "error_rate",
            "rejected_rate",
            "timeout_rate",
            "mean_s",
            "p50_s",
            "p95_s",
            "p99_s",
        )
    ),
    CALLER_METRICS["callers_waiting"],
    Metric("detection_s", "Mean time from a crash until no request is sent there", "s", "lower"),
    Metric("detection_max_s", "Longest such time", "s", "lower"),
    Metric("gray_detection_s", "The same for gray failures", "s", "lower"),
    Metric("return_s", "Mean time from mending until it gets requests again", "s", "lower"),
    Metric("crashes", "Crashes", "", "", 0),
    Metric("false_evictions", "Well servers thrown out", "", "lower", 0),
    Metric("false_evictions_per_h", "The same per hour of a well server", "/h", "lower"),
    Metric("wrongly_out_share", "Share of well servers left out", "", "lower"),
    Metric("wrongly_in_share", "Share of the fleet ill and still asked", "", "lower"),
    Metric("in_pool_mean", "Mean number of servers that get requests", "", ""),
    Metric("in_pool_min", "Least number of servers that get requests", "", "higher", 0),
    Metric("empty_share", "Share of the time with nobody to ask", "", "lower"),
    Metric("empty_at_s", "When nobody was left for the first time", "s", "higher"),
    Metric("panic_share", "Share of the time in panic", "", ""),
    Metric("probes_rps", "Probes sent", "/s", ""),
    Metric("connections_rps", "Connections opened by probes", "/s", "lower"),
    Metric("restarts", "Restarts", "", "lower", 0),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Callers", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("pool", "Balancer", "balancer", 1.0, 0.0, ("picking", "panic", "empty")),
        Node("checker", "Health checker", "client", 1.0, 1.0, ("asking", "cut off")),
        Node(
            "servers",
            "Servers",
            "service",
            2.0,
            0.0,
            (
                "serving",
                "well but out",
                "gray but asked",
                "gray and out",
                "dead but asked",
                "dead and out",
                "booting",
                "troubled",
            ),
            slots="slots",
            members="servers",
        ),
        Node("database", "Shared database", "store", 3.0, 0.0, ("up", "down")),
    ),
    edges=(
        Edge("request", "client", "pool", "requests"),
        Edge("call", "pool", "servers", "calls"),
        Edge("probe", "checker", "servers", "probes"),
        Edge("query", "servers", "database", "queries"),
    ),
)

GOALS = (
    Goal(
        "nobody-left",
        "Watch the naive pool shrink until nobody is left",
        (Condition("series", "in_pool", "remove-for-good", "<=", 0.0, for_s=5.0),),
    ),
    Goal(
        "friendly-fire",
        "Throw out a whole fleet of well servers by rise and fall, with a deep probe",
        (
            Condition("series", "wrongly_out", "rise-fall", ">=", 2.0),
            Condition("series", "in_pool", "rise-fall", "<=", 0.0, for_s=2.0),
        ),
    ),
    Goal(
        "fail-open",
        "Keep two thirds of the requests answered for 5 s in panic",
        (
            Condition("mark", "state", "panic-threshold", "==", "panic"),
            Condition("series", "error_share", "panic-threshold", "<", 0.34, for_s=5.0),
        ),
        in_order=True,
    ),
    Goal(
        "gray",
        "Turn a server gray and see the requests find it sooner than the probes",
        (
            Condition("change", "gray"),
            Condition("metric", "gray_detection_s", "outlier-ejection", "<", than_arm="rise-fall", factor=0.5),
        ),
    ),
    Goal(
        "calm",
        "End a run of rise and fall with a crash found within 8 s, and no well server thrown out",
        (
            Condition("metric", "detection_s", "rise-fall", "<", 8.0),
            Condition("metric", "false_evictions", "rise-fall", "<", 1.0),
        ),
    ),
    Goal(
        "crash-loop",
        "Make a supervisor restart servers eight times and more for the sake of a database",
        (Condition("change", "liveness"), Condition("metric", "restarts", "", ">=", 8.0)),
    ),
)

_STEADY: dict[str, Scalar] = {"schedule": "none", "probe_loss": 0.0}

SCENES = (
    Scene(
        "crash",
        "Who notices a death?",
        "One of eight servers crashes. Until somebody notices, every eighth request fails. Turn “fall” and crash it again: how "
        "long do the probes take, how long the requests themselves?",
        {"schedule": "crash", "probe_loss": 0.0, "depth": "shallow"},
        "fall",
        ("rise-fall", "outlier-ejection"),
        "ill and still asked, errors that callers see",
    ),
    Scene(
        "loss",
        "Thrown out alive",
        "Nothing is wrong with any server; a few probes get lost on their way. One lost probe is enough for the naive pool, "
        "and whoever has left it never returns. Raise the loss: when does a pool that waits for three in a row begin to err?",
        {**_STEADY, "probe_loss": 0.05},
        "probe_loss",
        ("remove-for-good", "rise-fall"),
        "servers that get requests, false evictions",
    ),
    Scene(
        "gray",
        "Well, says the probe",
        "A gray server answers every probe and fails four requests in five. Ask shallowly and the checker sees nothing at all; "
        "ask deeply and it sees something now and then. What do the requests know?",
        {"schedule": "gray", "probe_loss": 0.0, "gray_s": 60.0, "depth": "shallow"},
        "depth",
        ("rise-fall", "outlier-ejection"),
        "errors by server, detection time",
    ),
    Scene(
        "database",
        "Everybody is ill at once",
        "Three requests in ten need the database; the others do not. It fails, every deep probe says so, and all servers "
        "leave the pool together: an outage for three in ten becomes one for all. The panic threshold decides how few are too "
        "few to be believed.",
        {**_STEADY, "schedule": "database"},
        "panic_threshold",
        ("rise-fall", "panic-threshold"),
        "errors that callers see",
    ),
    Scene(
        "restarts",
        "Restart until it works",
        "A supervisor restarts whatever is not alive. Let liveness ask the database as well, and a database that is away for "
        "25 s takes the whole fleet with it: restarts do not mend databases, and they take away the servers that still worked.",
        {**_STEADY, "schedule": "database", "self_healing": True, "depth": "shallow", "database_s": 25.0},
        "liveness",
        ("panic-threshold",),
        "restarts, errors that callers see",
    ),
)

QUESTIONS = (
    Question("fewest", "Which arm leaves the fewest requests without an answer?", "arm", "error_rate"),
    Question(
        "found",
        "How long does a crashed server get requests by rise and fall (every 2 s, three in a row)?",
        "number",
        "detection_s",
        "rise-fall",
        "s",
        0.0,
        20.0,
        1.0,
    ),
    Question(
        "naive",
        "What share of the requests fails behind the pool that removes for good?",
        "number",
        "error_rate",
        "remove-for-good",
        "",
        0.0,
        1.0,
        0.1,
    ),
)

TRY_THIS = (
    "Halve the interval and double fall: the same detection time, but how many well servers are thrown out now?",
    "Set the probe timeout to 0.5 s and the rate to 340 a second, above what eight servers can do: probes wait in the queue, "
    "time out, and the checker takes the overload for an illness. Who survives it? Then give the probes a port of their own.",
    "Cut the probes of the checker: every server looks dead, and none is. Compare rise and fall with the panic threshold.",
    "Set the depth to shallow and run the default: the database outage now throws nobody out, and who finds the gray server?",
    "Let a crashed server be silent instead of refusing: what do callers wait for, and by how much later is it found?",
    "Let each probe open a new connection and set the probe timeout to 60 ms: a healthy fleet, and no probe comes back in "
    "time.",
    "Set the most that may be ejected to 1 and the failures in a row to 3, and let the database fail: what do the requests do "
    "now?",
    "Set the slow start to 0 and the mean service time to 0.07 s: watch the queue of a server in the second in which it "
    "returns.",
)

HONESTY = Honesty(
    modelled=(
        "Servers with slots and queues of their own; crashes that refuse or are silent; gray failures; a database that all "
        "share.",
        "Probes that travel (5 ms), get lost, wait in the queue like requests, and ask as deeply as they are told.",
        "The checkers, the detector, the pool and the supervisor themselves: what runs here is the code shown on this page.",
        "Common luck: request 4711 asks for the same and is as heavy in every arm, and the same probes of a server get lost.",
    ),
    left_out=(
        "Several balancers, each with an opinion of its own; gossip between them.",
        "Retries to another server, which hide most of what a dead one costs (the retry lab).",
        "Cold caches: slow start gives a returning server less traffic, but here it would not have needed it.",
        "What the database's outage costs in time: a query fails at once, while real ones often hang.",
    ),
    measured_error=(
        "Against theory: over 60 seeds of the default crash a server is found after 4.84 s on average by probes (theory 4.96) "
        "and after 0.121 s by requests (0.126). In steady runs of 5 minutes with random crashes or lost probes (20 seeds "
        "each), times to find lie within 1 %, times to return within 3 %, false evictions and time left out within 0.5 %, and "
        "the errors that crashes cost within 6 %, each inside the 95 % interval. It has no live twin."
    ),
)
