"""What closed forms say of the health lab's arms, and when they have to be silent.

They speak of a steady world: random crashes and lost probes, nothing scheduled. A scheduled crash is one draw of a random time:
its prediction is of the mean over many runs.
"""

from collections.abc import Iterator
from math import ceil, comb

from labs.experiments.events import Prediction
from labs.experiments.health_and_recovery.fleet import CRASH_AT_S, CRASHING, ROUND_TRIP_S
from labs.experiments.spec import RunSpec
from labs.theory.breaker import FELLER, ROSS, calls_until_consecutive_failures
from labs.theory.closed_form import ClosedForm
from labs.theory.detection import (
    COINS,
    HAPROXY,
    UNIFORM,
    crash_error_share,
    detection_bounds,
    flaps_from_start,
    mean_change_s,
    passive_detection_s,
    time_to_empty_s,
)
from labs.theory.queueing import mmc_mean_wait_s, mmc_time_exceeds, mmc_wait_exceeds, mmck_blocking

RARE = 1e-5
ENOUGH = 5.0
STEPPED = f"{COINS}; all are in at the start"
BUSY = "probes wait behind requests until they time out"
FULL = "full queues turn requests and probes away"
LATE = 1e-3
SWEPT = 0.05
COMPARED, JUDGED = 5, 100
"""Success rates are compared among so many servers and more, each after so many requests and more."""
PANICS = 0.01
PROBED = ("rise-fall", "panic-threshold")


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    """For one arm; none for the combined one, where probes and requests race."""
    run = _Run(spec, warm_up_s)
    if arm == "remove-for-good":
        return (Prediction.of("empty_at_s", _empties(run), 1.0),)
    if arm == "outlier-ejection":
        return (Prediction.of("detection_s", _passively(run), run.crashes),)
    if arm in PROBED:
        return tuple(_of_probes(arm, run))
    return ()


class _Run:
    """The spec as theory sees it."""

    def __init__(self, spec: RunSpec, warm_up_s: float) -> None:
        self._values = spec.parameters
        self.duration_s = spec.duration_s
        self.skipped_s = warm_up_s
        self.measured_s = max(0.0, spec.duration_s - warm_up_s)
        self.servers, self.slots = int(self._values["servers"]), int(self._values["slots"])
        self.rise, self.fall = int(self._values["rise"]), int(self._values["fall"])
        self.interval_s, self.timeout_s = self.number("interval_s"), self.number("probe_timeout_s")
        self.loss, self.mean_s = self.number("probe_loss"), self.number("service_mean_s")
        self.server_rps = self.number("rate_rps") / self.servers
        self.schedule = self.choice("schedule")
        self.crashes_per_h = self.number("crash_rate_per_h")
        handshake_s = self.number("handshake_s") if self.choice("probe_client") == "new" else 0.0
        self.answer_s = ROUND_TRIP_S + handshake_s
        silent = self.choice("crash_kind") == "silent"
        self.bad_s = (
            max(0.0, self.timeout_s - self.answer_s) if silent else 0.0
        )  # counted from the instant at which a probe arrives

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    def choice(self, knob: str) -> str:
        return str(self._values[knob])

    @property
    def probes(self) -> int:
        """Of each server, in the measured time."""
        return max(1, round(self.measured_s / self.interval_s))

    @property
    def wait_s(self) -> float:
        """What a probe waits in the queue, on average."""
        queued = mmc_mean_wait_s(self.server_rps, self.mean_s, self.slots).value
        return (queued or 0.0) if self._values["probes_queue"] else 0.0

    @property
    def busy(self) -> str:
        """Why a probe of a well server fails more often than it gets lost."""
        if self.answer_s >= self.timeout_s:
            return "no probe is answered within its timeout"
        if not self._values["probes_queue"]:
            return ""
        late = mmc_wait_exceeds(self.server_rps, self.mean_s, self.slots, self.timeout_s - self.answer_s).value
        borne = max(RARE, 0.01 * self.loss)
        return BUSY if late is None or late >= borne else FULL if self.turned_away >= borne else ""

    @property
    def turned_away(self) -> float:
        """The chance to find a server's queue full."""
        places = self.slots + int(self.number("queue_limit"))
        return mmck_blocking(self.server_rps, self.mean_s, self.slots, places).value or 0.0

    @property
    def impatient(self) -> str:
        """Why requests to servers that are well do not all end well."""
        if self.turned_away >= LATE:
            return FULL
        late = mmc_time_exceeds(self.server_rps, self.mean_s, self.slots, self.number("timeout_s")).value
        return "the client times out before the work is done" if late is None or late >= LATE else ""

    def panics(self, out: float) -> str:
        """Why the pool may panic: how likely one that is out has company enough, each other being out with chance `out`."""
        others = self.servers - 1
        bearable = self.servers - max(0, ceil(self.number("panic_threshold") * self.servers - 1e-9))
        calm = sum(comb(others, more) * out**more * (1.0 - out) ** (others - more) for more in range(min(bearable, others + 1)))
        return "in panic nobody is out" if 1.0 - calm > PANICS else ""

    @property
    def overlapping(self) -> str:
        return "a lost probe lasts beyond the next one" if self.timeout_s > self.interval_s else ""

    @property
    def troubled(self) -> str:
        """Why servers are not well all the time."""
        if self.crashes_per_h or self.number("gray_rate_per_h") or self.schedule != "none":
            return "servers are ill or the database is down for a part of the run"
        return ""

    @property
    def crashes(self) -> float:
        """How many are expected; the scheduled one is one."""
        if self.crashes_per_h:
            return self.crashes_per_h * self.servers * self.measured_s / 3600.0
        return 1.0 if self.scheduled else 0.0

    @property
    def scheduled(self) -> bool:
        return self.schedule in ("crash", "all") and self.duration_s > CRASH_AT_S and self.servers > CRASHING

    @property
    def no_crashes(self) -> str:
        """Why there is nothing to detect, or something else to take for a crash."""
        if not self.crashes:
            return "no server crashes"
        if self.crashes < ENOUGH and not self.scheduled:
            return "hardly any server crashes in so short a run"
        other = self.number("gray_rate_per_h") or (self.crashes_per_h and self.schedule not in ("none", "crash"))
        return "not only crashes take servers out" if other else ""

    @property
    def healed(self) -> str:
        return "a supervisor restarts servers as well" if self._values["self_healing"] else ""


def _of_probes(arm: str, run: _Run) -> Iterator[Prediction]:
    yield Prediction.of("detection_s", _detection(run), run.crashes)
    yield Prediction.of("return_s", _return(run), run.crashes)
    cut = run.busy or run.overlapping or run.troubled or run.healed
    flaps = flaps_from_start(run.loss, run.rise, run.fall, int(run.skipped_s / run.interval_s), run.probes)
    expected = flaps.evictions * run.probes * run.servers
    per_h = ClosedForm(flaps.evictions * 3600.0 / run.interval_s, STEPPED, f"{FELLER}; {ROSS}")
    yield Prediction.of("false_evictions_per_h", per_h.unless(cut), expected)
    late_s = run.timeout_s - run.answer_s - run.wait_s  # a bad probe takes as much longer to fail than a good one to answer
    out = ClosedForm(flaps.out - flaps.evictions * late_s / run.interval_s, STEPPED, f"{FELLER}; {ROSS}")
    panics = run.panics(flaps.out) if arm == "panic-threshold" else ""
    yield Prediction.of("wrongly_out_share", out.unless(cut or panics), expected)
    yield Prediction.of("error_rate", _errors(arm, run))


def _detection(run: _Run) -> ClosedForm:
    """Lost probes right before the crash count towards `fall`: the streak that it meets is that of tossed coins."""
    bounds = detection_bounds(run.interval_s, run.fall, run.timeout_s)
    mean = mean_change_s(run.interval_s, run.fall, run.bad_s)
    streak = _mean_streak(run.loss, run.fall)
    assumes = f"{UNIFORM}; each lies between {bounds.least_s:g} and {bounds.most_s:g} s if no probe gets lost"
    mended = "a server may be mended before it is found" if run.number("repair_s") < bounds.most_s else ""
    form = ClosedForm((mean.value or 0.0) - streak * run.interval_s, assumes, HAPROXY)
    return form.unless(run.no_crashes or run.busy or run.overlapping or run.healed or mended)


def _mean_streak(loss: float, fall: int) -> float:
    """Mean bad probes in a row of a server that is in: chances p^j (1 - p) / (1 - p^fall) for j below fall."""
    if not loss:
        return 0.0
    weights = [loss**number for number in range(fall)]
    return sum(number * weight for number, weight in enumerate(weights)) / sum(weights)


def _return(run: _Run) -> ClosedForm:
    probes = calls_until_consecutive_failures(1.0 - run.loss, run.rise).value
    if probes is None:
        return ClosedForm(None, UNIFORM, HAPROXY, "too few probes come back")
    assumes = f"{UNIFORM}; an empty queue after the mending"
    form = ClosedForm((probes - 0.5) * run.interval_s, assumes, HAPROXY)
    other = "not only crashes take servers out" if run.schedule in ("all", "gray", "database") else ""
    false = "servers that were thrown out by mistake return as well" if run.loss**run.fall > 0.001 else ""
    return form.unless(run.no_crashes or other or run.busy or run.overlapping or run.healed or false)


def _errors(arm: str, run: _Run) -> ClosedForm:
    """Callers' errors, where crashes are all that goes wrong."""
    if not run.crashes_per_h:
        return ClosedForm(None, COINS, HAPROXY, "only random crashes have a rate of errors")
    found_s, back_s = _detection(run), _return(run)
    why_not = found_s.why_not or back_s.why_not
    if run.choice("crash_kind") == "silent":
        why_not = why_not or "requests to a silent server pile up in its queue"
    elif run.schedule != "none":
        why_not = why_not or "not only crashes make errors"
    elif run.number("slow_start_s"):
        why_not = why_not or "a server that comes back gets less than its share at first"
    elif run.loss**run.fall > 0.001:
        why_not = why_not or "servers are thrown out by mistake as well"
    inside_s = run.mean_s + run.wait_s
    form = crash_error_share(run.crashes_per_h, found_s.value or 0.0, back_s.value or 0.0, inside_s)
    out_share = run.crashes_per_h / 3600.0 * run.number("repair_s")
    if out_share > 0.1:
        why_not = why_not or "so many servers are down at a time that the others fill up"
    why_not = why_not or run.impatient or (run.panics(out_share) if arm == "panic-threshold" else "")
    return form.unless(why_not)


def _passively(run: _Run) -> ClosedForm:
    """The requests of a server come as a Poisson stream, for the balancer chooses by lot."""
    form = passive_detection_s(int(run.number("outlier_failures")), run.server_rps, run.mean_s, run.slots)
    silent = "requests to a silent server fail only after their timeout" if run.choice("crash_kind") == "silent" else ""
    out_s = max(run.number("repair_s"), run.number("ejection_s") + run.number("sweep_s"))
    crowded = "others are often out at the same time" if run.crashes_per_h / 3600.0 * out_s * run.servers > 0.1 else ""
    compared = run.servers >= COMPARED and run.server_rps * run.number("sweep_s") >= JUDGED
    swept = compared and (form.value or 0.0) > SWEPT * run.number("sweep_s")
    first = "a sweep may find it before so many requests have failed" if swept else ""
    return form.unless(form.why_not or run.no_crashes or silent or crowded or run.impatient or first or run.healed)


def _empties(run: _Run) -> ClosedForm:
    form = time_to_empty_s(run.servers, run.loss, run.interval_s, run.timeout_s, run.answer_s + run.wait_s)
    long = form.value is not None and form.value * 2.0 > run.duration_s
    return form.unless(form.why_not or run.troubled or run.busy or ("the run ends before it is likely" if long else ""))
