"""Smooth weighted round robin: exact shares, dealt as evenly as they can be.

Problem. Weights 5, 1, 1 dealt in blocks are a a a a a b c: five requests in a row hit the same server. Dealt by a weighted
die they are right on average and come in longer streaks still.

Rule. Each server has a current value, 0 at first. For each request

    every current value grows by its server's weight;
    the server with the highest current value is picked (the first of equals);
    the picked one's current value shrinks by the sum of all weights.

With 5, 1, 1 that deals a a b a c a a: in every cycle of as many requests as the weights' sum each server gets exactly its
weight, spread out over the cycle. After a cycle the values are 0 again. No draw is made, so the same weights always give
the same sequence. With equal weights it is round robin.

Health and membership: only ready servers take part, so the others' share goes to them in proportion. A server that returns
starts at 0 and gets its share from there, not what it has missed.

Source. Maxim Dounin's change to upstream balancing in nginx (2012), `ngx_http_upstream_get_peer`. Nginx also lowers a
peer's effective weight when it fails and raises it step by step; here that is left to health checks.

Limits. A pick looks at every server: for thousands take a heap of deadlines (earliest deadline first, as Envoy does). Many
balancers with the same weights start with the same sequence, in step: shuffle the members in each. It spreads requests, not
work, by weights that somebody has believed; see `least_connections` for what needs no belief.
"""

from labs.patterns.balancing import NoServerReady, Policy, Server, Snapshot


class SmoothWeightedRoundRobin(Policy):
    """Ready servers in turn, each as often as its weight says."""

    def __init__(self) -> None:
        super().__init__()
        self._current: dict[str, float] = {}
        self._choices: Snapshot = ()
        self._total = 0.0

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self._choices = tuple(server for server in ready if server.weight)
        self._total = sum(server.weight for server in self._choices)
        self._current = {server.name: self._current.get(server.name, 0.0) for server in self._choices}

    def pick(self, key: str) -> Server:
        if not self._choices:
            raise NoServerReady("no healthy server has a weight above 0")
        current, best = self._current, self._choices[0]
        for server in self._choices:
            current[server.name] += server.weight
            if current[server.name] > current[best.name]:
                best = server
        current[best.name] -= self._total
        return best
