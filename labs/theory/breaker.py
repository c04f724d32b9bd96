"""How long a breaker stays closed, how long open, and what share of the calls it lets through while a service fails steadily.

One cycle of a breaker runs from closing to closing: a closed phase of some calls, then rounds of waiting and trying until the
trials go well. Each cycle begins afresh, so long-run shares are ratios of mean amounts per cycle (renewal-reward theorem:
Sheldon Ross, Introduction to Probability Models, section 7.4). With calls coming as a Poisson stream of `rate_rps`, the wait
from the moment a breaker may try again to the call that tries is 1 / rate_rps on average: arrivals have no memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

from labs.theory.closed_form import ClosedForm, positive, share

FELLER = "W. Feller, An Introduction to Probability Theory and Its Applications, vol. 1 (3rd ed.), XIII.7"
ROSS = "renewal-reward theorem: S. Ross, Introduction to Probability Models, 7.4"
INDEPENDENT = "each call fails with the same chance, whatever happened to the others"
PROMPT = "answers come back before the next call is sent"
CERTAIN = 0.999
LONGEST_WALK = 2000
LONGEST_TRANSIENT = 20_000
NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True)
class Cycle:
    """Means of one cycle from closing to closing, under a steady failure rate."""

    calls_to_open: float
    rounds: float
    """Times that it opens before it closes again."""
    trials: float
    """Calls let through in one half-open phase."""
    rate_rps: float
    open_s: float

    @property
    def length_s(self) -> float:
        return (self.calls_to_open + self.rounds * self.trials) / self.rate_rps + self.rounds * self.open_s

    @property
    def open_share(self) -> float:
        """Share of the time in which the state is open, the wait for the first trial included."""
        return self.rounds * (self.open_s + 1.0 / self.rate_rps) / self.length_s

    @property
    def half_open_share(self) -> float:
        return self.rounds * (self.trials - 1.0) / self.rate_rps / self.length_s

    @property
    def allowed_share(self) -> float:
        """Share of the calls that are let through to the service."""
        return (self.calls_to_open + self.rounds * self.trials) / (self.length_s * self.rate_rps)


def calls_until_consecutive_failures(failure_rate: float, failures: int) -> ClosedForm:
    """Mean number of calls until `failures` in a row have failed: (1 - p^r) / (p^r (1 - p)); r calls where all fail."""
    share("failure_rate", failure_rate)
    if failures < 1:
        raise ValueError(f"failures must be at least 1, not {failures}")
    if failure_rate == 0.0:
        return ClosedForm(None, INDEPENDENT, FELLER, "no call fails, so it never opens")
    if failure_rate == 1.0:
        return ClosedForm(float(failures), INDEPENDENT, FELLER)
    run = failure_rate**failures
    if run == 0.0:
        return ClosedForm(None, INDEPENDENT, FELLER, "so long a run of failures is too rare to compute")
    return ClosedForm((1.0 - run) / (run * (1.0 - failure_rate)), INDEPENDENT, FELLER)


@dataclass(frozen=True, slots=True)
class Regime:
    """Calls under steady conditions: the share that a breaker counts as failed, and how long each is under way."""

    failed_share: float
    lasts_beyond: Callable[[float], float]
    """The chance that a call is under way for longer than so many seconds."""


def first_run_after_change(
    before: Regime, after: Regime, failures: int, rate_rps: float, settled_s: float
) -> tuple[float, float]:
    """Mean calls and mean seconds from a change of regime to the first run of `failures` failures in a row, by results.

    Calls that are under way at the change still end as before it. With Poisson traffic and no queue results come as a Poisson
    stream: at t seconds after the change, old ones at the rate times the chance to last beyond t, new ones at the rate times
    the chance to have ended by then (S. Ross, Introduction to Probability Models, 5.3, on the infinite server queue). The chain
    of runs is stepped through the `settled_s` seconds in which old calls come back; then the closed form goes on.
    Raises ValueError where no call fails after the change: there is no mean then.
    """
    positive("after.failed_share", after.failed_share)
    steps = max(200, min(LONGEST_TRANSIENT, ceil(settled_s * rate_rps * 10.0)))
    step_s = settled_s / steps
    runs, calls, time_s = [1.0] + [0.0] * (failures - 1), 0.0, 0.0
    for number in range(steps):
        t_s = (number + 0.5) * step_s
        old, new = before.lasts_beyond(t_s), 1.0 - after.lasts_beyond(t_s)
        result, alive = rate_rps * step_s * (old + new), sum(runs)
        calls, time_s = calls + alive * result, time_s + alive * step_s
        failed = (old * before.failed_share + new * after.failed_share) / (old + new) if old + new else 0.0
        runs = _lengthened(runs, result, failed)
        if alive < NEGLIGIBLE:
            break
    left = sum(chance * _calls_left(after.failed_share, run, failures) for run, chance in enumerate(runs))
    return calls + left, time_s + left / rate_rps


def _lengthened(runs: list[float], result: float, failed: float) -> list[float]:
    """The chances by length of the present run, after a step in which a result comes with the chance `result`."""
    reset = sum(runs) * result * (1.0 - failed)
    longer = [0.0, *(chance * result * failed for chance in runs[:-1])]
    stayed = [chance * (1.0 - result) + more for chance, more in zip(runs, longer, strict=True)]
    return [stayed[0] + reset, *stayed[1:]]


def _calls_left(failed: float, run: int, failures: int) -> float:
    """Mean calls from a run of `run` to one of `failures`: (p^-r - p^-j) / (1 - p)."""
    return float(failures - run) if failed == 1.0 else (failed**-failures - failed**-run) / (1.0 - failed)


def calls_until_rate_reached(failure_rate: float, threshold: float, minimum_calls: int, window_calls: float) -> ClosedForm:
    """Mean number of calls until, with at least `minimum_calls` seen, the share of failures reaches `threshold`.

    The first passage of a Bernoulli walk, summed exactly while the window still grows: `window_calls` is how many calls fit
    into it. Where the walk need not have crossed by then, the window slides and no such sum is known. No walk is followed for
    more than LONGEST_WALK calls.
    """
    share("failure_rate", failure_rate)
    share("threshold", threshold)
    assumes = f"{INDEPENDENT}; it opens before the first calls leave the window"
    source = "first passage of a Bernoulli walk, summed exactly (Feller vol. 1, ch. XIV)"
    alive, mean = {0: 1.0}, 0.0
    for call in range(1, floor(min(window_calls, LONGEST_WALK)) + 1):
        mean += sum(alive.values())
        alive = _survivors(alive, failure_rate, threshold * call if call >= minimum_calls else call + 1.0)
        if sum(alive.values()) < 1e-12:
            return ClosedForm(mean, assumes, source)
    left = sum(alive.values())
    why_not = f"with a chance of {left:.3g} it has not opened when the window starts to slide" if left > 1.0 - CERTAIN else ""
    return ClosedForm(mean, assumes, source).unless(why_not)


def _survivors(alive: dict[int, float], failure_rate: float, limit: float) -> dict[int, float]:
    """The chances by number of failures after one more call, without those that have reached the limit."""
    after: dict[int, float] = {}
    for failures, chance in alive.items():
        if chance < NEGLIGIBLE:
            continue
        for count, weight in ((failures, 1.0 - failure_rate), (failures + 1, failure_rate)):
            if not (count and count >= limit):
                after[count] = after.get(count, 0.0) + chance * weight
    return after


def consecutive_cycle(failure_rate: float, failures: int, open_s: float, rate_rps: float) -> Cycle | None:
    """The cycle of a breaker that counts failures in a row and closes on the first success; None where it has none."""
    positive("rate_rps", rate_rps)
    calls = calls_until_consecutive_failures(failure_rate, failures).value
    if calls is None or failure_rate == 1.0:
        return None
    return Cycle(calls, 1.0 / (1.0 - failure_rate), 1.0, rate_rps, open_s)


def windowed_cycle(
    failure_rate: float,
    threshold: float,
    minimum_calls: int,
    window_s: float,
    open_s: float,
    success_threshold: int,
    rate_rps: float,
) -> Cycle | None:
    """The cycle of a breaker that judges a rate and closes after `success_threshold` good trials; None where it has none.

    A half-open phase ends with the first bad trial or the s-th good one: (1 - q^s) / p trials, good with chance q^s, q = 1 - p.
    """
    positive("rate_rps", rate_rps)
    calls = calls_until_rate_reached(failure_rate, threshold, minimum_calls, window_s * rate_rps).value
    good = (1.0 - failure_rate) ** success_threshold
    if calls is None or failure_rate == 0.0 or good == 0.0:
        return None
    return Cycle(calls, 1.0 / good, (1.0 - good) / failure_rate, rate_rps, open_s)
