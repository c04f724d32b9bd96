"""Consistent hashing: the same key to the same server, and few keys move when servers come and go.

Problem. A server that has just answered for a key has it warm: in its cache, in its connection, in its memory. Any other
policy sends the next request for that key elsewhere. Hashing the key modulo the number of servers keeps keys in place until
that number changes, and then moves nearly all: (n - 1)/n of them for one server more or less.

Rule. Put every server on a circle at many pseudo-random points (its virtual nodes, in proportion to its weight), hash the
key to a point, and walk clockwise to the first server. When one of n servers goes, only its keys move, a share of 1/n, and
they spread over all others, because its points lay between theirs. When it returns, the same keys come home.

Virtual nodes even the arcs out: with v points a server, the shares scatter by about 1/√v. The hash has to be the same in
every process, so it is BLAKE2 and not the language's own, which is salted.

Bounded loads. Shares of keys are not shares of traffic: one popular key is enough. With `load_bound` b, no server takes
more than b times the mean of the requests under way (rounded up, and weighted); a request whose server is full walks on to
the next that is not. Popular keys overflow onto a few neighbours, always the same ones, and all others stay.

Source. D. Karger et al., Consistent Hashing and Random Trees, STOC 1997; virtual nodes at work: G. DeCandia et al., Dynamo,
SOSP 2007; V. Mirrokni, M. Thorup, M. Zadimoghaddam, Consistent Hashing with Bounded Loads, SODA 2018.

Limits. Without a bound it balances keys, not load: popular keys and chance make some servers far busier than others, and a
slow server keeps its keys. With one, keys wander while there is pressure. A key that must live in exactly one place (a
lock, a session in memory) needs an owner that others agree on, which hashing by a private list of healthy servers does not
give.
"""

from bisect import bisect_right
from hashlib import blake2b
from math import ceil

from labs.patterns.balancing import NoServerReady, Policy, Server, Snapshot


def point_of(text: str) -> int:
    """A place on the circle of 2^64 points, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class ConsistentHash(Policy):
    """The ready server that comes next on the circle after the request's key.

    `virtual_nodes` is the number of points of a server of weight 1. `load_bound` above 1 limits each server's requests under
    way to so many times the mean; None does not.
    """

    def __init__(self, virtual_nodes: int = 100, load_bound: float | None = None) -> None:
        super().__init__()
        if virtual_nodes < 1:
            raise ValueError(f"virtual_nodes must be at least 1, not {virtual_nodes}")
        if load_bound is not None and load_bound <= 1.0:
            raise ValueError(f"load_bound must be above 1, not {load_bound}: at the mean itself nobody could be busier")
        self.virtual_nodes = virtual_nodes
        self.load_bound = load_bound
        self._points: list[int] = []
        self._owners: list[Server] = []
        self._weight = 0.0

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        ring = sorted((point, number) for number, server in enumerate(ready) for point in self._points_of(server))
        self._points = [point for point, _number in ring]
        self._owners = [ready[number] for _point, number in ring]
        self._weight = sum(server.weight for server in ready)

    def pick(self, key: str) -> Server:
        place = self._place(key)
        if self.load_bound is None:
            return self._owners[place]
        return self._first_with_room(place, self.load_bound)

    def owner(self, key: str) -> Server:
        """Where the key is at home, whatever the load."""
        return self._owners[self._place(key)]

    def _place(self, key: str) -> int:
        if not self._points:
            raise NoServerReady("no healthy server has a weight above 0")
        return bisect_right(self._points, point_of(key)) % len(self._points)

    def _first_with_room(self, place: int, bound: float) -> Server:
        """There is one: not all can be above the mean."""
        requests = 1 + sum(self.active[server.name] for server in self.ready)
        for step in range(len(self._owners)):
            server = self._owners[(place + step) % len(self._owners)]
            if self.active[server.name] < ceil(bound * requests * server.weight / self._weight):
                return server
        return self._owners[place]

    def _points_of(self, server: Server) -> list[int]:
        count = max(1, round(self.virtual_nodes * server.weight)) if server.weight else 0
        return [point_of(f"{server.name}#{number}") for number in range(count)]
