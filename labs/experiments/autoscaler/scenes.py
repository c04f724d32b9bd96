"""What the autoscaler lab tells and asks: goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.contract import Condition, Goal, Honesty, Question, Scene

GOALS = (
    Goal(
        "cavalry",
        "Let the step scaler fail a third of its users for five minutes, and see target tracking serve all of them again",
        (
            Condition("series", "error_share", "step", ">", 0.33, for_s=300.0),
            Condition("series", "error_share", "target-tracking", "<", 0.01, for_s=120.0),
        ),
        in_order=True,
    ),
    Goal(
        "foresight",
        "End a run in which prediction failed less than 60 % of the share that target tracking failed",
        (Condition("metric", "error_rate", "predictive", "<", than_arm="target-tracking", factor=0.6),),
    ),
    Goal(
        "flap",
        "Make the step scaler undo five of its orders within five minutes each",
        (Condition("metric", "flaps", "step", ">=", 5.0),),
    ),
    Goal(
        "wrong-tier",
        "Slow the database until the step scaler orders eight instances that are of no use",
        (
            Condition("change", "slow-database"),
            Condition("series", "database_slowdown", "step", ">=", 10.0),
            Condition("series", "wanted", "step", ">=", 8.0),
        ),
        in_order=True,
    ),
    Goal(
        "crowd",
        "Open half as many connections again as the database bears, for two minutes",
        (Condition("series", "connections_share", "", ">=", 1.5, for_s=120.0),),
    ),
    Goal(
        "thrift",
        "Carry a peak above 30 a second with target tracking, fail less than 3 %, and pay for 6 instances on average at most",
        (
            Condition("series", "load_rps", "target-tracking", ">", 30.0),
            Condition("metric", "error_rate", "target-tracking", "<", 0.03),
            Condition("metric", "mean_instances", "target-tracking", "<=", 6.0),
        ),
    ),
)

SCENES = (
    Scene(
        "late",
        "The cavalry is late",
        "The load jumps to more than ten times its size. One policy adds one instance and rests for five minutes, the other "
        "orders all that is missing at once. Both wait for a boot. Turn the boot time: what can even the better policy not "
        "give "
        "you?",
        {},
        "boot_s",
        ("step", "target-tracking"),
        "instances that serve, errors that callers see",
    ),
    Scene(
        "second-peak",
        "The second peak is no surprise",
        "The same spike comes forty minutes later. Target tracking is as late as before; prediction has seen the first one and "
        "orders ahead. Then lengthen the period of the load and leave the season as it is: what is a wrong calendar worth?",
        {},
        "period_s",
        ("target-tracking", "predictive"),
        "instances wanted before the second peak",
    ),
    Scene(
        "two-clocks",
        "Two clocks that never meet",
        "Waves of ten minutes. The rest after scaling out knows nothing of the one after scaling in, so what was bought at the "
        "crest is given back in the trough, and missing at the next crest. Let any action start the scale-in rest.",
        {"curve": "diurnal", "period_s": 600.0, "base_rps": 1.0, "peak_rps": 15.0},
        "shared_cooldown",
        ("step",),
        "instances that serve, load and what the fleet can serve",
    ),
    Scene(
        "wrong-tier",
        "Slow is not short of instances",
        "Steady load, half of what the fleet can do, and latency is one of the signals. Slow the database: the processors are "
        "idle, the users wait, and the step scaler buys one machine after the other. None of them helps.",
        {"curve": "steady", "peak_rps": 4.5, "use_p95": True},
        "slow-database",
        ("step", "target-tracking"),
        "instances wanted, time to the answer",
    ),
    Scene(
        "crowd",
        "More instances, less service",
        "Every instance opens ten connections, and here the database bears eighty. With each instance beyond the eighth all "
        "queries take longer, so requests pile up, so the queue-based scaler orders more. Guard the database.",
        {"database_connections": 80, "peak_s": 1200.0},
        "guard_downstream",
        ("target-tracking", "queue-based"),
        "the database, errors that callers see",
    ),
)

QUESTIONS = (
    Question("wins", "Which policy fails the fewest requests?", "arm", "error_rate"),
    Question(
        "step-error",
        "The step scaler adds one instance per five minutes. What share of all requests does it fail?",
        "number",
        "error_rate",
        "step",
        "",
        0.0,
        1.0,
        0.1,
    ),
    Question(
        "reaction",
        "Averages of 60 s, a decision every 60 s, a boot of 90 s: how long after the jump does the first new instance serve?",
        "number",
        "reaction_s",
        "target-tracking",
        "s",
        0.0,
        600.0,
        15.0,
    ),
)

TRY_THIS = (
    "Let target tracking follow the CPU alone, with work of 2 s per request: a share that saturates at 100 % multiplies the "
    "fleet by 1.4 at most, once per boot. Then let it follow the load.",
    "Make the step 10 instead of 1: is the step scaler cured, and what happens after the peak?",
    "Set the stabilisation window to 600 s, and to 0, under waves of ten minutes: who flaps now?",
    "Let heaps keep their memory, and rest for a minute only: the step scaler never again finds memory below 50 %, and keeps "
    "what it bought.",
    "Average over 5 s instead of 60: a snapshot of a steady load near a threshold is an order now and then.",
    "Count booting instances as well, with steps of 4 and a rest of 60 s: idle newcomers talk the step scaler out of its "
    "orders.",
    "Give the fleet a quota of 6, or let half of the cloud's orders fail: what does the loop do, and what would you alert on?",
    "Choose the viral curve: nobody has seen it before. What is prediction worth now?",
    "Turn draining off and make the work 4 s long: count the requests that are lost with each instance that goes.",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson traffic along the curve; the balancer sends each request to the instance with the least in flight.",
        "Instances with slots and a bounded queue; they boot for a fixed time, serve, drain. Each request then makes one "
        "query.",
        "The scalers and the loop around them: what runs here is the code shown on this page, behind the two ports, with an "
        "adapter for a cloud that delays, fails and has a quota.",
        "A database that is slowed by connections: (connections / limit)² is a stand-in for context switches, locks and "
        "memory.",
        "A heap that follows the load, and one that only grows.",
    ),
    left_out=(
        "Cold caches, connection set-up and just-in-time compilation: a new instance is as fast as an old one from its "
        "first request.",
        "Boots that differ or fail, and bills by the minute or the hour: an instance is paid for by the second.",
        "Retries of the requests that were turned away; they would make each shortage worse.",
        "Scaling of the database itself, and regions or zones that fail.",
        "A real day: periods of ten to forty minutes stand for it, while rests, windows and boots keep their usual length. "
        "Over a "
        "slow day the step scaler looks better than here.",
    ),
    measured_error=(
        "Against theory: rests, climbs and the reaction to a spike are met to the second (they are counted, not drawn), in "
        "all of eight seeds. A fleet of three under 11 requests a second served 11.10 ± 0.17 of them and was busy for 73.8 "
        "± 1.4 % of the time (theory 73.3 %); under 25 a second it served 15.05 ± 0.08 (theory 15.0), over 16 seeds of 300 s."
    ),
)
