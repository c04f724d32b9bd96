"""Who may see which attempt. The only way to an attempt from a request."""

from typing import Any
from uuid import UUID

from django.http import Http404

from quizzes.clock import ClockNow
from quizzes.models import Attempt


def attempt_for(user: Any, uuid: UUID) -> Attempt:
    """The user's own attempt, with the moment of the reading as `read_at`. Somebody else's does not exist."""
    mine = Attempt.objects.annotate(read_at=ClockNow())
    found = mine.filter(uuid=uuid, user_id=user.pk).first()
    if found is None:
        raise Http404("There is no such attempt.")
    return found
