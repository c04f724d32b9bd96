"""The round's clock: brings a round to where it has to be now. Everything that time alone decides happens here.

Whoever reads or writes a round calls `round_now` first, under a lock on its row. What should have happened meanwhile (a stage
past its grace closed and the next one opened, the change, the end) is written with the time at which it was due, so it makes
no difference who looks, when, or how often. `upkeep` looks at the rounds that nobody looks at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from quizzes.clock import ClockNow, database_now
from quizzes.interviews.content import STAGES, FollowUp, PromptContent
from quizzes.interviews.models import Round, RoundStage
from quizzes.interviews.rules import grace_s

CLOCK, CANDIDATE = Round.EndedBy.CLOCK, Round.EndedBy.CANDIDATE


@dataclass(frozen=True, slots=True)
class Now:
    """A round as it is at `at`, by the database's clock; `stages` are those opened so far, in order."""

    round: Round
    stages: Sequence[RoundStage]
    at: datetime

    @property
    def stage(self) -> RoundStage | None:
        """The open one; None when the round is over."""
        return next((stage for stage in self.stages if stage.closed_at is None), None)


def round_now(round_: Round) -> Now:
    """The round brought up to date. Locks its row until the caller's transaction ends."""
    with transaction.atomic():
        locked = Round.objects.select_for_update(no_key=True, of=("self",)).get(pk=round_.pk)
        now = database_now()  # after the lock: waiting for it wins nobody time
        stages = list(locked.stages.order_by("position"))
        while locked.running and stages[-1].deadline_at <= now:
            stage_close(locked, stages, stages[-1].deadline_at, CLOCK)
        _open_change(locked, stages, now)
        return Now(locked, stages, now)


def stage_open(round_: Round, position: int, at: datetime) -> RoundStage:
    stage = round_.told.stages[position]
    due_at = at + timedelta(minutes=stage.minutes)
    return RoundStage.objects.create(
        round=round_, position=position, stage=stage.stage, opened_at=at, due_at=due_at,
        deadline_at=due_at + timedelta(seconds=grace_s(stage.minutes)),
    )  # fmt: skip


def stage_close(round_: Round, stages: list[RoundStage], at: datetime, by: str) -> None:
    """Close the open stage; the next one opens at that moment, or the round ends with the last."""
    stage = stages[-1]
    stage.closed_at, stage.closed_by = at, by
    stage.save(update_fields=["closed_at", "closed_by"])
    if stage.position + 1 < len(STAGES):
        stages.append(stage_open(round_, stage.position + 1, at))
    else:
        round_end(round_, at, by, Round.Status.FINISHED)


def round_end(round_: Round, at: datetime, by: str, status: str) -> None:
    Round.objects.filter(pk=round_.pk, status=Round.Status.RUNNING).update(status=status, ended_at=at, ended_by=by)
    round_.status, round_.ended_at, round_.ended_by = status, at, by


def opened_follow_ups(content: PromptContent, stage: RoundStage, now: datetime) -> list[FollowUp]:
    """Those that came while the stage was open."""
    until = min(now, stage.closed_at) if stage.closed_at else now
    asked = content.stage_named(stage.stage).follow_ups
    return [each for each in asked if stage.opened_at + timedelta(seconds=each.after_s) <= until]


def change_due_at(round_: Round, stages: Sequence[RoundStage]) -> datetime | None:
    """When the change comes: in its stage, or as the next one opens. None while that is not known, or if it never comes."""
    change = round_.told.change
    stage = next((stage for stage in stages if stage.stage == change.stage), None)
    if stage is None:
        return None
    due_at = stage.opened_at + timedelta(seconds=change.after_s)
    if stage.closed_at is not None and stage.closed_at < due_at:
        due_at = stage.closed_at
        if stage is stages[-1]:  # the round ended with this stage
            return None
    return None if round_.ended_at is not None and round_.ended_at <= due_at else due_at


def rounds_behind(limit: int) -> QuerySet[Round]:
    """Running rounds for which time alone may have decided something: a grace is over, or the change's stage has opened and
    the change not come. The longest running first."""
    overdue = Q(stages__closed_at=None, stages__deadline_at__lte=ClockNow())
    change_ahead = Q(change_opened_at=None, stages__stage=KT("content__change__stage"))
    found = Round.objects.filter(overdue | change_ahead, status=Round.Status.RUNNING).values("pk")
    return Round.objects.filter(pk__in=found).order_by("started_at")[:limit]


def next_at(now: Now) -> datetime | None:
    """When something opens or closes by itself next; None when the round is over."""
    stage = now.stage
    if stage is None:
        return None
    asked = now.round.told.stage_named(stage.stage).follow_ups
    times = [stage.opened_at + timedelta(seconds=each.after_s) for each in asked]
    if now.round.change_opened_at is None and (change := change_due_at(now.round, now.stages)):
        times.append(change)
    return min([at for at in times if at > now.at] + [stage.deadline_at])


def _open_change(round_: Round, stages: Sequence[RoundStage], now: datetime) -> None:
    due_at = None if round_.change_opened_at else change_due_at(round_, stages)
    if due_at is not None and due_at <= now:
        Round.objects.filter(pk=round_.pk, change_opened_at=None).update(change_opened_at=due_at)
        round_.change_opened_at = due_at
