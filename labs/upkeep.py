"""What a scheduled task does about runs whose worker died, that wait too long, or that nobody needs any more."""

from datetime import timedelta

import structlog
from django.db.models import ProtectedError, Q
from django.utils import timezone

from labs import streams
from labs.limits import limits
from labs.models import Run, Status

log = structlog.get_logger(__name__)

QUEUED_TOO_LONG = "No worker was free for {seconds:g} s, so this run was given up before it began. Try again in a few minutes."
ABANDONED = "{attempts} workers in turn stopped while they computed this run, so it was given up. Try a smaller one."
LIVE_ABANDONED = "The worker that played this live run stopped. A live run cannot be taken up again: start a new one."
SEND_AGAIN_AFTER_S = 20.0


def runs_look_after() -> list[Run]:
    """End what cannot go on; gives back the runs that a worker should be asked for (again)."""
    again = _waiting() + _orphans()
    now = timezone.now()
    return [run for run in again if Run.objects.filter(pk=run.pk, dispatched_at=run.dispatched_at).update(dispatched_at=now)]


def _waiting() -> list[Run]:
    """Queued runs: the old ones are given up, those whose task may have been lost with the broker are sent again."""
    now, allowed = timezone.now(), limits()
    queued = Run.objects.filter(status=Status.QUEUED)
    for run in queued.filter(queued_at__lt=now - timedelta(seconds=allowed.queued_s)):
        _end(run, Status.FAILED, QUEUED_TOO_LONG.format(seconds=allowed.queued_s))
    return list(queued.filter(dispatched_at__lt=now - timedelta(seconds=SEND_AGAIN_AFTER_S)))


def _orphans() -> list[Run]:
    """Runs whose worker has fallen silent: another one takes over, unless that was tried often enough."""
    allowed = limits()
    dead = Run.objects.filter(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - timedelta(seconds=allowed.lease_s))
    hopeless = Q(world="live") | Q(attempts__gte=allowed.attempts)
    for run in dead.filter(hopeless):
        text = LIVE_ABANDONED if run.world == "live" else ABANDONED.format(attempts=run.attempts)
        _end(run, Status.ABANDONED, text)
    return list(dead.exclude(hopeless))


def _end(run: Run, status: Status, message: str) -> None:
    unchanged = Run.objects.filter(pk=run.pk, take=run.take, status=run.status, heartbeat_at=run.heartbeat_at)
    if not unchanged.update(status=status, message=message, finished_at=timezone.now(), claim=""):
        return
    log.warning("run_given_up", run=str(run.pk), status=str(status))
    try:
        streams.announce_end(run.pk, run.take, status, message, run.asker)
    except streams.CONNECTION_LOST:
        log.warning("end_not_told", run=str(run.pk))  # its streams ask the row when they hear nothing


def runs_prune() -> int:
    """Remove old runs that belong to no account, except what someone forked or cites. How many went."""
    before = timezone.now() - timedelta(seconds=limits().visitor_runs_kept_s)
    removed = 0
    for run in Run.objects.filter(owner=None, created_at__lt=before, forks=None).only("pk", "take")[:1000]:
        try:
            run.delete()
        except ProtectedError:
            continue
        removed += 1
    return removed
