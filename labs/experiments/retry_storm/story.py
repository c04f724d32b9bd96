"""What the retry-storm lab asks and tells: goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.contract import Condition, Goal, Honesty, Question, Scene

GOALS = (
    Goal(
        "metastable",
        "See an overload that stays after its cause has gone",
        (Condition("mark", "state", "", "==", "metastable"),),
    ),
    Goal(
        "rescue",
        "Rescue a service from it: after the overload has become metastable, turn one knob until users are served again",
        (
            Condition("mark", "state", "", "==", "metastable"),
            Condition("mark", "state", "", "==", "rescued"),
        ),
        in_order=True,
    ),
    Goal(
        "budget",
        "End a run in which the budget brought at least twice the useful answers that jitter alone brought",
        (Condition("metric", "goodput_rps", "retry-budget", ">=", than_arm="full-jitter", factor=2.0),),
    ),
    Goal(
        "multiply",
        "Let layers multiply: more than 30 attempts per request for 3 s",
        (Condition("series", "attempts_per_request", "", ">", 30.0, for_s=3.0),),
    ),
    Goal(
        "spread",
        "Spread a herd: full jitter with a busiest moment of retries less than half as high as exponential waits make",
        (Condition("metric", "retry_peak_rps", "full-jitter", "<", than_arm="exponential", factor=0.5),),
    ),
    Goal(
        "row",
        "Win the race for one row with full jitter and less than half of the writes of exponential waits",
        (Condition("metric", "contention_calls", "full-jitter", "<", than_arm="exponential", factor=0.5),),
    ),
)

SCENES = (
    Scene(
        "blip",
        "A blip becomes an outage",
        "The service is slow for two seconds, and then as strong as before. Without retries all is well at once. With four "
        "attempts a request, four times the traffic keeps its queue full: every answer comes too late, so every request is "
        "sent again. Jitter moves retries in time and does not make them fewer; a budget bounds what all do together. Turn the "
        "request rate down while the storm rages: at what rate does it die, and why there?",
        {"outage_s": 2.0, "client_error_rate": 0.0},
        "rate_rps",
        ("no-retry", "immediate", "full-jitter", "retry-budget"),
        "useful load, offered load, state of the service",
    ),
    Scene(
        "herd",
        "The herd",
        "Nothing is broken. Twice a minute 400 clients ask in the same instant, as jobs on the full minute do; most find the "
        "queue full, and all of those have the same idea. Press the button for a herd of your own, and look at the spectrum: "
        "exponential waits keep it together, jitter takes it apart.",
        {
            "outage_s": 0.0,
            "clients": 400,
            "herd_every_s": 30.0,
            "rate_rps": 15.0,
            "queue_limit": 80,
            "max_attempts": 6,
            "base_s": 0.5,
            "timeout_s": 2.0,
        },
        "herd",
        ("immediate", "exponential", "full-jitter", "equal-jitter"),
        "spectrum of arrivals, success",
    ),
    Scene(
        "layers",
        "Four times four times four",
        "Each layer has read that it should try again. While the service is too slow, one request of a user becomes four calls "
        "of the first layer, sixteen of the second, sixty-four of the third. Now let only the layer next to the service retry.",
        {"rate_rps": 20.0, "clients": 1, "base_s": 0.05, "outage_s": 20.0, "layers": 3},
        "retry_at",
        ("full-jitter", "retry-budget"),
        "attempts per request, offered load",
    ),
    Scene(
        "cap",
        "Still asleep",
        "The service is down for 20 s, and twelve attempts are allowed. Waits that double without a cap let some users sleep "
        "on for almost as long again when it is back. A cap brings them back within seconds; full jitter waits half as long, "
        "so the same number of attempts spans half the time: some give up.",
        {
            "naive_backoff": True,
            "rate_rps": 8.0,
            "clients": 1,
            "max_attempts": 12,
            "outage": "down",
            "outage_s": 20.0,
            "deadline_s": 600.0,
        },
        "naive_backoff",
        ("exponential", "full-jitter"),
        "waiting to try again, success",
    ),
    Scene(
        "row",
        "A race for one row",
        "A hundred clients read a row, change it, and write it back if nobody else has. One wins, the others try again, after "
        "a wait that is theirs to choose. Without jitter they meet again, however long they wait.",
        {"mode": "contention", "base_s": 0.01, "cap_s": 2.0},
        "clients",
        ("immediate", "exponential", "full-jitter", "equal-jitter", "decorrelated-jitter"),
        "offered load, clients left, spectrum of arrivals",
        75.0,
    ),
)

QUESTIONS = (
    Question("wins", "Which arm answers the most requests?", "arm", "goodput_rps"),
    Question(
        "outlives",
        "The outage lasts 10 s. With four attempts and full jitter, for how long is the service overloaded after its end?",
        "number",
        "metastable_s",
        "full-jitter",
        "s",
        0.0,
        60.0,
        5.0,
    ),
    Question(
        "sent",
        "With a budget of one retry in ten, how many attempts does the service get per request?",
        "number",
        "attempts_per_request",
        "retry-budget",
        "",
        1.0,
        4.0,
        0.15,
    ),
)

TRY_THIS = (
    "Restart the service while it is metastable: the queue is gone. For how long?",
    "Set the attempts to 1 while the storm rages, wait until users are served, and set them back to 4. Does it come back?",
    "Let the service notice hang-ups before the outage: what does it stop working on, and is that enough?",
    "Make the queue 70 long, less than a second of work: no answer comes too late any more. Who pays?",
    "Let the outage last 3 s: what is the shortest that starts a storm which never ends?",
    "Give the budget a ratio of 1: it saves up for ten seconds, spends it all in two, and has nothing left. And a ratio of 3?",
    "In the scene of the herd let a full queue say Retry-After 3 s: what does it save with full jitter, and with exponential?",
    "Without any outage, repeat every error at a client-error rate of 0.2: wrong requests stay wrong, four times.",
    "Play the race with a network that does not vary: exponential waits make exactly the writes of no waits at all.",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson traffic: users come at their own times, and do not give up hope when others fail.",
        "A service with slots, a bounded first-come, first-served queue and exponential times, which works on for callers who "
        "have left (unless it notices).",
        "Nested retries through up to four layers, each with a budget of its own in its arm: the code shown on this page.",
        "Common luck: the k-th attempt of a request meets the same fate in every arm.",
        "The race: four messages of normal length an update, a conditional write, as in the published simulator.",
    ),
    left_out=(
        "Timeouts of the upper layers: only the call to the service is bounded (deadlines have a lab of their own).",
        "Many processes: here all clients share one budget; a hundred processes have a hundred, each with its minimum.",
        "Users who come back later, or leave for good: real traffic is partly closed, and sinks while a site is down.",
        "Servers that crash under load, caches that are cold after a restart: both make the way back harder.",
    ),
    measured_error=(
        "Against theory, steady runs of 90 s, 16 seeds: attempts per request 0.2 to 0.6 % off, mean time 0.3 to 1.1 %, waits "
        "0.4 to 1.3 %, all within their scatter. In the default outage the overload lasts 5.3 s without retries where the "
        "fluid limit says 6.0, and 7.7 s with the budget where it says 7.8; single runs scatter by 3 s to either side. A "
        "spent budget grants up to half a retry less in ten seconds than it says, because it deals in whole ones. The race, "
        "6 seeds, against an event-driven rebuild of the published simulator: writes within 2 %; 797 with full jitter, 1846 "
        "with exponential waits, 2415 without any."
    ),
)
