"""A round's life: started, moved on stage by stage, ended, put away and brought back."""

from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from quizzes.clock import ClockNow, database_now
from quizzes.interviews.content import LEVELS
from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.lab_checks import lab_faults
from quizzes.interviews.models import Prompt, Round, Scoring
from quizzes.interviews.rules import UNDO_DELETE
from quizzes.interviews.services.advance import CANDIDATE, Now, round_end, round_now, stage_close, stage_open


def running_round(user: Any) -> Round | None:
    """The round that this person is in the middle of, brought up to date."""
    found = Round.objects.filter(user_id=user.pk, status=Round.Status.RUNNING).first()
    if found is None:
        return None
    now = round_now(found).round
    return now if now.running else None


def round_start(user: Any, prompt: Prompt, level: str, *, preview: bool = False) -> Round:
    """A new round with the prompt as it is now, or the one that runs already. Raises `RoundRefused`.

    Two starts at once: the database lets one in, the other is given the same round.
    """
    if level not in LEVELS:
        raise RoundRefused(f"Choose the level you aim at: {', '.join(LEVELS)}.")
    if found := running_round(user):
        return _same(found, prompt)
    content = _checked_content(prompt, preview=preview)
    try:
        with transaction.atomic():
            now = database_now()
            made = Round.objects.create(user=user, prompt=prompt, content=content, level=level, started_at=now, preview=preview)
            stage_open(made, 0, now)
    except IntegrityError:
        winner = running_round(user)
        if winner is None:
            raise RoundRefused("Another round was just started. Load the page again.") from None
        return _same(winner, prompt)
    return made


def _same(running: Round, prompt: Prompt) -> Round:
    if running.prompt_id != prompt.pk:
        title = running.told.title
        raise RoundRefused(f"You are in the middle of “{title}”. End that round first, or give it up: one round at a time.")
    return running


def _checked_content(prompt: Prompt, *, preview: bool) -> dict[str, Any]:
    if not (prompt.published or preview):
        raise RoundRefused("This interview is not published.")
    try:
        content = prompt.content()
    except ValidationError:
        raise RoundRefused("This interview's prompt is not whole. An instructor has to mend it.") from None
    if wrong := [what for what, _ in lab_faults(content)]:
        raise RoundRefused(f"The lab of this interview cannot be run: {wrong[0]}. An instructor has to mend it.")
    return content.model_dump(mode="json")


@transaction.atomic
def stage_end(round_: Round, stage: str) -> Now:
    """End the open stage early; with the last one the round is finished. Nothing happens when `stage` is not open any more:
    a second click, or another window's, ends one stage and not two."""
    now = round_now(round_)
    if now.stage is not None and now.stage.stage == stage:
        stage_close(now.round, list(now.stages), now.at, CANDIDATE)
        return round_now(now.round)
    return now


@transaction.atomic
def round_stop(round_: Round, *, give_up: bool = False) -> Round:
    """End the round now: finished, to be scored, or given up. A round that is over stays as it is."""
    now = round_now(round_)
    stage = now.stage
    if stage is None:
        return now.round
    stage.closed_at, stage.closed_by = now.at, CANDIDATE
    stage.save(update_fields=["closed_at", "closed_by"])
    status = Round.Status.ABANDONED if give_up else Round.Status.FINISHED
    round_end(now.round, now.at, CANDIDATE, status)
    return now.round


def answers_open(round_: Round) -> None:
    """The candidate looks at the model answer; what is scored later was scored with knowledge of it. Raises `RoundRefused`."""
    if round_.running:
        raise RoundRefused("The model answer is shown when the round is over.")
    Round.objects.filter(pk=round_.pk, answers_opened_at=None).update(answers_opened_at=ClockNow())


def answers_are_open(round_: Round) -> bool:
    """After the candidate's own scoring, or on wish without it."""
    if round_.running:
        return False
    if round_.answers_opened_at is not None or round_.status == Round.Status.ABANDONED:
        return True
    return round_.scorings.filter(role=Scoring.Role.SELF, finished_at__isnull=False).exists()


def round_delete(round_: Round) -> bool:
    """Put the round away; it can be brought back for a day. Raises `RoundRefused` while it runs."""
    if round_.running:
        raise RoundRefused("End the round first, or give it up.")
    away = Round.objects.filter(pk=round_.pk, deleted_at=None).exclude(status=Round.Status.RUNNING)
    return bool(away.update(deleted_at=ClockNow(), share_token=None, for_instructors=False))


def round_restore(round_: Round) -> bool:
    return bool(Round.objects.filter(pk=round_.pk).exclude(deleted_at=None).update(deleted_at=None))


def rounds_purge(limit: int) -> int:
    """Remove for ever what was put away more than a day ago."""
    old = Round.objects.filter(deleted_at__lt=database_now() - UNDO_DELETE).order_by("deleted_at")[:limit]
    return sum(bool(round_.delete()) for round_ in old)
