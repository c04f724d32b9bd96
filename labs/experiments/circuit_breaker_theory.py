"""What closed forms say of the circuit-breaker lab's arms, and when they have to be silent."""

from math import exp

from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
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
from labs.theory.queueing import little_number, mmc_mean_time_s, mmc_wait_exceeds

OVERLAPPING = 0.05
OUTAGE = "the scheduled outage changes the failure rate on the way"


def predictions(guard: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    """For the arms of one guard; a fallback changes what users see, not what these forms speak of."""
    if guard == "none":
        return _without_breaker(spec)
    cycle = _Regime(spec)
    return (*cycle.calls_to_open(guard), *cycle.time_to_open(guard), *cycle.shares(guard))


def _without_breaker(spec: RunSpec) -> tuple[Prediction, ...]:
    rate_rps, slots = float(spec.parameters["rate_rps"]), int(spec.parameters["slots"])
    regime = _Regime(spec)
    load = ClosedForm(rate_rps * regime.mean_s / slots, "every call is worked on to its end; a steady state", "utilization law")
    time = mmc_mean_time_s(rate_rps, regime.mean_s, slots)
    why_not = OUTAGE if regime.outage else regime.not_exponential or ("" if load.value and load.value < 1.0 else time.why_not)
    busy = OUTAGE if regime.outage else "" if load.value and load.value < 0.95 else "the service is full"
    return (
        _said("utilization", load.unless(busy or regime.cuts_work)),
        _said("mean_s", time.unless(why_not or regime.cuts_work)),
        _said("callers_waiting", little_number(rate_rps, time.value or 0.0).unless(why_not or regime.cuts_work)),
        _said(
            "error_rate",
            ClosedForm(regime.failure_share, INDEPENDENT, "share of failed calls").unless(
                OUTAGE if regime.outage else regime.queues
            ),
        ),
    )


class _Regime:
    """A run's steady failure regime: that of the outage where there is one, else that of the whole run."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        values = spec.parameters
        kind = values["outage"]
        self.outage = kind != "none" and float(values["outage_s"]) > 0.0 and float(values["outage_start_s"]) < spec.duration_s
        self.rate_rps = float(values["rate_rps"])
        self.timeout_s = float(values["timeout_s"])
        self.base_s, self.slow_s = float(values["service_mean_s"]), float(values["slow_s"])
        errors, slow = float(values["failure_rate"]), float(values["slow_rate"])
        self.before_share = self._failure_share(errors, slow)
        if self.outage and kind in ("errors", "both"):
            errors = max(errors, float(values["outage_failure_rate"]))
        if self.outage and kind in ("slow", "both"):
            slow = max(slow, float(values["outage_slow_rate"]))
        self.slow_rate = slow
        self.failure_share = self._failure_share(errors, slow)

    @property
    def mean_s(self) -> float:
        return self.base_s + self.slow_rate * self.slow_s

    @property
    def not_exponential(self) -> str:
        return "slow calls make the service time anything but exponential" if self.slow_rate * self.slow_s else ""

    @property
    def cuts_work(self) -> str:
        lost = self._timeout_share(self.slow_rate)
        return f"the timeout cuts {lost:.1%} of the calls short" if lost > 0.005 else ""

    @property
    def queues(self) -> str:
        """Why the share of failures is not what was set, if calls wait so long that timeouts change it."""
        slots = int(self.spec.parameters["slots"])
        left_s = max(0.0, self.timeout_s - self.base_s)
        late = mmc_wait_exceeds(self.rate_rps, self.mean_s, slots, left_s)
        return "" if late.value is not None and late.value < 0.002 else "calls queue until they time out"

    def _timeout_share(self, slow_rate: float) -> float:
        def beyond(start_s: float) -> float:
            return exp(-max(0.0, self.timeout_s - start_s) / self.base_s)

        return (1.0 - slow_rate) * beyond(0.0) + slow_rate * beyond(self.slow_s)

    def _failure_share(self, errors: float, slow_rate: float) -> float:
        """Share of calls that the breaker counts as failures, where nothing queues."""
        values = self.spec.parameters
        wrong = float(values["client_error_rate"]) if values["count_4xx"] else 0.0
        late = self._timeout_share(slow_rate)
        return late + (1.0 - late) * min(1.0, errors + wrong)

    def calls_to_open(self, guard: str) -> tuple[Prediction, ...]:
        values, share = self.spec.parameters, self.failure_share
        if guard == "consecutive":
            form = calls_until_consecutive_failures(share, int(values["consecutive_failures"]))
            return (_said("calls_to_open", form.unless(form.why_not or self._why_no_opening(form) or self.queues)),)
        window_calls = float(values["window_s"]) * self.rate_rps
        form = calls_until_rate_reached(share, float(values["failure_threshold"]), int(values["minimum_calls"]), window_calls)
        why_not = "the window still holds calls from before the outage" if self.outage else form.why_not
        return (_said("calls_to_open", form.unless(why_not or self.queues or self._overlap)),)

    def time_to_open(self, guard: str) -> tuple[Prediction, ...]:
        """From the beginning of the outage."""
        if not self.outage:
            return ()
        values, before, during = self.spec.parameters, self.before_share, self.failure_share
        if guard == "consecutive":
            calls = calls_until_consecutive_failures(during, int(values["consecutive_failures"]))
            form = ClosedForm((calls.value or 0.0) / self.rate_rps + self.mean_s, calls.assumes, calls.source).unless(
                calls.why_not
            )
            return (_said("time_to_open_s", form.unless(form.why_not or self.queues)),)
        threshold = float(values["failure_threshold"])
        assumes = "many calls in the window: its failure rate rises in a straight line from the old share to the new"
        if during <= threshold:
            return (
                _said("time_to_open_s", ClosedForm(None, assumes, "fluid limit", "the failure rate stays below the threshold")),
            )
        filled_s = float(values["window_s"]) * max(0.0, threshold - before) / (during - before)
        return (_said("time_to_open_s", ClosedForm(filled_s + self.mean_s, assumes, "fluid limit").unless(self.queues)),)

    def shares(self, guard: str) -> tuple[Prediction, ...]:
        """Duty cycle and share let through, in a steady run."""
        cycle = self._cycle(guard)
        assumes = f"{INDEPENDENT}; {PROMPT}; many cycles"
        why_not = OUTAGE if self.outage else "" if cycle else "it does not open and close again and again"
        why_not = why_not or self.queues or self._overlap or self._too_few(cycle)
        found = {
            "allowed_share": cycle.allowed_share if cycle else 0.0,
            "open_share": cycle.open_share if cycle else 0.0,
            "half_open_share": cycle.half_open_share if cycle else 0.0,
        }
        return tuple(_said(name, ClosedForm(value, assumes, ROSS).unless(why_not)) for name, value in found.items())

    def _cycle(self, guard: str) -> Cycle | None:
        values, share, open_s = self.spec.parameters, self.failure_share, float(self.spec.parameters["open_s"])
        if guard == "consecutive":
            return consecutive_cycle(share, int(values["consecutive_failures"]), open_s, self.rate_rps)
        threshold, minimum, window_s = (
            float(values["failure_threshold"]),
            int(values["minimum_calls"]),
            float(values["window_s"]),
        )
        return windowed_cycle(share, threshold, minimum, window_s, open_s, int(values["success_threshold"]), self.rate_rps)

    @property
    def _overlap(self) -> str:
        inside = self.rate_rps * self.mean_s
        return f"about {inside:.2g} calls are under way at once, so results come late" if inside > OVERLAPPING else ""

    def _too_few(self, cycle: Cycle | None) -> str:
        few = cycle is not None and cycle.length_s * 5.0 > self.spec.duration_s
        return f"a cycle lasts {cycle.length_s:.0f} s: too few fit into the run" if few and cycle else ""

    def _why_no_opening(self, form: ClosedForm) -> str:
        expected_s = (form.value or 0.0) / self.rate_rps
        length_s = float(self.spec.parameters["outage_s"]) if self.outage else self.spec.duration_s
        return "it opens less than once in so short a time" if expected_s > length_s else ""


def _said(metric: str, form: ClosedForm) -> Prediction:
    return Prediction(metric, form.value, form.assumes, form.source, form.why_not)
