"""How far two people who scored the same rubric agree. Pure reckoning.

Weighted kappa: J. Cohen, "Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit",
Psychological Bulletin 70 (1968) 213-220. Linear weights (Cicchetti and Allison 1971): being one point apart counts half of two.
1 is full agreement, 0 what chance would give with the same habits, below 0 less than that. With a dozen items it is rough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """`kappa` is None where it is not defined: both gave every item the same points. `counts[a][b]`: items by both points."""

    items: int
    same: int
    kappa: float | None
    counts: Sequence[Sequence[int]]

    @property
    def share(self) -> float:
        return self.same / self.items if self.items else 0.0


def agreement(mine: Mapping[str, int], theirs: Mapping[str, int]) -> Agreement:
    """Over the items that both have scored, 0 to 2 points each."""
    both = sorted(mine.keys() & theirs.keys())
    counts = [[sum(mine[one] == a and theirs[one] == b for one in both) for b in range(MOST + 1)] for a in range(MOST + 1)]
    same = sum(counts[points][points] for points in range(MOST + 1))
    return Agreement(len(both), same, weighted_kappa(counts), counts)


def weighted_kappa(counts: Sequence[Sequence[int]]) -> float | None:
    """1 - observed disagreement / disagreement expected by chance, with weights |a - b|; None where none was expected."""
    size, total = len(counts), sum(map(sum, counts))
    rows = [sum(row) for row in counts]
    columns = [sum(row[b] for row in counts) for b in range(size)]
    places = [(a, b) for a in range(size) for b in range(size)]
    observed = sum(abs(a - b) * counts[a][b] for a, b in places)
    expected = sum(abs(a - b) * rows[a] * columns[b] for a, b in places) / total if total else 0.0
    return 1.0 - observed / expected if expected else None
