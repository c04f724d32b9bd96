"""What spreading requests over servers costs: split at random, dealt in turn, or kept in one queue for all.

Unless a form says otherwise, requests are a Poisson stream of `rate_rps` in all, each server works on one at a time in the
order of arrival, and its work is exponential with mean `mean_s`. Times are from arrival to answer, in seconds. The load of
a server is rho = rate_rps · mean_s / servers.
"""

from collections.abc import Callable, Sequence
from math import exp, inf, log, log1p

from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.queueing import OVERLOAD, mmc_time_exceeds

SPLIT = "a Poisson stream split at random is independent Poisson streams: S. Ross, Introduction to Probability Models, 5.3"
KHINCHINE = f"{SPLIT}; Pollaczek and Khinchine: L. Kleinrock, Queueing Systems, vol. 1 (1975), 5.5"
SPLIT_MIXTURE = f"{SPLIT}; M/M/1's time is exponential: L. Kleinrock, Queueing Systems, vol. 1 (1975), 5.7"
GM1 = "G/M/1: L. Kleinrock, Queueing Systems, vol. 1 (1975), 6.4; every c-th Poisson arrival has Erlang gaps"
IN_TURN = "Poisson arrivals dealt in turn to equal servers, exponential work, steady state"
ENOUGH_HALVINGS = 200


# Split at random


def split_mean_s(rates_rps: Sequence[float], means_s: Sequence[float], cv: float = 1.0) -> ClosedForm:
    """Mean time where server i gets a Poisson stream of its own: the mixture of the M/G/1s, weighted by their traffic.

    `cv` is the coefficient of variation of the work of each.
    """
    assumes = "each request goes to a server drawn on its own, so each is a queue by itself; Poisson arrivals, steady state"
    total = _total(rates_rps, means_s)
    if any(rate * mean_s >= 1.0 for rate, mean_s in zip(rates_rps, means_s, strict=True)):
        return ClosedForm(None, assumes, KHINCHINE, OVERLOAD)
    time_s = 0.0
    for rate, mean_s in zip(rates_rps, means_s, strict=True):
        wait_s = rate * mean_s**2 * (1.0 + cv**2) / 2.0 / (1.0 - rate * mean_s)
        time_s += rate / total * (mean_s + wait_s)
    return ClosedForm(time_s, assumes, KHINCHINE)


def split_quantile_s(rates_rps: Sequence[float], means_s: Sequence[float], quantile: float) -> ClosedForm:
    """The time that a share `quantile` of all requests stays below: M/M/1's is exponential with mean m / (1 - rho)."""
    share("quantile", quantile)
    total = _total(rates_rps, means_s)
    assumes = "each request goes to a server drawn on its own; Poisson arrivals, exponential work, steady state"
    if any(rate * mean_s >= 1.0 for rate, mean_s in zip(rates_rps, means_s, strict=True)):
        return ClosedForm(None, assumes, SPLIT_MIXTURE, OVERLOAD)
    parts = [(rate / total, mean_s / (1.0 - rate * mean_s)) for rate, mean_s in zip(rates_rps, means_s, strict=True)]
    value = _where(lambda t_s: sum(weight * exp(-t_s / time_s) for weight, time_s in parts), 1.0 - quantile)
    return ClosedForm(value, assumes, SPLIT_MIXTURE)


def draw_repeat_share(weights: Sequence[float]) -> ClosedForm:
    """Share of requests that go to the server of the request before, where each is drawn by weight: the sum of the squares."""
    total = sum(weights)
    positive("the sum of the weights", total)
    value = sum((weight / total) ** 2 for weight in weights)
    return ClosedForm(
        value, "each request's server is drawn on its own, by weight", "two independent draws agree with chance Σp²"
    )


# Dealt in turn


def in_turn_root(load: float, servers: int) -> float:
    """The chance sigma that a request dealt in turn to one of `servers` finds its own busy: the root below 1 of
    sigma = A*(mu (1 - sigma)), where the gaps at one server are the sum of `servers` exponential ones.

    Raises ValueError where the load is not between 0 and 1.
    """
    positive("load", load)
    positive("servers", servers)
    if load >= 1.0:
        raise ValueError(f"load must be below 1, not {load}")
    low, high = 0.0, 1.0 - 1e-12
    for _ in range(ENOUGH_HALVINGS):
        sigma = (low + high) / 2.0
        found = exp(-servers * log1p((1.0 - sigma) / (servers * load)))
        low, high = (sigma, high) if found > sigma else (low, sigma)
    return (low + high) / 2.0


def in_turn_mean_s(rate_rps: float, mean_s: float, servers: int) -> ClosedForm:
    """Mean time of round robin: m / (1 - sigma)."""
    load = _load(rate_rps, mean_s, servers)
    if load >= 1.0:
        return ClosedForm(None, IN_TURN, GM1, OVERLOAD)
    return ClosedForm(mean_s / (1.0 - in_turn_root(load, servers)), IN_TURN, GM1)


def in_turn_quantile_s(rate_rps: float, mean_s: float, servers: int, quantile: float) -> ClosedForm:
    """The time that a share `quantile` stays below under round robin: it is exponential, as in every G/M/1."""
    share("quantile", quantile)
    mean = in_turn_mean_s(rate_rps, mean_s, servers)
    return mean if mean.value is None else ClosedForm(-mean.value * log1p(-quantile), mean.assumes, mean.source)


# One queue for all


def central_quantile_s(rate_rps: float, mean_s: float, servers: int, quantile: float) -> ClosedForm:
    """The time that a share `quantile` stays below in M/M/c: work, and with Erlang's chance an exponential wait before it."""
    share("quantile", quantile)
    form = mmc_time_exceeds(rate_rps, mean_s, servers, 0.0)
    if form.value is None:
        return form
    value = mean_s * _where(lambda t: mmc_time_exceeds(rate_rps, mean_s, servers, t * mean_s).value or 0.0, 1.0 - quantile)
    return ClosedForm(value, form.assumes, form.source)


# Arguments and roots


def _total(rates_rps: Sequence[float], means_s: Sequence[float]) -> float:
    if len(rates_rps) != len(means_s):
        raise ValueError(f"{len(rates_rps)} rates and {len(means_s)} means do not belong together")
    if any(rate < 0.0 for rate in rates_rps):
        raise ValueError("a rate cannot be negative")
    for mean_s in means_s:
        positive("mean_s", mean_s)
    total = sum(rates_rps)
    positive("the sum of the rates", total)
    return total


def _load(rate_rps: float, mean_s: float, servers: int) -> float:
    for name, value in (("rate_rps", rate_rps), ("mean_s", mean_s), ("servers", servers)):
        positive(name, value)
    return rate_rps * mean_s / servers


def _where(beyond: Callable[[float], float], chance: float) -> float:
    """The time beyond which the chance, which falls from 1, is this; infinity for a chance of 0."""
    if chance <= 0.0:
        return inf
    low, high = 0.0, max(1e-6, -log(chance) if chance < 1.0 else 0.0)
    while beyond(high) > chance:
        high *= 2.0
    for _ in range(ENOUGH_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if beyond(middle) > chance else (low, middle)
    return (low + high) / 2.0
