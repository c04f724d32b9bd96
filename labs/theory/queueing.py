"""Queues in closed form: what waiting costs as load nears capacity.

Arrivals are a Poisson stream of `rate_rps`; work is exponential with mean `mean_s`, first come, first served. The offered load
a = rate_rps · mean_s is in erlangs, the number of servers that would be busy if there were enough; rho = a / servers.
"""

from math import exp

from labs.theory.closed_form import ClosedForm, positive

KLEINROCK = "L. Kleinrock, Queueing Systems, vol. 1 (1975), ch. 3"
ERLANG = "A. K. Erlang (1917); the recursion is in W. Feller vol. 1 ch. XVII and L. Kleinrock vol. 1, 3.6"
LITTLE = "J. D. C. Little, A Proof for the Queuing Formula L = λW, Operations Research 9 (1961)"
POISSON = "Poisson arrivals at a constant rate, exponential service times, steady state"
OVERLOAD = "more work arrives than the servers can do: the queue grows without end"


def erlang_b(servers: int, offered_load: float) -> ClosedForm:
    """Share of arrivals that find all `servers` busy where nobody may wait (M/G/c/c): B(c) = aB(c-1) / (c + aB(c-1))."""
    positive("servers", servers)
    if offered_load < 0.0:
        raise ValueError(f"offered_load is in erlangs, from 0 up, not {offered_load}")
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered_load * blocked / (count + offered_load * blocked)
    return ClosedForm(blocked, "Poisson arrivals; whoever finds no free server leaves; any service time", ERLANG)


def erlang_c(servers: int, offered_load: float) -> ClosedForm:
    """Share of arrivals that must wait where all may (M/M/c): cB / (c - a(1 - B))."""
    blocked = erlang_b(servers, offered_load).value or 0.0
    if offered_load >= servers:
        return ClosedForm(None, POISSON, ERLANG, OVERLOAD)
    return ClosedForm(servers * blocked / (servers - offered_load * (1.0 - blocked)), POISSON, ERLANG)


def mmc_mean_wait_s(rate_rps: float, mean_s: float, servers: int) -> ClosedForm:
    """Mean time in the queue of M/M/c, seconds: C · mean_s / (c - a)."""
    waits = erlang_c(servers, rate_rps * mean_s)
    if waits.value is None:
        return waits
    return ClosedForm(waits.value * mean_s / (servers - rate_rps * mean_s), POISSON, KLEINROCK)


def mmc_mean_time_s(rate_rps: float, mean_s: float, servers: int) -> ClosedForm:
    """Mean time from arrival to answer of M/M/c, seconds."""
    wait = mmc_mean_wait_s(rate_rps, mean_s, servers)
    return wait if wait.value is None else ClosedForm(wait.value + mean_s, POISSON, KLEINROCK)


def mmc_wait_exceeds(rate_rps: float, mean_s: float, servers: int, limit_s: float) -> ClosedForm:
    """Share of arrivals of M/M/c that wait longer than `limit_s`: C · exp(-(c - a) limit_s / mean_s)."""
    waits = erlang_c(servers, rate_rps * mean_s)
    if waits.value is None:
        return waits
    return ClosedForm(waits.value * exp(-(servers - rate_rps * mean_s) * limit_s / mean_s), POISSON, KLEINROCK)


def mm1_mean_time_s(rate_rps: float, mean_s: float) -> ClosedForm:
    """Mean time from arrival to answer of M/M/1, seconds: mean_s / (1 - rho)."""
    return mmc_mean_time_s(rate_rps, mean_s, 1)


def mm1_mean_number(rate_rps: float, mean_s: float) -> ClosedForm:
    """Mean number of requests in M/M/1, those served included: rho / (1 - rho)."""
    load = rate_rps * mean_s
    if load >= 1.0:
        return ClosedForm(None, POISSON, KLEINROCK, OVERLOAD)
    return ClosedForm(load / (1.0 - load), POISSON, KLEINROCK)


def mm1k_blocking(rate_rps: float, mean_s: float, places: int) -> ClosedForm:
    """Share of arrivals that M/M/1/K turns away; `places` counts the server: (1 - rho) rho^K / (1 - rho^(K+1))."""
    load = rate_rps * mean_s
    assumes = f"{POISSON}; whoever finds all {places} places taken leaves"
    if load == 1.0:
        return ClosedForm(1.0 / (places + 1), assumes, KLEINROCK)
    if load > 1.0:  # the same, divided by rho^K so that nothing overflows
        return ClosedForm((load - 1.0) / (load - load**-places), assumes, KLEINROCK)
    return ClosedForm((1.0 - load) * load**places / (1.0 - load ** (places + 1)), assumes, KLEINROCK)


def mm1k_throughput_rps(rate_rps: float, mean_s: float, places: int) -> ClosedForm:
    """Requests a second that M/M/1/K serves."""
    blocking = mm1k_blocking(rate_rps, mean_s, places)
    return ClosedForm(rate_rps * (1.0 - (blocking.value or 0.0)), blocking.assumes, blocking.source)


def little_number(rate_rps: float, time_s: float) -> ClosedForm:
    """Mean number in any stable system: L = λW."""
    return ClosedForm(rate_rps * time_s, "a steady state; nothing about distributions or order", LITTLE)
