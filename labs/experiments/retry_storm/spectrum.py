"""When exactly attempts arrive: counts in pieces of a twentieth of a second, in which a herd stands out from a stream."""

from collections.abc import Callable

PIECE_S = 0.05
PIECES = 10
ROWS = tuple(f"{place * 50}-{place * 50 + 50} ms" for place in range(PIECES))
ORDER_ROWS = ("1st attempt", "2nd", "3rd", "4th", "5th to 8th", "9th to 16th", "17th and later")


class Spectrum:
    """Fed with each attempt; asked at the end of each bin of half a second."""

    def __init__(self, now_s: Callable[[], float], warm_up_s: float) -> None:
        self._now_s = now_s
        self._warm_up_s = warm_up_s
        self._pieces: dict[int, int] = {}
        self._retries: dict[int, int] = {}
        self._orders = [0] * len(ORDER_ROWS)
        self._last_s = 0.0
        self._counted = self._sum = self._squares = 0
        self._highest_retries = 0
        self.rows: tuple[float | None, ...] = (None,) * PIECES
        self.order_rows: tuple[float | None, ...] = (None,) * len(ORDER_ROWS)

    def arrived(self, order: int) -> None:
        """An attempt arrives now; `order` 0 is the first of its request."""
        piece = int(self._now_s() / PIECE_S + 1e-9)
        self._pieces[piece] = self._pieces.get(piece, 0) + 1
        if order:
            self._retries[piece] = self._retries.get(piece, 0) + 1
        self._orders[order if order < 4 else 4 if order < 8 else 5 if order < 16 else 6] += 1

    @property
    def peak_rps(self) -> float:
        """Attempts per second in the busiest piece of the bin that just ended."""
        return max((cell for cell in self.rows if cell is not None), default=0.0)

    @property
    def retry_peak_rps(self) -> float | None:
        """Retries per second in the busiest piece of all after the warm-up."""
        return self._highest_retries / PIECE_S if self._counted else None

    @property
    def dispersion(self) -> float | None:
        """Variance of the counts over their mean: 1 where arrivals are a Poisson stream, more where they come in herds."""
        if not self._sum or self._counted < 2:
            return None
        mean = self._sum / self._counted
        return (self._squares - self._counted * mean * mean) / (self._counted - 1) / mean

    def close_bin(self) -> None:
        """The bin ends now."""
        first, end = round(self._last_s / PIECE_S), round(self._now_s() / PIECE_S)
        length_s = self._now_s() - self._last_s
        counts = [self._pieces.get(piece, 0) for piece in range(first, end)]
        if self._last_s >= self._warm_up_s:
            self._measure(counts, max((self._retries.get(piece, 0) for piece in range(first, end)), default=0))
        cells = tuple(count / PIECE_S for count in counts[:PIECES])
        self.rows = cells + (None,) * (PIECES - len(cells))
        self.order_rows = tuple(count / length_s for count in self._orders) if length_s else self.order_rows
        self._pieces, self._retries = _from(end, self._pieces), _from(end, self._retries)
        self._orders = [0] * len(ORDER_ROWS)
        self._last_s = self._now_s()

    def _measure(self, counts: list[int], retries: int) -> None:
        self._counted += len(counts)
        self._sum += sum(counts)
        self._squares += sum(count * count for count in counts)
        self._highest_retries = max(self._highest_retries, retries)


def _from(first: int, counts: dict[int, int]) -> dict[int, int]:
    """What arrived in the very instant in which the bin ends belongs to the next one."""
    return {piece: count for piece, count in counts.items() if piece >= first}
