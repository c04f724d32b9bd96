"""What closed forms say of the task-processor lab's arms, and when they have to be silent."""

from math import exp, sqrt

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.theory.batching import AMORTISED, batch_capacity_rps, batch_fill, batch_wait_s
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
CERTAIN_OVERLOAD = 1.2
BRIMFUL = 0.98
"""Of a batch, so that it counts as full."""
ACCEPTING = 0.05
NOTICED = 0.01
SMALL_BACKLOG = 10
STILL_EMPTY = 0.02


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    run = _Run(arm, spec, warm_up_s)
    if run.batch_size > 1:
        return _batches(run)
    if arm in ("abort", "discard-oldest"):
        return _bounded(run)
    return _endless(run)


class _Run:
    """The knobs in the units of theory."""

    def __init__(self, arm: str, spec: RunSpec, warm_up_s: float) -> None:
        self.arm = arm
        self.values: Values = spec.parameters
        self.warm_up_s, self.measured_s = warm_up_s, max(spec.duration_s - warm_up_s, 1.0)
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
        return self.extra_workers or self.young or self.front

    @property
    def extra_workers(self) -> str:
        """Why the number of workers is not known beforehand."""
        if self.grows and self.values["growth"] == "queue-full":
            return "workers beyond the core start when the queue is full, so how many there are depends on the past"
        return ""

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
        late = settles_s * exp(-self.warm_up_s / settles_s) > STILL_EMPTY * self.measured_s
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
    """How they fill and wait, what the fixed part costs once it is shared, and what full ones carry in an overload."""
    linger_s, size = run.number("linger_s"), run.batch_size
    fill, wait_s = batch_fill(run.rate_rps, size, linger_s), batch_wait_s(run.rate_rps, size, linger_s)
    things = fill.value or 1.0
    fixed_s, each_s = _costs_s(run)
    busy = run.rate_rps * (fixed_s / things + each_s)
    full = "the pool is so busy that batches wait to be handed over, and submitters with them"
    why_not = _batches_vary(run) or (full if busy / run.core > NEARLY_FULL else "")
    mail = "the mail is a part of the work" if run.values["mail"] == "inline" else ""
    used = ClosedForm(busy / run.servers, "the fixed part is paid once a batch, and all work is done", AMORTISED)
    return (
        _said("batch_fill", fill.unless(why_not)),
        _said("batch_wait_s", wait_s.unless(why_not)),
        _said("utilization", used.unless(why_not or mail)),
        _said("goodput_rps", _carried(run, things).unless(mail)),
    )


def _costs_s(run: _Run) -> tuple[float, float]:
    """What a batch costs whatever is in it, and what each of its things costs."""
    fixed = run.number("fixed_share")
    return run.mean_s * fixed, run.mean_s * (1.0 - fixed)


def _batches_vary(run: _Run) -> str:
    """Why things do not come to the batches as a Poisson stream of one rate."""
    if run.values["bursts"]:
        return "the rate is not constant: bursts come and go"
    return "accepting takes long enough to be a queue of its own" if run.rate_rps * run.accept_s > ACCEPTING else ""


def _carried(run: _Run, things: float) -> ClosedForm:
    """Full batches, one after the other, where more comes than they carry."""
    form = batch_capacity_rps(run.servers, run.batch_size, *_costs_s(run))
    idle = "less comes than full batches carry" if run.rate_rps < CERTAIN_OVERLOAD * (form.value or 0.0) else ""
    part = "batches are handed on before they are full" if things < BRIMFUL * run.batch_size else ""
    itself = "submitters run tasks themselves when the queue is full" if run.arm == "caller-runs" else ""
    return form.unless(_batches_vary(run) or idle or part or itself or run.extra_workers)


def _said(metric: str, form: ClosedForm) -> Prediction:
    """A share that no run is long enough to see is none."""
    value = 0.0 if form.value is not None and form.value < RARE else form.value
    return Prediction(metric, value, form.assumes, form.source, form.why_not)
