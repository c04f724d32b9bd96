"""What happens although nobody looks: rounds whose time is over end, a change reaches a lab whose page is closed."""

import structlog
from celery import shared_task
from django.db import DatabaseError

from labs.access import Visitor
from labs.errors import LabsError
from labs.experiments.spec import SpecError
from labs.services import Asker
from quizzes.interviews.errors import InterviewError
from quizzes.interviews.models import Round
from quizzes.interviews.services.advance import round_now, rounds_behind
from quizzes.interviews.services.lab import change_reach, changes_owed
from quizzes.interviews.services.rounds import rounds_purge

log = structlog.get_logger(__name__)

AT_ONCE = 200


@shared_task(name="interviews.look_after_rounds", soft_time_limit=60, time_limit=90)
def look_after_rounds() -> int:
    """Bring running rounds up to date and let changes that are owed reach their labs. How many changes did."""
    for round_ in rounds_behind(AT_ONCE):
        try:
            round_now(round_)
        except (ValueError, DatabaseError):  # one round that cannot go on must not hold up the others
            log.exception("round_not_brought_up_to_date", round=round_.pk)
    return sum(_reached(round_) for round_ in changes_owed(AT_ONCE))


def _reached(round_: Round) -> bool:
    """Asked again at the next look where the laboratory refuses now."""
    asker = Asker(Visitor(user_id=round_.user_id, key=""), "")
    try:
        return change_reach(asker=asker, round_=round_) is not None
    except (LabsError, SpecError, InterviewError) as error:
        log.warning("change_did_not_reach_its_lab", round=round_.pk, error=str(error))
        return False


@shared_task(name="interviews.purge_rounds", soft_time_limit=60, time_limit=90)
def purge_rounds() -> int:
    """Remove what was put away more than a day ago."""
    return rounds_purge(AT_ONCE)
