"""Who may see which round and which scoring. The only way to them from a request."""

from typing import Any
from uuid import UUID

from django.http import Http404

from quizzes.interviews.models import Round, Scoring
from quizzes.interviews.services.sharing import may_score


def round_for(user: Any, uuid: UUID, *, deleted: bool = False) -> Round:
    """The user's own round; with `deleted`, also one that was put away. Somebody else's does not exist. Raises `Http404`."""
    found = Round.objects.select_related("prompt", "user").filter(uuid=uuid, user_id=user.pk).first()
    if found is None or (found.deleted_at is not None and not deleted):
        raise Http404("There is no such round.")
    return found


def scoring_for(user: Any, uuid: UUID) -> Scoring:
    """The user's own scoring, of a round that is still theirs to see. Raises `Http404`."""
    found = Scoring.objects.select_related("round__prompt", "round__user").filter(uuid=uuid, by_id=user.pk).first()
    if found is None or not may_score(found.round, user):
        raise Http404("There is no such scoring, or the round is not shared with you any more.")
    return found
