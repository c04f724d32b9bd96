"""What rate limiters admit: worst cases that hold for any traffic, and shares admitted under Poisson traffic.

The worst cases are promises: no sequence of calls, however clever, gets more. The shares are means over many calls of one key
that come as a Poisson stream, long after the beginning. A limiter's mean is not its promise: all of them admit about the same
share of steady traffic, and differ in what a burst gets.
"""

from math import ceil, exp, expm1, inf, lgamma, log, sqrt

from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.poisson import poisson
from labs.theory.queueing import ERLANG, erlang_b

ANY = "any traffic"
STEADY = "Poisson traffic at a constant rate, long after the beginning"
DEFINITION = "follows from the rule itself"
LE_BOUDEC = "J.-Y. Le Boudec, P. Thiran, Network Calculus (2001), 1.2: arrival curves and leaky buckets"
CROMMELIN = "M/D/1: C. D. Crommelin, POEEJ 25 (1932); with a bounded wait: A. G. de Kok, H. C. Tijms, J. Appl. Prob. 22 (1985)"
LARGEST_BURST = 2000
AMPLE = 1e15
"""A sum beside which 1 is nothing in double precision."""
FAR = 12.0
"""Standard deviations beyond which a Poisson number's chances are nothing in double precision."""
LARGEST_LOAD = 700.0
"""Its exponential is the largest that fits."""


# Promises


def fixed_window_most(limit: int) -> ClosedForm:
    """The most calls that a fixed window admits in any stretch as long as its window: the limit on each side of an edge."""
    _at_least_one("limit", limit)
    return ClosedForm(2.0 * limit, f"{ANY}; the stretch is no longer than the window", DEFINITION)


def log_most(limit: int) -> ClosedForm:
    """The most calls that a sliding log admits in any stretch as long as its window."""
    _at_least_one("limit", limit)
    return ClosedForm(float(limit), ANY, DEFINITION)


def token_bucket_most(rate_per_s: float, burst: int, length_s: float) -> ClosedForm:
    """The most calls that a token bucket, and so GCRA, admits in any stretch of `length_s`: burst + rate · t."""
    positive("rate_per_s", rate_per_s)
    _at_least_one("burst", burst)
    if length_s < 0.0:
        raise ValueError(f"length_s is from 0 up, not {length_s}")
    return ClosedForm(burst + rate_per_s * length_s, ANY, LE_BOUDEC)


def counter_most(limit: int, passed: float = 1.0) -> ClosedForm:
    """The most calls that a sliding-window counter admits in any stretch as long as its window that ends before `passed` of the
    present window is over: limit + ceil(passed · limit) - 1, so 2 · limit - 1 wherever it ends.

    At a share f the guess leaves room for limit - previous · (1 - f) calls of the present window, and up to `previous` more may
    all have come at the end of the last one: less than limit + f · limit, as the previous window holds at most the limit.
    """
    _at_least_one("limit", limit)
    share("passed", passed)
    return ClosedForm(float(limit + max(0, ceil(passed * limit - 1e-9) - 1)), ANY, DEFINITION)


# Shares admitted of Poisson traffic


def fixed_window_admitted(calls: float, limit: int) -> ClosedForm:
    """Mean number of calls that one fixed window admits where `calls` are expected in it: E min(N, limit)."""
    _at_least_one("limit", limit)
    if calls < 0.0:
        raise ValueError(f"calls is from 0 up, not {calls}")
    apart = FAR * sqrt(calls) + 40.0  # counts farther from the mean than this do not come
    counts = range(max(0, int(calls - apart)), min(limit, int(calls + apart)))
    missing = sum(((limit - count) * poisson(count, calls) for count in counts), 0.0)
    return ClosedForm(limit - missing, "Poisson traffic, whatever its rate does over time", DEFINITION)


def log_admitted_share(calls_per_window: float, limit: int) -> ClosedForm:
    """Share of the calls that a sliding log admits: its places are held for one window each, as lines are for a call."""
    _at_least_one("limit", limit)
    lost = erlang_b(limit, calls_per_window)
    return ClosedForm(1.0 - (lost.value or 0.0), f"{STEADY}; each admitted call holds one of the limit's places", ERLANG)


def naive_log_admitted_share(calls_per_window: float, limit: int, ticks: float = inf) -> ClosedForm:
    """Share of the calls that a log which counts denied ones admits: those with fewer than `limit` others in their window.

    With `ticks` of the clock in a window, calls in one tick are one entry, named anew by the last of them. The window before a
    call holds its own tick, ticks - 1 whole ones and, of one more, the part that its own has not run yet: somebody was there in
    that part with the chance 1 - (1 - exp(-a)) / a on average, a being the calls expected in a tick.
    """
    _at_least_one("limit", limit)
    assumes = "Poisson traffic; the window before the call is full of traffic like it"
    if ticks == inf:
        return ClosedForm(min(1.0, sum(poisson(count, calls_per_window) for count in range(limit))), assumes, DEFINITION)
    positive("ticks", ticks)
    if calls_per_window == 0.0:
        return ClosedForm(1.0, assumes, DEFINITION)
    positive("calls_per_window", calls_per_window)
    whole, in_tick = max(0, round(ticks) - 1), calls_per_window / ticks
    taken = -expm1(-in_tick)
    part = 1.0 - taken / in_tick
    chances = [_binomial(whole, taken, count) for count in range(min(limit, whole + 1))]
    below = (1.0 - part) * min(1.0, sum(chances)) + part * min(1.0, sum(chances[: limit - 1]))
    return ClosedForm(below, f"{assumes}; calls in one tick of the clock are one entry", DEFINITION)


def bucket_admitted_share(load: float, burst: int) -> ClosedForm:
    """Share of the calls that a token bucket, GCRA or a leaky bucket admits, where calls come `load` times as fast as tokens.

    The time by which a key is ahead of its rate is the work in an M/D/1 queue that turns away whoever would wait longer than
    burst - 1 services. Its distribution is the unbounded queue's, cut and normed anew; at whole services the unbounded one's
    work has the distribution of its number in the system. So with G the sum of that number's weights up to burst - 1
    (weight 1 for an empty system) the share is G / (1 + load · G). With burst 1 it is 1 / (1 + load): a counter's dead time.
    """
    positive("load", load)
    _at_least_one("burst", burst)
    if burst > LARGEST_BURST:
        return ClosedForm(None, STEADY, CROMMELIN, f"a burst above {LARGEST_BURST} is not computed")
    sums = _weights(load, burst)
    return ClosedForm(1.0 / load if sums[-1] > AMPLE else sums[-1] / (1.0 + load * sums[-1]), STEADY, CROMMELIN)


def leaky_bucket_mean_wait_s(rate_per_s: float, load: float, capacity: int) -> ClosedForm:
    """Mean time that a leaky bucket makes an admitted call wait, seconds.

    With G as above and w(n) its value at n services: (n - sum of (w(m) - 1) / (load · w(n)) for m from 1 to n) / rate_per_s,
    n = capacity - 1. (The density satisfies w'(x) = load · (w(x) - w(x - 1)), which integrates step by step.)
    """
    positive("rate_per_s", rate_per_s)
    positive("load", load)
    _at_least_one("capacity", capacity)
    if capacity > LARGEST_BURST:
        return ClosedForm(None, STEADY, CROMMELIN, f"a capacity above {LARGEST_BURST} is not computed")
    sums = _weights(load, capacity)
    held = sum((weight - 1.0) / sums[-1] for weight in sums[1:]) / load
    longest = len(sums) - 1
    return ClosedForm((longest - held + (capacity - 1 - longest)) / rate_per_s, STEADY, CROMMELIN)


def _weights(load: float, burst: int) -> list[float]:
    """Sums of the weights of 0 .. n customers in M/D/1, n from 0 to burst - 1; the weight of an empty system is 1.

    By balance across levels: as many steps go down from j as come up to it or beyond, so all terms are positive. Under
    overload the weights grow without end; the sums stop once they are ample, for shares near the end no longer change then.
    """
    if load > LARGEST_LOAD:
        return [1.0, 2.0 * AMPLE][:burst]
    arrivals = [poisson(count, load) for count in range(burst + 2)]
    beyond = [1.0]
    for chance in arrivals[:-1]:
        beyond.append(max(0.0, beyond[-1] - chance))
    weights, sums = [1.0], [1.0]
    for level in range(1, burst):
        up = beyond[level] + sum(weights[place] * beyond[level - place + 1] for place in range(1, level))
        weights.append(up / arrivals[0])
        sums.append(sums[-1] + weights[-1])
        if sums[-1] > AMPLE:
            break
    return sums


def _binomial(trials: int, chance: float, count: int) -> float:
    if chance >= 1.0 or chance <= 0.0:
        return 1.0 if count == (trials if chance >= 1.0 else 0) else 0.0
    ways = lgamma(trials + 1.0) - lgamma(count + 1.0) - lgamma(trials - count + 1.0)
    return exp(ways + count * log(chance) + (trials - count) * log(1.0 - chance))


def _at_least_one(name: str, count: int) -> None:
    if count < 1:
        raise ValueError(f"{name} must be at least 1, not {count}")
