"""The power of two choices: draw two servers, take the one with less under way.

Problem. Looking at every server costs time, and with many balancers it costs more than time: all that hear of the same idle
server send there at once. Looking at none, a random draw, lets queues grow by chance.

Rule. Draw two different servers and send to the one with fewer requests under way. The second look changes the law of the
tail: with many servers at load ρ the share of queues with k or more requests falls from ρ^k to ρ^(2^k - 1). At 90 % load,
one server in three has ten or more under way after a random draw, and fewer than one in 10⁴⁶ after two choices. A third
choice adds a constant factor only; most of the gain is in the step from one to two.

Because the pair is drawn, two balancers with the same stale knowledge hardly ever see the same pair, and no server is
everybody's favourite. A server that becomes slow loses nearly all its comparisons.

Source. N. Vvedenskaya, R. Dobrushin, F. Karpelevich, *Problems of Information Transmission* 32 (1996); M. Mitzenmacher, The
Power of Two Choices in Randomized Load Balancing, *IEEE Trans. Parallel and Distributed Systems* 12 (2001). The default of
Envoy's "least request" and of Finagle.

Limits. With two servers it is least connections, with three nearly. It ignores weights: with very unequal speeds the slow
ones are compared with each other now and then, and one of them gets the request; compare expected times instead
(`peak_ewma`). Its counts are those of this balancer alone. A server that fails fast looks idle, and wins.
"""

from random import Random

from labs.patterns.balancing import Policy, Server, Snapshot


def draw_two(ready: Snapshot, uniform_1: float, uniform_2: float) -> tuple[Server, Server]:
    """Two different servers, each pair with the same chance; twice the same where there is only one. Takes draws in [0, 1)."""
    first = int(uniform_1 * len(ready))
    second = int(uniform_2 * (len(ready) - 1))
    return ready[first], ready[second + (second >= first)] if len(ready) > 1 else ready[first]


class TwoChoices(Policy):
    """The less busy of two ready servers."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._uniform = (rng or Random()).random

    def pick(self, key: str) -> Server:
        one, other = draw_two(self.ready, self._uniform(), self._uniform())
        return other if self.active[other.name] < self.active[one.name] else one
