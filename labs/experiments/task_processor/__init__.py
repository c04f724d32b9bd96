"""Lab 12: what happens when the queue is full?"""

from collections.abc import Mapping
from typing import cast

from labs.experiments.comparison import ranked
from labs.experiments.contract import Action, Arm, Experiment, Metrics, Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.experiments.task_processor.knobs import DURATION, KNOBS
from labs.experiments.task_processor.scenes import GOALS, HONESTY, QUESTIONS, SCENES, TRY_THIS
from labs.experiments.task_processor.story import METRICS, SERIES, TOPOLOGY
from labs.experiments.task_processor.system import ProcessorSystem
from labs.experiments.task_processor.theory import predictions
from labs.experiments.world import World
from labs.patterns.task_processor import Policy


class TaskProcessorExperiment(Experiment):
    slug = "task-processor"
    title = "Task processor"
    question = "What happens when the queue is full?"
    summary = (
        "A pool of workers behind a bounded queue, and bursts that fill it. Five policies say who pays: the submitter with its "
        "time, the newest task, the oldest task, or everybody with memory and patience."
    )
    number = 12
    group = "Scaling"
    covers = (
        "async-task-processor",
        "batching",
        "fix-executor-growth",
        "fix-executor-caller-runs",
        "fix-executor-void-supplier",
        "fix-executor-durability",
    )
    duration = DURATION
    warm_up_s = 10.0
    bin_s = 0.5
    knobs = KNOBS
    actions = (
        Action("crawl", "Slow the tasks down", "Every task takes three times as long.", icon="slow"),
        Action("speed-up", "Back to speed", "Tasks take their time again.", icon="fast"),
        Action("crash", "Crash the process", "Queue and workers are gone; another process starts.", icon="break"),
        Action("deploy", "Deploy a new version", "The process is asked to end, and another one starts.", icon="heal"),
    )
    arms = (
        Arm("caller-runs", "Caller runs", "When all is full the submitter does the task itself, and accepts nobody meanwhile."),
        Arm("abort", "Abort", "When all is full the submitter is told at once, and so is its caller."),
        Arm("discard-oldest", "Discard the oldest", "When all is full the task that waits longest is cancelled to make room."),
        Arm("block", "Block", "When all is full the submitter waits for room, and accepts nobody meanwhile."),
        Arm("unbounded", "Unbounded", "There is always room, so the workers beyond the core never start.", naive=True),
    )
    series = SERIES
    metrics = METRICS
    topology = TOPOLOGY
    goals = GOALS
    scenes = SCENES
    predictions = QUESTIONS
    try_this = TRY_THIS
    honesty = HONESTY
    patterns = ("labs.patterns.task_processor", "labs.patterns.task_queue", "labs.patterns.batcher")

    def build(self, world: World, arm: str, parameters: Values) -> ProcessorSystem:
        return ProcessorSystem(world, cast(Policy, arm), parameters)

    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        return predictions(arm, spec, self.warm_up_s)

    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        labels = self.labels
        errors, times = ranked(metrics, "error_rate"), ranked(metrics, "p99_s")
        if not errors or not times:
            return "Nothing was measured: the run ended before its warm-up was over, or no task came."
        (slow, slowest_s), (quick, quickest_s) = times[-1], times[0]
        (best, least), (worst, most) = errors[0], errors[-1]
        if len(metrics) == 1:
            return (
                f"“{labels[best]}” left {least:.1%} of the tasks undone; one in a hundred took longer than {slowest_s:.2f} s."
            )
        lost = (
            f"All left about {least:.1%} of the tasks undone."
            if most - least < 0.005
            else f"“{labels[worst]}” left {most:.1%} of the tasks undone, “{labels[best]}” {least:.1%}."
        )
        return (
            f"{lost} One in a hundred took longer than {quickest_s:.2f} s under “{labels[quick]}” "
            f"and longer than {slowest_s:.2f} s under “{labels[slow]}”."
        )
