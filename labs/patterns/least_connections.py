"""Least connections: to whoever has the least under way.

Problem. Requests differ in weight, and servers slow down without telling. Shares that are equal in requests are unequal in
work, and a queue that has formed goes on getting its turn.

Rule. Count the requests under way at each server and pick the one with the fewest: precisely, the one where (active + 1) /
weight is least, the load that it would have with this request. The count is feedback: a slow server keeps its requests for
longer, so it gets fewer new ones, without anybody having measured its speed.

Two details decide whether it works:

1. The count is raised when the server is *picked*, in the same step, and lowered on every way out. A caller who should do
   it and forgets leaves all counts at 0, and everything goes to the first server (300 of 300: `naive_least_connections`).
2. Ties are broken at random. On a quiet day all counts are 0, and "the first of the least" is always the same server.

Source. "Join the shortest queue" is best among equal servers for exponential work (W. Winston, Optimality of the shortest
line discipline, *J. Appl. Probability* 14 (1977)), and for any that is the likelier to end the longer it has taken (R.
Weber, On the optimal assignment of customers to parallel servers, the same journal, 15 (1978)). Weighing active + 1 is the
"shortest expected delay" of the Linux Virtual Server.

Limits. It is right when it sees all the traffic. Each of many balancers counts its own requests only; where all learn of
the same idle server, all send there (the herd): draw two and compare (`two_choices`). A server that *fails* fast has
nothing under way and attracts everything: pair it with health checks or outlier detection. A new server gets every request
until it has caught up: start it slowly if its caches are cold. A pick looks at every server.
"""

from random import Random

from labs.patterns.balancing import NoServerReady, Policy, Server, Snapshot


class LeastConnections(Policy):
    """The ready server with the least load after this request; ties are drawn."""

    def __init__(self, rng: Random | None = None) -> None:
        super().__init__()
        self._uniform = (rng or Random()).random
        self._choices: Snapshot = ()

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self._choices = tuple(server for server in ready if server.weight)

    def pick(self, key: str) -> Server:
        if not self._choices:
            raise NoServerReady("no healthy server has a weight above 0")
        least, best = float("inf"), list[Server]()
        for server in self._choices:
            load = (self.active[server.name] + 1) / server.weight
            if load < least:
                least, best = load, [server]
            elif load == least:
                best.append(server)
        return best[0] if len(best) == 1 else best[int(self._uniform() * len(best))]
