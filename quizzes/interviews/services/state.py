"""Where a running round stands, for its page. The names are those of the quiz's saver, which the page uses."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from quizzes.interviews.services.advance import Now, next_at, opened_follow_ups
from quizzes.interviews.services.autosave import Standing
from quizzes.interviews.services.lab import newest_run
from quizzes.interviews.services.notes import standings


@dataclass(frozen=True, slots=True)
class State:
    """`left_ms` of the open stage, negative in its grace, which ends in `grace_ms`; `next_ms` until something opens or
    closes by itself (not what). `opened` changes whenever there is something new to read. `run` and `take` are the lab's;
    `change_due`: it has come and not reached a run yet. `status` is in_progress or over, `questions` are the pads: the
    saver's words.
    """

    status: str
    at_ms: int
    stage: str
    left_ms: int | None
    grace_ms: int | None
    next_ms: int | None
    opened: str
    run: str | None
    take: int
    change_due: bool
    questions: dict[str, Standing]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def round_state(now: Now, pads: Iterable[str] | None = None) -> State:
    """Of a round brought up to date; `pads`: the notes of those alone."""
    stage, run = now.stage, newest_run(now.round)
    upcoming = next_at(now)
    return State(
        status="in_progress" if stage else "over",
        at_ms=int(now.at.timestamp() * 1000),
        stage=stage.stage if stage else "",
        left_ms=_ms(stage.due_at, now.at) if stage else None,
        grace_ms=_ms(stage.deadline_at, now.at) if stage else None,
        next_ms=_ms(upcoming, now.at) if upcoming else None,
        opened=_opened(now),
        run=str(run.run_id) if run else None,
        take=run.run.take if run else 0,
        change_due=now.round.change_opened_at is not None and (run is None or run.changed_at is None),
        questions=standings(now.round, now.at, pads),
    )


def _opened(now: Now) -> str:
    """A name for all that may be read now."""
    asked = sum(len(opened_follow_ups(now.round.told, stage, now.at)) for stage in now.stages)
    return f"{len(now.stages)}.{asked}.{int(now.round.change_opened_at is not None)}.{int(now.stage is None)}"


def _ms(later: datetime, earlier: datetime) -> int:
    return round((later - earlier).total_seconds() * 1000)
