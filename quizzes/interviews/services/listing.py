"""The list of interviews, and one person's rounds over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizzes.interviews.content import LEVELS
from quizzes.interviews.models import Prompt, Round, Scoring
from quizzes.interviews.results import Result, result_of
from quizzes.interviews.services.scoring import points_by_scoring


@dataclass(frozen=True, slots=True)
class PastRound:
    """A round that is over. `result` is of the candidate's own finished scoring; `others` of the finished ones of others.

    `other_rubric`: the newest round of its prompt was scored by another rubric, so the two results do not compare one to one.
    """

    round: Round
    result: Result | None
    others: Sequence[tuple[Scoring, Result]]
    minutes_used: float
    other_rubric: bool


@dataclass(frozen=True, slots=True)
class PromptStanding:
    """A prompt and what this person has done with it; `best` is the best own result at the level aimed at."""

    prompt: Prompt
    running: Round | None
    rounds: int
    best: PastRound | None


def past_rounds(user: Any, prompt: Prompt | None = None) -> list[PastRound]:
    """The person's rounds, the newest first, without previews and those put away."""
    found = Round.objects.filter(user_id=user.pk, preview=False, deleted_at=None).exclude(status=Round.Status.RUNNING)
    if prompt is not None:
        found = found.filter(prompt=prompt)
    rounds = list(found.select_related("prompt").prefetch_related("scorings__by", "stages"))
    points = points_by_scoring(one for each in rounds for one in each.scorings.all() if one.finished)
    newest = {each.prompt_id: each for each in reversed(rounds)}
    return [past_round(each, points, newest[each.prompt_id]) for each in rounds]


def tried_prompts(user: Any) -> list[Prompt]:
    """Those of which this person has rounds, by title."""
    mine = Round.objects.filter(user_id=user.pk, preview=False, deleted_at=None)
    return list(Prompt.objects.filter(rounds__in=mine).distinct())


def past_round(round_: Round, points: Mapping[int, Mapping[str, int]], newest: Round) -> PastRound:
    """`points` of its finished scorings, by their keys; `newest` of its prompt's rounds. Others' results are there when the own
    scoring is finished."""
    finished = [each for each in round_.scorings.all() if each.finished]
    results = [(each, result_of(round_.told, round_.level, points[each.pk])) for each in finished]
    own = next((result for each, result in results if each.role == Scoring.Role.SELF), None)
    others = [] if own is None else [pair for pair in results if pair[0].role != Scoring.Role.SELF]
    used_s = sum((stage.closed_at - stage.opened_at).total_seconds() for stage in round_.stages.all() if stage.closed_at)
    return PastRound(round_, own, others, used_s / 60, other_rubric=round_.told.rubric != newest.told.rubric)


def prompt_standings(user: Any, prompts: Iterable[Prompt], running: Round | None) -> list[PromptStanding]:
    """For a visitor without an account: prompts alone."""
    past = past_rounds(user) if user.is_authenticated else []
    return [prompt_standing(prompt, past, running) for prompt in prompts]


def prompt_standing(prompt: Prompt, past: Iterable[PastRound], running: Round | None) -> PromptStanding:
    mine = [each for each in past if each.round.prompt_id == prompt.pk]
    scored = [each for each in mine if each.result is not None]
    best = max(scored, key=lambda each: each.result.share if each.result else 0.0, default=None)
    return PromptStanding(prompt, running if running and running.prompt_id == prompt.pk else None, len(mine), best)


@dataclass(frozen=True, slots=True)
class Point:
    """A round on the chart; `x` and `y` in the chart's units."""

    past: PastRound
    x: float
    y: float
    share: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A level's results over time, oldest first, and the line through them."""

    level: str
    points: Sequence[Point]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


WIDTH, HEIGHT = 640.0, 160.0


def trends(past: Sequence[PastRound]) -> list[Trend]:
    """For each level, the own results of rounds that aimed at it. The rounds are evenly spaced: there are few, on few days."""
    scored = [each for each in reversed(past) if each.result is not None]
    step = WIDTH / max(1, len(scored) - 1) if len(scored) > 1 else 0.0
    points = [_point(each, index * step if step else WIDTH / 2) for index, each in enumerate(scored)]
    found = [Trend(level, [point for point in points if point.past.round.level == level]) for level in LEVELS]
    return [trend for trend in found if trend.points]


def _point(past: PastRound, x: float) -> Point:
    share = past.result.share if past.result else 0.0
    return Point(past, x, HEIGHT * (1 - share), share)
