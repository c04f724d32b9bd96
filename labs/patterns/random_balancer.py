"""Random balancing: toss a die for each request.

Problem. Many balancers that do not know each other send to the same servers. Whatever they count, they count for
themselves.

Rule. Each request goes to a server drawn uniformly. There is nothing to remember, to share or to lose, and a thousand
balancers that do this are as good as one.

What it costs can be computed. Poisson traffic that is split at random stays Poisson, so each of c servers is a queue of its
own with a c-th of the traffic (M/M/1 at λ/c). Chance alone puts requests behind each other while servers stand idle next to
them: at 80 % load the mean answer takes five service times, where eight servers behind one common queue would need 1.3.

Source. Splitting a Poisson stream: S. Ross, *Introduction to Probability Models*, 5.3.

Limits. It knows neither how fast a server is nor how long its queue. A server that has become slow keeps its share, and its
queue grows as long as it does. Two tosses instead of one are far better: see `two_choices`.
"""

from random import Random

from labs.patterns.balancing import Policy, Server


class RandomPolicy(Policy):
    """Uniform over the ready servers."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._uniform = (rng or Random()).random

    def pick(self, key: str) -> Server:
        ready = self.ready
        return ready[int(self._uniform() * len(ready))]
