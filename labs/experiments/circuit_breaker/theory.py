"""What closed forms say of the circuit-breaker lab's arms, and when they have to be silent."""

from math import exp

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.patterns.circuit_breaker import BUCKETS
from labs.theory.breaker import (
    INDEPENDENT,
    PROMPT,
    ROSS,
    Cycle,
    calls_until_consecutive_failures,
    calls_until_rate_reached,
    consecutive_cycle,
    windowed_cycle,
)
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import KLEINROCK, LITTLE, mmc_mean_wait_s, mmc_wait_exceeds

OVERLAPPING = 0.05
RARE = 0.002
WEIGHTED = "outage and ordinary time weighted by their length"
FLUID = "fluid limit: shares in place of single calls"
OUTAGE = "the scheduled outage changes the failure rate on the way"


def predictions(guard: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    """For the arms of one guard; a fallback changes what users see, not what these forms speak of."""
    ordinary, outage = _Regime(spec.parameters, outage=False), _Regime(spec.parameters, outage=True)
    share = _outage_share(spec, warm_up_s)
    if guard == "none":
        return _without_breaker(spec, ((1.0 - share, ordinary), (share, outage)))
    if share:
        return (_calls_in_outage(guard, spec, outage), _time_to_open(guard, spec, ordinary, outage))
    return (_calls_to_open(guard, spec, ordinary), *_shares(guard, spec, ordinary))


def _outage_share(spec: RunSpec, warm_up_s: float) -> float:
    """The share of the measured time that lies within the scheduled outage."""
    values = spec.parameters
    if values["outage"] == "none":
        return 0.0
    begin_s = max(warm_up_s, float(values["outage_start_s"]))
    end_s = min(spec.duration_s, float(values["outage_start_s"]) + float(values["outage_s"]))
    return max(0.0, end_s - begin_s) / (spec.duration_s - warm_up_s) if spec.duration_s > warm_up_s else 0.0


class _Regime:
    """The calls while nothing changes: before and after the outage, or within it. A mixture of ordinary and slow calls."""

    def __init__(self, values: Values, outage: bool) -> None:
        self.values = values
        self.rate_rps, self.slots = float(values["rate_rps"]), int(values["slots"])
        self.timeout_s, self.base_s, self.slow_s = (float(values[name]) for name in ("timeout_s", "service_mean_s", "slow_s"))
        self.errors, self.slow_rate = float(values["failure_rate"]), float(values["slow_rate"])
        if outage and values["outage"] in ("errors", "both"):
            self.errors = max(self.errors, float(values["outage_failure_rate"]))
        if outage and values["outage"] in ("slow", "both"):
            self.slow_rate = max(self.slow_rate, float(values["outage_slow_rate"]))

    @property
    def timed_out_share(self) -> float:
        """Share of calls whose work alone takes longer than the timeout."""
        slow = exp(-max(0.0, self.timeout_s - self.slow_s) / self.base_s)
        return (1.0 - self.slow_rate) * exp(-self.timeout_s / self.base_s) + self.slow_rate * slow

    @property
    def failed_share(self) -> float:
        return self.timed_out_share + (1.0 - self.timed_out_share) * self.errors

    @property
    def counted_share(self) -> float:
        """Share of calls that a breaker counts as failures."""
        wrong = float(self.values["client_error_rate"]) if self.values["count_4xx"] else 0.0
        return self.timed_out_share + (1.0 - self.timed_out_share) * min(1.0, self.errors + wrong)

    @property
    def held_s(self) -> float:
        """Mean time that a caller spends on the work of a call, cut by the timeout."""

        def cut(limit_s: float) -> float:
            return self.base_s * (1.0 - exp(-limit_s / self.base_s)) if limit_s > 0.0 else 0.0

        slow_s = min(self.slow_s, self.timeout_s) + cut(self.timeout_s - self.slow_s)
        return (1.0 - self.slow_rate) * cut(self.timeout_s) + self.slow_rate * slow_s

    @property
    def worked_s(self) -> float:
        """Mean time that a call keeps a slot."""
        return self.held_s if self.values["cancel"] else self.base_s + self.slow_rate * self.slow_s

    @property
    def load(self) -> float:
        return self.rate_rps * self.worked_s / self.slots

    @property
    def wait_s(self) -> float:
        return mmc_mean_wait_s(self.rate_rps, self.worked_s, self.slots).value or 0.0

    @property
    def queues(self) -> str:
        """Why failures are not as rare as was set: calls that wait run into their timeout, or find the queue full."""
        patience_s = max(0.0, self.timeout_s - 4.0 * self.base_s)
        late = mmc_wait_exceeds(self.rate_rps, self.worked_s, self.slots, patience_s).value
        return "" if late is not None and late < RARE else "calls queue until they time out"

    @property
    def unseen(self) -> str:
        hidden = self.values["timeout_place"] == "around" and self.timed_out_share > RARE
        return "the timeout lies around the breaker, which learns nothing of it" if hidden else ""

    @property
    def late_failures(self) -> str:
        late = self.timed_out_share > 0.05 * self.counted_share and self.overlap
        return "timeouts come in long after the other results, so failures bunch" if late else ""

    @property
    def overlap(self) -> str:
        inside = self.rate_rps * self.held_s
        return f"about {inside:.2g} calls are under way at once, so results come late" if inside > OVERLAPPING else ""


def _without_breaker(spec: RunSpec, parts: tuple[tuple[float, _Regime], ...]) -> tuple[Prediction, ...]:
    why_not = next((regime.queues for share, regime in parts if share and regime.queues), "")
    rate_rps = float(spec.parameters["rate_rps"])
    time_s = sum(share * (regime.held_s + regime.wait_s) for share, regime in parts)
    waiting = "the wait is that of exponential work with the same mean"
    return tuple(
        _said(metric, ClosedForm(value, f"{WEIGHTED}; {assumes}", source).unless(why_not))
        for metric, value, assumes, source in (
            ("error_rate", sum(share * regime.failed_share for share, regime in parts), INDEPENDENT, "total probability"),
            ("utilization", sum(share * regime.load for share, regime in parts), "all work is done", LITTLE),
            ("mean_s", time_s, waiting, KLEINROCK),
            ("callers_waiting", rate_rps * time_s, waiting, LITTLE),
        )
    )


def _calls_in_outage(guard: str, spec: RunSpec, outage: _Regime) -> Prediction:
    if guard == "windowed":
        silent = ClosedForm(None, INDEPENDENT, "", "the window still holds calls from before the outage")
        return _said("calls_to_open", silent)
    return _calls_to_open(guard, spec, outage)


def _calls_to_open(guard: str, spec: RunSpec, regime: _Regime) -> Prediction:
    form = _calls(guard, spec.parameters, regime)
    outage_s = float(spec.parameters["outage_s"]) if spec.parameters["outage"] != "none" else spec.duration_s
    rare = (form.value or 0.0) / regime.rate_rps > outage_s
    seldom = "it opens less than once in so short a time" if rare else ""
    late = regime.unseen or (regime.overlap if guard == "windowed" else regime.late_failures)
    return _said("calls_to_open", form.unless(form.why_not or seldom or regime.queues or late))


def _calls(guard: str, values: Values, regime: _Regime) -> ClosedForm:
    if guard == "consecutive":
        return calls_until_consecutive_failures(regime.counted_share, int(values["consecutive_failures"]))
    window_calls = float(values["window_s"]) * regime.rate_rps
    threshold, minimum = float(values["failure_threshold"]), int(values["minimum_calls"])
    return calls_until_rate_reached(regime.counted_share, threshold, minimum, window_calls)


def _time_to_open(guard: str, spec: RunSpec, ordinary: _Regime, outage: _Regime) -> Prediction:
    """From the beginning of the outage. Answers come back a mean time after their calls were sent."""
    values, before, during = spec.parameters, ordinary.counted_share, outage.counted_share
    if guard == "consecutive":
        calls = _calls(guard, values, outage)
        assumes = f"{INDEPENDENT}; the mean over many outages, of which a run has one"
        form = ClosedForm((calls.value or 0.0) / outage.rate_rps + outage.held_s, assumes, calls.source)
        return _said("time_to_open_s", form.unless(calls.why_not or outage.queues or outage.unseen or outage.late_failures))
    threshold = float(values["failure_threshold"])
    assumes = "many calls in the window: its failure rate rises in a straight line from the old share to the new one"
    below = "the failure rate stays below the threshold" if during <= threshold else ""
    window_s = float(values["window_s"]) * (1.0 - 0.5 / BUCKETS)  # the oldest bucket leaves whole
    filled_s = window_s * max(0.0, threshold - before) / (during - before) if not below else 0.0
    return _said(
        "time_to_open_s", ClosedForm(filled_s + outage.held_s, assumes, FLUID).unless(below or outage.queues or outage.unseen)
    )


def _shares(guard: str, spec: RunSpec, regime: _Regime) -> tuple[Prediction, ...]:
    """Duty cycle and share let through, in a steady run."""
    cycle = _cycle(guard, spec.parameters, regime)
    why_not = regime.queues or regime.unseen or regime.overlap or _too_few(cycle, spec)
    found = {
        "allowed_share": cycle.allowed_share if cycle else 0.0,
        "open_share": cycle.open_share if cycle else 0.0,
        "half_open_share": cycle.half_open_share if cycle else 0.0,
    }
    assumes = f"{INDEPENDENT}; {PROMPT}; many cycles"
    return tuple(_said(name, ClosedForm(value, assumes, ROSS).unless(why_not)) for name, value in found.items())


def _cycle(guard: str, values: Values, regime: _Regime) -> Cycle | None:
    share, open_s = regime.counted_share, float(values["open_s"])
    if guard == "consecutive":
        return consecutive_cycle(share, int(values["consecutive_failures"]), open_s, regime.rate_rps)
    threshold, minimum, window_s = float(values["failure_threshold"]), int(values["minimum_calls"]), float(values["window_s"])
    return windowed_cycle(share, threshold, minimum, window_s, open_s, int(values["success_threshold"]), regime.rate_rps)


def _too_few(cycle: Cycle | None, spec: RunSpec) -> str:
    if cycle is None:
        return "it does not open and close again and again"
    few = cycle.length_s * 5.0 > spec.duration_s
    return f"a cycle lasts {cycle.length_s:.3g} s: too few fit into the run" if few else ""


def _said(metric: str, form: ClosedForm) -> Prediction:
    return Prediction(metric, form.value, form.assumes, form.source, form.why_not)
