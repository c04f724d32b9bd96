"""Naive least connections: a count that somebody else should keep, kept to be compared with `least_connections.py`.

The sketch gives each server a counter with an increment and a decrement, and picks the least. It leaves the calling of both
to those who send the requests, and nobody does. So

1. all counts stay at 0, and
2. the first of equals wins: every request goes to the first server (300 of 300), while all others idle.

Where callers do count, they do so after the pick: those who pick in between see the same least. Where they forget the
decrement on an error, the server that failed looks busy for ever. Picking and counting belong into one step that ends on
every way out.

Source. The shape follows the sketches that many tutorials share.

Limits. Do not use it.
"""

from labs.patterns.balancing import Policy, Server


class NaiveLeastConnections(Policy):
    """The first server with the fewest connections, as counted by nobody."""

    def pick(self, key: str) -> Server:
        return min(self.ready, key=lambda server: self.active[server.name])

    def began(self, server: Server) -> None:
        """Left to the caller, who has forgotten it."""

    def ended(self, server: Server, latency_s: float, failed: bool) -> None:
        """Left to the caller, who has forgotten it."""
