"""The load-balancer lab's scenes and goals."""

from labs.experiments.contract import Condition, Goal, Scene

_CALM = {"incident": "none"}

GOALS = (
    Goal(
        "ten-times",
        "See random balancing answer ten times as late as two choices (99th percentile, for 5 s)",
        (Condition("series", "p99_s", "random", ">", than_arm="two-choices", factor=10.0, for_s=5.0),),
    ),
    Goal(
        "black-hole",
        "Kill a server and watch least connections send more than a third of all requests to the dead one",
        (Condition("change", "kill"), Condition("series", "error_share", "least-connections", ">", 0.35)),
        in_order=True,
    ),
    Goal(
        "kill-and-restore",
        "Kill a server, see errors, restore it, and have 10 s without an error",
        (
            Condition("change", "kill"),
            Condition("series", "error_share", "", ">", 0.0),
            Condition("change", "restore"),
            Condition("series", "error_share", "", "==", 0.0, for_s=10.0),
        ),
        in_order=True,
    ),
    Goal(
        "worth-looking",
        "Turn the rate; end with least connections below a fifth of a second on average while random takes three times as long",
        (
            Condition("change", "rate_rps"),
            Condition("metric", "mean_s", "least-connections", "<", 0.2),
            Condition("metric", "mean_s", "least-connections", "<", than_arm="random", factor=0.33),
        ),
    ),
    Goal(
        "even-hand",
        "End a run in which smooth weighted round robin repeats a server less than half as often as weighted random",
        (Condition("metric", "repeat_share", "smooth-weighted-round-robin", "<", than_arm="weighted-random", factor=0.5),),
    ),
    Goal(
        "nobody-counts",
        "Let nobody count: one server gets all the work for 10 s",
        (Condition("series", "imbalance", "least-connections", ">", 4.0, for_s=10.0),),
    ),
    Goal(
        "few-move",
        "Add a server and end a run in which fewer than a quarter of the keys moved with consistent hashing",
        (Condition("change", "add"), Condition("metric", "moved_share", "consistent-hash", "<", 0.25)),
        in_order=True,
    ),
)

SCENES = (
    Scene(
        "equal",
        "Equal servers, unequal queues",
        "Six equal servers, 80 % busy, nothing goes wrong. A random draw makes queues while servers stand idle beside them; "
        "going round is better; two looks are better still. Turn the rate up. Theory speaks here: compare its numbers.",
        _CALM,
        "rate_rps",
        ("random", "round-robin", "least-connections", "two-choices"),
        "time to the answer, crowded servers",
    ),
    Scene(
        "slow-one",
        "One slow server",
        "Slow one server down. Equal shares go on feeding it, and its queue grows as long as it is slow and drains long after "
        "that. Whoever counts what is under way feels the slowness without measuring it.",
        _CALM,
        "slow",
        ("round-robin", "two-choices", "peak-ewma"),
        "requests at each server",
    ),
    Scene(
        "black-hole",
        "The dead look idle",
        "Kill a server. Until the health check notices, connections to it are refused within a moment: it never has anything "
        "under way, so it is everybody's favourite. Random loses a sixth of the requests meanwhile, least connections more "
        "than twice as many. Peak EWMA counts a failure as a very late answer, and stays away after the first few.",
        {**_CALM, "detection_s": 5.0},
        "kill",
        ("random", "least-connections", "two-choices", "peak-ewma"),
        "errors that callers see, requests sent to each server",
    ),
    Scene(
        "weights",
        "What weights are worth",
        "The fastest server is six times as fast as the slowest. Weights that match bring all to the same load; drawn by "
        "weight they come in streaks, smoothly dealt they do not. Turn them the wrong way round, and see who needs none.",
        {**_CALM, "speed_spread": 6.0},
        "weights",
        ("weighted-random", "smooth-weighted-round-robin", "least-connections", "peak-ewma"),
        "requests sent to each server, how evenly the work is spread",
    ),
    Scene(
        "many-balancers",
        "Many balancers, each with its own opinion",
        "Four balancers share the requests, and none sees the others'. Least connections counts a quarter of what is there. "
        "Join idle queue lets the idle servers say so themselves, and wins while all is well. Then slow a server down.",
        {**_CALM, "balancers": 4, "servers": 16, "rate_rps": 250.0},
        "slow",
        ("round-robin", "least-connections", "two-choices", "join-idle-queue"),
        "time to the answer, requests at each server",
    ),
)
