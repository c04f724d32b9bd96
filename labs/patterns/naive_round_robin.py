"""Naive round robin: a counter modulo the length of a list, kept to be compared with `round_robin.py`.

`servers[counter % size]` fits on a whiteboard and has two faults:

1. The counter ends. A signed 32-bit counter is at 2³¹ - 1 after so many picks (25 days at a thousand a second), and the
   next one is negative. In Java, Go and many others the remainder takes the sign of the dividend, so the index is negative
   too, and every pick fails but those whose remainder is 0: with n servers (n - 1)/n of all requests, for the next 25 days.
   A remainder that is never negative (`floorMod`), an unsigned counter, or a position that is kept below n do not have it.
2. It reads a list that others change. Between the length and the item a health check may take a server out, and the index
   points past the end. A snapshot that is replaced whole cannot shrink.

Source. The shape follows the sketches that many tutorials share. Python's whole numbers have no end and its remainder is
never negative, so `Counter32` plays the counter of those languages.

Limits. Do not use it.
"""

from collections.abc import MutableSequence
from math import fmod

from labs.patterns.balancing import Policy, Server, Snapshot

LARGEST = 2**31 - 1


class Counter32:
    """A signed 32-bit counter that wraps around, as in languages with machine integers."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def next(self) -> int:
        value = self.value
        self.value = -LARGEST - 1 if value == LARGEST else value + 1
        return value


class NaiveRoundRobin(Policy):
    """The list's items by a counter that only grows. `servers` is one list, shared with whoever changes it."""

    def __init__(self, counter: int = 0, servers: MutableSequence[Server] | None = None) -> None:
        super().__init__()
        self.counter = Counter32(counter)
        self.servers: MutableSequence[Server] = [] if servers is None else servers

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self.servers[:] = ready

    def pick(self, key: str) -> Server:
        index = int(fmod(self.counter.next(), len(self.servers)))  # the sign of the dividend
        if index < 0:
            raise IndexError(f"index {index} is out of range for {len(self.servers)} servers")
        return self.servers[index]  # by now the list may be shorter
