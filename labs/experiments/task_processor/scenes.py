"""What the task-processor lab tells and asks: goals, scenes, questions, and how far it can be trusted."""

from labs.experiments.contract import Condition, Goal, Honesty, Question, Scene

GOALS = (
    Goal(
        "stall",
        "See health probes wait for a second, for three seconds on end, because the submitter is at work itself",
        (Condition("series", "probe_s", "caller-runs", ">", 1.0, for_s=3.0),),
    ),
    Goal(
        "runaway",
        "Let a thousand tasks wait where there is always room, while half of the workers were never started",
        (Condition("series", "depth", "unbounded", ">=", 1000.0),),
    ),
    Goal(
        "fifth",
        "Watch the fifth worker start, and not before a hundred tasks wait",
        (
            Condition("series", "depth", "abort", ">=", 90.0),
            Condition("series", "threads", "abort", ">", 4.5),
        ),
        in_order=True,
    ),
    Goal(
        "broken-promise",
        "Crash the process and lose a hundred tasks that had been accepted",
        (Condition("change", "crash"), Condition("metric", "lost", "", ">=", 100.0)),
        in_order=True,
    ),
    Goal(
        "kept-promise",
        "Crash the process and run a hundred tasks again that the journal had kept",
        (Condition("change", "crash"), Condition("metric", "recovered", "", ">=", 100.0)),
        in_order=True,
    ),
    Goal(
        "silence",
        "Deploy while late tasks are dropped silently, and leave twenty callers hanging",
        (Condition("change", "deploy"), Condition("metric", "hung", "", ">=", 20.0)),
        in_order=True,
    ),
    Goal(
        "fill",
        "Serve more than 100 tasks a second with nobody turned away, in batches of four or more",
        (
            Condition("metric", "goodput_rps", "abort", ">", 100.0),
            Condition("metric", "error_rate", "abort", "<", 0.001),
            Condition("metric", "batch_fill", "abort", ">=", 4.0),
        ),
    ),
)

SCENES = (
    Scene(
        "who-pays",
        "Who pays for a burst?",
        "Every forty seconds, more comes in ten seconds than eight workers can do. The queue takes a hundred tasks of it. Then "
        "somebody pays: the newest, the oldest, the submitter, or memory. Make the queue longer: who is helped, and who waits?",
        {},
        "queue_capacity",
        (),
        "tasks in the queue, time to the answer, errors that callers see",
    ),
    Scene(
        "fifth-worker",
        "The fifth worker comes last",
        "A steady rate just below what four workers can do, and a pool that may have eight. In Java's order the queue comes "
        "before the fifth worker: as long as a hundred tasks do not wait nobody else starts. Let workers grow first.",
        {"bursts": False, "rate_rps": 39.0},
        "growth",
        ("abort",),
        "workers, tasks in the queue, time to the answer",
    ),
    Scene(
        "event-loop",
        "Back-pressure, or a stopped heart?",
        "Caller-runs loses fewer tasks than abort. But the one who submits is the one who accepts connections and answers the "
        "health probe. Watch the probe during a burst: the platform would restart this process. Give it more submitters.",
        {},
        "submitters",
        ("caller-runs", "abort", "block"),
        "health probes, connections that wait to be accepted",
    ),
    Scene(
        "crash",
        "Accepted is not done",
        "Crash the process in the middle of a burst. What waited in the queue was accepted, and is gone. Then make the queue "
        "durable before the run and crash it again: what does the promise cost?",
        {},
        "crash",
        ("abort", "unbounded"),
        "accepted and lost",
    ),
    Scene(
        "batches",
        "One round trip for many",
        "Four fifths of the work is a round trip and a commit. At 120 a second, eight workers turn a third away. Make batches: "
        "the fixed part is shared. Then lower the rate and see what a batch costs where nobody is in a hurry to fill it.",
        {"bursts": False, "rate_rps": 120.0, "batch_size": 1},
        "batch_size",
        ("abort", "block"),
        "errors that callers see, time to the answer, batches",
    ),
)

QUESTIONS = (
    Question("wins", "Which policy leaves the fewest tasks undone?", "arm", "error_rate"),
    Question(
        "patience",
        "Where there is always room, how long do the slowest 1 % of the tasks take?",
        "number",
        "p99_s",
        "unbounded",
        "s",
        0.0,
        120.0,
        5.0,
    ),
    Question(
        "probe",
        "While the submitter runs tasks itself, how long do the slowest 1 % of the health probes wait?",
        "number",
        "probe_p99_s",
        "caller-runs",
        "s",
        0.0,
        10.0,
        0.3,
    ),
)

TRY_THIS = (
    "Set the core to 8: unbounded recovers between the bursts. How much of a burst is too much for it?",
    "Set the queue to 0: who is turned away now, and how long does an answer take?",
    "Make the keep-alive 5 s at 20 tasks a second: do the extra workers ever leave? Each takes its turn, so none is idle "
    "for long.",
    "Deploy in the second burst with the unbounded queue: the pool waits 60 s to finish, the platform kills it after 30.",
    "Drop late tasks silently and deploy: callers hang until the process is gone, and no error says so.",
    "Put the welcome mail inside the task: the mailer's failures become failed registrations. Then queue it.",
    "Slow the tasks down in the middle of a run and see which policy tells its callers first.",
    "Batches of 20 at 20 tasks a second: nobody fills them, everybody lingers.",
    "Core 0, as half of a pool of one: how many workers does a queue of 100 get?",
)

HONESTY = Honesty(
    modelled=(
        "Open-loop Poisson tasks with exponential work, and bursts at fixed times; every arm gets the same tasks.",
        "The pool and the batcher themselves: what runs here is the code shown on this page.",
        "A submitter that accepts connections one by one, answers two health probes a second in the same line, and does "
        "nothing "
        "else while it hands over a task.",
        "A crash that takes queue, workers and connections; a journal that outlives it; a platform that kills after its grace.",
    ),
    left_out=(
        "Real threads: processors, switches and locks. More workers here always do more work.",
        "Callers who give up and try again, which make each burst longer.",
        "Memory: an endless queue costs only time here, in the field it ends the process.",
        "A journal that fails, fills up or is slow under load; exactly-once anything.",
    ),
    measured_error=(
        "Against M/M/c/K (4 workers, 5 places, 35 tasks a second): 7.07 % lost, theory 7.07 %; 0.1392 s to the answer, theory "
        "0.1395 s. Against M/M/c: 0.236 s where submitters block (3 workers, 1 place, 25 tasks a second; theory 0.240 s), "
        "0.1351 s without a bound (4 workers, 28 tasks a second; theory 0.1357 s). Means over 60 seeds of 100 s, each within "
        "one standard error of theory."
    ),
)
