"""Canary: give a new version a small share of the traffic, compare it with the old one, and stop by rule.

Problem. A test passes and users fail. The larger the step in which a version goes out, the more users meet its faults, and
people who watch a graph see what they hope.

Rule. Send a share of the traffic to the new version (the *canary*) and compare it with old instances over the same time (the
*control*), never with yesterday: load, caches and time of day differ. Roll back when the canary fails more often than chance
explains. Go on when it has answered enough requests to have shown the fault that is feared. Otherwise wait. Each step gives it
more traffic.

How many are enough? A fault in a share p of the requests stays unseen in n of them with chance (1 - p)^n, so
n = ln(1 - confidence) / ln(1 - p). Whether more failures are more than chance: Fisher's exact test, the chance that of all
failures so many or more would fall on the canary if both versions were alike. It holds for small counts, too.

Source. *The Site Reliability Workbook*, 2018, chapter 16, "Canarying Releases"; R. A. Fisher, *Statistical Methods for Research
Workers*, 1934.

Limits. At 100 % there is no control, so nothing is worse than it: let the objective's burn rate judge the last step. Each look
is another chance of a false alarm: divide `alarm_chance` by the number of looks. `enough` requests show the fault once; where
the old version fails as well, to tell twice its rate from chance takes several times as many. Errors are one signal; latency
and what users buy need their own. What breaks after hours, such as a leak, or only at full load, stays unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil, exp, lgamma, log


class Verdict(Enum):
    WAIT = "wait"
    GO_ON = "go on"
    ROLL_BACK = "roll back"


@dataclass(frozen=True, slots=True)
class Tally:
    """What one version answered in the step."""

    requests: int
    failures: int


@dataclass(frozen=True, slots=True)
class CanaryJudge:
    """`feared_share`: the smallest share of failures that must not go out. The rest are chances of being wrong."""

    feared_share: float
    confidence: float = 0.95
    alarm_chance: float = 0.001

    @property
    def enough(self) -> int:
        return requests_to_see(self.feared_share, self.confidence)

    def verdict(self, canary: Tally, control: Tally) -> Verdict:
        """Failing too often is noticed as early as it can be; passing takes its time."""
        if chance_of_so_many(canary, control) < self.alarm_chance:
            return Verdict.ROLL_BACK
        return Verdict.GO_ON if canary.requests >= self.enough else Verdict.WAIT


class RollOut:
    """The share of the traffic that the new version gets: step by step up, at once down to nothing."""

    def __init__(self, judge: CanaryJudge, steps: Sequence[float] = (0.01, 0.05, 0.25, 1.0)) -> None:
        self.judge = judge
        self.steps = tuple(steps)
        self.step = 0
        self.stopped = False

    @property
    def share(self) -> float:
        return 0.0 if self.stopped else self.steps[self.step]

    def judged(self, canary: Tally, control: Tally) -> Verdict:
        """Take the step that the tallies of the present one ask for. Tallies begin anew with each step."""
        verdict = self.judge.verdict(canary, control)
        if verdict is Verdict.ROLL_BACK:
            self.stopped = True
        elif verdict is Verdict.GO_ON:
            self.step = min(self.step + 1, len(self.steps) - 1)
        return verdict


def requests_to_see(share: float, confidence: float) -> int:
    """Requests until a fault in `share` of them has shown itself at least once with this confidence."""
    return ceil(log(1.0 - confidence) / log(1.0 - share))


def chance_of_so_many(canary: Tally, control: Tally) -> float:
    """Fisher's exact test, one-sided: so many failures or more on the canary, if versions made no difference."""
    failures = canary.failures + control.failures
    total = canary.requests + control.requests
    most = min(failures, canary.requests)
    return min(1.0, sum(hypergeometric(total, failures, canary.requests, hit) for hit in range(canary.failures, most + 1)))


def hypergeometric(total: int, failures: int, drawn: int, hit: int) -> float:
    """The chance that of `drawn` requests out of `total`, which hold `failures`, `hit` failed."""
    if drawn - hit > total - failures:
        return 0.0
    return exp(log_choose(failures, hit) + log_choose(total - failures, drawn - hit) - log_choose(total, drawn))


def log_choose(count: int, chosen: int) -> float:
    return lgamma(count + 1) - lgamma(chosen + 1) - lgamma(count - chosen + 1)
