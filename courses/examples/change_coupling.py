"""Which parts change together: version control knows where the borders are, whatever the diagram says.

Problem. Somebody proposes a cut into services. Everybody has an opinion on it, and nobody has a figure.

Rule. Take the changes of the last quarter (one change is a commit, or all commits of one ticket) and the proposed cut, which
says to which part each file would belong. Count the changes that would touch more than one part: each of them becomes a release
in step. For each pair, the *degree* is the share of the changes of the less active part that touch the other one, too.

Source. Harald Gall, Karin Hajek and Mehdi Jazayeri, "Detection of Logical Coupling Based on Product Release History" (1998),
for the idea. To take the less active part as the base is this code's choice: a busy part does not hide one that is tied to it.

Limits. Changes that rename or reformat everything must be left out, so whoever touches more files than `largest` does not
count. The past tells of the changes that were made: a part that nobody dared to touch looks well separated.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Coupling:
    changes: int
    crossing_share: float
    degrees: dict[tuple[str, str], float]


def coupling(
    changes: Iterable[Collection[str]], part_of: Callable[[str], str], *, largest: int = 50, at_least: int = 10
) -> Coupling:
    """`changes` as the files that each touched. Pairs that changed together fewer than `at_least` times are left out."""
    touched = [{part_of(file) for file in files} for files in changes if 0 < len(files) <= largest]
    of_part = Counter(part for parts in touched for part in parts)
    together = Counter(pair for parts in touched for pair in combinations(sorted(parts), 2))
    return Coupling(
        changes=len(touched),
        crossing_share=sum(len(parts) > 1 for parts in touched) / len(touched) if touched else 0.0,
        degrees={pair: n / min(of_part[pair[0]], of_part[pair[1]]) for pair, n in together.items() if n >= at_least},
    )
