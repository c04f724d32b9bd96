"""What a correction of marks would do to attempts: their scores before and after, and who would pass or no longer pass."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quizzes.models import AttemptQuestion
from quizzes.services.regrading import Change, RegradePlan

Flip = Literal["", "passes", "fails"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One attempt that would gain or lose. Scores are shares of the points, None where a person still has to grade."""

    change: Change
    before: float | None
    after: float | None
    flip: Flip

    @property
    def points(self) -> float:
        """By how much the question's points would change."""
        return self.change.question.points * ((self.change.after or 0.0) - (self.change.before or 0.0))

    @property
    def size(self) -> float:
        return abs(self.points)


def regrade_effects(plan: RegradePlan) -> list[Effect]:
    """Of those who would gain or lose, the losses first, the largest on top. One query."""
    changes = [*plan.lost, *plan.gained]
    drawn: dict[int, list[AttemptQuestion]] = defaultdict(list)
    attempts = [change.question.attempt_id for change in changes]
    for question in AttemptQuestion.objects.filter(attempt__in=attempts).select_related("grade").defer("frozen"):
        drawn[question.attempt_id].append(question)
    effects = [_effect(change, drawn[change.question.attempt_id]) for change in changes]
    return sorted(effects, key=lambda effect: (effect.change.fate != "lost", -abs(effect.points), effect.change.question.pk))


def _effect(change: Change, drawn: Sequence[AttemptQuestion]) -> Effect:
    attempt = change.question.attempt
    scores = {one.pk: one.grade.score if one.grade else 0.0 for one in drawn} | {change.question.pk: change.after}
    possible = sum(one.points for one in drawn)
    waiting = any(score is None for score in scores.values())
    reached = sum(one.points * (scores[one.pk] or 0.0) for one in drawn)
    after = None if waiting or not possible else min(1.0, reached / possible)
    return Effect(change, attempt.score, after, _flip(attempt.pass_mark, attempt.score, after))


def _flip(pass_mark: float | None, before: float | None, after: float | None) -> Flip:
    if pass_mark is None or before is None or after is None:
        return ""
    passed, passes = before >= pass_mark - 1e-9, after >= pass_mark - 1e-9
    return "" if passed == passes else "passes" if passes else "fails"
