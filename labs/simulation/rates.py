"""How fast requests come, as a function of time.

Traffic is drawn in *operational time*: a stream of unit-mean gaps, stretched by the rate in force. The next request comes
when the integral of the rate since the last one has grown to the gap (inversion; E. Çinlar, *Introduction to Stochastic
Processes*, 1975). So a change of rate moves the requests that are still to come and draws nothing anew.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol


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
        if repeats and (times[-1] == 0 or not any(rate for _, rate in points)):
            raise ValueError("a repeating rate curve needs a length and some traffic")
        self._times = times
        self._rates = [rate_rps for _, rate_rps in points]
        self._repeats = repeats
        self._length_s = times[-1]
        self._round = self._area(0.0, self._length_s)

    def at(self, at_s: float) -> float:
        if self._repeats:
            at_s %= self._length_s
        return self._at(at_s)

    def expected(self, from_s: float, to_s: float) -> float:
        if not self._repeats:
            return self._area(from_s, to_s)
        first, last = from_s // self._length_s, to_s // self._length_s
        before = self._area(0.0, from_s - first * self._length_s)
        return (last - first) * self._round + self._area(0.0, to_s - last * self._length_s) - before

    def reached(self, from_s: float, gap: float) -> float:
        if not self._repeats:
            return self._reached(from_s, gap)
        start_s = from_s // self._length_s * self._length_s
        left = self._area(from_s - start_s, self._length_s)
        if gap <= left:
            return start_s + self._reached(from_s - start_s, gap)
        rounds, rest = divmod(gap - left, self._round)
        return start_s + (1 + rounds) * self._length_s + self._reached(0.0, rest)

    def _segment(self, at_s: float) -> int:
        return bisect_right(self._times, at_s) - 1

    def _at(self, at_s: float) -> float:
        number = self._segment(at_s)
        rate = self._rates[number]
        if number + 1 == len(self._times):
            return rate
        return rate + self._slope(number) * (at_s - self._times[number])

    def _slope(self, number: int) -> float:
        if number + 1 == len(self._times):
            return 0.0
        return (self._rates[number + 1] - self._rates[number]) / (self._times[number + 1] - self._times[number])

    def _end_s(self, number: int) -> float:
        return self._times[number + 1] if number + 1 < len(self._times) else math.inf

    def _area(self, from_s: float, to_s: float) -> float:
        area = 0.0
        number = self._segment(from_s)
        while from_s < to_s:
            end_s = min(to_s, self._end_s(number))
            rate, slope = self._at_in(number, from_s), self._slope(number)
            area += (end_s - from_s) * (rate + slope * (end_s - from_s) / 2.0)
            from_s, number = end_s, number + 1
        return area

    def _at_in(self, number: int, at_s: float) -> float:
        return self._rates[number] + self._slope(number) * (at_s - self._times[number])

    def _reached(self, from_s: float, gap: float) -> float:
        number = self._segment(from_s)
        while number < len(self._times):
            end_s = self._end_s(number)
            rate, slope = self._at_in(number, from_s), self._slope(number)
            length_s = end_s - from_s
            area = length_s * (rate + slope * length_s / 2.0) if end_s < math.inf else math.inf if rate else 0.0
            if gap <= area and area:
                root = math.sqrt(max(0.0, rate * rate + 2.0 * slope * gap))
                return min(end_s, from_s + (2.0 * gap / (rate + root) if rate + root else 0.0))
            gap -= area
            from_s, number = end_s, number + 1
        return math.inf


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
