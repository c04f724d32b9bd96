"""What closed forms say of the circuit-breaker lab's arms, and when they have to be silent.

Two of the metrics are one draw of a random time, or the mean of the few that fit into a run: their predictions say so, for a
prediction is of the mean over many runs.
"""

from collections.abc import Iterable
from math import exp, log, sqrt

from labs.experiments.circuit_breaker.conditions import Conditions
from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.patterns.circuit_breaker import BUCKETS
from labs.theory.breaker import (
    FELLER,
    INDEPENDENT,
    PROMPT,
    ROSS,
    Cycle,
    calls_until_consecutive_failures,
    calls_until_rate_reached,
    consecutive_cycle,
    first_run_after_change,
    windowed_cycle,
)
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import KLEINROCK, LITTLE

WEIGHTED = "outage and ordinary time weighted by their length"
FLUID = "fluid limit: shares in place of single calls"
MANY = "the window holds many calls, so its rate rises in a straight line; made of single calls it touches its limit sooner"
ONE_DRAW = "the mean of many outages; a run shows one"
UNDER_WAY = "calls under way when the outage began still end as before it, and are not few against the number predicted"
ROOM = 5.0
"""A random time has to fit this often into the run: else only its short draws would be seen."""
SHIFTED = 0.03
NOTHING = 1e-9
GRAINY = 0.1


def predictions(guard: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    """For the arms of one guard; a fallback changes what users see, not what these forms speak of."""
    run = _Run(spec, warm_up_s)
    if guard == "none":
        return _without_breaker(run)
    if not run.outage_s:
        return (_calls_to_open(guard, run), *_shares(guard, run))
    if guard == "windowed":
        return (
            Prediction.of("calls_to_open", _silent("the window still holds calls from before the outage")),
            _fluid_time_to_open(run),
        )
    return (_calls_to_open_in_outage(run), _time_to_open(run))


class _Run:
    """The spec as theory sees it: conditions within and without the outage, and how long each lasts."""

    def __init__(self, spec: RunSpec, warm_up_s: float) -> None:
        self.values: Values = spec.parameters
        self.ordinary, self.outage = Conditions(self.values, outage=False), Conditions(self.values, outage=True)
        self.rate_rps = self.ordinary.rate_rps
        self.duration_s, self.measured_s = spec.duration_s, max(0.0, spec.duration_s - warm_up_s)
        self.warm_up_s, self.outage_start_s = warm_up_s, self.number("outage_start_s")
        self.outage_end_s = self.outage_start_s + self.number("outage_s")
        end_s = min(spec.duration_s, self.outage_end_s) if self.values["outage"] != "none" else 0.0
        self.outage_s = max(0.0, end_s - max(warm_up_s, self.outage_start_s))

    def number(self, knob: str) -> float:
        return float(self.values[knob])

    @property
    def cut(self) -> str:
        """Why the outage's length does not give its share of the results that are measured."""
        if self.values["outage"] == "none" or self.outage_start_s >= self.duration_s:
            return ""
        late_s = max(self.ordinary.settled_s, self.outage.settled_s)
        whole = self.warm_up_s <= self.outage_start_s and self.outage_end_s + late_s <= self.duration_s
        apart = whole or self.outage_end_s + late_s <= self.warm_up_s
        few = late_s > 0.05 * self.outage_s
        return "calls of the outage cross the border of the measured time" if few and not apart else ""

    @property
    def parts(self) -> tuple[tuple[float, Conditions], ...]:
        """The share of the measured time that each kind of conditions takes."""
        share = self.outage_s / self.measured_s if self.measured_s else 0.0
        return tuple((part, conditions) for part, conditions in ((1.0 - share, self.ordinary), (share, self.outage)) if part)


def _without_breaker(run: _Run) -> tuple[Prediction, ...]:
    parts = run.parts
    full = run.cut or _first(conditions.queues or conditions.unsettled for _share, conditions in parts)
    uneven = full or _first(conditions.uneven_queue for _share, conditions in parts)
    time_s = sum(share * (conditions.held_s + conditions.wait_s) for share, conditions in parts)
    errors = sum(share * conditions.failed_share for share, conditions in parts)
    waiting = "the wait is that of exponential work with the same mean"
    return tuple(
        Prediction.of(metric, ClosedForm(value, f"{WEIGHTED}; {assumes}", source).unless(why_not))
        for metric, value, assumes, source, why_not in (
            ("error_rate", errors if errors > NOTHING else 0.0, INDEPENDENT, "total probability", full),
            ("utilization", sum(share * one.load for share, one in parts), "all work is done", LITTLE, full),
            ("mean_s", time_s, waiting, KLEINROCK, uneven),
            ("callers_waiting", run.rate_rps * time_s, waiting, LITTLE, uneven),
        )
    )


# In a steady run


def _calls_to_open(guard: str, run: _Run) -> Prediction:
    form, steady = _calls(guard, run.values, run.ordinary), run.ordinary
    hidden = steady.overlap or steady.slow_opens if guard == "windowed" else steady.late_failures
    why_not = form.why_not or _seldom(form, run, run.measured_s) or steady.queues or steady.unseen or hidden
    cycle = _cycle(guard, run.values, steady)
    return Prediction.of("calls_to_open", form.unless(why_not), _draws(run.measured_s, cycle.length_s if cycle else 0.0))


def _shares(guard: str, run: _Run) -> tuple[Prediction, ...]:
    """Duty cycle and share let through."""
    cycle, steady = _cycle(guard, run.values, run.ordinary), run.ordinary
    slow = steady.slow_opens if guard == "windowed" else ""
    why_not = steady.queues or steady.unseen or steady.overlap or slow or _too_few(cycle, run.measured_s)
    found = {
        "allowed_share": cycle.allowed_share if cycle else 0.0,
        "open_share": cycle.open_share if cycle else 0.0,
        "half_open_share": cycle.half_open_share if cycle else 0.0,
    }
    number = f"many cycles, of which the run has about {run.measured_s / cycle.length_s:.2g}" if cycle else "many cycles"
    assumes = f"{INDEPENDENT}; {PROMPT}; {number}"
    return tuple(Prediction.of(name, ClosedForm(value, assumes, ROSS).unless(why_not)) for name, value in found.items())


def _calls(guard: str, values: Values, conditions: Conditions) -> ClosedForm:
    if guard == "consecutive":
        return calls_until_consecutive_failures(conditions.counted_share, int(values["consecutive_failures"]))
    window_calls = float(values["window_s"]) * conditions.rate_rps
    threshold, minimum = float(values["failure_threshold"]), int(values["minimum_calls"])
    return calls_until_rate_reached(conditions.counted_share, threshold, minimum, window_calls)


def _cycle(guard: str, values: Values, conditions: Conditions) -> Cycle | None:
    share, open_s, rate_rps = conditions.counted_share, float(values["open_s"]), conditions.rate_rps
    if guard == "consecutive":
        return consecutive_cycle(share, int(values["consecutive_failures"]), open_s, rate_rps)
    threshold, minimum, window_s = float(values["failure_threshold"]), int(values["minimum_calls"]), float(values["window_s"])
    return windowed_cycle(share, threshold, minimum, window_s, open_s, int(values["success_threshold"]), rate_rps)


def _too_few(cycle: Cycle | None, measured_s: float) -> str:
    if cycle is None:
        return "it does not open and close again and again"
    few = cycle.length_s * ROOM > measured_s
    return f"a cycle lasts {cycle.length_s:.3g} s: too few fit into the run" if few else ""


def _seldom(form: ClosedForm, run: _Run, time_s: float) -> str:
    rare = (form.value or 0.0) / run.rate_rps * ROOM > time_s
    return "in so short a time it opens too seldom for a mean, or not at all" if rare else ""


def _draws(time_s: float, cycle_s: float) -> float:
    """About how many openings a run shows in that time."""
    return max(1.0, time_s / cycle_s) if cycle_s else 1.0


# The naive breaker when an outage begins


def _calls_to_open_in_outage(run: _Run) -> Prediction:
    """The mean over all openings: the calls that were under way when the outage began lengthen the first."""
    form, cycle_s = _calls("consecutive", run.values, run.outage), _cycle_in_outage_s(run)
    unseen = "the outage begins before anything is measured" if run.outage_start_s < run.warm_up_s else ""
    why_not = form.why_not or unseen or _seldom(form, run, run.outage_s) or _no_first_opening(run)
    if form.value and not why_not:
        first, _time_s = _first_opening(run)
        draws = max(1.0, run.outage_s / cycle_s)
        why_not = UNDER_WAY if first - form.value > SHIFTED * draws * form.value else ""
    return Prediction.of("calls_to_open", form.unless(why_not), _draws(run.outage_s, cycle_s))


def _cycle_in_outage_s(run: _Run) -> float:
    """From closing to closing. A success that comes late closes the naive breaker at once, so it need not wait."""
    outage, cycle = run.outage, _cycle("consecutive", run.values, run.outage)
    if cycle is None:
        return run.outage_s
    stays_open = exp(-outage.rate_rps * outage.held_s * (1.0 - outage.counted_share))
    return cycle.calls_to_open / run.rate_rps + stays_open * cycle.rounds * cycle.open_s


def _time_to_open(run: _Run) -> Prediction:
    form = ClosedForm(None, f"{INDEPENDENT}; Poisson traffic without a queue; {ONE_DRAW}", FELLER)
    why_not = _calls("consecutive", run.values, run.outage).why_not or _no_first_opening(run)
    if why_not:
        return Prediction.of("time_to_open_s", form.unless(why_not))
    _calls_first, time_s = _first_opening(run)
    short = "in so short an outage it often does not open at all" if time_s * ROOM > run.outage_s else ""
    return Prediction.of("time_to_open_s", ClosedForm(time_s, form.assumes, form.source).unless(short), draws=1.0)


def _first_opening(run: _Run) -> tuple[float, float]:
    settled_s = max(run.ordinary.settled_s, run.outage.settled_s)
    failures = int(run.values["consecutive_failures"])
    return first_run_after_change(run.ordinary.calls, run.outage.calls, failures, run.rate_rps, settled_s)


def _no_first_opening(run: _Run) -> str:
    """Why the outage does not begin with a closed breaker and results that are what the conditions say."""
    ordinary, outage = run.ordinary, run.outage
    seldom_calls = _calls("consecutive", run.values, ordinary).value
    opens = seldom_calls is not None and (run.duration_s - run.outage_s) * run.rate_rps > 0.1 * seldom_calls
    why_not = outage.queues or outage.unseen or outage.late_failures or ordinary.queues or ordinary.unseen
    return why_not or ("it opens outside of the outage as well" if opens else "")


# The windowed breaker when an outage begins


def _fluid_time_to_open(run: _Run) -> Prediction:
    """From the beginning of the outage. Answers come back a mean time after their calls were sent."""
    before, during, threshold = run.ordinary.counted_share, run.outage.counted_share, run.number("failure_threshold")
    window_s = run.number("window_s") * (1.0 - 0.5 / BUCKETS)  # the oldest bucket leaves whole
    why_not = _not_reached(run) or _not_full(run) or run.outage.queues or run.outage.unseen or run.outage.late_failures
    if why_not:
        return Prediction.of("time_to_open_s", ClosedForm(None, MANY, FLUID, why_not))
    filled_s = window_s * (threshold - before) / (during - before)
    late = "answers take long against the time in which the window fills" if run.outage.held_s > 0.3 * filled_s else ""
    over = "the outage is over before" if filled_s + run.outage.held_s > 0.9 * run.outage_s else ""
    return Prediction.of(
        "time_to_open_s", ClosedForm(filled_s + run.outage.held_s, f"{MANY}; {ONE_DRAW}", FLUID).unless(late or over)
    )


def _not_reached(run: _Run) -> str:
    """Why the failure rate would not rise to its threshold, or would not be what reaches it."""
    before, during, threshold = run.ordinary.counted_share, run.outage.counted_share, run.number("failure_threshold")
    if during <= threshold:
        return "the failure rate stays below the threshold"
    calls = run.rate_rps * run.number("window_s")
    if calls < 2.0 * run.number("minimum_calls"):
        return "the window hardly holds the minimum number of calls"
    scatter = sqrt(threshold * (1.0 - threshold) / calls) or 1.0 / calls
    if scatter > GRAINY * (threshold - before) or during - threshold < 2.0 * scatter:
        return "chance moves the failure rate to and fro by too much for a straight line"
    slow = run.outage.slow_share > 0.9 * run.number("slow_call_threshold")
    return "slow calls open it as well" if slow else ""


def _not_full(run: _Run) -> str:
    """Why the outage does not begin with a closed breaker and a full window of ordinary calls."""
    if run.outage_start_s < 2.0 * run.number("window_s"):
        return "the window is not full of ordinary calls when the outage begins"
    before, threshold, minimum = run.ordinary.counted_share, run.number("failure_threshold"), run.number("minimum_calls")
    apart = _apart(threshold, before)
    early = exp(-minimum * apart) / (1.0 - exp(-apart)) if before else 0.0  # Chernoff's bound, summed over longer walks
    slow = run.ordinary.slow_share > 0.5 * run.number("slow_call_threshold")
    return "a few ordinary calls are enough to open it" if early > 0.02 or slow else ""


def _apart(share: float, other: float) -> float:
    """Kullback and Leibler's distance of two coins, in nats."""
    if not 0.0 < other < 1.0:
        return 0.0 if share == other else 100.0
    rest = (1.0 - share) * log((1.0 - share) / (1.0 - other)) if share < 1.0 else 0.0
    return share * log(share / other) + rest


def _first(reasons: Iterable[str]) -> str:
    return next((reason for reason in reasons if reason), "")


def _silent(why_not: str) -> ClosedForm:
    return ClosedForm(None, INDEPENDENT, FELLER, why_not)
