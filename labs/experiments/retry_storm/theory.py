"""What closed forms say of the retry-storm lab's arms, and when they have to be silent."""

from math import exp, sqrt

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.retry_storm.policies import BUDGET, NO_RETRY
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import mmc_mean_wait_s, mmc_wait_exceeds
from labs.theory.retries import (
    METASTABLE,
    attempts_through_layers,
    decorrelated_wait_s,
    equal_jitter_wait_s,
    exponential_wait_s,
    full_jitter_wait_s,
    granted_attempts,
    lockstep_calls,
    lockstep_time_s,
    mean_attempts_through_layers,
    mean_time_through_layers_s,
    mean_total_wait_s,
    overload_left_s,
    stable_below_rps,
    still_failed,
)

RARE = 1e-4
CLEARLY = 1.15
POISSON = "D. R. Cox, P. A. W. Lewis, The Statistical Analysis of Series of Events (1966), 6.3: index of dispersion"
MEAN_WAITS = {
    "exponential": exponential_wait_s,
    "full-jitter": full_jitter_wait_s,
    "equal-jitter": equal_jitter_wait_s,
    "decorrelated-jitter": decorrelated_wait_s,
    BUDGET: full_jitter_wait_s,
}


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    if spec.parameters["mode"] == "contention":
        return _race(arm, spec.parameters)
    run = _Run(arm, spec, warm_up_s)
    attempts, forms = run.attempts, {}
    rate = ClosedForm((attempts.value or 0.0) * run.rate_rps, attempts.assumes, attempts.source, attempts.why_not)
    forms["attempts_per_request"], forms["offered_rps"] = attempts, rate
    forms["error_rate"] = still_failed(run.failed_share, run.most).unless(run.spent)
    forms["backoff_s"] = mean_total_wait_s(run.failed_share, run.waits_s).unless(run.spent or run.nested)
    forms["mean_s"] = mean_time_through_layers_s(run.failed_share, run.work_s, run.waits_s, run.layers).unless(
        run.spent or run.uneven
    )
    steady = {name: form.unless(run.unsteady or run.crowded) for name, form in forms.items()}
    steady["metastable_s"] = run.outlived
    if arm == NO_RETRY:
        one = ClosedForm(1.0, "a Poisson stream and nobody who tries again", POISSON)
        steady["dispersion"] = one.unless(run.herds)
    return tuple(Prediction.of(name, form, run.draws(name, form)) for name, form in steady.items())


class _Run:
    """The run as theory sees it: attempts that fail by their own luck, in a service that is not crowded."""

    def __init__(self, arm: str, spec: RunSpec, warm_up_s: float) -> None:
        self.arm, self.values, self.duration_s, self.warm_up_s = arm, spec.parameters, spec.duration_s, warm_up_s
        self.rate_rps, self.capacity_rps = self.number("rate_rps"), self.number("capacity_rps")
        self.slots, self.timeout_s = int(self.number("slots")), self.number("timeout_s")
        self.work_s = self.slots / self.capacity_rps
        self.each = 1 if arm == NO_RETRY else int(self.number("max_attempts"))
        self.layers = int(self.number("layers")) if self.values["retry_at"] == "every" else 1
        self.most = attempts_through_layers(self.each, self.layers)
        self.waits_s = [_mean_wait_s(arm, self.values, done) for done in range(self.each - 1)]

    def number(self, knob: str) -> float:
        return float(self.values[knob])

    def draws(self, metric: str, form: ClosedForm) -> float | None:
        """How many of the rare things that decide a metric a run may hope for; None where there are always enough."""
        requests = self.rate_rps * max(0.0, self.duration_s - self.warm_up_s)
        if metric == "metastable_s":
            return 1.0 if self.most_sent_rps * CLEARLY <= self.capacity_rps else None
        if metric == "error_rate":
            return (form.value or 0.0) * requests
        return self.failed_share * requests if metric == "backoff_s" else None

    @property
    def too_long_share(self) -> float:
        """Share of attempts whose work alone takes longer than the timeout."""
        return exp(-self.timeout_s / self.work_s)

    @property
    def failed_share(self) -> float:
        return self.too_long_share + (1.0 - self.too_long_share) * self.number("failure_rate")

    @property
    def attempts(self) -> ClosedForm:
        return mean_attempts_through_layers(self.failed_share, self.each, self.layers).unless(self.spent)

    @property
    def granted(self) -> float:
        """The most attempts per request that the budgets of all layers together allow."""
        ratio, minimum_rps = self.number("budget_ratio"), self.number("budget_minimum_rps")
        each = granted_attempts(ratio, minimum_rps, self.rate_rps).value or 1.0
        return float(min(self.most, each**self.layers))

    # Why a form is silent

    @property
    def spent(self) -> str:
        """Why retries that are wanted are not all made."""
        if self.arm != BUDGET:
            return ""
        wanted = mean_attempts_through_layers(self.failed_share, self.each, self.layers).value or 1.0
        if wanted - 1.0 <= 0.2 * (self.granted - 1.0):
            return ""
        return f"the budget refuses retries that are wanted: it allows {self.granted:.3g} attempts per request at most"

    @property
    def nested(self) -> str:
        return "every layer waits by itself" if self.layers > 1 else ""

    @property
    def unsteady(self) -> str:
        """Why attempts do not fail with the same chance all the time."""
        start_s = self.number("outage_start_s")
        if self.number("outage_s") and start_s < self.duration_s:
            return "in an outage all attempts fail together"
        if self.number("herd_every_s"):
            return "herds fill the queue"
        if self.values["retry_what"] == "everything" and self.number("client_error_rate"):
            return "a wrong request is repeated, and stays wrong"
        return self.cut

    @property
    def cut(self) -> str:
        """The longest that all attempts of a request could take when it is calm, against its deadline."""
        queued_s = mmc_mean_wait_s(self.rate_rps, self.work_s, self.slots).value or 0.0
        far = self.most + 5.0 * sqrt(self.most) + 10.0  # times the mean: so long do so many attempts hardly ever take
        return self._late(min(self.most * self.timeout_s, far * (self.work_s + queued_s)))

    def _late(self, attempts_s: float) -> str:
        """Why not all attempts are made, if together they take so long."""
        waits_s = sum(_longest_wait_s(self.arm, self.values, done) for done in range(self.each - 1))
        waits_s *= sum(self.each**layer for layer in range(self.layers))
        late = self.most > 1 and waits_s + attempts_s > self.number("deadline_s")
        return "the deadline ends some requests before their last attempt" if late else ""

    @property
    def crowded(self) -> str:
        """Why attempts fail for other reasons than their own luck: the queue."""
        offered_rps = self.rate_rps * (mean_attempts_through_layers(self.failed_share, self.each, self.layers).value or 1.0)
        patience_s = max(0.0, self.timeout_s - 4.0 * self.work_s)
        late = mmc_wait_exceeds(offered_rps, self.work_s, self.slots, patience_s).value
        full = mmc_wait_exceeds(offered_rps, self.work_s, self.slots, self.number("queue_limit") / self.capacity_rps).value
        if late is None or full is None or late > RARE or full > RARE:
            return "attempts queue until they time out, or find the queue full"
        return ""

    @property
    def uneven(self) -> str:
        """Why the time of an attempt is not that of its work."""
        offered_rps = self.rate_rps * (mean_attempts_through_layers(self.failed_share, self.each, self.layers).value or 1.0)
        wait_s = mmc_mean_wait_s(offered_rps, self.work_s, self.slots).value
        if wait_s is None or wait_s > 0.001 * self.work_s:
            return "attempts queue, and those that are repeated are no Poisson stream"
        return "timeouts cut the longest attempts short" if self.too_long_share > RARE else ""

    @property
    def herds(self) -> str:
        start_s, down = self.number("outage_start_s"), self.values["outage"] == "down"
        broken = self.number("outage_s") and down and start_s < self.duration_s
        return "all clients ask at once" if self.number("herd_every_s") or broken else ""

    # The storm

    @property
    def outlived(self) -> ClosedForm:
        """How long the overload outlives the outage: until the end of the run, or until the queue has drained."""
        border = stable_below_rps(self.capacity_rps, self.most)
        end_s = self.number("outage_start_s") + self.number("outage_s")
        if not self.number("outage_s") or end_s >= self.duration_s:
            return ClosedForm(None, border.assumes, METASTABLE, "no outage ends in this run")
        if self.number("failure_rate"):
            return ClosedForm(None, border.assumes, METASTABLE, "attempts fail by chance as well")
        if self.number("herd_every_s"):
            return ClosedForm(None, border.assumes, METASTABLE, "herds fill the queue, whatever the outage did")
        sent_rps = self.most_sent_rps
        if sent_rps * CLEARLY <= self.capacity_rps:
            return self._drains(sent_rps)
        assumes = f"{border.assumes}; {sent_rps:.3g} attempts a second against {self.capacity_rps:.3g}"
        lasts_s = self.duration_s - max(end_s, self.warm_up_s)
        return ClosedForm(lasts_s, assumes, METASTABLE).unless(self._may_end(sent_rps))

    @property
    def most_sent_rps(self) -> float:
        """Attempts per second when every one of them fails."""
        return self.rate_rps * (self.granted if self.arm == BUDGET else self.most)

    def _drains(self, sent_rps: float) -> ClosedForm:
        queued, slowdown = self.number("queue_limit"), self.number("slowdown")
        form = overload_left_s(queued, self.capacity_rps, sent_rps, self.timeout_s, self.work_s, slowdown)
        filled = (self.rate_rps - self.capacity_rps / slowdown) * self.number("outage_s") > CLEARLY * queued
        if self.number("outage_start_s") + self.number("outage_s") < self.warm_up_s:
            return form.unless("the outage ends within the warm-up")
        if self.values["outage"] == "down":
            return form.unless("while connections are refused nobody queues, so nothing need drain")
        if self.values["notices_hang_up"]:
            return form.unless("the service notices hang-ups, so its queue holds no useless calls")
        late = self.number("outage_start_s") + self.number("outage_s") + 2.0 * (form.value or 0.0) > self.duration_s
        why_not = "the run may end before the queue has drained" if late else ""
        return form.unless(why_not if filled else "the outage is too short to fill the queue")

    def _may_end(self, sent_rps: float) -> str:
        """Why a storm above the border need not last."""
        if sent_rps < CLEARLY * self.capacity_rps or self.rate_rps > self.capacity_rps:
            return "so near to the border, or without room for the traffic itself, chance decides"
        if self.values["notices_hang_up"]:
            return "the service notices hang-ups and stops useless work"
        longest_s = self.number("queue_limit") / self.capacity_rps
        if longest_s < CLEARLY * (self.timeout_s + self.work_s):
            return "the queue is too short to make every answer come too late"
        if self.arm == BUDGET:
            return "budgets come and go"
        if self.values["outage"] == "down":
            return "while connections are refused nobody queues, so the storm need not begin"
        if sum(self.waits_s) + self.timeout_s > 0.5 * self.number("outage_s"):
            return "the outage is too short for all attempts to be made within it: how the storm begins depends on chance"
        if not self._begins(sent_rps):
            return "the outage is too mild or too short to make every answer come too late"
        if self._late(self.most * self.timeout_s):
            return self._late(self.most * self.timeout_s)
        return "requests say Retry-After" if self.number("retry_after_s") and self.values["honour_retry_after"] else ""

    def _begins(self, sent_rps: float) -> bool:
        """Whether the slow spell leaves, as a fluid, clearly more calls than can be served within a timeout.

        First the traffic alone fills the queue until answers come too late; a timeout and all waits later everything is sent.
        """
        slow_rps = self.capacity_rps / self.number("slowdown")
        if self.rate_rps <= slow_rps:
            return False
        first_late_s = self.timeout_s * slow_rps / (self.rate_rps - slow_rps)
        rest_s = self.number("outage_s") - first_late_s - self.timeout_s - sum(self.waits_s)
        left = self.timeout_s * slow_rps + (sent_rps - slow_rps) * max(0.0, rest_s)
        return left >= CLEARLY * self.capacity_rps * (self.timeout_s + self.work_s)


def _race(arm: str, values: Values) -> tuple[Prediction, ...]:
    clients, why_not = int(values["clients"]), _out_of_step(arm, values)
    calls = lockstep_calls(clients)
    if why_not:
        time = ClosedForm(None, calls.assumes, calls.source, why_not)
    else:
        waits_s = [_mean_wait_s(arm, values, done) for done in range(clients - 1)]
        time = lockstep_time_s(clients, float(values["network_s"]), waits_s)
    return (Prediction.of("contention_calls", calls.unless(why_not)), Prediction.of("completion_s", time))


def _out_of_step(arm: str, values: Values) -> str:
    if arm in (NO_RETRY, BUDGET):
        return "clients give up before they have won"
    if arm not in ("immediate", "exponential") or _taught(arm, values):
        return "random waits take the clients apart, which is what they are for"
    return "messages take times of their own, which takes the clients apart" if float(values["network_deviation_s"]) else ""


def _taught(arm: str, values: Values) -> bool:
    return arm == "exponential" and bool(values["naive_backoff"])


def _cap_s(arm: str, values: Values) -> float:
    return float("inf") if _taught(arm, values) else float(values["cap_s"])


def _mean_wait_s(arm: str, values: Values, done: int) -> float:
    """The mean wait of an arm after so many retries."""
    wait_s = MEAN_WAITS.get(arm)
    if wait_s is None:
        return 0.0
    plus_half = 1.25 if _taught(arm, values) else 1.0
    return wait_s(float(values["base_s"]), _cap_s(arm, values), done) * plus_half


def _longest_wait_s(arm: str, values: Values, done: int) -> float:
    base_s, cap_s = float(values["base_s"]), _cap_s(arm, values)
    if arm in (NO_RETRY, "immediate"):
        return 0.0
    if arm == "decorrelated-jitter":
        return float(min(cap_s, base_s * 3.0 ** (done + 1)))
    return exponential_wait_s(base_s, cap_s, done) * (1.5 if _taught(arm, values) else 1.0)
