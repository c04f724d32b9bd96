"""What the rate-limiter lab shows and asks: charts, picture, goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.contract import (
    Condition,
    Edge,
    Goal,
    Honesty,
    Metric,
    Node,
    Question,
    Scene,
    Series,
    Topology,
)

SERIES = (
    Series("in_window_share", "Busiest key: calls in the last window per limit", "", "Calls in the last window, of the limit"),
    Series("admitted_rps", "Calls that go on to the service", "/s", "Calls admitted"),
    Series("denied_rps", "Calls denied", "/s", "Calls denied"),
    Series("log_error_share", "Decided otherwise than by an exact log", "", "Error against the exact log"),
    Series("bytes_per_key", "Memory of a key", "B", "Memory of a key in the store"),
    Series("round_trips", "Round trips a check", "", "Round trips to the store, per check"),
    Series("p99_s", "99th percentile", "s", "Time until an admitted call goes on"),
    Series("retry_after_s", "Told to wait", "s", "What a denied client is told to wait"),
    Series("blind_share", "Decided without the store", "", "Decided without the store"),
)

METRICS = (
    Metric("throughput_rps", "Calls decided", "/s", ""),
    Metric("goodput_rps", "Calls admitted", "/s", ""),
    Metric("rejected_rate", "Calls denied", "", ""),
    Metric("unavailable_rate", "Calls turned away because the store was gone", "", "lower"),
    Metric("blind_rate", "Calls decided without the store", "", "lower"),
    Metric("peak_window_share", "Most calls of a key within any window, per limit", "", "lower"),
    Metric("peak_rps", "Busiest half second of the service", "/s", "lower"),
    Metric("log_error_rate", "Calls decided otherwise than by an exact log", "", "lower"),
    Metric("extra_rate", "Calls admitted that the log denies", "", "lower"),
    Metric("wrongly_denied_rate", "Calls denied that the log admits", "", "lower"),
    Metric("longest_dry_s", "Longest time in which a key asked and got nothing", "s", "lower"),
    Metric("retry_after_s", "Mean time that a denied client is told to wait", "s", ""),
    Metric("round_trips_per_check", "Round trips to the store per check", "", "lower"),
    Metric("bytes_per_key", "Memory of a key at its fullest", "B", "lower", 0),
    Metric("store_s", "Mean time of a check at the store", "s", "lower", 5),
    Metric("mean_wait_s", "Mean time that an admitted call is held back", "s", "lower"),
    Metric("mean_s", "Mean time until an admitted call goes on", "s", "lower", 4),
    Metric("p50_s", "Median", "s", "lower", 4),
    Metric("p95_s", "95th percentile", "s", "lower", 4),
    Metric("p99_s", "99th percentile", "s", "lower", 4),
)

TOPOLOGY = Topology(
    nodes=(
        Node("client", "Clients", "client", 0.0, 0.0, ("calm", "waiting")),
        Node("limiter", "Nodes", "limiter", 1.0, 0.0, ("counting", "limited", "cut off"), members="nodes"),
        Node("service", "Service", "service", 2.0, 0.0, ("calm", "crowded")),
        Node("store", "Counts", "store", 1.0, 1.0, ("up", "hung", "down")),
    ),
    edges=(
        Edge("call", "client", "limiter", "calls"),
        Edge("check", "limiter", "store", "checks"),
        Edge("pass", "limiter", "service", "admitted"),
    ),
)

GOALS = (
    Goal(
        "double",
        "Get nearly twice its limit past the fixed window within one window",
        (
            Condition("series", "in_window_share", "fixed-window", ">=", 1.9),
            Condition("series", "in_window_share", "fixed-window", ">=", than_arm="sliding-log", factor=1.8),
        ),
    ),
    Goal(
        "trap",
        "Send so steadily that the naive log admits next to nothing for 20 s while the exact one goes on",
        (
            Condition("series", "admitted_rps", "naive-log", "<", 2.0, for_s=20.0),
            Condition("series", "admitted_rps", "sliding-log", ">", 2.0),
        ),
    ),
    Goal(
        "collide",
        "Trick the naive log: get a fifth more than the limit past it because calls share a tick of the clock",
        (
            Condition("series", "in_window_share", "naive-log", ">=", 1.2),
            Condition("series", "in_window_share", "naive-log", ">=", than_arm="sliding-log", factor=1.2),
        ),
    ),
    Goal(
        "skew",
        "Break the exact log: let hosts with different clocks tell it the time until it lets a fifth too many through",
        (Condition("change", "time_from"), Condition("series", "in_window_share", "sliding-log", ">=", 1.2)),
        in_order=True,
    ),
    Goal(
        "outage",
        "Kill the store, see the nodes decide without it, revive it, and see it decide again",
        (
            Condition("change", "kill"),
            Condition("mark", "state", "", "==", "cut off"),
            Condition("change", "revive"),
            Condition("mark", "state", "", "==", "counting"),
        ),
        in_order=True,
    ),
    Goal(
        "heavy",
        "Make the exact log keep 20 kB for a single key",
        (Condition("series", "bytes_per_key", "sliding-log", ">=", 20_000.0),),
    ),
    Goal(
        "smooth",
        "End a run in which the leaky bucket's busiest half second is less than a third of the token bucket's",
        (Condition("metric", "peak_rps", "leaky-bucket", "<", than_arm="token-bucket", factor=0.34),),
    ),
)

SCENES = (
    Scene(
        "edge",
        "Twice the limit",
        "Everybody who knows when the window ends can send its limit just before the edge and once more just after it. Turn up "
        "the call rate and watch how much of the limit the busiest key gets within one window.",
        {"pattern": "edge-of-window", "rate_rps": 20.0, "keys": 3},
        "rate_rps",
        ("fixed-window", "sliding-window-counter", "sliding-log"),
        "calls in the last window",
    ),
    Scene(
        "trap",
        "The trap",
        "The naive log adds a call before it counts, so a denied call fills the window as well. Raise the rate above the limit "
        "(20 a second for two keys) and see what a client gets that does not give up asking.",
        {"pattern": "steady", "rate_rps": 18.0, "keys": 2},
        "rate_rps",
        ("naive-log", "sliding-log"),
        "calls admitted",
    ),
    Scene(
        "burst",
        "Where does a burst go?",
        "The same bursts meet three ideas of them. The log spends the whole limit at once and then starves; the token bucket "
        "passes its burst and then keeps the pace; the leaky bucket makes it wait. Change the burst.",
        {"pattern": "bursty", "rate_rps": 18.0, "keys": 2},
        "burst",
        ("sliding-log", "token-bucket", "leaky-bucket"),
        "calls admitted, time until an admitted call goes on",
    ),
    Scene(
        "clocks",
        "Whose clock?",
        "Four hosts, and the fastest clock is 8 s ahead of the slowest. As long as the store tells the time nothing is wrong. "
        "Now let the hosts tell it: the fast one deletes what the others have just written.",
        {"pattern": "steady", "rate_rps": 30.0, "keys": 2, "clock_skew_s": 8.0},
        "time_from",
        ("sliding-log", "fixed-window", "gcra", "token-bucket"),
        "calls in the last window, error against the exact log",
    ),
    Scene(
        "without",
        "Without the store",
        "Kill the store, or freeze it, and revive it some seconds later. What gets through meanwhile somebody has to decide "
        "beforehand. Here the nodes fail open and admit everything; closed denies everything, and a limiter of its own on each "
        "node comes near to the truth: the full panel has them.",
        {"pattern": "steady", "rate_rps": 30.0, "keys": 2},
        "kill",
        ("sliding-log", "gcra"),
        "calls in the last window, decided without the store",
    ),
)

QUESTIONS = (
    Question("exact", "Which arm comes nearest to what an exact log would decide?", "arm", "log_error_rate"),
    Question(
        "edge",
        "How much of its limit does the fixed window let a key have within any one window, at the worst?",
        "number",
        "peak_window_share",
        "fixed-window",
        "",
        0.5,
        3.0,
        0.15,
    ),
    Question(
        "memory",
        "How many bytes does the exact log keep for a key at its fullest?",
        "number",
        "bytes_per_key",
        "sliding-log",
        "B",
        0.0,
        10_000.0,
        1500.0,
    ),
)

TRY_THIS = (
    "Let the calls come around the edges of windows: which arms notice, and which only promise an average?",
    "Set the limit to 129 instead of 128 and send three times as much, steadily: why does a key suddenly cost 2.7 times more?",
    "Send in bursts to one key and write the time down in ticks of 100 ms: now the naive log hardly limits anything.",
    "Take denied calls back: the trap is gone, and what does the second round trip cost?",
    "Let the hosts tell the time, 8 s apart: the token bucket hardly minds, GCRA starves the slow hosts. So are they equal?",
    "Freeze the store while it fails open, then revive it: the checks of the callers who left are still counted.",
    "Set the round trip to 0.1 s, twice the timeout: the store is well, and nobody ever hears from it.",
    "Compare what a denied client is told to wait: the naive log says “a window” to everybody.",
)

HONESTY = Honesty(
    modelled=(
        "The limiters themselves: what runs here is the code shown on this page. In the live world it is their Lua twin on a "
        "real Valkey, and the naive log is a real MULTI/EXEC transaction.",
        "One store for all nodes, a round trip that always takes the same time, a timeout; calls come to any of the nodes.",
        "An exact log beside each arm, told of the same calls at the instants at which they were judged.",
        "Memory: what Valkey 9 says that a key of this shape takes, as a formula.",
    ),
    left_out=(
        "Clients that react: nobody here obeys Retry-After, and nobody retries.",
        "What the store's processor can take; replication and failover (a replica that takes over has forgotten the last "
        "counts); clusters, in which a hot key is one shard's load.",
        "The service behind the limiter: it takes what it gets.",
        "Clocks that drift or are set back: here they are off by a constant.",
        "The start of a killed store: in the simulated world it is up at once, the live one needs some tenths of a second.",
    ),
    measured_error=(
        "Against the live world (25 s at the defaults, same seed): every arm admits the same share of the calls to four "
        "digits; memory within 0.5 %, the naive log's within 8 %. A check takes 0.8 ms there (median; 1 ms is modelled), and "
        "7 ms at the 99th percentile on a busy machine, which the model does not know. Against theory (steady calls at the "
        "default rate, 16 seeds): the share admitted is within 0.7 %, time held back within 2 %; the naive log, at its knee, "
        "within 5 %, for 1 % more traffic leaves it 5 % less to admit."
    ),
)
