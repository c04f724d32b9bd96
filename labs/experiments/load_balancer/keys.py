"""What requests are about: keys whose popularity follows Zipf's law."""

from bisect import bisect_right
from itertools import accumulate


class Keys:
    """`count` keys; number k (from 1) is asked for in proportion to k to the power of -`skew`."""

    def __init__(self, count: int, skew: float) -> None:
        self.names = [f"key-{number}" for number in range(1, count + 1)]
        self._sums = list(accumulate(float(number) ** -skew for number in range(1, count + 1)))

    @property
    def shares(self) -> list[float]:
        """How often each is asked for."""
        total = self._sums[-1]
        return [(end - begin) / total for begin, end in zip([0.0, *self._sums], self._sums, strict=False)]

    def name(self, draw: float) -> str:
        """The key of a request with this draw in [0, 1)."""
        return self.names[min(bisect_right(self._sums, draw * self._sums[-1]), len(self.names) - 1)]
