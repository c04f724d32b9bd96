"""Weighted random balancing: a die with faces of different width.

Problem. Servers differ: the new ones do twice the work of the old. Equal shares overload the old while the new ones idle.

Rule. Each request goes to a server drawn with a chance in proportion to its weight. The weights' running sums are a table,
made once per change of members, weights or health; a draw is a binary search in it. That table is the whole point of care:
a total that was summed over one list and a scan that reads another give the rest of the draws to whoever stands first
(`naive_weighted_random` shows it).

This is what many texts call weighted round robin. It is not: nothing goes round. The shares are right on average and bursty
in the short run: with shares p the next request goes to the same server again with chance Σp². For an even sequence take
`smooth_weighted_round_robin`; for many balancers that must not fall into step, this one is the better choice.

Source. Inversion of a discrete distribution: L. Devroye, *Non-Uniform Random Variate Generation* (1986), III.2. A. J.
Walker's alias method (1977) draws in constant time, which pays from some hundred servers on.

Limits. Weights are what somebody believed about the servers some time ago. A server that becomes slow keeps its share.
Splitting at random keeps each server's arrivals Poisson, so matched weights bring every server to the same load, not to the
same queue as a common one would have.
"""

from bisect import bisect_right
from itertools import accumulate
from random import Random

from labs.patterns.balancing import NoServerReady, Policy, Server, Snapshot


class WeightedRandom(Policy):
    """Ready servers by their weights."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._uniform = (rng or Random()).random
        self._choices: Snapshot = ()
        self._sums: list[float] = []

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self._choices = tuple(server for server in ready if server.weight)
        self._sums = list(accumulate(server.weight for server in self._choices))

    def pick(self, key: str) -> Server:
        if not self._choices:
            raise NoServerReady("no healthy server has a weight above 0")
        place = bisect_right(self._sums, self._uniform() * self._sums[-1])
        return self._choices[min(place, len(self._choices) - 1)]  # the product may be rounded up to the last sum
