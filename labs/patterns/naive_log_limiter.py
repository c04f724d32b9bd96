"""Naive log limiter: the one of the whiteboard, kept to be compared with the one in `sliding_log_limiter.py`.

Problem and rule look the same: a sorted set a key in the shared store, and on each call four commands in one pipeline: drop
the entries older than the window, add one for now, count, set the expiry. Admitted if the count is at most the limit. It is
short, it is atomic, it passes a demonstration, and has these faults:

1. The entry is added before anybody counts, so a denied call fills the window too. A client that goes on at twice the limit
   gets its limit once and then nothing, for as long as it keeps asking: the limiter is a trap that only silence opens.
2. The member of the set is the time written as text. Two calls in one tick of the clock are one member: the count is too low,
   and a client that sends its calls at once gets them through almost for free.
3. Time is that of the host that asks. A host whose clock is ahead deletes the entries of all the others too early.
4. Reset is told as now plus the window. In a log the next place opens when the oldest entry leaves, nearly always sooner.
5. An entry for each call, denied ones as well: memory grows with the attack, which is when one has least to spare.
6. Nothing is said of what happens when the store is slow or gone.

MULTI/EXEC is no way out of the first: it runs its commands together, but cannot look at the count in between, so the add
cannot depend on it. `take_back` is the repair that a client can do by itself: a second round trip that removes the entry of a
denied call. Between the two, the entry counts against everybody else. A script at the server decides and adds in one step.

Source. The shape follows the sketches that many tutorials share.

Limits. Do not use it.
"""

import asyncio
from bisect import bisect_left, bisect_right, insort
from math import floor

from labs.patterns.clock import Clock, Sleep, running_loop_time
from labs.patterns.rate_limiting import Decision, Limiter


class NaiveLogLimiter(Limiter):
    """Counts all calls of the last `window_s` seconds, denied ones too. `tick_s`: how finely the time is written down.

    `unique_members` repairs the second fault alone, to show what the first one does without it.
    """

    def __init__(
        self,
        limit: int,
        window_s: float,
        *,
        tick_s: float = 0.001,
        unique_members: bool = False,
        clock: Clock = running_loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(clock=clock, sleep=sleep)
        self.limit = limit
        self.window_s = window_s
        self.tick_s = tick_s
        self.unique_members = unique_members
        self._sets: dict[str, _SortedSet] = {}
        self._calls = 0

    def check_at(self, key: str, now_s: float) -> Decision:
        return self.add(key, self.member(now_s), now_s)

    def member(self, now_s: float) -> str:
        """The name of the entry of a call that comes now."""
        self._calls += 1
        text = str(floor(now_s / self.tick_s))
        return f"{text}-{self._calls}" if self.unique_members else text

    def add(self, key: str, member: str, now_s: float) -> Decision:
        """The pipeline: drop, add, count."""
        entries = self._sets.setdefault(key, _SortedSet())
        entries.drop_until(now_s - self.window_s)
        entries.add(now_s, member)
        admitted = len(entries) <= self.limit
        remaining = max(0, self.limit - len(entries))
        return Decision(admitted, remaining, now_s + self.window_s, 0.0 if admitted else self.window_s)

    def take_back(self, key: str, member: str) -> None:
        """Remove the entry of a call that was denied."""
        self._sets[key].remove(member)

    def entries(self, key: str) -> int:
        """How many members are kept for `key`."""
        return len(self._sets.get(key, ()))


class _SortedSet:
    """Unique members by score: what the shared store would hold."""

    def __init__(self) -> None:
        self._scores: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._order)

    def add(self, score: float, member: str) -> None:
        self.remove(member)
        self._scores[member] = score
        insort(self._order, (score, member))

    def remove(self, member: str) -> None:
        score = self._scores.pop(member, None)
        if score is not None:
            del self._order[bisect_left(self._order, (score, member))]

    def drop_until(self, score: float) -> None:
        outdated = bisect_right(self._order, score, key=lambda entry: entry[0])
        for _score, member in self._order[:outdated]:
            del self._scores[member]
        del self._order[:outdated]
