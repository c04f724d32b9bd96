"""What closed forms say of the pool lab's arms, and when they have to be silent."""

from collections.abc import Callable, Iterator

from labs.experiments.contract import Values
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.pool import BARRER, SharedPool, give_up_share, mean_busy, mean_wait_s
from labs.theory.queueing import (
    KLEINROCK,
    LITTLE,
    OVERLOAD,
    POISSON,
    erlang_c,
    mgc_mean_wait_s,
    mmc_mean_wait_s,
    mmc_wait_exceeds,
    mmc_wait_quantile_s,
)
from labs.theory.settling import relaxation_s, remembered

RARE = 0.002
SOON = 0.03
NEARLY_FULL = 0.97
REMEMBERS = 0.1
"""Measured: where at most that much of the mean is missing by the bound, it is 2 % in truth."""
SERVICES = 3.0
"""The warm-up has to be so many queries long for the connections to be busy."""
FOREVER_S = 1e6
SPLIT = "requests are split among the instances by chance, so each pool has Poisson traffic of its own"


def predictions(size: int, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    """For pools of `size` each."""
    run = _Run(size, spec, warm_up_s)
    if run.crowds:
        return tuple(_crowded(run))
    if run.rare_timeouts:
        return tuple(_patient(run))
    return tuple(_impatient(run))


class _Run:
    """The spec as theory sees it."""

    def __init__(self, size: int, spec: RunSpec, warm_up_s: float) -> None:
        self._values: Values = spec.parameters
        self._duration_s, self._warm_up_s = spec.duration_s, warm_up_s
        self.measured_s = max(1e-9, spec.duration_s - warm_up_s)
        self.size, self.instances, self.cores = size, int(self.number("instances")), int(self.number("db_cores"))
        self.rate_rps, self.mean_s, self.cv = self.number("rate_rps"), self.number("query_mean_s"), self.number("query_cv")
        self.patience_s = FOREVER_S if self._values["borrow_forever"] else self.number("acquire_timeout_s")
        self.surge_rps, self.surge_s = self.rate_rps * self.number("surge"), self.number("surge_s")
        self.surge_start_s = self.number("surge_start_s")
        self.surges = self.surge_rps > self.rate_rps and self.surge_s > 0.0 and self.surge_start_s < spec.duration_s
        self.live = spec.world == "live"

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    @property
    def each_rps(self) -> float:
        """What one instance's pool is asked for."""
        return self.rate_rps / self.instances

    @property
    def crowds(self) -> bool:
        """Whether there may be more queries than cores."""
        return self.size * self.instances > self.cores and not self.live

    @property
    def load(self) -> float:
        return self.each_rps * self.mean_s / self.size

    @property
    def rare_timeouts(self) -> bool:
        beyond = mmc_wait_exceeds(self.each_rps, self.mean_s, self.size, self.patience_s).value
        waits_for_ever = self.patience_s >= FOREVER_S
        return waits_for_ever or (beyond is not None and beyond < RARE * 0.05 and self.load < NEARLY_FULL)

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """(share of the measured time, rate of one pool)"""
        share = self.surge_s / self.measured_s if self.surges else 0.0
        whole = ((1.0 - share, self.each_rps), (share, self.surge_rps / self.instances))
        return whole if share else ((1.0, self.each_rps),)

    @property
    def troubled(self) -> str:
        """Why connections are not simply lent and given back."""
        if any(self.number(knob) > 0.0 for knob in ("leak_rate", "abort_rate", "return_twice_rate")):
            return "borrowers leak or break connections"
        if self.size * self.instances > self.number("max_connections"):
            return "the database refuses some of the connections"
        managed = self._values["pool"] == "managed"
        if managed and self.number("min_size") < self.size:
            return "the pool opens and closes connections on the way"
        lifetime_s = self.number("max_lifetime_s")
        if managed and 0.0 < lifetime_s * 0.9 < self._duration_s:
            return "connections are replaced on the way"
        leak_s = self.number("leak_after_s")
        if managed and 0.0 < leak_s < 20.0 * self.mean_s:
            return "long queries are taken for leaks"
        return ""

    @property
    def surging(self) -> str:
        return "the surge leaves no steady state" if self.surges else ""

    @property
    def unsettled(self) -> str:
        """Why surge and ordinary time are not each in their own steady state for nearly all of their length."""
        if not self.surges:
            return ""
        ends_s = self.surge_start_s + self.surge_s
        crosses = self.surge_start_s < self._warm_up_s or ends_s > self._duration_s
        slow = self.patience_s > SOON * self.surge_s
        return "the surge is too short for the line to settle in it" if crosses or slow else ""

    @property
    def spread(self) -> str:
        return "" if self.cv == 1.0 else "the query times are not exponential, and borrowers give up"

    def slow(self, rate_rps: float, served_rps: float, places: float | None = None) -> str:
        """Why a run that begins with everything at rest does not show the steady state; `served_rps` is what all do."""
        if self.mean_s * SERVICES > self._warm_up_s:
            return "queries take so long that the warm-up does not fill the connections"
        settles_s = self._settles_s(rate_rps, served_rps, places)
        late = settles_s is None or remembered(settles_s, self._warm_up_s, self.measured_s) > REMEMBERS
        return "so near to full load the line takes longer than the run to settle" if late else ""

    def _settles_s(self, rate_rps: float, served_rps: float, places: float | None) -> float | None:
        found = relaxation_s(rate_rps, 1.0 / served_rps, 1, places).value
        return max(found, self.mean_s) * max(1.0, (1.0 + self.cv * self.cv) / 2.0) if found is not None else None

    def looks(self, rate_rps: float, served_rps: float, places: float | None = None) -> float:
        """How many independent views of a line one run gives, all instances together."""
        settles_s = self._settles_s(rate_rps, served_rps, places)
        return self.instances * self.measured_s / (2.0 * settles_s) if settles_s else 1.0

    @property
    def served_rps(self) -> float:
        """What one instance's pool can do."""
        return self.size / self.mean_s


def _patient(run: _Run) -> Iterator[Prediction]:
    """Nobody, or next to nobody, gives up: Erlang's delay, or the approximation for other query times."""
    why_not = run.troubled or run.surging or (OVERLOAD if run.load >= 1.0 else run.slow(run.each_rps, run.served_rps))
    wait = mmc_mean_wait_s if run.cv == 1.0 else lambda rate, mean, size: mgc_mean_wait_s(rate, mean, size, run.cv)
    waits = (erlang_c(run.size, run.each_rps * run.mean_s).value or 0.0) * run.rate_rps * run.measured_s
    seen = min(waits * (1.0 - run.load), run.looks(run.each_rps, run.served_rps))  # who waits does so in company
    yield Prediction.of("mean_wait_s", wait(run.each_rps, run.mean_s, run.size).unless(why_not), draws=seen)
    quantile = mmc_wait_quantile_s(run.each_rps, run.mean_s, run.size, 0.95)
    spread = "" if run.cv == 1.0 else "the query times are not exponential"
    yield Prediction.of("p95_wait_s", quantile.unless(why_not or spread), draws=seen)
    yield from _little(run, run.rate_rps * run.mean_s, why_not, KLEINROCK)


def _impatient(run: _Run) -> Iterator[Prediction]:
    """M/M/c+D; a surge settles within the patience, so that its time and the rest can be weighted."""
    places = run.size + run.served_rps * run.patience_s  # more cannot wait in vain: the line is bounded by their patience
    why_not = run.troubled or run.spread or run.unsettled or run.slow(run.each_rps, run.served_rps, places)
    rate = sum(share * each for share, each in run.parts)

    def weighted(form: Callable[[float, float, int, float], ClosedForm]) -> float:
        return sum(share * each * (form(each, run.mean_s, run.size, run.patience_s).value or 0.0) for share, each in run.parts)

    given_up, waited_s = weighted(give_up_share) / rate, weighted(mean_wait_s) / rate
    assumes = f"{POISSON}; first come, first served; all wait for {run.patience_s:g} s at most"
    looks = run.looks(run.each_rps, run.served_rps, places)
    yield Prediction.of("mean_wait_s", ClosedForm(waited_s, assumes, BARRER).unless(why_not), draws=looks)
    timeouts = given_up * rate * run.instances * run.measured_s
    yield Prediction.of("acquire_timeout_rate", ClosedForm(given_up, assumes, BARRER).unless(why_not), draws=timeouts)
    busy = sum(share * (mean_busy(each, run.mean_s, run.size, run.patience_s).value or 0.0) for share, each in run.parts)
    yield from _little(run, busy * run.instances, why_not, BARRER)


def _crowded(run: _Run) -> Iterator[Prediction]:
    """More connections than cores: the database shares them out, and the more it has to do the slower it is."""
    chain = SharedPool(run.rate_rps, run.mean_s, run.size, run.cores, run.number("contention"))
    several = "the pools of several instances meet in the database" if run.instances > 1 else ""
    spread = "" if run.cv == 1.0 else "the query times are not exponential"
    full = OVERLOAD if run.rate_rps >= chain.full_rps else ""
    near = run.slow(run.rate_rps, chain.full_rps)
    late = (chain.mean_wait_s.value or 0.0) > RARE * 5.0 * run.patience_s
    gives_up = "borrowers give up waiting" if late else ""
    why_not = several or run.troubled or spread or run.surging or full or near or gives_up
    waits = (chain.wait_share.value or 0.0) * run.rate_rps * run.measured_s
    seen = min(waits * (1.0 - run.rate_rps / chain.full_rps), run.looks(run.rate_rps, chain.full_rps))
    yield Prediction.of("mean_wait_s", chain.mean_wait_s.unless(why_not), draws=seen)
    yield Prediction.of("mean_s", chain.mean_time_s.unless(why_not))
    yield Prediction.of("mean_active", chain.active.unless(why_not))


def _little(run: _Run, active: float, why_not: str, source: str) -> Iterator[Prediction]:
    """Busy connections are queries a second times the time that one is held."""
    assumes = f"{POISSON}; a query holds its connection and nothing else does"
    if run.instances > 1:
        assumes = f"{assumes}; {SPLIT}"
    requests, form = run.rate_rps * run.measured_s, ClosedForm(active, assumes, f"{LITTLE}; {source}")
    yield Prediction.of("mean_active", form.unless(why_not), draws=requests)
    share = ClosedForm(active / (run.size * run.instances), assumes, f"{LITTLE}; {source}")
    yield Prediction.of("utilization", share.unless(why_not), draws=requests)
