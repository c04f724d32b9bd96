"""Naive weighted balancing: two looks at two lists, kept to be compared with `weighted_random.py`.

The sketch sums the weights, draws below the sum, and walks along the list until the draw is used up; where the walk ends
without a hit, it takes the first server. It is often called weighted round robin, and goes round nothing. Three faults:

1. The sum and the walk read the list at different times. Here the sum is from the beginning, the walk is over what is there
   now. When a server leaves, draws go past the end and fall to the first server: it gets the share of everyone who has
   left. When one joins, the walk never comes so far, and the new server idles.
2. Neither looks at health. An ill server stays in the list, because it will return, and keeps its share of the requests,
   which fail.
3. A sum of 0 (no servers yet, or all weights 0) raises whatever the random number generator makes of it.

Working on one snapshot of the healthy servers, with a table derived from it at each change, mends all three.

Source. The shape follows the sketches that many tutorials share.

Limits. Do not use it.
"""

from random import Random

from labs.patterns.balancing import Policy, Server, Snapshot


class NaiveWeightedRandom(Policy):
    """Draws below a sum that was taken once, and walks along whoever is a member now, healthy or not."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._rng = rng or Random()
        self.total = 0

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        if not self.total:  # once; and nobody comes back to it
            self.total = round(1000 * sum(server.weight for server in members))

    def pick(self, key: str) -> Server:
        left = self._rng.randrange(self.total)
        for server in self.members:
            left -= round(1000 * server.weight)
            if left < 0:
                return server
        return self.members[0]
