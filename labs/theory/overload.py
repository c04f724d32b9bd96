"""Overload in closed form: who is answered in time, and when a queue makes everybody late.

An answer counts when it comes within the client's patience. Clients who leave are not noticed: their requests keep their
places and are worked on in full, which is what makes a long queue a machine for wasted work.
"""

from collections.abc import Iterator
from math import exp, log

from labs.theory.closed_form import ClosedForm, positive
from labs.theory.poisson import AtLeast
from labs.theory.queueing import GROSS, POISSON, mmc_time_exceeds, mmck_states

UNNOTICED = "clients who leave are worked on all the same"
FLUID = "G. F. Newell, Applications of Queueing Theory (2nd ed. 1982), ch. 2: the fluid approximation"
RATES_ONLY = "only the mean rates count, and the queue has no limit"


def mmck_in_time(rate_rps: float, mean_s: float, servers: int, places: int, patience_s: float) -> ClosedForm:
    """Share of all arrivals at M/M/c/K that are let in and answered within `patience_s`; `places` counts the servers."""
    positive("patience_s", patience_s)
    states = mmck_states(rate_rps, mean_s, servers, places)
    in_time = _in_time(mean_s, servers, places, patience_s)
    answered = sum(state * chance for state, chance in zip(states, in_time, strict=False))  # the last state lets nobody in
    return ClosedForm(answered, f"{POISSON}; first come, first served, {places} places; {UNNOTICED}", GROSS)


def mmc_in_time(rate_rps: float, mean_s: float, servers: int, patience_s: float) -> ClosedForm:
    """The same for M/M/c, where all may wait. None when more comes than can be served: then the share goes to 0."""
    positive("patience_s", patience_s)
    assumes = f"{POISSON}; first come, first served; {UNNOTICED}"
    late = mmc_time_exceeds(rate_rps, mean_s, servers, patience_s)
    return ClosedForm(None if late.value is None else 1.0 - late.value, assumes, late.source, late.why_not)


def collapse_s(rate_rps: float, capacity_rps: float, patience_s: float) -> ClosedForm:
    """Seconds of overload until whoever joins an unbounded queue now will be answered too late (less the service time).

    The queue grows by rate - capacity a second, and who joins behind n waits n / capacity.
    """
    positive("capacity_rps", capacity_rps)
    positive("patience_s", patience_s)
    if rate_rps <= capacity_rps:
        return ClosedForm(None, RATES_ONLY, FLUID, "no more comes than can be served: the queue does not grow")
    return ClosedForm(patience_s * capacity_rps / (rate_rps - capacity_rps), RATES_ONLY, FLUID)


def recovery_s(surge_rps: float, surge_s: float, rate_rps: float, capacity_rps: float, patience_s: float) -> ClosedForm:
    """Seconds from the end of a surge until whoever joins an unbounded queue is answered in time again; 0: always were.

    The surge leaves (surge - capacity) * its length waiting, and the queue shrinks by capacity - rate a second afterwards.
    """
    positive("capacity_rps", capacity_rps)
    positive("patience_s", patience_s)
    if rate_rps >= capacity_rps:
        return ClosedForm(None, RATES_ONLY, FLUID, "after the surge as much comes as can be served: the queue never shrinks")
    left = max(0.0, surge_rps - capacity_rps) * surge_s
    return ClosedForm(max(0.0, left - patience_s * capacity_rps) / (capacity_rps - rate_rps), RATES_ONLY, FLUID)


def _in_time(mean_s: float, servers: int, places: int, patience_s: float) -> Iterator[float]:
    """The chances to be answered in time for who finds 0, 1, ... `places` - 1 inside.

    Who has to wait needs `ahead` departures of all servers, then its own work.
    """
    served = 1.0 / mean_s
    yield from [1.0 - exp(-served * patience_s)] * servers
    departures = AtLeast(servers * served * patience_s, places)
    others = AtLeast((servers - 1) * served * patience_s, places)
    for ahead in range(1, places - servers + 1):
        if servers == 1:
            yield departures(ahead + 1)
        elif chance := others(ahead):
            tilted = exp(ahead * log(servers / (servers - 1)) - served * patience_s + log(chance))
            yield departures(ahead) - tilted
        else:
            yield 0.0
