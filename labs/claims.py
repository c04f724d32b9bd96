"""What a worker does to a run's row: claim it, keep it, end it. Each is one conditional update whose row count is checked,
so a worker that was taken for dead, or whose take nobody wants any more, changes nothing."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from labs.connections import at_once
from labs.limits import limits
from labs.models import Run, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to compute one take of a run, for as long as heartbeats come."""

    run: Run
    token: str

    def rows(self) -> Any:
        return Run.objects.filter(pk=self.run.pk, take=self.run.take, claim=self.token, status=Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker computes it, and was alive not long ago; its lease ends in `lease_left_s`."""

    lease_left_s: float


CLAIM = """
UPDATE labs_run SET status = 'running', claim = %(token)s, heartbeat_at = %(now)s, started_at = %(now)s, message = '',
                    attempts = attempts + 1
WHERE id = %(run)s AND take = %(take)s
  AND (status = 'queued' OR (status = 'running' AND heartbeat_at < %(dead)s AND world = 'simulated'))
RETURNING id, lab, world, parameters, seed, duration_s, arms, status, owner_id, visitor, parent_id, scenario_id,
          take, take_starts, started_at
"""


def run_claim(*, run_id: UUID, take: int) -> Claim | Busy | None:
    """The claim of a take that waits or whose worker died; None when there is nothing to do (any more).

    One statement, for every learner waits for it.
    """
    now, token = timezone.now(), secrets.token_hex(16)
    dead = now - timedelta(seconds=limits().lease_s)
    values = {"token": token, "now": now, "run": run_id, "take": take, "dead": dead}
    claimed = at_once(lambda: list(Run.objects.raw(CLAIM, values)))
    if claimed:
        return Claim(claimed[0], token)
    run = Run.objects.filter(pk=run_id, take=take, status=Status.RUNNING).first()
    if run is None or run.heartbeat_at is None:
        return None
    return Busy(max(0.0, limits().lease_s - (now - run.heartbeat_at).total_seconds()))


def run_beat(claim: Claim) -> bool:
    """Say that the worker lives; False when the claim is no longer its own."""
    return bool(claim.rows().update(heartbeat_at=timezone.now()))


def run_finish(*, claim: Claim, summary: dict[str, Any], series: bytes, engine: str, wire: int) -> bool:
    return bool(
        claim.rows().update(
            status=Status.FINISHED,
            summary=summary,
            series=series,
            series_take=claim.run.take,
            engine=engine,
            wire=wire,
            lines=None,
            finished_at=timezone.now(),
        )
    )


def run_fail(*, claim: Claim, message: str) -> bool:
    return bool(claim.rows().update(status=Status.FAILED, message=message, finished_at=timezone.now()))


def run_give_back(*, claim: Claim) -> bool:
    """The worker has to go (its machine stops): the next one may have the run at once."""
    return bool(claim.rows().update(status=Status.QUEUED, claim="", heartbeat_at=None, attempts=F("attempts") - 1))
