"""Queues in closed form: what waiting costs as load nears capacity.

Arrivals are a Poisson stream of `rate_rps`; work is exponential with mean `mean_s`, first come, first served. The offered load
a = rate_rps · mean_s is in erlangs, the number of servers that would be busy if there were enough; rho = a / servers.
"""

from math import exp, expm1, log

from labs.theory.closed_form import ClosedForm, positive

KLEINROCK = "L. Kleinrock, Queueing Systems, vol. 1 (1975), ch. 3"
ERLANG = "A. K. Erlang (1917); W. Feller vol. 1, XVII.7; L. Kleinrock vol. 1, 3.5 where all wait and 3.7 where nobody may"
GROSS = "D. Gross, J. Shortle, J. Thompson, C. Harris, Fundamentals of Queueing Theory (4th ed. 2008), 2.5"
POLLACZEK = "F. Pollaczek (1930), A. Khinchine (1932); L. Kleinrock vol. 1, 5.5"
LEE_LONGTON = "A. M. Lee, P. A. Longton, Queueing processes associated with airline passenger check-in, OR Quarterly 10 (1959)"
LITTLE = "J. D. C. Little, A Proof for the Queuing Formula L = λW, Operations Research 9 (1961)"
POISSON = "Poisson arrivals at a constant rate, exponential service times, steady state"
EQUAL_RATES = 1e-9
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


def mmc_time_exceeds(rate_rps: float, mean_s: float, servers: int, limit_s: float) -> ClosedForm:
    """Share of arrivals of M/M/c that are answered later than `limit_s`: the work, and with chance C an exponential wait first.

    exp(-t) + C (exp(-t) - exp(-rt)) / (r - 1) in units of mean_s, r = c - a. The slower of the two is taken out of the
    difference, so that nothing overflows near full load.
    """
    waits = erlang_c(servers, rate_rps * mean_s)
    if waits.value is None:
        return waits
    time, rate = limit_s / mean_s, servers - rate_rps * mean_s
    apart = abs(rate - 1.0)
    later = -expm1(-apart * time) / apart if apart > EQUAL_RATES else time
    return ClosedForm(exp(-time) + waits.value * exp(-min(1.0, rate) * time) * later, POISSON, KLEINROCK)


def mmc_wait_quantile_s(rate_rps: float, mean_s: float, servers: int, share: float) -> ClosedForm:
    """The wait that a `share` of the arrivals of M/M/c do not exceed, seconds; 0 where so many do not wait at all."""
    if not 0.0 < share < 1.0:
        raise ValueError(f"share lies between 0 and 1, not {share}")
    waits = erlang_c(servers, rate_rps * mean_s)
    if not waits.value:
        return waits
    wait_s = log(waits.value / (1.0 - share)) * mean_s / (servers - rate_rps * mean_s)
    return ClosedForm(max(0.0, wait_s), POISSON, KLEINROCK)


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


def mmck_states(rate_rps: float, mean_s: float, servers: int, places: int) -> tuple[float, ...]:
    """The share of time in which 0, 1, ..., `places` are in M/M/c/K; `places` counts the servers.

    An arrival finds so many with the same chance (Poisson arrivals see time averages).
    """
    positive("rate_rps", rate_rps)
    positive("mean_s", mean_s)
    positive("servers", servers)
    if places < servers:
        raise ValueError(f"places count the {servers} servers too, so {places} are too few")
    logs = [0.0]
    for number in range(1, places + 1):  # each state's weight against the one below is a / (servers at work)
        logs.append(logs[-1] + log(rate_rps * mean_s / min(number, servers)))
    highest = max(logs)
    weights = [exp(one - highest) for one in logs]
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def mmck_blocking(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Share of arrivals that M/M/c/K turns away: the share of time in which all places are taken."""
    return _mmck(mmck_states(rate_rps, mean_s, servers, places)[-1], places)


def mmck_throughput_rps(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Requests a second that M/M/c/K takes in, and therefore serves."""
    return _mmck(rate_rps * (1.0 - mmck_states(rate_rps, mean_s, servers, places)[-1]), places)


def mmck_utilization(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Mean share of the servers of M/M/c/K at work."""
    return _mmck(rate_rps * (1.0 - mmck_states(rate_rps, mean_s, servers, places)[-1]) * mean_s / servers, places)


def mmck_mean_queue(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Mean number that wait for a server of M/M/c/K."""
    states = mmck_states(rate_rps, mean_s, servers, places)
    return _mmck(sum((number - servers) * states[number] for number in range(servers + 1, places + 1)), places)


def mmck_mean_wait_s(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Mean time in the queue of M/M/c/K for those who are let in, seconds (Little)."""
    waiting = mmck_mean_queue(rate_rps, mean_s, servers, places).value or 0.0
    taken_rps = mmck_throughput_rps(rate_rps, mean_s, servers, places).value or 0.0
    return _mmck(waiting / taken_rps, places)


def mmck_mean_time_s(rate_rps: float, mean_s: float, servers: int, places: int) -> ClosedForm:
    """Mean time from arrival to answer of M/M/c/K for those who are let in, seconds."""
    return _mmck((mmck_mean_wait_s(rate_rps, mean_s, servers, places).value or 0.0) + mean_s, places)


def mg1_mean_wait_s(rate_rps: float, mean_s: float, cv: float) -> ClosedForm:
    """Mean time in the queue of M/G/1, seconds; `cv` is that of the service time: (1 + cv^2) / 2 of M/M/1's."""
    return _scaled(mmc_mean_wait_s(rate_rps, mean_s, 1), cv, GENERAL, POLLACZEK)


def mgc_mean_wait_s(rate_rps: float, mean_s: float, servers: int, cv: float) -> ClosedForm:
    """Mean time in the queue of M/G/c, seconds: (1 + cv^2) / 2 of M/M/c's. Exact where servers or cv are 1."""
    if servers == 1:
        return mg1_mean_wait_s(rate_rps, mean_s, cv)
    near = f"{GENERAL}; an approximation, within a few per cent near full load, more for light load and large cv"
    return _scaled(mmc_mean_wait_s(rate_rps, mean_s, servers), cv, near, LEE_LONGTON)


GENERAL = "Poisson arrivals at a constant rate, service times of any distribution, first come, first served, steady state"


def _scaled(form: ClosedForm, cv: float, assumes: str, source: str) -> ClosedForm:
    if cv < 0.0:
        raise ValueError(f"cv is 0 or more, not {cv}")
    value = None if form.value is None else form.value * (1.0 + cv * cv) / 2.0
    return ClosedForm(value, assumes, source, form.why_not)


def _mmck(value: float, places: int) -> ClosedForm:
    return ClosedForm(value, f"{POISSON}; whoever finds all {places} places taken leaves", GROSS)
