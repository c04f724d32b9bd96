"""The report of a round that is over: results, time used, notes, run, change, and how far two scorings agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quizzes.interviews.agreement import Agreement, agreement
from quizzes.interviews.content import STAGE_WORDS, STAGES, FollowUp, PromptContent, RubricItem
from quizzes.interviews.models import Round, RoundRun, RoundStage, ScoredItem, Scoring
from quizzes.interviews.results import Result, result_of
from quizzes.interviews.services.advance import opened_follow_ups
from quizzes.interviews.services.notes import DIAGRAM, note_texts, text_changes
from quizzes.interviews.services.rounds import answers_are_open
from quizzes.interviews.services.scoring import latest_items, points_of


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage: time, the candidate's notes, what was asked. What tells how to answer is empty before it may be seen."""

    name: str
    words: str
    minutes: int
    ask: str
    used_s: float | None
    over_s: float
    notes: str
    saved: Sequence[datetime]
    asked: Sequence[FollowUp]
    unasked: Sequence[FollowUp]
    model_answer: str

    @property
    def share(self) -> float:
        """Of its time, 0 to 1, for a bar."""
        return min(1.0, (self.used_s or 0.0) / (60 * self.minutes))


@dataclass(frozen=True, slots=True)
class ItemReport:
    """A rubric item with what one person said of it."""

    item: RubricItem
    row: ScoredItem | None

    @property
    def points(self) -> int | None:
        return self.row.points if self.row else None


@dataclass(frozen=True, slots=True)
class ScoringReport:
    scoring: Scoring
    result: Result
    items: Sequence[ItemReport]


@dataclass(frozen=True, slots=True)
class Compared:
    """One item as two people scored it, the differences first."""

    item: RubricItem
    mine: ScoredItem
    theirs: ScoredItem

    @property
    def apart(self) -> int:
        return abs((self.mine.points or 0) - (self.theirs.points or 0))


@dataclass(frozen=True, slots=True)
class Comparison:
    other: ScoringReport
    agreement: Agreement
    items: Sequence[Compared]

    @property
    def differences(self) -> list[Compared]:
        return [each for each in self.items if each.apart]

    @property
    def alike(self) -> list[Compared]:
        return [each for each in self.items if not each.apart]


@dataclass(frozen=True, slots=True)
class Report:
    """`own` is the candidate's scoring once it is finished. `others`, who scored it too, are there from then on; `waiting`
    counts them before."""

    round: Round
    told: PromptContent
    answers_open: bool
    stages: Sequence[StageReport]
    diagram: str
    runs: Sequence[RoundRun]
    own: ScoringReport | None
    own_scoring: Scoring | None
    own_after_answers: bool
    others: Sequence[ScoringReport]
    waiting: int
    comparisons: Sequence[Comparison]

    @property
    def used_s(self) -> float:
        return sum(stage.used_s or 0.0 for stage in self.stages)

    @property
    def changed_run(self) -> RoundRun | None:
        return next((run for run in self.runs if run.changed_at), None)


def round_report(round_: Round) -> Report:
    """For the candidate. What others scored is in it only when it can no longer sway the candidate's own scoring."""
    scorings = list(round_.scorings.select_related("by"))
    own_scoring = next((each for each in scorings if each.role == Scoring.Role.SELF), None)
    answers_open = answers_are_open(round_)
    own = scoring_report(own_scoring) if own_scoring and own_scoring.finished else None
    finished = [each for each in scorings if each.finished and each.role != Scoring.Role.SELF]
    others = [scoring_report(each) for each in finished] if own else []
    return Report(
        round=round_, told=round_.told, answers_open=answers_open, stages=stage_reports(round_, answers=answers_open),
        diagram=note_texts(round_).get(DIAGRAM, ""), runs=list(round_.runs.select_related("run")), own=own,
        own_scoring=own_scoring, own_after_answers=_after_answers(round_, own_scoring), others=others,
        waiting=len(finished) - len(others),
        comparisons=[compared(own, other) for other in others] if own else [],
    )  # fmt: skip


def stage_reports(round_: Round, *, answers: bool) -> list[StageReport]:
    rows = {stage.stage: stage for stage in round_.stages.all()}
    notes, saved = note_texts(round_), text_changes(round_)
    return [_stage(round_, name, rows.get(name), notes, saved, answers=answers) for name in STAGES]


def scoring_report(scoring: Scoring) -> ScoringReport:
    told, rows = scoring.round.told, latest_items(scoring)
    items = [ItemReport(item, rows.get(item.id)) for item in told.rubric]
    return ScoringReport(scoring, result_of(told, scoring.round.level, points_of(scoring)), items)


def compared(own: ScoringReport, other: ScoringReport) -> Comparison:
    pairs = [(mine.item, mine.row, theirs.row) for mine, theirs in zip(own.items, other.items, strict=True)]
    items = [Compared(item, mine, theirs) for item, mine, theirs in pairs if mine is not None and theirs is not None]
    return Comparison(other, agreement(_points(own), _points(other)), sorted(items, key=lambda each: -each.apart))


def _points(report: ScoringReport) -> dict[str, int]:
    return {each.item.id: each.points for each in report.items if each.points is not None}


def _after_answers(round_: Round, own: Scoring | None) -> bool:
    """Whether the candidate had seen the model answer when the own scoring was finished."""
    seen = round_.answers_opened_at
    return bool(own and own.finished_at and seen and seen < own.finished_at)


def _stage(
    round_: Round, name: str, row: RoundStage | None, notes: Mapping[str, str], saved: Mapping[str, Any], *, answers: bool
) -> StageReport:
    told = round_.told.stage_named(name)
    asked = opened_follow_ups(round_.told, row, row.closed_at or row.deadline_at) if row else []
    used_s = (row.closed_at - row.opened_at).total_seconds() if row and row.closed_at else None
    return StageReport(
        name=name, words=STAGE_WORDS[name], minutes=told.minutes, ask=told.ask if row or answers else "", used_s=used_s,
        over_s=max(0.0, (used_s or 0.0) - 60 * told.minutes), notes=notes.get(name, ""), saved=saved.get(name, ()),
        asked=asked, unasked=[each for each in told.follow_ups if each not in asked] if answers else [],
        model_answer=round_.told.model_answer.get(name, "") if answers else "",  # type: ignore[call-overload]
    )  # fmt: skip
