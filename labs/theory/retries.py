"""What retries cost and bring: attempts, waits, layers that multiply, the load at which a storm feeds itself, and a race.

An attempt fails with chance p, whatever happened to the others; n attempts are allowed in all (the first one included); waits
are numbered by the retries done before them, from 0. So the wait number r is waited with chance p^(r+1): after r + 1 failures.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, log

from labs.theory.closed_form import ClosedForm, positive, share

GEOMETRIC = "truncated geometric distribution: W. Feller, An Introduction to Probability Theory, vol. 1 (3rd ed.), VI.8"
INDEPENDENT = "each attempt fails with the same chance, whatever happened to the others"
WALD = "Wald's identity: S. Ross, Stochastic Processes (2nd ed., 1996), theorem 3.3.2"
LAYERS = "product over the layers; Site Reliability Engineering (2016), ch. 22"
BROOKER = "M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog (2015)"
METASTABLE = "N. Bronson, A. Aghayev, A. Charapko, T. Zhu, Metastable Failures in Distributed Systems, HotOS 2021"
BUDGET = "K. Oliver, Retry Budgets, Finagle blog (2016)"
FLUID = "fluid approximation of a rush hour: L. Kleinrock, Queueing Systems, vol. 2 (1976), ch. 2"
LOCKSTEP = "all clients begin at once, every message takes the same time, and nobody waits a random time"
GRID = 4000
DOUBLINGS = 64


# Attempts


def mean_attempts(failure_rate: float, attempts: int) -> ClosedForm:
    """Mean number of attempts per request: 1 + p + … + p^(n-1) = (1 - p^n) / (1 - p)."""
    _counted("attempts", attempts)
    share("failure_rate", failure_rate)
    return ClosedForm(_geometric(failure_rate, attempts), INDEPENDENT, GEOMETRIC)


def still_failed(failure_rate: float, attempts: int) -> ClosedForm:
    """Share of requests that fail in the end: p^n."""
    _counted("attempts", attempts)
    share("failure_rate", failure_rate)
    return ClosedForm(failure_rate**attempts, INDEPENDENT, GEOMETRIC)


def attempts_through_layers(attempts: int, layers: int) -> int:
    """The most calls that one request can become: n^k. Each layer repeats all that the layer below it does."""
    _counted("attempts", attempts)
    _counted("layers", layers)
    return int(attempts**layers)


def mean_attempts_through_layers(failure_rate: float, attempts: int, layers: int) -> ClosedForm:
    """Mean number of calls at the bottom per request: layers in a row are one layer of n^k attempts."""
    form = mean_attempts(failure_rate, attempts_through_layers(attempts, layers))
    return ClosedForm(form.value, f"{INDEPENDENT}; every layer retries alike", f"{GEOMETRIC}; {LAYERS}")


def granted_attempts(ratio: float, minimum_rps: float, rate_rps: float) -> ClosedForm:
    """The most attempts per request under a budget of `ratio` retries per request and `minimum_rps` on top: 1 + ratio + m/rate.

    A bound: what is granted in whole retries stays below it by about half a retry in each time to live.
    """
    positive("rate_rps", rate_rps)
    if ratio < 0.0 or minimum_rps < 0.0:
        raise ValueError("a budget grants a ratio and a minimum from 0 up")
    return ClosedForm(1.0 + ratio + minimum_rps / rate_rps, "a long steady run in which more is wanted than granted", BUDGET)


# Waits


def exponential_wait_s(base_s: float, cap_s: float, retries: int) -> float:
    """The wait after so many retries: min(cap, base · 2^r)."""
    _waits(base_s, cap_s, retries)
    return min(cap_s, base_s * 2.0 ** min(retries, DOUBLINGS))


def full_jitter_wait_s(base_s: float, cap_s: float, retries: int) -> float:
    """Mean of a uniform wait between 0 and the exponential one: half of it."""
    return exponential_wait_s(base_s, cap_s, retries) / 2.0


def equal_jitter_wait_s(base_s: float, cap_s: float, retries: int) -> float:
    """Mean of a uniform wait between half of the exponential one and all of it: three quarters."""
    return exponential_wait_s(base_s, cap_s, retries) * 0.75


def decorrelated_wait_s(base_s: float, cap_s: float, retries: int) -> float:
    """Mean of the wait number `retries` of decorrelated jitter, w' = min(cap, uniform(base, 3 w)), the first w being base.

    Without a cap in reach the means follow m' = (base + 3 m) / 2, so the wait number r has the mean base · (2 · 1.5^(r+1) - 1).
    With it, the expectation of the wait so many steps ahead, given the present one, is integrated backwards step by step.
    """
    _waits(base_s, cap_s, retries)
    if cap_s <= base_s:
        return cap_s
    if base_s * 3.0 ** min(retries + 1, DOUBLINGS) <= cap_s:
        return base_s * (2.0 * 1.5 ** (retries + 1) - 1.0)
    return _decorrelated(cap_s / base_s, retries) * base_s


def mean_total_wait_s(failure_rate: float, waits_s: Sequence[float]) -> ClosedForm:
    """Mean time that a request spends waiting between its attempts: the sum of p^(r+1) · w_r."""
    share("failure_rate", failure_rate)
    total_s = sum(failure_rate ** (done + 1) * wait_s for done, wait_s in enumerate(waits_s))
    return ClosedForm(total_s, f"{INDEPENDENT}, nor on how long was waited", f"total expectation; waits by {BROOKER}")


def mean_time_through_layers_s(failure_rate: float, call_s: float, waits_s: Sequence[float], layers: int) -> ClosedForm:
    """Mean time from a request to its end when each layer makes len(waits_s) + 1 attempts and waits between its own.

    Layer by layer: attempts · time of the layer below + its waits, where a call of the layer below fails with p^n.
    """
    _counted("layers", layers)
    positive("call_s", call_s)
    attempts, failed, time_s = len(waits_s) + 1, failure_rate, call_s
    for _layer in range(layers):
        wait_s = mean_total_wait_s(failed, waits_s).value or 0.0
        time_s = _geometric(failed, attempts) * time_s + wait_s
        failed = failed**attempts
    return ClosedForm(time_s, f"{INDEPENDENT}; an attempt takes as long whether it fails or not", WALD)


# The storm that feeds itself


def stable_below_rps(capacity_rps: float, attempts: int) -> ClosedForm:
    """Below this rate every storm ends: even if all attempts of all requests are made, the service can serve them.

    Between it and the capacity a system is vulnerable: it serves its traffic while it is well, and once every attempt comes
    too late, n attempts per request keep it so after the cause has gone.
    """
    positive("capacity_rps", capacity_rps)
    _counted("attempts", attempts)
    assumes = "in the storm every attempt fails, and the service works on for callers who have left"
    return ClosedForm(capacity_rps / attempts, assumes, METASTABLE)


def overload_left_s(
    queued: float, capacity_rps: float, sent_rps: float, timeout_s: float, work_s: float, slowdown: float
) -> ClosedForm:
    """Seconds from the end of a slow spell until answers come in time again, where less is sent than can be served.

    The spell leaves `queued` calls that nobody waits for any more, and slots that finish work begun `slowdown` times too slow:
    capacity · work · (slowdown - 1) calls' worth. The queue then shrinks by capacity - sent each second. The first call to be
    in time finds no more than (timeout - work) · capacity calls before it, and ends a timeout later.
    """
    for name, value in (("capacity_rps", capacity_rps), ("timeout_s", timeout_s), ("work_s", work_s), ("slowdown", slowdown)):
        positive(name, value)
    assumes = "fluid limit: rates in place of single calls; a run shows one draw, a second or so away"
    if sent_rps >= capacity_rps:
        return ClosedForm(None, assumes, FLUID, "more is sent than can be served: it does not shrink")
    stale = queued + capacity_rps * work_s * (slowdown - 1.0) - capacity_rps * (timeout_s - work_s)
    return ClosedForm(stale / (capacity_rps - sent_rps) + timeout_s if stale > 0.0 else 0.0, assumes, FLUID)


# The race for one row


def lockstep_calls(clients: int) -> ClosedForm:
    """Writes until each of N clients has updated a row once under optimistic locking: N + (N-1) + … + 1 = N (N+1) / 2.

    All read, all write, one wins, the others begin anew: waits that are the same for all change nothing about it.
    """
    _counted("clients", clients)
    return ClosedForm(clients * (clients + 1) / 2.0, LOCKSTEP, BROOKER)


def lockstep_time_s(clients: int, network_s: float, waits_s: Sequence[float]) -> ClosedForm:
    """Seconds until the last of N clients knows that it has won: N rounds of four messages, and the waits between the rounds.

    `waits_s` are the first N - 1 waits at least.
    """
    _counted("clients", clients)
    if len(waits_s) < clients - 1:
        raise ValueError(f"{clients} clients wait {clients - 1} times, and {len(waits_s)} waits are given")
    return ClosedForm(4.0 * network_s * clients + sum(waits_s[: clients - 1]), LOCKSTEP, BROOKER)


def _geometric(failure_rate: float, attempts: int) -> float:
    if failure_rate == 1.0:
        return float(attempts)
    return (1.0 - failure_rate**attempts) / (1.0 - failure_rate)


@cache
def _decorrelated(cap: float, retries: int) -> float:
    """The mean for a base of 1. What is to be expected is a function of the present wait, kept on a grid of equal ratios."""
    step = log(cap) / GRID
    grid = [exp(step * place) for place in range(GRID)] + [cap]
    expected = grid
    for _step in range(retries):
        sums = _integral(grid, expected)
        expected = [_next_mean(grid, expected, sums, 3.0 * wait, step) for wait in grid]
    return _next_mean(grid, expected, _integral(grid, expected), 3.0, step)


def _integral(grid: Sequence[float], values: Sequence[float]) -> list[float]:
    """From the lowest point of the grid to each of its points, by trapezia."""
    sums = [0.0]
    for place in range(1, len(grid)):
        sums.append(sums[-1] + (grid[place] - grid[place - 1]) * (values[place] + values[place - 1]) / 2.0)
    return sums


def _next_mean(grid: Sequence[float], values: Sequence[float], sums: Sequence[float], highest: float, step: float) -> float:
    """The mean of `values` at min(cap, U), U uniform between 1 and `highest`."""
    if highest >= grid[-1]:
        return (sums[-1] + (highest - grid[-1]) * values[-1]) / (highest - 1.0)
    place = min(int(log(highest) / step), GRID - 1)
    inside = (highest - grid[place]) / (grid[place + 1] - grid[place])
    at_highest = values[place] + inside * (values[place + 1] - values[place])
    rest = (highest - grid[place]) * (values[place] + at_highest) / 2.0
    return (sums[place] + rest) / (highest - 1.0)


def _counted(name: str, number: int) -> None:
    if number < 1:
        raise ValueError(f"{name} are counted from 1, not {number}")


def _waits(base_s: float, cap_s: float, retries: int) -> None:
    positive("base_s", base_s)
    if not cap_s > 0.0:
        raise ValueError(f"cap_s must be above 0, not {cap_s}")
    if retries < 0:
        raise ValueError(f"retries are counted from 0, not {retries}")
