"""What a chain of calls does with the time of its caller: answers that come too late, work that nobody waits for, retries that
multiply, and whether limits that look right fit into each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.poisson import poisson
from labs.theory.retries import mean_attempts_through_layers

STAGES = "one call a hop, exponential work at each, and nobody waits for a worker"
PHASES = "sum of exponential phases, by uniformization: M. Neuts, Matrix-Geometric Solutions in Stochastic Models (1981), ch. 2"
GEOMETRIC = "each call to the last hop fails at once with the same chance, whatever happened to the others; no limit is reached"
TRIALS = (
    "geometric trials, layer by layer (W. Feller, vol. 1, VI.8); layered retries: Site Reliability Engineering (2016), ch. 22"
)
FAR = 1e-15


def stages_at(means_s: Sequence[float], time_s: float) -> tuple[float, ...]:
    """The chance to be in each stage at `time_s`, where stages of exponential length follow each other from 0 on.

    Uniformization: a Poisson clock as fast as the fastest stage, at each tick of which a stage ends with its own chance. Exact
    to rounding, for equal means as well, where the textbook's sum of exponentials divides by zero.
    """
    for mean_s in means_s:
        positive("each mean", mean_s)
    if time_s < 0.0:
        raise ValueError(f"time_s must be 0 or more, not {time_s}")
    fastest = 1.0 / min(means_s)
    ends = [1.0 / (mean_s * fastest) for mean_s in means_s]
    ticks, now = fastest * time_s, [1.0] + [0.0] * (len(means_s) - 1)
    found = [0.0] * len(means_s)
    for number in range(ceil(ticks + 10.0 * sqrt(ticks) + 40.0)):
        weight = poisson(number, ticks)
        if weight > FAR:
            found = [total + weight * chance for total, chance in zip(found, now, strict=True)]
        moved = [chance * end for chance, end in zip(now, ends, strict=True)]
        now = [chance - gone + came for chance, gone, came in zip(now, moved, [0.0, *moved[:-1]], strict=True)]
    return tuple(found)


def late_share(means_s: Sequence[float], patience_s: float) -> ClosedForm:
    """Share of requests that a chain answers after `patience_s`."""
    return ClosedForm(min(1.0, sum(stages_at(means_s, patience_s))), STAGES, PHASES)


def wasted_share(means_s: Sequence[float], patience_s: float) -> ClosedForm:
    """Share of all work that is done after the caller has left, where nobody is told of it: E[(S - T)+] / E[S].

    S is the time of the whole chain, T the caller's patience. It holds for equal limits everywhere as well: an inner call
    begins later than the one around it, so its limit comes later too, and cuts nothing short before the caller has left.
    """
    at_patience = stages_at(means_s, patience_s)
    still_to_do_s = sum(chance * sum(means_s[stage:]) for stage, chance in enumerate(at_patience))
    return ClosedForm(still_to_do_s / sum(means_s), f"{STAGES}; who leaves tells nobody", PHASES)


def attempts_at_last_hop(failure_rate: float, attempts: int, layers: int) -> ClosedForm:
    """Calls that reach the last hop per request, where each of k `layers` makes up to n `attempts`: (1 - p^(n^k)) / (1 - p).

    A layer fails when all of its attempts do, so p becomes p^n a layer up; the products of the geometric sums telescope. It is
    n^k where all calls fail.
    """
    return ClosedForm(mean_attempts_through_layers(failure_rate, attempts, layers).value, GEOMETRIC, TRIALS)


def calls_at_hops(failure_rate: float, attempts: int, layers: int) -> tuple[float, ...]:
    """Calls per request that reach each hop, the first one's included: (1 - p^(n^k)) / (1 - p^(n^(k - h))) at the h-th from 0.

    The hop h fails when all attempts below it do, with p^(n^(k - h)), and is called until it does not, by layers that multiply.
    """
    share("failure_rate", failure_rate)
    positive("attempts", attempts)
    below = [attempts**left for left in range(layers, -1, -1)]
    if failure_rate == 1.0:
        return tuple(float(below[0] / most) for most in below)
    return tuple((1.0 - failure_rate ** below[0]) / (1.0 - failure_rate**most) for most in below)


@dataclass(frozen=True, slots=True)
class HopLimit:
    """What one hop allows itself: its own work, then `calls` calls one after the other, each of up to `attempts` attempts that
    are given up after `timeout_s`, with pauses of up to `pause_s` in between and `network_s` for each way."""

    timeout_s: float
    own_s: float = 0.0
    calls: int = 1
    attempts: int = 1
    pause_s: float = 0.0
    network_s: float = 0.0

    @property
    def longest_s(self) -> float:
        """From the request's arrival here to the last moment at which this hop still works or waits for it."""
        call_s = self.attempts * self.timeout_s + (self.attempts - 1) * self.pause_s
        return self.own_s + self.calls * call_s


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether what a hop allows itself fits into what its caller waits."""

    longest_s: float
    allowed_s: float

    @property
    def holds(self) -> bool:
        return self.longest_s <= self.allowed_s

    @property
    def over_s(self) -> float:
        """How long it may work for a caller that has left."""
        return max(0.0, self.longest_s - self.allowed_s)


def fits(patience_s: float, hops: Sequence[HopLimit]) -> tuple[Fit, ...]:
    """The whole hop rule, from the outermost hop inwards: `patience_s` is the user's, then each hop's timeout is its callee's.

    "Shorter than its caller's" compares single timeouts. What has to be shorter is the sum: own work, calls in a row, attempts,
    pauses and the way there and back.
    """
    allowed = [patience_s, *(hop.timeout_s for hop in hops[:-1])]
    return tuple(Fit(hop.longest_s + 2.0 * hop.network_s, limit_s) for hop, limit_s in zip(hops, allowed, strict=True))
