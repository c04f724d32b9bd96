"""Fallback: what to answer when the real answer cannot be had.

Problem. A breaker makes failure fast; it is still failure. For many questions an older answer, a default or a smaller answer
serves better than an error page: yesterday's recommendations, the feed without pictures. For others (a balance, a price at
the till) an old answer is a wrong one, and a clear error is right.

Rule. Every good answer is remembered. When the call fails for a reason that says "not now", the last good answer for the key is
given if it is not older than `stale_s`, else the default, else the error goes on to the caller. Each answer says where it came
from and how old it is, so that the page can say so and the chart can count it.

What sketches leave out: someone must *fill* the cache (here each success does); not only a refusal needs the fallback, but
each of the errors before the breaker opens as well; and staleness needs a limit.

Source. Michael Nygard, *Release It!* (2nd edition, 2018); the same idea on the wire is `stale-if-error` of RFC 5861.

Limits. It hides outages: alert on the share of fallback answers, not only on errors. It must be simpler and more reliable than
what it replaces; a fallback to another busy service moves the outage there. Not for writes.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from labs.patterns.clock import Clock, running_loop_time

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """A value with its origin. `age_s` is the time since the service gave it; 0 for a fresh answer and for the default."""

    value: Value
    source: Literal["service", "cache", "default"]
    age_s: float = 0.0


class Fallback(Generic[Value]):
    """Remembers the last good answer of up to `capacity` keys, least recently asked for out first."""

    def __init__(
        self,
        *,
        stale_s: float,
        capacity: int = 1000,
        default: Value | None = None,
        on: tuple[type[Exception], ...] = (Exception,),
        clock: Clock = running_loop_time,
    ) -> None:
        self.stale_s = stale_s
        self.capacity = capacity
        self.default = default
        self.on = on
        self.clock = clock
        self._answers: OrderedDict[Hashable, tuple[Value, float]] = OrderedDict()

    async def call(self, key: Hashable, fetch: Callable[[], Awaitable[Value]]) -> Answer[Value]:
        """Await `fetch()`. An error of the kinds in `on` gives the fallback, and is raised where there is none."""
        try:
            value = await fetch()
        except self.on:
            answer = self.instead(key)
            if answer is None:
                raise
            return answer
        self.remember(key, value)
        return Answer(value, "service")

    def remember(self, key: Hashable, value: Value) -> None:
        self._answers[key] = (value, self.clock())
        self._answers.move_to_end(key)
        if len(self._answers) > self.capacity:
            self._answers.popitem(last=False)

    def forget(self) -> None:
        """Drop every answer, as a restart does."""
        self._answers.clear()

    def instead(self, key: Hashable) -> Answer[Value] | None:
        """The remembered answer if it is fresh enough, else the default, else None."""
        value, given_s = self._answers.get(key, (None, 0.0))
        age_s = self.clock() - given_s
        if value is not None and age_s <= self.stale_s:
            self._answers.move_to_end(key)
            return Answer(value, "cache", age_s)
        return None if self.default is None else Answer(self.default, "default")
