"""Who else may see a round: whoever has its link, and the instructors, as long as the candidate wants it."""

import re
import secrets
from typing import Any

from django.db.models import F, Q, QuerySet

from quizzes.interviews.errors import RoundRefused
from quizzes.interviews.models import Round, Scoring
from quizzes.interviews.permissions import SCORES_AS_INSTRUCTOR

TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def round_share(round_: Round, *, on: bool) -> None:
    """Give the round an address that cannot be guessed, or take it away for ever. Raises `RoundRefused`."""
    if round_.status != Round.Status.FINISHED or round_.preview:
        raise RoundRefused("Only a finished round can be shared.")
    if on:
        Round.objects.filter(pk=round_.pk, share_token=None).update(share_token=secrets.token_urlsafe(32))
    else:
        Round.objects.filter(pk=round_.pk).update(share_token=None)


def round_offer(round_: Round, *, on: bool) -> None:
    """Put the round on the instructors' list, or take it off. Raises `RoundRefused`."""
    if round_.status != Round.Status.FINISHED or round_.preview:
        raise RoundRefused("Only a finished round can be shared.")
    Round.objects.filter(pk=round_.pk).update(for_instructors=on)


def shared_round(token: str) -> Round | None:
    """The round that its candidate shares under this token."""
    if not TOKEN.fullmatch(token):
        return None
    return Round.objects.select_related("prompt", "user").filter(share_token=token, deleted_at=None).first()


def may_score(round_: Round, user: Any) -> bool:
    """The candidate always; instructors while it is offered to them; who began over the link, while it is the round's link."""
    if round_.deleted_at is not None:
        return False
    if user.pk == round_.user_id:
        return True
    if round_.for_instructors and user.has_perm(SCORES_AS_INSTRUCTOR):
        return True
    token = round_.share_token
    return token is not None and Scoring.objects.filter(round=round_, by_id=user.pk, link=token).exists()


def rounds_to_score(user: Any) -> QuerySet[Round]:
    """Rounds of others that this person may score, the newest first."""
    reached = Q(share_token__isnull=False, scorings__by_id=user.pk, scorings__link=F("share_token"))
    if user.has_perm(SCORES_AS_INSTRUCTOR):
        reached |= Q(for_instructors=True)
    found = Round.objects.filter(reached, deleted_at=None, status=Round.Status.FINISHED).exclude(user_id=user.pk)
    return found.select_related("prompt", "user").distinct().order_by("-ended_at")
