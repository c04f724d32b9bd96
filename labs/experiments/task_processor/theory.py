"""What closed forms say of the task-processor lab's arms, and when they have to be silent."""

from math import exp, sqrt

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.theory.batching import batch_fill, batch_wait_s
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import (
    OVERLOAD,
    mmc_mean_time_s,
    mmck_blocking,
    mmck_mean_time_s,
    mmck_throughput_rps,
    mmck_utilization,
)

NEGLIGIBLE = 1e-4
RARE = 1e-6
NEARLY_FULL = 0.93
ACCEPTING = 0.05
NOTICED = 0.01
SMALL_BACKLOG = 10
STILL_EMPTY = 0.02
WARM_UP_S = 10.0


def predictions(arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
    run = _Run(arm, spec)
    if run.batch_size > 1:
        return _batches(run)
    if arm in ("abort", "discard-oldest"):
        return _bounded(run)
    return _endless(run)


class _Run:
    """The knobs in the units of theory."""

    def __init__(self, arm: str, spec: RunSpec) -> None:
        self.arm = arm
        self.values: Values = spec.parameters
        self.duration_s = spec.duration_s
        self.rate_rps, self.mean_s, self.accept_s = (self.number(name) for name in ("rate_rps", "task_mean_s", "accept_s"))
        self.batch_size = int(self.values["batch_size"])
        most = int(self.values["max_threads"])
        self.core = core = max(1, min(int(self.values["core_threads"]), most))
        self.grows = core < most and arm != "unbounded"
        self.servers = core if arm == "unbounded" else most
        self.places = self.servers + int(self.values["queue_capacity"])

    def number(self, knob: str) -> float:
        return float(self.values[knob])

    @property
    def load(self) -> float:
        return self.rate_rps * self.mean_s / self.servers

    @property
    def unlike(self) -> str:
        """Why the pool is not a plain queue with so many servers."""
        if self.values["bursts"]:
            return "the rate is not constant: bursts come and go"
        if self.values["mail"] == "inline":
            return "the mail is a part of the work, which is not exponential then"
        if self.grows and self.values["growth"] == "queue-full":
            return "workers beyond the core start when the queue is full, so how many there are depends on the past"
        return self.young or self.front

    @property
    def front(self) -> str:
        """Why what stands before the pool is felt."""
        took_s = self.accept_s + (self.number("journal_s") if self.values["durable"] else 0.0)
        if self.rate_rps * took_s > ACCEPTING:
            return "accepting takes long enough to be a queue of its own"
        if took_s > NOTICED * self.mean_s:
            return "accepting takes a part of the time to the answer"
        backlog = int(self.values["backlog"])
        refused = backlog < SMALL_BACKLOG or (self.arm == "block" and self.blocking(backlog) > NEGLIGIBLE)
        return "connections are refused where the backlog is so short" if refused else ""

    @property
    def young(self) -> str:
        """Why the run knows the beginning, an empty queue, better than the steady state.

        A queue forgets its beginning as exp(-t / r), r = mean / (c (1 - sqrt(load))²) (Kleinrock vol. 2, 2.5 for c = 1).
        """
        load = min(self.load, 1.0 / self.load)
        away = max((1.0 - sqrt(load)) ** 2, 1.0 / (self.places + 1) ** 2 if self.loses else 0.0, 1e-9)
        settles_s = max(self.mean_s, self.mean_s / (self.servers * away))
        measured_s = max(self.duration_s - WARM_UP_S, 1.0)
        late = settles_s * exp(-WARM_UP_S / settles_s) > STILL_EMPTY * measured_s
        return "a queue takes longer than the run to settle" if late else ""

    @property
    def loses(self) -> bool:
        return self.arm in ("abort", "discard-oldest")

    def blocking(self, more: int = 0) -> float:
        """How often all places of the pool, and so many more, are taken."""
        return mmck_blocking(self.rate_rps, self.mean_s, self.servers, self.places + more).value or 0.0


def _bounded(run: _Run) -> tuple[Prediction, ...]:
    """A full queue turns somebody away at once: whoever comes, or whoever waits longest. The number inside is the same."""
    asked = (run.rate_rps, run.mean_s, run.servers, run.places)
    found = {
        "error_rate": mmck_blocking(*asked),
        "goodput_rps": mmck_throughput_rps(*asked),
        "utilization": mmck_utilization(*asked),
    }
    if run.arm == "abort":
        found["mean_s"] = mmck_mean_time_s(*asked)
    return tuple(_said(name, form.unless(run.unlike)) for name, form in found.items())


def _endless(run: _Run) -> tuple[Prediction, ...]:
    """Nobody is turned away by the pool: who finds it full waits elsewhere, in the same order."""
    runs_itself = "submitters run tasks themselves when the queue is full" if run.arm == "caller-runs" else ""
    elsewhere = runs_itself if run.blocking() > NEGLIGIBLE else ""
    unsettled = "so near to full load a queue takes longer than the run to settle" if NEARLY_FULL < run.load < 1.0 else ""
    why_not = run.unlike or elsewhere or unsettled
    busy = ClosedForm(run.load, "all work is done", "utilization law").unless(OVERLOAD if run.load >= 1.0 else why_not)
    time_s = mmc_mean_time_s(run.rate_rps, run.mean_s, run.servers)
    return (
        _said("utilization", busy),
        _said("mean_s", time_s if time_s.value is None else time_s.unless(why_not)),
    )


def _batches(run: _Run) -> tuple[Prediction, ...]:
    linger_s = run.number("linger_s")
    size = run.batch_size
    fill = batch_fill(run.rate_rps, size, linger_s)
    fixed = run.number("fixed_share")
    work_s = run.mean_s * (fixed + (1.0 - fixed) * (fill.value or 1.0))
    busy = run.rate_rps / (fill.value or 1.0) * work_s / run.core > NEARLY_FULL
    full = "the pool is so busy that batches wait to be handed over, and submitters with them" if busy else ""
    bursts = "the rate is not constant: bursts come and go" if run.values["bursts"] else ""
    slow = "accepting takes long enough to be a queue of its own" if run.rate_rps * run.accept_s > ACCEPTING else ""
    return tuple(
        _said(name, form.unless(bursts or full or slow))
        for name, form in (("batch_fill", fill), ("batch_wait_s", batch_wait_s(run.rate_rps, size, linger_s)))
    )


def _said(metric: str, form: ClosedForm) -> Prediction:
    """A share that no run is long enough to see is none."""
    value = 0.0 if form.value is not None and form.value < RARE else form.value
    return Prediction(metric, value, form.assumes, form.source, form.why_not)
