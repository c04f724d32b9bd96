"""What is analysed: who was asked what, and with which result."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

ENOUGH_FOR_MEANS = 10
"""Below this a mean's interval spans most of the scale."""
ENOUGH_FOR_CORRELATIONS = 30
"""With 30 attempts the 95 % interval of a correlation of 0 runs from -0.36 to 0.36; with fewer it says next to nothing."""


class Drawn(NamedTuple):
    """One question of one attempt. `section` and `position` count from 1; `score` is the share of `points`, 0 to 1."""

    attempt: int
    question: int
    version: int
    section: int
    position: int
    points: float
    score: float
    active_ms: int


@dataclass(frozen=True, slots=True)
class TooFew:
    """Instead of a figure that so few attempts cannot carry."""

    found: int
    needed: int

    def __str__(self) -> str:
        return f"too few: {self.found} of at least {self.needed}"


@dataclass(frozen=True)
class Sheet:
    """Drawn questions, and for each of their attempts the points reached and the points that there were in all."""

    drawn: Sequence[Drawn]
    points: Mapping[int, tuple[float, float]]

    @classmethod
    def complete(cls, drawn: Sequence[Drawn]) -> "Sheet":
        """Of attempts with all of their questions."""
        points = {
            attempt: (sum(one.points * one.score for one in rows), sum(one.points for one in rows))
            for attempt, rows in _grouped(drawn, [one.attempt for one in drawn]).items()
        }
        return cls(drawn, points)

    @cached_property
    def by_attempt(self) -> Mapping[int, Sequence[Drawn]]:
        return _grouped(self.drawn, [one.attempt for one in self.drawn])

    @cached_property
    def by_question(self) -> Mapping[int, Sequence[Drawn]]:
        return _grouped(self.drawn, [one.question for one in self.drawn])

    @cached_property
    def by_version(self) -> Mapping[int, Sequence[Drawn]]:
        return _grouped(self.drawn, [one.version for one in self.drawn])

    @cached_property
    def at(self) -> Mapping[tuple[int, int], Drawn]:
        """By attempt and version."""
        return {(one.attempt, one.version): one for one in self.drawn}

    @cached_property
    def totals(self) -> Mapping[int, float]:
        """The share of the points, by attempt; rounded, so that the order of adding up ranks nobody above their equals."""
        return {
            attempt: round(reached / possible, 9) if possible else 0.0 for attempt, (reached, possible) in self.points.items()
        }

    def rest(self, one: Drawn) -> float | None:
        """The share of the points that the attempt reached on its other questions; None where there are none."""
        reached, possible = self.points[one.attempt]
        others = possible - one.points
        return (reached - one.points * one.score) / others if others > 1e-9 else None


def _grouped(drawn: Sequence[Drawn], keys: Sequence[int]) -> Mapping[int, Sequence[Drawn]]:
    found: dict[int, list[Drawn]] = defaultdict(list)
    for key, one in zip(keys, drawn, strict=True):
        found[key].append(one)
    return found
