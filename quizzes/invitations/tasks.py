"""The clock's work: what was kept long enough is erased."""

import structlog
from celery import shared_task

from quizzes.invitations.services.data import candidate_erase, overdue_invitations

log = structlog.get_logger(__name__)

ERASED_AT_ONCE = 200


@shared_task(name="invitations.erase_overdue", soft_time_limit=120, time_limit=180)
def erase_overdue() -> int:
    """Erase candidates whose time of keeping is over; how many."""
    erased = 0
    for invitation in overdue_invitations(ERASED_AT_ONCE):
        try:
            candidate_erase(invitation)
        except Exception:  # one that cannot be erased must not keep the others
            log.exception("candidate_not_erased", invitation=invitation.pk)
        else:
            log.info("candidate_erased", invitation=invitation.pk)
            erased += 1
    return erased
