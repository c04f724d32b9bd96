"""What batching buys and costs: a fixed cost shared by many, and the wait for the others.

A batch is handed on when `size` things are there or `linger_s` after its first one. Things come as a Poisson stream, so after
the first the number of others within t seconds is Poisson with mean rate · t, whatever came before (a renewal at each batch).
"""

from math import exp

from labs.theory.closed_form import ClosedForm, positive

AMORTISED = "arithmetic: a fixed cost once a batch, and a cost for each of its things"
RENEWAL = "renewal argument: S. Ross, Introduction to Probability Models, 7.4, with Poisson counts (5.3)"
POISSON = "Poisson arrivals; a batch is handed on by size or by time, whichever comes first"
ALWAYS_FULL = "batches are always full, and no worker is ever idle"


def batch_work_s(size: int, fixed_s: float, per_item_s: float) -> ClosedForm:
    """Mean seconds that a batch of `size` things keeps a worker: f + n c."""
    positive("size", size)
    if fixed_s < 0.0 or per_item_s < 0.0:
        raise ValueError(f"costs are seconds from 0 up, not {fixed_s} and {per_item_s}")
    return ClosedForm(fixed_s + size * per_item_s, "costs add up", AMORTISED)


def batch_capacity_rps(workers: int, size: int, fixed_s: float, per_item_s: float) -> ClosedForm:
    """Things a second that so many workers can do: w n / (f + n c)."""
    positive("workers", workers)
    work_s = batch_work_s(size, fixed_s, per_item_s).value or 0.0
    positive("the work of a batch", work_s)
    return ClosedForm(workers * size / work_s, ALWAYS_FULL, AMORTISED)


def batch_fill(rate_rps: float, size: int, linger_s: float) -> ClosedForm:
    """Mean things in a batch: 1 + E min(n - 1, Poisson(rate · linger)), by the sum over k < n of P(at least k others come)."""
    mean = _others(rate_rps, size, linger_s)
    return ClosedForm(1.0 + sum(_at_least(mean, size)), POISSON, RENEWAL)


def batch_wait_s(rate_rps: float, size: int, linger_s: float) -> ClosedForm:
    """Mean seconds that a thing waits in the open batch: the sum over k < n of k / rate · P(at least k others), per thing.

    While the batch holds k things all k of them wait, for 1 / rate on average if another comes in time: the k-th spell takes
    P(at least k others come) / rate in the mean, cut at the end of the linger or not.
    """
    mean = _others(rate_rps, size, linger_s)
    chances = _at_least(mean, size)
    waited_s = sum(things * chance for things, chance in enumerate(chances, start=1)) / rate_rps
    return ClosedForm(waited_s / (1.0 + sum(chances)), POISSON, RENEWAL)


def _others(rate_rps: float, size: int, linger_s: float) -> float:
    positive("rate_rps", rate_rps)
    positive("size", size)
    if not 0.0 <= linger_s < float("inf"):
        raise ValueError(f"linger_s is a time from 0 up, not {linger_s}")
    return rate_rps * linger_s


def _at_least(mean: float, size: int) -> list[float]:
    """The chances that a Poisson count reaches 1, 2, ... size - 1."""
    chance, below, found = exp(-mean), 0.0, []
    for count in range(1, size):
        below += chance
        found.append(max(0.0, 1.0 - below))
        chance *= mean / count
    return found
