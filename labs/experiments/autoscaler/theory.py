"""What closed forms say of the autoscaler lab's arms, and when they have to be silent."""

from math import sqrt

from labs.experiments.autoscaler.curves import spike_begins_s
from labs.experiments.autoscaler.sensors import LOOKS_EVERY_S
from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import mmck_blocking
from labs.theory.scaling import (
    COUNTED,
    FLUID,
    LASTS,
    fleet_capacity_rps,
    fleet_utilization,
    reaction_s,
    rest_s,
    saturated_decisions,
    served_rps,
    step_climb_s,
    stepped_to,
    window_crossing_s,
)

CERTAIN_OVERLOAD, CALM = 1.2, 0.8
SCATTERS = 4.0
BORDER = 0.1
FELT = 0.005
TRACKERS = ("target-tracking", "predictive")


def predictions(arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
    run = _Run(spec)
    if run.fixed:
        return _fixed_fleet(run)
    if run.values["curve"] == "steady":
        return (_said("climb_s", _climb(arm, run)),)
    if run.values["curve"] == "spike" and arm != "queue-based":
        peak = (_said("peak_instances", _stepped(run)),) if arm == "step" else ()
        return (_said("reaction_s", _reaction(arm, run)), *peak)
    return ()


class _Run:
    """The knobs in the units of theory."""

    def __init__(self, spec: RunSpec) -> None:
        self.values: Values = spec.parameters
        self.duration_s = spec.duration_s
        self.fewest, self.most, self.slots = (self.whole(name) for name in ("min_instances", "max_instances", "slots"))
        self.work_s, self.base_rps, self.peak_rps = (self.number(name) for name in ("work_s", "base_rps", "peak_rps"))
        self.window_s, self.interval_s = self.number("window_s"), self.number("interval_s")
        self.order_s, self.boot_s = self.number("api_delay_s"), self.number("boot_s")
        self.one_rps = self.slots / self.work_s

    def number(self, knob: str) -> float:
        return float(self.values[knob])

    def whole(self, knob: str) -> int:
        return int(self.values[knob])

    @property
    def fixed(self) -> bool:
        """Nothing can be scaled, under a load that stays."""
        return self.fewest >= self.most and self.values["curve"] == "steady"

    @property
    def base_load(self) -> float:
        """Of the smallest fleet."""
        return self.base_rps / (self.fewest * self.one_rps)

    @property
    def peak_load(self) -> float:
        return self.peak_rps / (self.fewest * self.one_rps)

    @property
    def scatter(self) -> float:
        """Deviation of the base load's average over a window: that of a compound Poisson sum."""
        squares = 1.0 + self.number("work_cv") ** 2
        return sqrt(self.base_rps * self.window_s * squares) * self.work_s / (self.window_s * self.fewest * self.slots)

    @property
    def cloud_troubles(self) -> str:
        if self.number("api_failure_rate") > 0.0:
            return "the cloud's API fails by chance"
        if self.whole("quota") < self.most:
            return "the quota may stop it"
        guarded = bool(self.values["guard_downstream"])
        return "the guard of the database may stop it" if guarded else ""

    @property
    def database_rps(self) -> float:
        """What the database can answer with the largest fleet connected."""
        crowd = max(1.0, self.most * self.number("connections_per_instance") / self.number("database_connections")) ** 2
        return self.number("database_slots") / (self.number("query_s") * crowd)


# A fleet of one size


def _fixed_fleet(run: _Run) -> tuple[Prediction, ...]:
    capacity_rps = fleet_capacity_rps([run.slots] * run.fewest, run.work_s).value or 0.0
    load = run.peak_rps / capacity_rps
    near = "so near to full load chance decides how many are turned away" if CALM < load < CERTAIN_OVERLOAD else ""
    short = "short queues, or work that varies much, let chance turn requests away" if _by_chance(run, load) > FELT else ""
    behind = "the database is the limit" if served_rps(run.peak_rps, capacity_rps).value > 0.7 * run.database_rps else ""  # type: ignore[operator]
    used = fleet_utilization(run.peak_rps, run.work_s, run.slots * run.fewest)
    return (
        _said("goodput_rps", served_rps(run.peak_rps, capacity_rps).unless(near or short or behind)),
        _said("utilization", used if used.why_not else used.unless(near or short)),
    )


def _by_chance(run: _Run, load: float) -> float:
    """How often a queue is full below full load, or an instance idle above it: M/M/c/K for one instance.

    Work that varies more uses up a queue as if it were 2 / (1 + cv²) times as long (diffusion: Kleinrock vol. 2 (1976), 2.3).
    """
    room = int(2.0 * run.whole("queue_limit") / (1.0 + run.number("work_cv") ** 2))
    one_rps = min(load, 1.0 / load) * run.one_rps
    return mmck_blocking(one_rps, run.work_s, run.slots, run.slots + room).value or 0.0


# A climb under a load that stays


def _climb(arm: str, run: _Run) -> ClosedForm:
    lasting = (
        "" if run.peak_load * run.fewest / run.most >= CERTAIN_OVERLOAD else "the load is not too much for the largest fleet"
    )
    why_not = lasting or run.cloud_troubles
    if arm == "step":
        form = step_climb_s(run.fewest, run.most, run.whole("step_size"), run.number("cooldown_out_s"), run.interval_s)
    elif arm == "target-tracking" and run.values["tracks"] == "cpu" and run.number("target") < 1.0 - run.number("tolerance"):
        form = _saturated_climb(run)
    else:
        return ClosedForm(None, LASTS, COUNTED, "what does not saturate asks for all that is missing at once")
    late = (form.value or 0.0) + 2.0 * run.interval_s + run.window_s > run.duration_s
    return form.unless(why_not or ("the run ends before" if late else ""))


def _saturated_climb(run: _Run) -> ClosedForm:
    """A decision counts again when the instances of the one before serve."""
    decisions = saturated_decisions(run.fewest, run.most, run.number("target"))
    apart_s = rest_s(run.order_s + run.boot_s, run.interval_s)
    value = None if decisions.value is None else (decisions.value - 1.0) * apart_s
    tie = abs((run.order_s + run.boot_s) % run.interval_s) < LOOKS_EVERY_S
    return ClosedForm(value, decisions.assumes, decisions.source, decisions.why_not).unless(
        "instances begin to serve at the very instant of a decision" if tie else ""
    )


# A spike


def _reaction(arm: str, run: _Run) -> ClosedForm:
    crossing = _crossing(arm, run)
    if crossing.value is None:
        return crossing
    form = reaction_s(crossing.value, run.interval_s, run.order_s, run.boot_s)
    return form.unless(_unclear(arm, run, crossing.value))


def _stepped(run: _Run) -> ClosedForm:
    crossing = _crossing("step", run)
    if crossing.value is None:
        return crossing
    first_s = (reaction_s(crossing.value, run.interval_s, 0.0, 0.0).value or 0.0) + run.order_s
    lasting_s = min(run.number("peak_s"), run.number("period_s") - spike_begins_s(run.number("period_s"))) - first_s
    form = stepped_to(
        run.fewest, run.most, run.whole("step_size"), run.number("cooldown_out_s"), run.interval_s, lasting_s + run.order_s
    )
    return form.unless(_unclear("step", run, crossing.value) or _other_steps(run, lasting_s, form.value or 0.0))


def _crossing(arm: str, run: _Run) -> ClosedForm:
    """From the jump until the first of the signals asks for more."""
    cpu = window_crossing_s(run.base_load, min(1.0, run.peak_load), _limit(arm, run, "cpu"), run.window_s)
    load = window_crossing_s(run.base_load, run.peak_load, _limit(arm, run, "load"), run.window_s)
    tracks = run.values["tracks"] if arm in TRACKERS else "both"
    known = [form for form, name in ((cpu, "cpu"), (load, "load")) if tracks in (name, "both")]
    crossed = [form for form in known if form.value is not None]
    return min(crossed, key=lambda form: form.value or 0.0) if crossed else known[0]


def _limit(arm: str, run: _Run, signal: str) -> float:
    if arm == "step":
        return run.number(f"{signal}_high")
    return min(0.999, run.number("target") * (1.0 + run.number("tolerance")))


def _unclear(arm: str, run: _Run, crossing_s: float) -> str:
    """Why the first order need not be the answer to the spike at the first decision after the crossing."""
    limit = min(_limit(arm, run, "cpu"), _limit(arm, run, "load"))
    turn = crossing_s / run.interval_s
    begins_s = spike_begins_s(run.number("period_s"))
    if run.base_load + SCATTERS * run.scatter > limit:
        return "chance alone orders instances before the spike comes"
    if run.peak_load <= 1.0:
        return "the smallest fleet carries the spike"
    if abs(turn - max(1, round(turn))) < BORDER:
        return "chance decides at which of two decisions the signal has crossed"
    if begins_s % run.interval_s or begins_s % LOOKS_EVERY_S:
        return "the spike does not begin at the instant of a decision"
    if begins_s < run.window_s or begins_s + 2 * run.interval_s > run.duration_s:
        return "the spike comes before the window is full, or after the run"
    if run.values["use_p95"] and arm == "step":
        return "latency is a signal, and chance rules the latency of a small fleet"
    unready = not run.values["ready_only"] and "booting instances are counted as ready"
    return unready or run.cloud_troubles


def _other_steps(run: _Run, lasting_s: float, reached: float) -> str:
    """Why more or fewer steps are taken than the rests allow within the spike."""
    rest = rest_s(run.number("cooldown_out_s"), run.interval_s)
    if reached * run.one_rps * min(_limit("step", run, "cpu"), 1.0) * 1.1 > run.peak_rps:
        return "the fleet is large enough before the spike is over"
    if (lasting_s % rest) < 0.1 * rest or (lasting_s % rest) > rest - run.window_s:
        return "a step falls on the end of the spike"
    steps = (reached - run.fewest) / run.whole("step_size")
    free_s = run.number("period_s") - run.number("peak_s")
    if steps * rest_s(run.number("cooldown_in_s"), run.interval_s) > free_s and run.duration_s > run.number("period_s"):
        return "the fleet does not shrink back between two spikes"
    low = min(run.number("cpu_low"), run.number("load_low"))
    quiet = run.base_rps / ((run.fewest + 1) * run.one_rps)
    if run.duration_s > run.number("period_s") and (quiet + SCATTERS * run.scatter > low or run.values["heap_keeps"]):
        return "the fleet need not shrink back between two spikes"
    return ""


def _said(metric: str, form: ClosedForm) -> Prediction:
    return Prediction(metric, form.value, form.assumes or FLUID, form.source, form.why_not)
