"""The clock's work: attempts whose deadline has passed are ended and graded although nobody looks at them."""

import structlog
from celery import shared_task

from quizzes.models import Attempt
from quizzes.services.finish import attempt_expire_if_overdue, overdue_attempts

log = structlog.get_logger(__name__)

SWEEP_AT_ONCE = 500


@shared_task(name="quizzes.expire_attempt", soft_time_limit=30, time_limit=60)
def expire_attempt(attempt_id: int) -> bool:
    """End one attempt if its deadline has passed. Doing it twice does nothing."""
    attempt = Attempt.objects.filter(pk=attempt_id).first()
    return attempt is not None and attempt_expire_if_overdue(attempt)


@shared_task(name="quizzes.expire_overdue_attempts", soft_time_limit=120, time_limit=180)
def expire_overdue_attempts() -> int:
    """End every overdue attempt: those with a far deadline, and those whose timer was lost with the broker."""
    ended = 0
    for attempt in overdue_attempts(SWEEP_AT_ONCE):
        try:
            ended += attempt_expire_if_overdue(attempt)
        except Exception:  # one attempt that cannot be graded must not keep the others open
            log.exception("attempt_not_ended", attempt=attempt.pk)
    return ended
