"""The laboratory's Celery tasks: each takes ids, asks the runner or the upkeep, and knows nothing else."""

from math import ceil
from typing import Any
from uuid import UUID

import structlog
from celery import Task, shared_task

from config.broker import BrokerAway, send
from labs import tracing, upkeep
from labs.errors import QueueAway
from labs.limits import limits
from labs.models import Run
from labs.runner import run_compute

log = structlog.get_logger(__name__)

QUEUES = {"simulated": "simulation", "live": "live"}
SLACK_S = 30


@shared_task(name="labs.compute_run", bind=True, max_retries=60)
def compute_run(self: "Task[Any, Any]", run_id: str, take: int) -> None:
    """Compute a take. Handed out again while its first worker may be alive, it waits until that one's lease is over."""
    busy = run_compute(UUID(run_id), take)
    if busy is not None:
        raise self.retry(countdown=busy.lease_left_s + 0.1)


@shared_task(name="labs.trace_lines")
def trace_lines(run_id: str, take: int) -> None:
    """Find out which lines of the patterns the run went through, and keep them with the run."""
    tracing.run_trace(run_id=UUID(run_id), take=take)


@shared_task(name="labs.look_after_runs")
def look_after_runs() -> None:
    """Start what was lost, give up what waited or failed too long."""
    for run in upkeep.runs_look_after():
        try:
            dispatch(run)
        except QueueAway:
            return  # each try takes its time, and the next look comes soon


@shared_task(name="labs.prune_runs")
def prune_runs() -> None:
    upkeep.runs_prune()


def dispatch(run: Run) -> None:
    """Hand the run's newest take to a worker. Raises QueueAway; `look_after_runs` tries again with what stays queued."""
    wall_s = ceil(run.duration_s if run.world == "live" else limits().wall_s)
    times = {"soft_time_limit": wall_s + SLACK_S, "time_limit": wall_s + 2 * SLACK_S}
    try:
        send(compute_run, str(run.pk), run.take, queue=QUEUES[run.world], **times)
    except BrokerAway as error:
        log.warning("run_not_dispatched", run=str(run.pk), error=str(error))
        raise QueueAway from error


def dispatch_trace(run: Run) -> None:
    """Ask a worker for the lines that the run went through. Raises QueueAway."""
    try:
        send(trace_lines, str(run.pk), run.take)
    except BrokerAway as error:
        raise QueueAway from error
