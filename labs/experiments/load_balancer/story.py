"""What the load-balancer lab shows and asks: charts, picture, metrics, questions, and how far it can be trusted."""

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES
from labs.experiments.contract import Edge, Honesty, Metric, Node, Question, Series, Topology
from labs.experiments.load_balancer.machines import NAMES

SERIES = (
    CALLER_SERIES["p99_s"],
    CALLER_SERIES["p50_s"],
    CALLER_SERIES["error_share"],
    Series("server_queue", "Requests at each server", "", "Requests at each server", "heat", rows=NAMES),
    Series("imbalance", "Busiest server's work against the mean", "×", "How evenly the work is spread"),
    Series("crowded", "Servers with three requests or more", "", "Crowded servers"),
    Series("server_rps", "Requests sent to each server", "/s", "Requests sent to each server", "heat", rows=NAMES),
    Series("server_p95_s", "95th percentile of each server", "s", "95th percentile of each server", "heat", rows=NAMES),
    CALLER_SERIES["waiting"],
    CALLER_SERIES["goodput_rps"],
)

METRICS = (
    *(CALLER_METRICS[name] for name in ("mean_s", "p50_s", "p95_s", "p99_s", "error_rate", "rejected_rate")),
    Metric("central_mean_s", "Mean time with one queue for all", "s", "lower"),
    Metric("central_p99_s", "99th percentile with one queue for all", "s", "lower"),
    *(CALLER_METRICS[name] for name in ("throughput_rps", "goodput_rps", "callers_waiting")),
    Metric("utilization", "Share of the servers at work", "", ""),
    Metric("busiest_share", "Share of the time in which the busiest server works", "", "lower"),
    Metric("imbalance", "Busiest server's work against the mean, second by second", "×", "lower"),
    Metric("crowded_share", "Share of the servers with three requests or more", "", "lower"),
    Metric("repeat_share", "Requests sent to the same server as the one before", "", ""),
    Metric("warm_share", "Requests sent to where their key was last", "", "higher"),
    Metric("moved_share", "Keys that move when the pool changes", "", "lower"),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Callers", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("balancer", "Balancer", "balancer", 1.0, 0.0, ("sending", "nobody to send to")),
        Node("servers", "Servers", "service", 2.0, 0.0, ("ready", "slow", "out", "dead"), slots=1, members="servers"),
    ),
    edges=(Edge("request", "client", "balancer", "requests"), Edge("call", "balancer", "servers", "calls")),
)

QUESTIONS = (
    Question("wins", "Which arm has the shortest 99th percentile?", "arm", "p99_s"),
    Question(
        "random-tail",
        "Server 2 takes four times as long for 25 s. Picked at random: within what time are 99 % of the requests answered?",
        "number",
        "p99_s",
        "random",
        "s",
        0.0,
        60.0,
        3.0,
    ),
    Question(
        "two-tail",
        "And where two servers are drawn and the one with fewer requests is taken?",
        "number",
        "p99_s",
        "two-choices",
        "s",
        0.0,
        10.0,
        0.3,
    ),
)

TRY_THIS = (
    "Take the incident away and raise the rate to 110 requests a second: which arm leaves one queue for all behind last?",
    "Make the fastest server six times as fast as the slowest, then turn the weights the wrong way round.",
    "Set the spread of service times to 0, then to 3: which policies suffer from heavy requests, and which do not care?",
    "Choose 8 balancers: round robin drifts towards random, and least connections sees an eighth of what it should count.",
    "Kill server 2 with a health check that takes 10 s, and count a failure of Peak EWMA as 0 s: who feeds the dead server?",
    "Run join idle queue beside least connections at 60 and at 115 requests a second: when does it pay to know more than idle?",
    "Turn the skew of the keys up to 1.2 with consistent hashing, then bound its loads to 1.25 times the mean.",
    "Add a server while it plays: how soon does it work as hard as the others, arm by arm?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson traffic; each server works on one request at a time and lets any number wait.",
        "The policies, the pool and its leases: what runs here is the code shown on this page.",
        "Death (connections refused, what is inside fails), slowness, a health check that notices late, deploys that drain.",
        "Common luck: request 4711 is as heavy and about the same key in every arm; one queue for all is reckoned beside each.",
    ),
    left_out=(
        "The network between balancer and servers, and the balancer's own limits; retries, which would hide some errors.",
        "Warm-up of added servers and cold caches: a request takes as long wherever it goes, so consistent hashing pays its "
        "price here and gets nothing for it but the share of warm requests.",
        "Health checks that are wrong: they have a lab of their own.",
        "Messages of join idle queue take no time and are never lost.",
    ),
    measured_error=(
        "Against the live world (30 s at 96 requests a second, one server four times as slow for 6 s, same seed): random "
        "and round robin send each server the same requests; mean times are 1.9 to 4.4 % longer there, 3 to 11 ms, for "
        "HTTP and for work that ends late. On a machine that is busy with other things they are far longer, and the run "
        "says so. Against theory (no incident, 16 runs of 120 s): means of random +0.2 %, round robin +2.1 %, one queue for "
        "all -0.1 %; among 30 servers two choices +0.4 % (480 a second), join idle queue with 6 balancers +0.6 % (375 a "
        "second). Each lies inside its 95 % interval but the last, whose form is a limit."
    ),
)
