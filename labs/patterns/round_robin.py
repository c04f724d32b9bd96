"""Round robin: one after the other, and again from the first.

Problem. Random balancing gives everybody the same share in the long run only. In the short run it deals in streaks.

Rule. Go round the ready servers in their order. With c servers each gets every c-th request, so its arrivals are more even
than the traffic itself: the gap between two is the sum of c gaps (Erlang's E_c/M/1 for Poisson traffic).

Three details:

1. The position stays below the number of servers. A counter that only grows comes to the end of its type: after 2³¹ - 1
   picks a signed one is negative, and so is its remainder in most languages. `naive_round_robin` shows it.
2. It goes round a snapshot of the healthy servers. When that changes, the position is taken modulo the new number, so
   nothing is out of range and no server is left out for longer than one round.
3. It starts at a random place. A hundred balancers that are deployed together and all start at the first server send their
   requests in step.

Source. The oldest of the lot, from time sharing; for its queue see L. Kleinrock, *Queueing Systems*, vol. 1 (1975), 6.4
(G/M/1).

Limits. It spreads *requests*, not work: equal shares are right for equal servers and equal requests. A slow server gets as
much as a fast one (see `smooth_weighted_round_robin` for speeds that are known, `least_connections` for those that are
not), and many balancers that go round independently drift towards random traffic.
"""

from random import Random

from labs.patterns.balancing import Policy, Server, Snapshot


class RoundRobin(Policy):
    """The ready servers in turn."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._rng = rng or Random()
        self._next = -1

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        if ready:
            self._next = self._rng.randrange(len(ready)) if self._next < 0 else self._next % len(ready)

    def pick(self, key: str) -> Server:
        ready, place = self.ready, self._next
        self._next = (place + 1) % len(ready)
        return ready[place]
