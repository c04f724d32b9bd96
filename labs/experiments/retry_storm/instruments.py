"""What is measured in one arm of the retry-storm lab. It acts on nothing."""

from collections.abc import Mapping

from labs.experiments.callers import Callers, ratio
from labs.experiments.events import Flow
from labs.experiments.retry_storm.course import Course
from labs.experiments.retry_storm.policies import BUDGET
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.retry_storm.spectrum import Spectrum
from labs.experiments.retry_storm.watch import Watch
from labs.experiments.world import World
from labs.patterns.retry import Decision, Setback

MOST_ATTEMPTS = 2_000_000
"""Of one arm in one run: twelve attempts in each of four layers are 20,736 for one request."""


class TooManyAttempts(Exception):
    """The run asks for more than can be computed; the message says what to do."""


class Instruments:
    """Fed by the traffic; asked at the end of each bin."""

    def __init__(self, world: World, settings: RetrySettings) -> None:
        self._world = world
        self._settings = settings
        self._attempts_left = MOST_ATTEMPTS
        self._budgeted = world.arm == BUDGET
        self._recorder = recorder = world.recorder
        self.callers = Callers(world)
        self.attempts, self.grants = recorder.outcomes(), recorder.outcomes()
        self.begun, self.sent = recorder.counter(), recorder.counter()
        self.ended, self.sent_by_ended = recorder.counter(), recorder.counter()
        self.answered, self.wasted, self.waited_s = recorder.counter(), recorder.counter(), recorder.counter()
        self.comeback = recorder.samples()
        self.spectrum = Spectrum(world.now_s, world.warm_up_s)
        self.watch = Watch(world, settings)

    # Requests and their attempts

    def request_began(self) -> float:
        self.begun.bin += 1
        return self.callers.began()

    def request_ended(self, course: Course, outcome: str) -> None:
        """An outcome of the recorder's; one that was turned away after it had tried again has failed."""
        if outcome == "rejected" and course.sent > 1:
            outcome = "failed"
        self.ended.bin += 1
        self.sent_by_ended.bin += course.sent
        self.callers.ended(course.began_s, outcome)
        ended_s = self.watch.fault_ended_s
        if outcome == "ok" and course.began_s < ended_s:
            self.comeback.record(self._world.now_s() - ended_s)
        if course.request.traced:
            self._world.span(course.request, "request", course.began_s, outcome)

    def attempt_began(self, course: Course) -> float:
        self._attempts_left -= 1
        if self._attempts_left < 0:
            raise TooManyAttempts(f"more than {MOST_ATTEMPTS:,} attempts; choose fewer layers, fewer attempts or less traffic")
        self.sent.bin += 1
        self.spectrum.arrived(course.sent)
        course.sent += 1
        return self._world.now_s()

    def attempt_ended(self, course: Course, began_s: float, outcome: str, answered: bool = False) -> None:
        course.outcome = outcome
        self.attempts.count(outcome)
        if answered:
            self.answered.bin += 1
        elif outcome == "timed_out" and not self._settings.flag("notices_hang_up"):
            self.wasted.bin += 1
        if course.request.traced:
            self._world.span(course.request, f"attempt {course.sent}", began_s, outcome, "request")

    def set_back(self, setback: Setback) -> None:
        """A layer decides about an attempt that was worth repeating."""
        if setback.decision is Decision.AGAIN:
            self.waited_s.bin += setback.wait_s
            self.grants.ok += self._budgeted
        elif setback.decision is Decision.OUT_OF_BUDGET:
            self.grants.rejected += 1

    # What comes of it

    def close_bin(self, down: bool) -> None:
        """Before anything is asked about the bin that just ended."""
        self.spectrum.close_bin()
        _ok, _slow, _failed, rejected, timed_out = ended = self.attempts.last
        self.watch.bin(ratio(rejected + timed_out, sum(ended)), self._recorder.last_bin_s, down)

    def values(self) -> dict[str, float | None]:
        bin_s = self._recorder.last_bin_s
        seen = self.callers.values()
        return {
            "offered_rps": self.sent.last / bin_s,
            "goodput_rps": seen["goodput_rps"],
            "attempts_per_request": ratio(self.sent_by_ended.last, self.ended.last),
            "success_share": None if seen["error_share"] is None else 1.0 - seen["error_share"],
            "peak_rps": self.spectrum.peak_rps,
            "p50_s": seen["p50_s"],
            "p99_s": seen["p99_s"],
            "waiting": seen["waiting"],
        }

    def flows(self) -> dict[str, Flow]:
        return {"request": self.callers.flow(), "call": Flow(*self.attempts.last), "grant": Flow(*self.grants.last)}

    def metrics(self) -> dict[str, float | None]:
        length_s = self._recorder.measured_s
        return {
            **self.callers.metrics(),
            "attempts_per_request": ratio(self.sent_by_ended.total, self.ended.total),
            "offered_rps": ratio(self.sent.total, length_s),
            "retry_share": ratio(self.sent.total - self.begun.total, self.sent.total),
            "backoff_s": ratio(self.waited_s.total, self.begun.total),
            "wasted_share": ratio(self.wasted.total, self.wasted.total + self.answered.total),
            "dispersion": self.spectrum.dispersion,
            "retry_peak_rps": self.spectrum.retry_peak_rps,
            "recovery_s": self.watch.recovery_s,
            "metastable_s": self.watch.outlived_s if length_s else None,
            "comeback_p95_s": self.comeback.quantile(0.95),
        }

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return self.callers.intervals()
