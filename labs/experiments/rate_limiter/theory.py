"""What closed forms say of the rate-limiter lab's arms, and when they have to be silent.

The fixed window and the naive log have exact means for calls whose rate changes in any known way; the others only for a steady
stream. All are means per key, and every key gets an equal share of the calls.
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.rate_limiter.rules import FIXED_WINDOW, LEAKY_BUCKET, NAIVE_LOG, SLIDING_LOG, WINDOW_COUNTER
from labs.experiments.rate_limiter.traffic import EDGE_WINDOWS, curve, peak_rps
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.limits import (
    DEFINITION,
    STEADY,
    bucket_admitted_share,
    counter_most,
    fixed_window_admitted,
    fixed_window_most,
    leaky_bucket_mean_wait_s,
    log_admitted_share,
    log_most,
    naive_log_admitted_share,
    token_bucket_most,
)

STEPS_A_WINDOW = 120
LARGEST_SUM = 30_000
"""Terms that an average may need, about; what is too many makes its steps longer."""
SURE = 6.0
"""So many standard deviations above the limit a window's calls reach it in every run."""
UNEVEN = "calls come unevenly, and this form knows steady streams only"
EMPTY = "the first window is longer than the warm-up, and it begins with empty counts"
SKEWED = "clocks differ, and time is the hosts'"
NO_FORM = "no closed form is known for two counters and a guess"
NEAR = 0.1
IN_STEP = 0.8
"""Measured: after so many times (1 - 1/load) / (share of idle places) windows nothing is left of the first one's rhythm."""
DENSE = 14.0
"""So many calls are expected while the guess makes room for one more: one of them surely comes."""
FILLED = "calls enough on both sides of an edge"
BOUND = "the most that can be: burst + rate · window, which only a full bucket and a rush that goes on use up"


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    run = _Run(spec, warm_up_s)
    said = _predictions(arm, run)
    return tuple(replace(one, value=None, why_not=run.unheard) for one in said) if run.unheard else said


def _predictions(arm: str, run: "_Run") -> tuple[Prediction, ...]:
    if arm == WINDOW_COUNTER:
        unknown = ClosedForm(None, STEADY, DEFINITION, NO_FORM)
        return (*_admitted(run, unknown), _peak(run, counter_most(run.limit, EDGE_WINDOWS), run.fills_both or run.sparse))
    if arm == FIXED_WINDOW:
        return (
            *_admitted(run, _fixed_window(run).unless(run.skewed)),
            _peak(run, fixed_window_most(run.limit), run.fills_both),
        )
    if arm == NAIVE_LOG:
        return _admitted(run, _naive_log(run))
    if arm == SLIDING_LOG:
        form = log_admitted_share(run.key_rps * run.window_s, run.limit)
        peak = _peak(run, log_most(run.limit), run.fills)
        why_not = run.skewed or run.uneven or run.empty or run.in_step(form.value or 1.0)
        return (*_admitted(run, form.unless(why_not)), peak)
    form = bucket_admitted_share(run.load, run.burst)
    if arm == LEAKY_BUCKET:
        wait = leaky_bucket_mean_wait_s(run.limit / run.window_s, run.load, run.burst)
        return (
            *_admitted(run, form.unless(run.uneven or run.skewed)),
            Prediction.of("mean_wait_s", wait.unless(run.uneven or run.skewed)),
        )
    most = token_bucket_most(run.limit / run.window_s, run.burst, run.window_s)
    return (*_admitted(run, form.unless(run.uneven or run.skewed)), _bound(run, most))


class _Run:
    """The spec as theory sees it, for one of its keys."""

    def __init__(self, spec: RunSpec, warm_up_s: float) -> None:
        values: Values = spec.parameters
        self.values = values
        self.limit, self.burst, self.keys = (int(values[name]) for name in ("limit", "burst", "keys"))
        self.window_s, self.rate_rps = float(values["window_s"]), float(values["rate_rps"])
        self.key_rps = self.rate_rps / self.keys
        self.load = self.key_rps * self.window_s / self.limit
        self.warm_up_s, self.duration_s, self.world = warm_up_s, spec.duration_s, spec.world
        self.peak_rps = peak_rps(str(values["pattern"]), self.key_rps)
        self.curve = curve(str(values["pattern"]), self.key_rps, self.window_s)

    def expected(self, from_s: float, to_s: float) -> float:
        """Calls of a key between two times; differences of sums may come out a little below 0."""
        return max(0.0, self.curve.expected(from_s, to_s))

    @property
    def uneven(self) -> str:
        return UNEVEN if self.values["pattern"] != "steady" else ""

    @property
    def unheard(self) -> str:
        """Why no limiter has its say. The live world has a network of its own, whatever the knob says."""
        late = float(self.values["round_trip_s"]) >= float(self.values["timeout_s"])
        return "no answer of the store comes within the timeout" if late and self.world == "simulated" else ""

    @property
    def empty(self) -> str:
        return EMPTY if self.window_s > self.warm_up_s else ""

    @property
    def skewed(self) -> str:
        apart = self.values["time_from"] == "host" and self._clocks_differ
        return SKEWED if apart else ""

    @property
    def host_skewed(self) -> str:
        """For a limiter that takes the hosts' time whatever the knob says."""
        return SKEWED if self._clocks_differ else ""

    @property
    def _clocks_differ(self) -> bool:
        return float(self.values["clock_skew_s"]) > 0.0 and int(self.values["nodes"]) > 1

    @property
    def calls(self) -> float:
        """Expected calls of a key in the measured time."""
        return self.expected(min(self.warm_up_s, self.duration_s), self.duration_s)

    def ticks(self, calls: float) -> float:
        """Ticks of the clock in a stretch in which so many calls are expected, those left out in which none can come."""
        if self.values["naive_member"] != "time":
            return inf
        return max(1.0, calls / (self.peak_rps * float(self.values["tick_ms"]) / 1000.0))

    @property
    def fills(self) -> str:
        """Why the limit might not be reached within a window."""
        busiest = 2.0 if self.values["pattern"] == "edge-of-window" else 1.0
        return self._reaches(busiest * self.key_rps * self.window_s)

    @property
    def fills_both(self) -> str:
        if self.values["pattern"] != "edge-of-window":
            return "calls do not crowd around an edge"
        seen = self.duration_s >= self.warm_up_s + (3.0 + EDGE_WINDOWS) * self.window_s
        return self._reaches(self.key_rps * self.window_s) or ("" if seen else "the run is too short to see an edge")

    @property
    def sparse(self) -> str:
        """Why not every place that the guess leaves free is taken."""
        if self.peak_rps * self.window_s / self.limit < DENSE:
            return "calls come too sparsely to take each place as it opens"
        last = self.limit * EDGE_WINDOWS
        return "a place opens just as the calls stop" if abs(last - round(last)) < NEAR else ""

    def in_step(self, share: float) -> str:
        """Why an overloaded log has not settled. It fills at the beginning and frees its places a window later in the same
        order, so each window admits just the limit until the small gaps have shifted them apart.
        """
        idle = max(1e-9, 1.0 - share * self.load)
        windows = IN_STEP * (1.0 - 1.0 / self.load) / idle if self.load > 1.0 else 0.0
        if windows * self.window_s <= self.warm_up_s:
            return ""
        return f"an overloaded log repeats its first window for about {windows:.0f} windows before it settles"

    def _reaches(self, calls: float) -> str:
        return "" if calls >= self.limit + SURE * calls**0.5 else "the calls that come do not fill it for sure"


def _fixed_window(run: _Run) -> ClosedForm:
    """Share admitted: window by window, of a window that is measured in part what its measured part adds."""
    form, admitted, from_s = fixed_window_admitted(0.0, run.limit), 0.0, min(run.warm_up_s, run.duration_s)
    window = int(from_s / run.window_s + 1e-9)
    while window * run.window_s < run.duration_s - 1e-9:
        begin_s, end_s = window * run.window_s, min((window + 1) * run.window_s, run.duration_s)
        until_end = fixed_window_admitted(run.expected(begin_s, end_s), run.limit).value or 0.0
        before = fixed_window_admitted(run.expected(begin_s, max(begin_s, from_s)), run.limit).value or 0.0
        admitted += until_end - before
        window += 1
    return ClosedForm(admitted / run.calls if run.calls else None, form.assumes, form.source)


def _naive_log(run: _Run) -> ClosedForm:
    """Share admitted, averaged over the calls of the measured time.

    Calls come at one rate or not at all, so the ticks of a window in which some may come follow from the calls expected in it.
    """
    why_not = "denied calls are taken back" if run.values["naive_denied"] == "taken-back" else run.host_skewed or run.empty
    form = naive_log_admitted_share(run.key_rps * run.window_s, run.limit, run.ticks(run.key_rps * run.window_s))
    if not why_not and run.uneven:
        share = _averaged(run, lambda calls: naive_log_admitted_share(calls, run.limit, run.ticks(calls)).value or 0.0)
        return ClosedForm(share, f"{form.assumes}, whose rate changes as the pattern says", form.source)
    return form.unless(why_not)


def _averaged(run: _Run, share: Callable[[float], float]) -> float:
    """The mean over the calls of the measured time of a share that depends on the calls expected in the window before."""
    windows = max(1e-9, (run.duration_s - run.warm_up_s) / run.window_s)
    steps = max(1, round(windows * min(STEPS_A_WINDOW, max(10.0, LARGEST_SUM / (run.limit * windows)))))
    step_s = (run.duration_s - run.warm_up_s) / steps
    total = weight = 0.0
    for number in range(steps):
        at_s = run.warm_up_s + (number + 0.5) * step_s
        calls = run.expected(at_s - 0.5 * step_s, at_s + 0.5 * step_s)
        if calls > 0.0:
            total += calls * share(run.expected(max(0.0, at_s - run.window_s), at_s))
            weight += calls
    return total / weight if weight else 0.0


def _admitted(run: _Run, form: ClosedForm) -> tuple[Prediction, ...]:
    """The share as the two metrics that show it."""
    measured_s = run.duration_s - run.warm_up_s
    if form.value is None or measured_s <= 0.0 or not run.calls:
        why_not = form.why_not or "nothing is measured"
        silent = ClosedForm(None, form.assumes, form.source, why_not)
        return Prediction.of("goodput_rps", silent), Prediction.of("rejected_rate", silent)
    goodput_rps = form.value * run.calls * run.keys / measured_s
    return (
        Prediction.of("goodput_rps", ClosedForm(goodput_rps, form.assumes, form.source)),
        Prediction.of("rejected_rate", ClosedForm(max(0.0, 1.0 - form.value), form.assumes, form.source)),
    )


def _peak(run: _Run, most: ClosedForm, why_not: str) -> Prediction:
    """The worst case, where the calls are enough to reach it."""
    share = (most.value or 0.0) / run.limit
    form = ClosedForm(share, f"{most.assumes}; {FILLED}" if share > 1.0 else most.assumes, most.source)
    return Prediction.of("peak_window_share", form.unless(run.skewed or why_not))


def _bound(run: _Run, most: ClosedForm) -> Prediction:
    """What no window exceeds, and few reach: how far a run stays below it is no deviation."""
    form = ClosedForm((most.value or 0.0) / run.limit, f"{most.assumes}; {BOUND}", most.source)
    return Prediction.of("peak_window_share", form.unless(run.skewed), draws=1.0)
