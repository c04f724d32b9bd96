"""Connection pools in closed form: borrowers who give up waiting, and a database that gets slower the more work at once.

A pool of `size` connections with exponential queries is M/M/c. Two things make it different from the textbook's queue:
borrowers wait for so long and no longer (M/M/c+D), and beyond its cores a database shares them out, so that the rate at
which queries end depends on how many are under way.
"""

from collections.abc import Callable
from math import exp, expm1, inf, log

from labs.theory.closed_form import ClosedForm, positive
from labs.theory.queueing import LITTLE, OVERLOAD, POISSON, erlang_b

BARRER = "D. Y. Barrer, Queuing with Impatient Customers and Ordered Service, Operations Research 5 (1957)"
BIRTH_DEATH = "L. Kleinrock, Queueing Systems, vol. 1 (1975), ch. 3: birth-death chains"
PATIENT = "first come, first served, and everybody waits for the same time at most"


def give_up_share(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> ClosedForm:
    """Share of arrivals at M/M/c+D that wait `patience_s` in vain."""
    whole, parts = _impatient(rate_rps, mean_s, servers, patience_s)
    return _barrer(rate_rps * parts.beyond / whole)


def wait_share(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> ClosedForm:
    """Share of arrivals at M/M/c+D that do not start at once, those who give up included."""
    whole, parts = _impatient(rate_rps, mean_s, servers, patience_s)
    return _barrer(rate_rps * parts.area / whole)


def mean_wait_s(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> ClosedForm:
    """Mean time in the queue of M/M/c+D, seconds, over all: those who give up count with their patience."""
    whole, parts = _impatient(rate_rps, mean_s, servers, patience_s)
    return _barrer(rate_rps * parts.waited / whole)


def mean_busy(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> ClosedForm:
    """Mean number of servers of M/M/c+D at work: Little's law for those who are served."""
    lost = give_up_share(rate_rps, mean_s, servers, patience_s).value or 0.0
    return ClosedForm(rate_rps * (1.0 - lost) * mean_s, f"{POISSON}; {PATIENT}", f"{LITTLE}; {BARRER}")


class _Parts:
    """The integrals over the offered wait: of its density, in all and beyond the patience, and of the time waited under it.

    Its density goes like exp(surplus · t). Under overload all is divided by the largest value of that, `scale` being what is
    left of 1, so that nothing overflows.
    """

    def __init__(self, rate_rps: float, served_rps: float, patience_s: float) -> None:
        surplus = rate_rps - served_rps
        grown = surplus * patience_s
        self.scale, late = exp(-max(0.0, grown)), exp(min(0.0, grown))
        if abs(grown) < 1e-6:
            within, waited = patience_s, patience_s * patience_s / 2.0
        else:
            within = expm1(-abs(grown)) / -abs(surplus)
            waited = (patience_s * late - within) / surplus
        self.beyond = late / served_rps
        self.area = within + self.beyond
        self.waited = waited + patience_s * self.beyond


def _impatient(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> tuple[float, _Parts]:
    positive("rate_rps", rate_rps)
    positive("mean_s", mean_s)
    positive("servers", servers)
    positive("patience_s", patience_s)
    parts = _Parts(rate_rps, servers / mean_s, patience_s)
    lost = (erlang_b(servers - 1, rate_rps * mean_s).value or 0.0) if servers > 1 else 1.0
    below = parts.scale / lost if lost else inf  # a chance below the smallest number: nobody ever waits
    return below + rate_rps * parts.area, parts


def _barrer(value: float) -> ClosedForm:
    return ClosedForm(value, f"{POISSON}; {PATIENT}", BARRER)


def shared_rate_rps(active: int, mean_s: float, cores: int, contention: float) -> float:
    """Queries a second that a database ends with so many under way: each beyond the cores slows all by `contention`."""
    beyond = max(0, active - cores)
    return min(active, cores) / mean_s / (1.0 + contention * beyond)


class SharedPool:
    """A pool of `size` connections to a database with `cores`: a birth-death chain, with everybody waiting as long as it takes.

    `contention`: by what share each query beyond the cores slows all of them down. With 0 the database does as much as its
    cores can, whatever the pool; the chain is then M/M/cores, and the pool only decides who waits where.
    """

    def __init__(self, rate_rps: float, mean_s: float, size: int, cores: int, contention: float) -> None:
        positive("rate_rps", rate_rps)
        positive("mean_s", mean_s)
        positive("size", size)
        positive("cores", cores)
        if contention < 0.0:
            raise ValueError(f"contention is 0 or more, not {contention}")
        self._rate_rps, self._size = rate_rps, size
        rates = [shared_rate_rps(active, mean_s, cores, contention) for active in range(1, size + 1)]
        self.full_rps = rates[-1]
        """Queries a second with all connections busy: what the pool can do when it has to."""
        logs = [0.0]
        for ended_rps in rates:
            logs.append(logs[-1] + log(rate_rps / ended_rps))
        highest = max(logs)
        self._weights = [exp(one - highest) for one in logs]
        self._why_not = OVERLOAD if rate_rps >= self.full_rps else ""

    @property
    def active(self) -> ClosedForm:
        """Mean number of connections in use."""
        return self._form(lambda: self._inside + self._size * self._beyond)

    @property
    def wait_share(self) -> ClosedForm:
        """Share of the borrowers that find all connections in use."""
        return self._form(lambda: self._beyond / self._ratio)

    @property
    def mean_wait_s(self) -> ClosedForm:
        """Mean wait for a connection, seconds."""
        return self._form(lambda: self._waiting / self._rate_rps)

    @property
    def mean_time_s(self) -> ClosedForm:
        """Mean time from asking for a connection to the end of the query, seconds."""
        return self._form(lambda: (self._inside + self._size * self._beyond + self._waiting) / self._rate_rps)

    # From `size` on the states are a geometric sequence, whose sums are known.

    @property
    def _ratio(self) -> float:
        return self._rate_rps / self.full_rps

    @property
    def _total(self) -> float:
        return sum(self._weights) + self._weights[-1] * self._ratio / (1.0 - self._ratio)

    @property
    def _inside(self) -> float:
        """What the states up to `size` add to the mean number inside."""
        return sum(number * weight for number, weight in enumerate(self._weights)) / self._total

    @property
    def _beyond(self) -> float:
        """The share of the time in which somebody waits."""
        return self._weights[-1] * self._ratio / (1.0 - self._ratio) / self._total

    @property
    def _waiting(self) -> float:
        """The mean number of those who wait."""
        return self._beyond / (1.0 - self._ratio)

    def _form(self, value: Callable[[], float]) -> ClosedForm:
        assumes = f"{POISSON}; a database that slows down with the number of queries; nobody gives up"
        if self._why_not:
            return ClosedForm(None, assumes, BIRTH_DEATH, self._why_not)
        return ClosedForm(value(), assumes, BIRTH_DEATH)
