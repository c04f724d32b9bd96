"""What closed forms say of the eight orders: the calm before the outage, and the longest that anybody can be held."""

from collections.abc import Callable
from math import exp, inf, sqrt

from labs.experiments.decorator_order.orders import BY_NAME
from labs.experiments.decorator_order.stack import LONGEST_WAIT_S
from labs.experiments.events import Prediction
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.composition import Attempt, attempt, attempts_per_request, fallback_share, longest_s, request_time_s
from labs.theory.queueing import mmc_mean_wait_s, mmc_wait_exceeds, mmck_blocking
from labs.theory.retries import exponential_wait_s, full_jitter_wait_s

LATE = 0.01
FAR = 4.0
"""Standard deviations between the breaker's threshold and the share of failures in the fewest calls that it judges."""
ROOMY = 0.6
"""Share of a limit up to which chance does not reach it."""
FORGOTTEN = 0.02
"""Share of the fallback's questions for which it has no answer, or none that is fresh enough."""
NEGLIGIBLE = 1e-4


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    run = _Run(arm, spec, warm_up_s)
    forms = {
        "calm_attempts_per_request": attempts_per_request(run.attempt, run.tries),
        "calm_fallback_share": fallback_share(run.attempt, run.tries),
        "calm_mean_s": request_time_s(run.attempt_in_line, run.waits_s[: run.tries - 1]),
    }
    fell_back = run.calm_requests * (forms["calm_fallback_share"].value or 0.0)
    draws = {"calm_fallback_share": fell_back}  # each request that falls back is a draw: a few are luck
    said = [Prediction.of(name, form.unless(run.disturbed), draws.get(name, run.calm_requests)) for name, form in forms.items()]
    return (*said, Prediction.of("max_s", run.longest, 1.0))


class _Run:
    """The spec as theory sees it."""

    def __init__(self, arm: str, spec: RunSpec, warm_up_s: float) -> None:
        self._values = spec.parameters
        self._spec = spec
        self._warm_up_s = warm_up_s
        self.layers = BY_NAME[arm].layers
        self.allowed = int(self._values["attempts"])
        self.timeout_s = self.number("timeout_s") if "timeout" in self.layers else inf
        self.deadline_s = self.number("deadline_s") if "deadline" in self.layers else inf
        self.attempt: Attempt = attempt(self.number("failure_rate"), self.number("service_mean_s"), self.timeout_s)

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    @property
    def tries(self) -> int:
        """How many are made: a fallback inside the retry leaves nothing to try again."""
        hidden = self.layers.index("fallback") > self.layers.index("retry")
        return 1 if hidden else self.allowed

    @property
    def waits_s(self) -> list[float]:
        return self._waits_s(full_jitter_wait_s)

    def _waits_s(self, wait_s: Callable[[float, float, int], float]) -> list[float]:
        base_s = self.number("backoff_s")
        return [wait_s(base_s, LONGEST_WAIT_S, done) if base_s else 0.0 for done in range(self.allowed - 1)]

    @property
    def attempt_in_line(self) -> Attempt:
        """The same try with its wait at the service."""
        wait_s = mmc_mean_wait_s(*self._load, int(self._values["slots"])).value or 0.0
        return Attempt(self.attempt.failed, self.attempt.time_s + wait_s)

    @property
    def longest(self) -> ClosedForm:
        waits_s = sum(self._waits_s(exponential_wait_s))
        return longest_s(self.layers, self.number("timeout_s"), self.number("deadline_s"), self.allowed, waits_s)

    @property
    def disturbed(self) -> str:
        """Why tries do not fail with the chance that the knobs say, or some layer has its say in it."""
        return self._no_calm or self._uneven or self._crowded or self._refused or self._cut or self._forgotten

    @property
    def _calm_s(self) -> float:
        begins_s = self.number("outage_start_s") if self._values["outage"] != "none" else inf
        return max(0.0, min(begins_s, self._spec.duration_s) - self._warm_up_s)

    @property
    def calm_requests(self) -> float:
        """How many are expected before the first trouble."""
        return self.number("rate_rps") * self._calm_s

    @property
    def _no_calm(self) -> str:
        return "" if self._calm_s else "the outage begins before anything is measured"

    @property
    def _uneven(self) -> str:
        return "slow tries make the time of a try far from exponential" if self.number("slow_rate") else ""

    @property
    def _load(self) -> tuple[float, float]:
        """Tries per second, and the seconds that each keeps a slot."""
        tries = attempts_per_request(self.attempt, self.tries).value or 1.0
        mean_s = self.attempt.time_s if self._values["notices_hang_up"] else self.number("service_mean_s")
        return self.number("rate_rps") * tries, mean_s

    @property
    def _crowded(self) -> str:
        rate_rps, mean_s = self._load
        late = mmc_wait_exceeds(rate_rps, mean_s, int(self._values["slots"]), mean_s / 10.0).value
        if late is None or late >= LATE * 10.0:
            return "tries queue at the service"
        slots = int(self._values["slots"])
        full = mmck_blocking(rate_rps, mean_s, slots, slots + int(self._values["queue_limit"])).value or 0.0
        return "the service turns tries away where its queue is so short" if full > NEGLIGIBLE else ""

    @property
    def _forgotten(self) -> str:
        """Good answers for one key come as a Poisson stream; the chance that none came for so long is exp(-rate · time)."""
        key_rps = self.number("rate_rps") / self.number("keys") * (1.0 - self.attempt.failed**self.tries)
        stale = exp(-key_rps * self.number("stale_s"))
        young = exp(-key_rps * self._warm_up_s) / max(1.0, key_rps * self._calm_s)
        return "the fallback knows too few keys" if max(stale, young) > FORGOTTEN else ""

    @property
    def _refused(self) -> str:
        rate_rps, mean_s = self._load
        seen = (
            self.attempt.failed
            if self.layers.index("breaker") > self.layers.index("retry")
            else self.attempt.failed**self.tries
        )
        scatter = sqrt(seen * (1.0 - seen) / self.number("minimum_calls"))
        if self.number("failure_threshold") - seen < FAR * scatter:
            return "the breaker opens now and then"
        if not self._limit_is_far(rate_rps):
            return "the limiter refuses now and then"
        inside = rate_rps * (mean_s + sum(self.waits_s))
        return "the bulkhead is full now and then" if inside > ROOMY * self.number("pool_size") else ""

    def _limit_is_far(self, rate_rps: float) -> bool:
        """A bucket of b tokens under Poisson traffic of share r runs dry with a chance of about r^b."""
        share = rate_rps / self.number("limit_rps")
        return share < 1.0 and share ** self.number("burst") < LATE / 2.0

    @property
    def _cut(self) -> str:
        if self.deadline_s == inf:
            return ""
        room_s = (
            self.deadline_s - self.tries * min(self.timeout_s, 12.0 * self.number("service_mean_s")) - 2.0 * sum(self.waits_s)
        )
        return "the deadline cuts tries off" if room_s < 0.0 else ""
