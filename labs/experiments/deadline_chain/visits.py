"""A request on its way through the hops, and for whom each of them works."""

from dataclasses import dataclass, field
from math import inf

from labs.experiments.world import Request

HOPS = ("gateway", "a", "b", "c")
LABELS = {"gateway": "Gateway", "a": "Service A", "b": "Service B", "c": "Service C"}
SALT = 1000
"""Room for so many calls of one request to one hop."""


@dataclass(slots=True)
class Trip:
    """What one user's request has set in motion."""

    request: Request
    calls: list[int] = field(default_factory=lambda: [0] * len(HOPS))
    useful_s: float = 0.0
    """Work done so far for callers who were still there."""


@dataclass(slots=True)
class Visit:
    """One call to one hop. `left_s` is when its caller gave it up, `caller` the visit that made the call; None: the user."""

    trip: Trip
    request: Request
    name: str
    caller: "Visit | None" = None
    left_s: float = inf

    @classmethod
    def of(cls, trip: Trip, hop: int, caller: "Visit | None" = None) -> "Visit":
        """With luck of its own: the k-th call of a request to a hop takes the same time in every arm."""
        number = trip.calls[hop]
        trip.calls[hop] += 1
        request = trip.request.redrawn(hop * SALT + number % SALT)
        return cls(trip, request, f"{HOPS[hop]}-{number}" if number else HOPS[hop], caller)

    @property
    def alone_since_s(self) -> float:
        """When the first of all who wait for it, from its caller up to the user, left; endless while all are there."""
        earliest_s, visit = self.left_s, self.caller
        while visit is not None:
            earliest_s, visit = min(earliest_s, visit.left_s), visit.caller
        return earliest_s
