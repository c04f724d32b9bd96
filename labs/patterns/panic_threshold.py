"""Panic threshold: when too few members look healthy, stop believing it and balance over all of them.

Problem. Health is an opinion. If the checker's network fails, or the database behind every deep probe, all members look dead at
once. A balancer that obeys sends the whole load to the last member that looks well, which breaks under it, and then to nobody.

Rule. Keep all members; health is a mark on each. Balance over the healthy ones while their share is at least the threshold.
Below it *panic*: balance over all, marks or not. A request to a member that may be dead has a chance; a request to nobody has
none.

1. Panic needs no state and no timer: the share is looked at on each pick, so it ends as soon as enough members are well.
2. `pick` never raises. It returns None when there is nobody to choose from (no members at all, or none healthy with a
   threshold of 0), and the type checker makes the caller decide what a user gets then: a 503 with a Retry-After.
3. A member that comes back is cold: empty caches, a small pool, code not yet compiled. *Slow start* gives it a share of the
   traffic that grows from a tenth to all of it over `slow_start_s`.

Source. Envoy's documentation, "Panic threshold" (50 % by default) and "Slow start mode"; the AWS Builders' Library article
"Implementing health checks" (D. Yanacek) calls the same idea failing open.

Limits. In panic some requests go to members that really are dead: with half of the fleet gone, half of them fail. Where a
request to an ill member does harm (a node that lost its quorum and still accepts writes), fail closed: set it to 0. Capacity
is not conjured up: if the healthy half cannot carry the load, shed some of it. Not thread-safe.
"""

from collections.abc import Sequence
from random import Random
from typing import Generic, TypeVar

from labs.patterns.clock import Clock, running_loop_time

Member = TypeVar("Member")

SMALLEST_SHARE = 0.1
"""Of an ordinary member's traffic: what a member that has just come back gets at first."""


class HealthyPool(Generic[Member]):
    """Random choice among the members that are up, or among all of them in panic. Members must be hashable.

    `panic_threshold` is a share of the members, `slow_start_s` a time in seconds; both may be changed while it works.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        panic_threshold: float = 0.5,
        slow_start_s: float = 0.0,
        rng: Random | None = None,
        clock: Clock = running_loop_time,
    ) -> None:
        self.members = tuple(members)
        self.panic_threshold = panic_threshold
        self.slow_start_s = slow_start_s
        self.clock = clock
        self._uniform = (rng or Random()).random
        self._down: set[Member] = set()
        self._up = self.members
        self._since_s: dict[Member, float] = {}

    @property
    def up(self) -> tuple[Member, ...]:
        """Those marked healthy, in the order of the members."""
        return self._up

    @property
    def panicking(self) -> bool:
        return len(self._up) < self.panic_threshold * len(self.members)

    @property
    def candidates(self) -> tuple[Member, ...]:
        """Those whom a request may be sent to now."""
        return self.members if self.panicking else self._up

    def mark(self, member: Member, up: bool) -> None:
        """Health has an opinion; saying it twice changes nothing."""
        if up is (member not in self._down):
            return
        if up:
            self._down.discard(member)
            self._since_s[member] = self.clock()
        else:
            self._down.add(member)
            self._since_s.pop(member, None)
        self._up = tuple(known for known in self.members if known not in self._down)

    def pick(self) -> Member | None:
        """A member for the next request, or None where there is nobody to send it to."""
        draw = self._uniform()  # also where it is not used: equal traffic then meets equal luck
        among = self.candidates
        if not among:
            return None
        if self._since_s and self.slow_start_s > 0.0:
            return self._weighted(among, draw)
        return among[int(draw * len(among))]

    def _weighted(self, among: tuple[Member, ...], draw: float) -> Member:
        """By weight; those who have warmed up are forgotten."""
        now_s = self.clock()
        self._since_s = {member: at_s for member, at_s in self._since_s.items() if now_s - at_s < self.slow_start_s}
        weights = [self._weight(member, now_s) for member in among]
        left = draw * sum(weights)
        for member, weight in zip(among, weights, strict=True):
            left -= weight
            if left < 0.0:
                return member
        return among[-1]

    def _weight(self, member: Member, now_s: float) -> float:
        since_s = self._since_s.get(member)
        return 1.0 if since_s is None else max(SMALLEST_SHARE, (now_s - since_s) / self.slow_start_s)
