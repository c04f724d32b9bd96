"""How fast requests come, as a function of time.

Traffic is drawn in *operational time*: a stream of unit-mean gaps, stretched by the rate in force. The next request comes
when the integral of the rate since the last one has grown to the gap (inversion; E. Çinlar, *Introduction to Stochastic
Processes*, 1975). So a change of rate moves the requests that are still to come and draws nothing anew.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, Protocol

SHORTEST_PIECE_S = 1e-9
"""Points that are closer than this are a jump."""


class Rate(Protocol):
    """Requests per second over time; never negative."""

    def at(self, at_s: float) -> float:
        """The rate in force at that time, requests per second."""
        ...

    def expected(self, from_s: float, to_s: float) -> float:
        """The mean number of requests in between: the integral of the rate."""
        ...

    def reached(self, from_s: float, gap: float) -> float:
        """The time at which `expected(from_s, time)` has grown to `gap`; infinity if it never does."""
        ...


class ConstantRate:
    """The same rate at all times; 0 is silence."""

    __slots__ = ("rate_rps",)

    def __init__(self, rate_rps: float) -> None:
        if not 0 <= rate_rps < math.inf:
            raise ValueError(f"a rate is a number of requests per second, not {rate_rps}")
        self.rate_rps = rate_rps

    def at(self, at_s: float) -> float:
        return self.rate_rps

    def expected(self, from_s: float, to_s: float) -> float:
        return self.rate_rps * (to_s - from_s)

    def reached(self, from_s: float, gap: float) -> float:
        return from_s + gap / self.rate_rps if self.rate_rps else math.inf


class Segment(NamedTuple):
    """A straight piece of a rate curve: from `start_s` on, with as many requests expected before it as `before` says."""

    start_s: float
    rate_rps: float
    slope: float
    before: float

    def at(self, at_s: float) -> float:
        return self.rate_rps + self.slope * (at_s - self.start_s)

    def area(self, to_s: float) -> float:
        length_s = to_s - self.start_s
        return length_s * (self.rate_rps + self.slope * length_s / 2.0)

    def reached(self, area: float) -> float:
        """The time at which the area has grown to this: the root of a quadratic, in its stable form."""
        if area <= 0.0:
            return self.start_s
        root = math.sqrt(max(0.0, self.rate_rps**2 + 2.0 * self.slope * area))
        return self.start_s + 2.0 * area / (self.rate_rps + root) if self.rate_rps + root else math.inf


class RateCurve:
    """A rate through the points (time in s, rate in requests/s), straight in between; two points at one time are a jump.

    After the last point its rate stays, or with `repeats` the curve starts again from its first point.
    """

    def __init__(self, points: Sequence[tuple[float, float]], *, repeats: bool = False) -> None:
        times = [at_s for at_s, _ in points]
        if not points or times[0] != 0 or times != sorted(times):
            raise ValueError("a rate curve starts at 0 s, and its points are in the order of time")
        if any(not 0 <= rate_rps < math.inf for _, rate_rps in points):
            raise ValueError("a rate curve's rates are requests per second, not negative")
        self._length_s = times[-1]
        self._repeats = repeats
        self._segments: list[Segment] = []
        self._round = 0.0
        for (start_s, rate_rps), (end_s, next_rps) in pairwise(points):
            if end_s - start_s > SHORTEST_PIECE_S:
                segment = Segment(start_s, rate_rps, (next_rps - rate_rps) / (end_s - start_s), self._round)
                self._segments.append(segment)
                self._round += segment.area(end_s)
        if repeats and not self._round:
            raise ValueError("a repeating rate curve needs a length and some traffic")
        if not repeats:
            self._segments.append(Segment(self._length_s, points[-1][1], 0.0, self._round))

    def at(self, at_s: float) -> float:
        if self._repeats:
            at_s %= self._length_s
        return self._segment(at_s).at(at_s)

    def expected(self, from_s: float, to_s: float) -> float:
        return self._until(to_s) - self._until(from_s)

    def reached(self, from_s: float, gap: float) -> float:
        rounds, area = 0.0, self._until(from_s) + gap
        if self._repeats:
            rounds, area = divmod(area, self._round)
            if not area and rounds:
                rounds, area = rounds - 1, self._round
        number = bisect_left(self._segments, area, key=attrgetter("before")) - 1
        segment = self._segments[max(0, number)]
        return max(from_s, rounds * self._length_s + segment.reached(area - segment.before))

    def _until(self, at_s: float) -> float:
        """Requests expected from 0 to that time."""
        rounds = 0.0
        if self._repeats:
            rounds, at_s = divmod(at_s, self._length_s)
        segment = self._segment(at_s)
        return rounds * self._round + segment.before + segment.area(at_s)

    def _segment(self, at_s: float) -> Segment:
        number = bisect_right(self._segments, at_s, key=attrgetter("start_s")) - 1
        return self._segments[max(0, number)]


def bursts(on_rps: float, on_s: float, off_rps: float, off_s: float) -> RateCurve:
    """`on_s` seconds of one rate, `off_s` seconds of the other, again and again."""
    period_s = on_s + off_s
    return RateCurve([(0.0, on_rps), (on_s, on_rps), (on_s, off_rps), (period_s, off_rps)], repeats=True)


def steps(*levels: tuple[float, float]) -> RateCurve:
    """From each time (s) on the rate (requests/s) beside it."""
    points: list[tuple[float, float]] = []
    for at_s, rate_rps in levels:
        if points:
            points.append((at_s, points[-1][1]))
        points.append((at_s, rate_rps))
    return RateCurve(points)
