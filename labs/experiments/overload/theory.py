"""What closed forms say of the overload lab's arms, and when they have to be silent."""

from collections.abc import Iterator
from math import log

from labs.experiments.events import Prediction
from labs.experiments.overload.instruments import HEALTHY_SHARE
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.overload import FLUID, UNNOTICED, collapse_s, mmc_in_time, mmck_in_time, recovery_s
from labs.theory.queueing import (
    GENERAL,
    GROSS,
    LEE_LONGTON,
    POISSON,
    erlang_c,
    mgc_mean_wait_s,
    mmck_blocking,
    mmck_mean_queue,
    mmck_mean_wait_s,
    mmck_throughput_rps,
    mmck_utilization,
)
from labs.theory.settling import relaxation_s, remembered

NEARLY_FULL = 0.97
SETTLES_WITHIN = 0.05
REMEMBERS = 0.1
"""Measured: where at most that much of the mean is missing by the bound, it is 2 % in truth."""
SERVICES = 3.0
"""The warm-up has to be so many services long for the servers to fill."""
ONE_DRAW = "the mean of many surges; a run shows one"
MOVES = "the limit moves with the answers: what it settles at follows from no closed form here"
BY_WAIT = "who is turned away depends on the waits, not on the length of the line"
WELL = "from the join that leaves room for nine works in ten, and its answer comes one patience later"
WEIGHTED = "surge and ordinary time weighted by their length"
ANY_ORDER = "the order of the line changes who is served, not how many wait"


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    run = _Run(spec, warm_up_s)
    if arm == "unbounded-queue":
        return tuple(_unbounded(run))
    if arm == "bounded-queue":
        return tuple(_bounded(run))
    if arm in ("lifo", "shed-by-priority"):
        return tuple(_in_any_order(run))
    reason = MOVES if arm == "adaptive-concurrency" else BY_WAIT
    return (Prediction.of("utilization", ClosedForm(None, POISSON, GROSS, reason)),)


class _Run:
    """The spec as theory sees it: rates within and without the surge, and how long each lasts."""

    def __init__(self, spec: RunSpec, warm_up_s: float) -> None:
        self._values = spec.parameters
        self.rate_rps, self.capacity_rps = self.number("rate_rps"), self.number("capacity_rps")
        self.servers, self.patience_s = int(self.number("servers")), self.number("client_timeout_s")
        self.mean_s, self.cv = self.servers / self.capacity_rps, self.number("service_cv")
        self.places = self.servers + int(self.number("queue_limit"))
        self.hang_up = bool(self._values["hang_up"])
        self._duration_s, self._warm_up_s = spec.duration_s, warm_up_s
        self.measured_s = max(1e-9, spec.duration_s - warm_up_s)
        self.begins_s, self.surge_s = self.number("surge_start_s"), self.number("surge_s")
        self.surge_rps = self.rate_rps * self.number("surge")
        self.surges = self.surge_rps > self.rate_rps and self.surge_s > 0.0 and self.begins_s < self._duration_s

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """(share of the measured time, rate)"""
        share = self.surge_s / self.measured_s if self.surges else 0.0
        return ((1.0 - share, self.rate_rps), (share, self.surge_rps)) if share else ((1.0, self.rate_rps),)

    @property
    def spread(self) -> str:
        return "" if self.cv == 1.0 else "the service times are not exponential"

    @property
    def noticed(self) -> str:
        return "the server drops the work of those who leave" if self.hang_up else ""

    @property
    def unsettled(self) -> str:
        """Why surge and ordinary time are not each in their own steady state for nearly all of their length."""
        if not self.surges or self.slow(self.places):
            return self.slow(self.places)
        ends_s = self.begins_s + self.surge_s
        if self.begins_s < self._warm_up_s or ends_s + self.patience_s > self._duration_s:
            return "the surge crosses the border of the measured time"
        filling_s = self.places / max(1e-9, self.surge_rps - self.capacity_rps)
        emptying_s = self.places / max(1e-9, self.capacity_rps - self.rate_rps)
        if filling_s > SETTLES_WITHIN * self.surge_s:
            return "the surge is too short for the line to settle in it"
        lasts = emptying_s > SETTLES_WITHIN * (self._duration_s - ends_s)
        return "the surge's backlog lasts for a good part of the run" if lasts else ""

    @property
    def steady(self) -> str:
        return "the surge leaves a backlog: there is no steady state" if self.surges else ""

    def slow(self, places: int | None = None) -> str:
        """Why a run that begins empty does not show the steady state."""
        if self.mean_s * SERVICES > self._warm_up_s:
            return "work takes so long that the warm-up does not fill the servers"
        surplus_rps = self.rate_rps - self.capacity_rps
        if surplus_rps > 0.0:
            late = (places or 0) / surplus_rps > self._warm_up_s + SETTLES_WITHIN * self.measured_s
            return "the line is still filling while the run measures" if late else ""
        settles_s = self._settles_s(self.rate_rps, places)
        late = settles_s is None or remembered(settles_s, self._warm_up_s, self.measured_s) > REMEMBERS
        return "so near to full load the line takes longer than the run to settle" if late else ""

    def _settles_s(self, rate_rps: float, places: int | None) -> float | None:
        found = relaxation_s(rate_rps, self.mean_s, self.servers, places).value
        return found * max(1.0, (1.0 + self.cv * self.cv) / 2.0) if found is not None else None

    def looks(self, places: int | None = None) -> float:
        """How many independent views of the line one run gives: by its memory, and by how often somebody has to wait at all.

        Who waits does so in company: of a time in which all servers are busy 1 / (1 - load) clients have to.
        """
        seen = min(
            share * self.measured_s / (2.0 * (self._settles_s(rate_rps, places) or self.measured_s))
            for share, rate_rps in self.parts
        )
        waits = erlang_c(self.servers, self.rate_rps * self.mean_s).value
        return seen if waits is None else min(seen, waits * self.requests * (1.0 - self.rate_rps / self.capacity_rps))

    @property
    def requests(self) -> float:
        """How many are to be expected in the measured time."""
        return sum(share * rate_rps for share, rate_rps in self.parts) * self.measured_s


def _unbounded(run: _Run) -> Iterator[Prediction]:
    full = run.noticed or run.steady or (run.slow() if run.rate_rps < run.capacity_rps else "")
    wait = mgc_mean_wait_s(run.rate_rps, run.mean_s, run.servers, run.cv)
    in_time = mmc_in_time(run.rate_rps, run.mean_s, run.servers, run.patience_s)
    yield Prediction.of("mean_wait_s", wait.unless(full or wait.why_not), draws=run.looks())
    load = ClosedForm(run.rate_rps * run.mean_s / run.servers, GENERAL, LEE_LONGTON)
    yield Prediction.of("utilization", load.unless(full or in_time.why_not), draws=run.requests)
    late = run.spread or full or in_time.why_not
    yield Prediction.of("goodput_rps", _times(in_time, run.rate_rps).unless(late), draws=run.requests)
    wasted = _rest(in_time)
    yield Prediction.of("wasted_share", wasted.unless(late), draws=(wasted.value or 0.0) * run.rate_rps * run.measured_s)
    yield from _surge(run)


def _surge(run: _Run) -> Iterator[Prediction]:
    """What the surge does to a queue without a bound, by rates alone."""
    none = "" if run.surges else "there is no surge"
    collapses = collapse_s(run.surge_rps, run.capacity_rps, run.patience_s)
    after = collapses.why_not or ("the surge is over before" if (collapses.value or 0.0) > 0.8 * run.surge_s else "")
    noisy = "" if run.rate_rps < NEARLY_FULL * run.capacity_rps else "it is too near to full load after the surge"
    yield Prediction.of("collapse_s", _one_draw(collapses).unless(none or run.noticed or after), draws=1.0)
    recovers = _recovery(run)
    unseen = "" if run.begins_s + run.surge_s + (recovers.value or 0.0) * 1.5 < run._duration_s else "the run ends before"
    reason = none or run.noticed or after or recovers.why_not or noisy or unseen
    yield Prediction.of("recovery_s", _one_draw(recovers).unless(reason), draws=1.0)


def _recovery(run: _Run) -> ClosedForm:
    """Well again are those who wait so little that nine in ten works fit into the rest; they are answered a patience later."""
    waits_s = run.patience_s - run.mean_s * log(1.0 / (1.0 - HEALTHY_SHARE))
    if waits_s <= 0.0:
        return ClosedForm(None, WELL, FLUID, "many clients would leave during the work alone")
    form = recovery_s(run.surge_rps, run.surge_s, run.rate_rps, run.capacity_rps, waits_s)
    return form if form.value is None else ClosedForm(form.value + run.patience_s, f"{form.assumes}; {WELL}", FLUID)


def _bounded(run: _Run) -> Iterator[Prediction]:
    why_not = run.spread or run.noticed or run.unsettled
    in_time = sum(
        share * rate * (mmck_in_time(rate, run.mean_s, run.servers, run.places, run.patience_s).value or 0.0)
        for share, rate in run.parts
    )
    refused = sum(share * rate * (_blocked(run, rate)) for share, rate in run.parts)
    offered = sum(share * rate for share, rate in run.parts)
    assumes = f"{POISSON}; {run.places} places, servers included; {UNNOTICED}"
    yield Prediction.of("goodput_rps", _weighted(run, in_time, assumes).unless(why_not), draws=in_time * run.measured_s)
    rejected = _weighted(run, refused / offered, assumes)
    yield Prediction.of("rejected_rate", rejected.unless(why_not), draws=refused * run.measured_s)
    if len(run.parts) == 1:
        wait = mmck_mean_wait_s(run.rate_rps, run.mean_s, run.servers, run.places)
        yield Prediction.of("mean_wait_s", wait.unless(why_not), draws=run.looks(run.places))
        late_rps = max(0.0, offered - refused - in_time)  # rounding may leave a hair less than nothing
        wasted = _weighted(run, late_rps / (offered - refused), assumes)
        yield Prediction.of("wasted_share", wasted.unless(why_not), draws=late_rps * run.measured_s)
    yield from _in_any_order(run)


def _in_any_order(run: _Run) -> Iterator[Prediction]:
    """What a line of bounded length does whatever its order: push one out, or turn one away, one is gone."""
    why_not = run.spread or run.noticed or run.unsettled
    forms = {"served_rps": mmck_throughput_rps, "utilization": mmck_utilization, "mean_queue": mmck_mean_queue}
    for metric, form in forms.items():
        value = sum(share * (form(rate, run.mean_s, run.servers, run.places).value or 0.0) for share, rate in run.parts)
        steady = _weighted(run, value, f"{POISSON}; {run.places} places; {ANY_ORDER}")
        draws = run.looks(run.places) if metric == "mean_queue" else run.requests
        yield Prediction.of(metric, steady.unless(why_not), draws=draws)


def _blocked(run: _Run, rate_rps: float) -> float:
    return mmck_blocking(rate_rps, run.mean_s, run.servers, run.places).value or 0.0


def _weighted(run: _Run, value: float, assumes: str) -> ClosedForm:
    return ClosedForm(value, f"{assumes}; {WEIGHTED}" if len(run.parts) > 1 else assumes, GROSS)


def _one_draw(form: ClosedForm) -> ClosedForm:
    return ClosedForm(form.value, f"{form.assumes}; {ONE_DRAW}", FLUID, form.why_not)


def _times(form: ClosedForm, factor: float) -> ClosedForm:
    return form if form.value is None else ClosedForm(form.value * factor, form.assumes, form.source)


def _rest(form: ClosedForm) -> ClosedForm:
    return form if form.value is None else ClosedForm(1.0 - form.value, form.assumes, form.source)
