"""What a scored rubric comes to. Pure reckoning.

The result at a level is the weighted share of what there was to show (strong signals, green flags), less what was fallen into
(traps, red flags) at its weight, for the items that count at that level; never below 0:

    max(0, (sum of w p/2 over strong and green - sum of w p/2 over trap and red) / (sum of w over strong and green))

with w the item's weight (1 to 3) and p its points: 0 not seen, 1 partly, 2 clearly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from quizzes.interviews.content import KIND_WORDS, KINDS, LEVELS, STAGE_WORDS, STAGES, PromptContent, RubricItem

MOST = 2
POINT_WORDS = {0: "not seen", 1: "partly", 2: "clearly"}


@dataclass(frozen=True, slots=True)
class Tally:
    """Some items of the rubric together; weights times points, halved, so `possible` is the sum of the weights."""

    name: str
    words: str
    items: int
    reached: float
    possible: float

    @property
    def share(self) -> float | None:
        return self.reached / self.possible if self.possible else None


@dataclass(frozen=True, slots=True)
class StageTally:
    """A stage of the rubric: what was shown, and what was fallen into."""

    name: str
    words: str
    shown: Tally
    fallen: Tally


@dataclass(frozen=True, slots=True)
class Result:
    """`by_level`: the result at each level, 0 to 1. `by_kind` and `by_stage` are of the items of one level."""

    level: str
    by_level: Mapping[str, float]
    by_kind: Sequence[Tally]
    by_stage: Sequence[StageTally]

    @property
    def share(self) -> float:
        return self.by_level[self.level]


def result_of(content: PromptContent, level: str, points: Mapping[str, int]) -> Result:
    """`points` by the item's id; an item without any counts 0."""
    items = content.items_for(level)
    return Result(
        level=level,
        by_level={each: level_share(content.items_for(each), points) for each in LEVELS},
        by_kind=[_tally(kind, KIND_WORDS[kind], [item for item in items if item.kind == kind], points) for kind in KINDS],
        by_stage=[_stage(stage, [item for item in items if item.stage == stage], points) for stage in STAGES],
    )


def level_share(items: Iterable[RubricItem], points: Mapping[str, int]) -> float:
    """By the rule above, 0 to 1."""
    found = list(items)
    possible = sum(item.weight for item in found if item.helps)
    signed = sum((1 if item.helps else -1) * item.weight * points.get(item.id, 0) / MOST for item in found)
    return max(0.0, signed / possible) if possible else 0.0


def _stage(stage: str, items: Sequence[RubricItem], points: Mapping[str, int]) -> StageTally:
    words = STAGE_WORDS[stage]
    shown = _tally(stage, words, [item for item in items if item.helps], points)
    return StageTally(stage, words, shown, _tally(stage, words, [item for item in items if not item.helps], points))


def _tally(name: str, words: str, items: Sequence[RubricItem], points: Mapping[str, int]) -> Tally:
    reached = sum(item.weight * points.get(item.id, 0) / MOST for item in items)
    return Tally(name, words, len(items), reached, float(sum(item.weight for item in items)))
