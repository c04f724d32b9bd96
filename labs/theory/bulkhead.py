"""What a wall between pools costs, and how large a pool must be.

A pool is `slots` calls at a time, and whoever finds it full is turned away. Its offered load is rate x mean time, in erlangs.
Separate pools lose *statistical sharing*: while one is full another has slots to spare, and no rule lets it lend them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from labs.theory.closed_form import ClosedForm, positive
from labs.theory.poisson import poisson
from labs.theory.queueing import ERLANG, KLEINROCK, erlang_b, mmck_blocking

POOLED = "Poisson arrivals; whoever finds no free slot leaves; any mix of service times"
SMITH_WHITT = "D. R. Smith, W. Whitt, Resource Sharing for Efficiency in Traffic Systems, Bell System Techn. J. 60 (1981)"


@dataclass(frozen=True, slots=True)
class Pool:
    """The slots of one dependency and the healthy calls for them."""

    rate_rps: float
    mean_s: float
    slots: int

    @property
    def load(self) -> float:
        """Offered, in erlangs: the slots that would be busy if there were enough."""
        return self.rate_rps * self.mean_s


def pool_loss(pool: Pool, queue_limit: int = 0) -> ClosedForm:
    """Share of a pool's calls that are turned away: Erlang B without a queue, M/M/c/K with one."""
    if queue_limit:
        return mmck_blocking(pool.rate_rps, pool.mean_s, pool.slots, pool.slots + queue_limit)
    return erlang_b(pool.slots, pool.load)


def split_loss(pools: Sequence[Pool]) -> ClosedForm:
    """Share of all calls that are turned away where each dependency has its own slots and nobody waits."""
    rate_rps = _rate_rps(pools)
    lost_rps = sum(pool.rate_rps * (pool_loss(pool).value or 0.0) for pool in pools)
    return ClosedForm(lost_rps / rate_rps, POOLED, ERLANG)


def shared_loss(pools: Sequence[Pool]) -> ClosedForm:
    """The same where all take from one pool of as many slots: Erlang B of the sums, alike for every dependency."""
    _rate_rps(pools)
    return ClosedForm(erlang_b(sum(pool.slots for pool in pools), sum(pool.load for pool in pools)).value, POOLED, ERLANG)


def pooling_loss(pools: Sequence[Pool]) -> ClosedForm:
    """What the walls cost while all are healthy: the share turned away more than by one pool.

    Never negative where all calls have one distribution of times; with very different ones a shared pool can lose more,
    because long calls crowd out short ones.
    """
    return ClosedForm((split_loss(pools).value or 0.0) - (shared_loss(pools).value or 0.0), POOLED, SMITH_WHITT)


def slots_by_little(rate_rps: float, time_s: float, headroom: float = 0.0) -> int:
    """Rate x time, and `headroom` (a share) on top, rounded up; at least 1.

    With the mean time this is the number that is busy on average, at which a pool turns away a large share. With the 99th
    percentile there is room for nearly every fluctuation: that is the rule of thumb.
    """
    positive("rate_rps", rate_rps)
    positive("time_s", time_s)
    if headroom < 0.0:
        raise ValueError(f"headroom is a share from 0 up, not {headroom}")
    return max(1, ceil(rate_rps * time_s * (1.0 + headroom) - 1e-9))


def last_waits_longer(mean_s: float, slots: int, queue_limit: int, limit_s: float) -> ClosedForm:
    """The chance that whoever takes the last place of the queue waits longer than `limit_s` for a slot.

    All slots are busy ahead of it: it waits for `queue_limit` ends of calls, which come as a Poisson stream of slots / mean_s.
    """
    positive("mean_s", mean_s)
    positive("slots", slots)
    ends = slots * limit_s / mean_s
    too_few = sum((poisson(number, ends) for number in range(queue_limit)), 0.0)
    return ClosedForm(min(1.0, too_few), "exponential service times", KLEINROCK)


def _rate_rps(pools: Sequence[Pool]) -> float:
    rate_rps = sum(pool.rate_rps for pool in pools)
    positive("the rate of all pools", rate_rps)
    return rate_rps
