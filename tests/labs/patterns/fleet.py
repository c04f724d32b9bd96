"""Signals by hand and a cloud in memory, for the tests of scalers."""

from typing import Any

from labs.patterns.scaling import CloudError, MetricsUnavailable, QuotaExceeded, Signals


def signals(at_s: float = 0.0, ready: int = 2, **seen: Any) -> Signals:
    """Of instances that serve 10 requests a second each."""
    return Signals(at_s, ready, **{"capacity_rps": 10.0, **seen})


class HandMetrics:
    """Answers what it was told, fails when it was told nothing."""

    def __init__(self, *answers: Signals | None) -> None:
        self.answers = list(answers)

    async def read(self) -> Signals:
        answer = self.answers.pop(0)
        if answer is None:
            raise MetricsUnavailable("no data")
        return answer


class HandCloud:
    """A fleet that is a number."""

    def __init__(self, count: int, quota: int = 1000) -> None:
        self.count = count
        self.quota = quota
        self.broken = False
        self.orders: list[tuple[str, int]] = []

    async def size(self) -> int:
        return self.count

    async def scale_out(self, to: int) -> None:
        self._order("out", to)
        self.count = min(to, self.quota)
        if to > self.quota:
            raise QuotaExceeded(self.quota)

    async def scale_in(self, to: int) -> None:
        self._order("in", to)
        self.count = to

    def _order(self, way: str, to: int) -> None:
        if self.broken:
            raise CloudError("500")
        self.orders.append((way, to))
