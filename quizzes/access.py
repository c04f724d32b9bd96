"""Who may see which attempt. The only way to an attempt from a request."""

from typing import Any
from uuid import UUID

from django.http import Http404

from quizzes.models import Attempt


def attempt_for(user: Any, uuid: UUID) -> Attempt:
    """The user's own attempt. Somebody else's does not exist."""
    found = Attempt.objects.select_related("quiz", "user").filter(uuid=uuid, user_id=user.pk).first()
    if found is None:
        raise Http404("There is no such attempt.")
    return found
