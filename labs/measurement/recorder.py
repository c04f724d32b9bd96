"""What happened, in bins of equal length, and over everything after the warm-up.

A system asks once for its instruments and feeds them while it works; the hot path is an addition or a list's append. When
a bin ends the world calls `close_bin`: each instrument keeps the bin's value under `last` and, from the first bin that
begins at or after the warm-up, adds it to what it has measured so far. So all instruments agree on what a bin is.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from labs.measurement.histogram import Histogram, exact_quantile

OUTCOMES = ("ok", "slow", "failed", "rejected", "timed_out")


class Instrument(Protocol):
    def close_bin(self, now_s: float, measured: bool) -> None: ...


Kind = TypeVar("Kind", bound=Instrument)


class Counter:
    """Counts events: add to `bin` (or call `add`), read `last`, `total` and the value of each measured bin in `history`."""

    __slots__ = ("bin", "history", "last", "total")

    def __init__(self) -> None:
        self.bin = 0.0
        self.last = 0.0
        self.total = 0.0
        self.history: list[float] = []

    def add(self, amount: float = 1) -> None:
        self.bin += amount

    def close_bin(self, now_s: float, measured: bool) -> None:
        self.last, self.bin = self.bin, 0
        if measured:
            self.total += self.last
            self.history.append(self.last)


class Samples:
    """Records values such as latencies: the bin's quantiles are exact, those of the whole run are the histogram's."""

    __slots__ = ("_bin", "_last", "histogram", "record")

    def __init__(self) -> None:
        self._bin: list[float] = []
        self._last: list[float] = []
        self.histogram = Histogram()
        self.record: Callable[[float], None] = self._bin.append

    def last_quantile(self, share: float) -> float | None:
        return exact_quantile(self._last, share)

    def last_mean(self) -> float | None:
        return sum(self._last) / len(self._last) if self._last else None

    def quantile(self, share: float) -> float | None:
        return self.histogram.quantile(share)

    @property
    def mean(self) -> float | None:
        return self.histogram.mean

    def close_bin(self, now_s: float, measured: bool) -> None:
        if measured:
            self.histogram.record_all(self._bin)
        self._last = sorted(self._bin)
        self._bin.clear()


class Level:
    """A quantity that lasts: `set` it when it changes; `last` and `mean` are weighted by how long each value held."""

    __slots__ = ("_area", "_clock", "_measured_area", "_measured_s", "_opened_s", "_since_s", "last", "value")

    def __init__(self, clock: Callable[[], float], value: float = 0.0) -> None:
        self._clock = clock
        self._since_s = self._opened_s = clock()
        self._area = self._measured_area = self._measured_s = 0.0
        self.value = self.last = value

    def set(self, value: float) -> None:
        now_s = self._clock()
        self._area += self.value * (now_s - self._since_s)
        self._since_s, self.value = now_s, value

    def add(self, amount: float) -> None:
        self.set(self.value + amount)

    @property
    def mean(self) -> float | None:
        return self._measured_area / self._measured_s if self._measured_s else None

    def close_bin(self, now_s: float, measured: bool) -> None:
        self._area += self.value * (now_s - self._since_s)
        length_s = now_s - self._opened_s
        self.last = self._area / length_s if length_s else self.value
        if measured:
            self._measured_area += self._area
            self._measured_s += length_s
        self._area, self._since_s, self._opened_s = 0.0, now_s, now_s


class Outcomes:
    """Requests that ended on one way, by outcome: add to the attributes, read `last` (in the order of OUTCOMES) and `total`."""

    __slots__ = ("failed", "last", "ok", "rejected", "slow", "timed_out", "total")

    def __init__(self) -> None:
        self.ok = self.slow = self.failed = self.rejected = self.timed_out = 0
        self.last: tuple[int, ...] = (0,) * len(OUTCOMES)
        self.total: tuple[int, ...] = (0,) * len(OUTCOMES)

    def count(self, outcome: str) -> None:
        """One more that ended as `outcome`, one of OUTCOMES."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def close_bin(self, now_s: float, measured: bool) -> None:
        self.last = (self.ok, self.slow, self.failed, self.rejected, self.timed_out)
        self.ok = self.slow = self.failed = self.rejected = self.timed_out = 0
        if measured:
            self.total = tuple(total + last for total, last in zip(self.total, self.last, strict=True))


class Recorder:
    """The instruments of one arm."""

    def __init__(self, clock: Callable[[], float], warm_up_s: float = 0.0) -> None:
        self._clock = clock
        self.warm_up_s = warm_up_s
        self._instruments: list[Instrument] = []
        self._bin_began_s = clock()
        self.last_bin_s = 0.0
        self.measured_s = 0.0

    def counter(self) -> Counter:
        return self._keep(Counter())

    def samples(self) -> Samples:
        return self._keep(Samples())

    def level(self, value: float = 0.0) -> Level:
        return self._keep(Level(self._clock, value))

    def outcomes(self) -> Outcomes:
        return self._keep(Outcomes())

    def close_bin(self) -> None:
        """The bin ends now: `last` of every instrument is its value from here on until the next bin ends."""
        now_s = self._clock()
        measured = self._bin_began_s >= self.warm_up_s
        self.last_bin_s = now_s - self._bin_began_s
        self.measured_s += self.last_bin_s if measured else 0.0
        self._bin_began_s = now_s
        for instrument in self._instruments:
            instrument.close_bin(now_s, measured)

    def _keep(self, instrument: Kind) -> Kind:
        self._instruments.append(instrument)
        return instrument
