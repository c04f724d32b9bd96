"""The running lab of a round, and the change that reaches it exactly once.

The round's row is locked while a run is begun or changed, the run's ledger row and the note that it is there are written in one
transaction, and the note is a conditional update. So two windows, a resend and the upkeep may all ask: one does it. Where the
store of streams is away nothing is written at all, and whoever asks next does it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from labs import forms as lab_forms
from labs import services as laboratory
from labs.errors import LimitReached
from labs.experiments.spec import Change, SpecError
from labs.models import Run, Status
from labs.services import Asker
from quizzes.clock import ClockNow, database_now
from quizzes.interviews.content import PromptContent
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.lab_checks import changed_value
from quizzes.interviews.models import Round, RoundRun
from quizzes.interviews.rules import PAGE_HAS_S, RUNS_IN_A_ROUND, change_time_s
from quizzes.interviews.services.advance import Now, round_now

ENDED_BADLY = (Status.FAILED, Status.CANCELLED, Status.ABANDONED)


def newest_run(round_: Round) -> RoundRun | None:
    """The one that counts."""
    return round_.runs.select_related("run__scenario").order_by("-number").first()


@transaction.atomic
def run_begin(*, asker: Asker, round_: Round, body: Mapping[str, Any]) -> RoundRun:
    """Start the round's lab as its page asks for it. Once the change has come, the run has it in its ledger from the start.

    Raises `RoundRefused`, and what `labs.services.run_start` raises; then nothing was made.
    """
    now = round_now(round_)
    if now.stage is None:
        raise RoundRefused("The round is over. The lab's own page is open to you as long as you like.")
    if now.round.runs.count() >= RUNS_IN_A_ROUND:
        raise RoundRefused(f"A round has {RUNS_IN_A_ROUND} runs at most. Turn the knobs of the one you have.")
    return _begin(asker, now, body)


@transaction.atomic
def change_reach(
    *, asker: Asker, round_: Round, run_id: UUID | None = None, playhead_s: float | None = None
) -> RoundRun | None:
    """Let the change that has come reach the newest run, at the playhead of the player that shows it. Without a run, or where
    the newest takes no more changes, one is begun with it. Doing it twice does nothing. None where the round is over and no
    run can be reached.

    Raises `RoundRefused` before the change has come, and what `labs.services` raises; then nothing was done.
    """
    now = round_now(round_)
    if now.round.change_opened_at is None:
        raise RoundRefused("Nothing has changed so far.")
    found = newest_run(now.round)
    if found is not None and found.changed_at is not None:
        return found
    if found is not None and found.run.status not in ENDED_BADLY:
        try:
            return _turn(asker, now.round.told, found, playhead_s if found.run_id == run_id else None)
        except (SpecError, LimitReached) as error:
            if isinstance(error, LimitReached) and error.limit != "changes":
                raise  # it is different in a moment; a run that takes no more changes stays so
    return _begin(asker, now, {}) if now.stage is not None else None


def changes_owed(limit: int) -> list[Round]:
    """Rounds whose change came a while ago and reached no run, because no page was open or the store was away."""
    now = database_now()
    came = Q(change_opened_at__range=(now - timedelta(hours=1), now - timedelta(seconds=PAGE_HAS_S)))
    found = Round.objects.filter(came).exclude(runs__changed_at__isnull=False)
    return list(found.filter(Q(status=Round.Status.RUNNING) | Q(runs__isnull=False)).distinct()[:limit])


def _begin(asker: Asker, now: Now, body: Mapping[str, Any]) -> RoundRun:
    lab = now.round.told.lab
    asked = lab_forms.run_order(lab.slug, body)
    order = replace(
        asked, parameters={**lab.parameters, **asked.parameters}, arms=asked.arms or lab.arms, world="simulated",
        duration_s=asked.duration_s or lab.duration_s, scenario="", prediction=None,
    )  # fmt: skip
    run = laboratory.run_start(asker=asker, order=order)
    made = RoundRun.objects.create(round=now.round, number=now.round.runs.count() + 1, run=run)
    return _turn(asker, now.round.told, made, None) if now.round.change_opened_at else made


def _turn(asker: Asker, told: PromptContent, found: RoundRun, playhead_s: float | None) -> RoundRun:
    run: Run = found.run
    t_s = change_time_s(run.duration_s, playhead_s)
    turned = Change(t_s, "set", told.change.knob, changed_value(told))
    taken = laboratory.run_change(asker=asker, run=run, change=turned)
    untouched = RoundRun.objects.filter(pk=found.pk, changed_at=None)
    if not untouched.update(change_index=taken.index, change_t_s=taken.t_s, changed_at=ClockNow()):
        raise RoundRefused("The change has reached your lab already.")
    found.refresh_from_db()
    return found
