"""What the candidate may read during the round: the stages opened so far, the questions asked, the change once it came.

Built from what has opened, so nothing else can slip into a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quizzes.interviews.content import STAGE_WORDS
from quizzes.interviews.services.advance import Now, opened_follow_ups


@dataclass(frozen=True, slots=True)
class Asked:
    """A follow-up that has come."""

    id: str
    ask: str
    probes: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpenedStage:
    """A stage on the rail. One that has not opened has a name and minutes, and nothing else."""

    name: str
    words: str
    minutes: int
    state: str
    ask: str = ""
    follow_ups: Sequence[Asked] = ()
    change: str = ""
    used_s: float | None = None

    @property
    def opened(self) -> bool:
        return self.state != "ahead"


def stages_seen(now: Now) -> list[OpenedStage]:
    """All stages in order; `state` is done, open or ahead."""
    opened = {stage.stage: stage for stage in now.stages}
    change = _change_stage(now)
    found = []
    for told in now.round.told.stages:
        row = opened.get(told.stage)
        if row is None:
            found.append(OpenedStage(told.stage, STAGE_WORDS[told.stage], told.minutes, "ahead"))
            continue
        asked = [Asked(each.id, each.ask, each.probes) for each in opened_follow_ups(now.round.told, row, now.at)]
        found.append(
            OpenedStage(
                told.stage, STAGE_WORDS[told.stage], told.minutes, "done" if row.closed_at else "open", told.ask, asked,
                now.round.told.change.says if change == told.stage else "",
                (row.closed_at - row.opened_at).total_seconds() if row.closed_at else None,
            )
        )  # fmt: skip
    return found


def _change_stage(now: Now) -> str:
    """The stage in which the change came; empty before."""
    at = now.round.change_opened_at
    if at is None:
        return ""
    return next((stage.stage for stage in reversed(now.stages) if stage.opened_at <= at), "")
