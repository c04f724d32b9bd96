"""What an answer that names a lab run rests on: the run's facts, read when the answer is given and kept with it.

Whose run it is, whether it has finished and when it was started is asked here; whether such a run can answer the question at
all, its kind says (`quizzes.kinds.run_facts.why_not`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from labs.models import ACTIVE, Change, Run, Status
from labs.streams import unpack
from quizzes.kinds import AnswerError
from quizzes.kinds.asked_goal import LabGoalDefinition
from quizzes.kinds.lab_goal import Cited
from quizzes.kinds.lab_runs import changes_in_words, settings_in_words
from quizzes.kinds.run_facts import ledger_of, needed, observed, turned, why_not
from quizzes.models import Answer, Attempt, AttemptQuestion

MOST_LISTED = 12
NOT_YOURS = "There is no such run of yours. Start one from the link to the lab, signed in as you are here."
TOO_OLD = "That run is from before this attempt began. Start one now: the link opens the lab with its settings."
FORKED = "That run is a fork of one that was not made in this attempt. Start one of your own."
CHANGED = "That run was changed since you chose it. Choose it again."


def run_facts(attempt: Attempt, question: AttemptQuestion, response: Cited | Any) -> Any:
    """The facts of the run that `response` names (see `quizzes.kinds.run_facts`). Raises `AnswerError` where it cannot count.

    A run that has gone since an answer named it keeps the facts of that answer: it may be sent again.
    """
    definition: LabGoalDefinition = question.posed.definition
    runs = _with_ledger(Run.objects.filter(pk=response.run, owner_id=attempt.user_id))
    speaks_of_events = any(needed(definition).values())
    run = (runs.defer(None) if speaks_of_events else runs).first()
    if run is None:
        return _kept_before(question, response)
    facts = _facts(run)
    if why := _refusal(attempt, definition, run, facts, response.take):
        raise AnswerError(why)
    events = map(orjson.loads, unpack(bytes(run.series or b""))) if speaks_of_events else ()
    return facts | observed(definition, events)


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run of the learner's that may be named. `answer` is the browser's value for it, `why_not` empty where it counts."""

    answer: str
    url: str
    words: str
    seed: int
    created_at: datetime
    ended: bool
    why_not: str


def own_runs(attempt: Attempt, question: AttemptQuestion) -> list[OwnRun]:
    """The learner's runs of the question's lab, newest first, and why some do not count."""
    definition: LabGoalDefinition = question.posed.definition
    mine = Run.objects.filter(owner_id=attempt.user_id, lab=definition.lab)
    if definition.own_attempt:
        mine = mine.filter(created_at__gte=attempt.started_at)
    return [_own(attempt, definition, run) for run in _with_ledger(mine).order_by("-created_at")[:MOST_LISTED]]


def _own(attempt: Attempt, definition: LabGoalDefinition, run: Run) -> OwnRun:
    facts = _facts(run)
    return OwnRun(
        answer=f"{run.pk}@{run.take}",
        url=run.get_absolute_url(),
        words=_in_words(definition, facts),
        seed=run.seed,
        created_at=run.created_at,
        ended=run.status not in ACTIVE,
        why_not=_refusal(attempt, definition, run, facts, None),
    )


def _in_words(definition: LabGoalDefinition, facts: Mapping[str, Any]) -> str:
    """What a person knows the run by: what was turned before it and while it played."""
    settings = settings_in_words(definition.experiment, turned(definition, facts["parameters"]))
    before = [f"{row['label']} {row['value']}" for row in settings]
    return "; ".join([*before, *changes_in_words(definition.experiment, ledger_of(facts))]) or "nothing turned"


def _with_ledger(runs: "QuerySet[Run]") -> "QuerySet[Run]":
    """Each run with the rows of its ledger that stand, as `standing`, in the order in which they take effect."""
    rows = Change.objects.filter(run=OuterRef("pk"), removed_in_take=None).order_by("t_s", "index")
    row = JSONObject(t_s=F("t_s"), kind=F("kind"), name=F("name"), value=F("value"), target=F("target"))
    return runs.annotate(standing=ArraySubquery(rows.values_list(row)))


def _facts(run: Any) -> dict[str, Any]:
    summary = run.summary or {}
    return {
        "run": str(run.pk), "take": run.take, "lab": run.lab, "world": run.world, "seed": run.seed, "arms": run.arms,
        "duration_s": run.duration_s, "parameters": run.parameters, "changes": run.standing,
        "metrics": summary.get("metrics", {}), "sentence": summary.get("sentence", ""),
        "created_at": run.created_at.isoformat(),
    }  # fmt: skip


def _refusal(attempt: Attempt, definition: LabGoalDefinition, run: Run, facts: dict[str, Any], take: int | None) -> str:
    """Why the learner's own run cannot count, in words; empty where it can."""
    if run.status in ACTIVE:
        return "That run is still being computed. Choose it when it has finished."
    if run.status != Status.FINISHED:
        return f"That run has no result: {run.message or f'it was {run.status}'}"
    if take is not None and take != run.take:
        return CHANGED
    if why := why_not(definition, facts):
        return why
    if definition.own_attempt and run.created_at < attempt.started_at:
        return TOO_OLD
    return FORKED if definition.own_attempt and not _own_from_the_root(attempt, run) else ""


def _own_from_the_root(attempt: Attempt, run: Run) -> bool:
    """Whether the run, and all that it was forked from, is the learner's and was made in this attempt."""
    made_here = Run.objects.filter(owner_id=attempt.user_id, created_at__gte=attempt.started_at)
    at: Run | None = run
    while at is not None and at.forked_at_s is not None:
        at = made_here.filter(pk=at.parent_id).first() if at.parent_id else None
    return at is not None


def _kept_before(question: AttemptQuestion, response: Cited) -> Any:
    """The facts of an earlier answer that named the same run. Raises `AnswerError` where there is none."""
    earlier: Iterable[Any] = Answer.objects.filter(attempt_question=question, facts__run=response.run).order_by("-client_seq")
    for answer in earlier:
        if response.take in (None, answer.facts["take"]):
            return answer.facts
    raise AnswerError(NOT_YOURS)
