"""Computes one take of a run, from claim to result, and sends every event on its way."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from labs import laboratory, streams
from labs.claims import Busy, Claim, run_beat, run_claim, run_fail, run_finish, run_give_back
from labs.errors import StoreAway
from labs.experiments.events import WIRE_VERSION, Event, Failed, Finished, Started, encode
from labs.experiments.goals import RunWatch
from labs.experiments.spec import Change, RunSpec, SpecError
from labs.ledger import run_spec
from labs.limits import limits
from labs.models import ENDED, Run
from labs.predictions import run_predictions_score
from labs.publisher import Publisher, Superseded
from labs.scenario_goals import goals_of

log = structlog.get_logger(__name__)

Check = Callable[[], None]

BUG = "Something went wrong in the laboratory itself. It has been noted; other parameters may work."


class RunFailed(Exception):
    """The run cannot end; the message is for the person who started it."""


def run_compute(run_id: UUID, take: int) -> Busy | None:
    """Compute the take and store its result. Gives back `Busy` when another worker is at it."""
    claim = run_claim(run_id=run_id, take=take)
    if isinstance(claim, Claim):
        _compute(claim)
        return None
    if claim is None:
        _say_again_how_it_ended(run_id, take)
    return claim


def _compute(claim: Claim) -> None:
    run = claim.run
    publisher = Publisher(run.pk, run.take, run.take_starts, world=run.world, asker=run.asker)
    try:
        _play(claim, publisher, run_spec(run))
    except Superseded:
        log.info("run_superseded", run=str(run.pk), take=run.take)
    except StoreAway:
        log.warning("run_given_back", run=str(run.pk), reason="the store of streams does not answer")
        run_give_back(claim=claim)
    except SoftTimeLimitExceeded:
        _fail(claim, publisher, _too_slow() if claim.run.world == "simulated" else TOO_LATE)
    except (RunFailed, laboratory.RunError) as failure:
        _fail(claim, publisher, str(failure))
    except SpecError as error:
        _fail(claim, publisher, f"The laboratory no longer takes this run: {error}")
    except Exception:
        log.exception("run_failed", run=str(run.pk), take=run.take, lab=run.lab)
        _fail(claim, publisher, BUG)


def _play(claim: Claim, publisher: Publisher, spec: RunSpec) -> None:
    check = _watch(claim, publisher)
    goals = _scenario_goals(claim.run, spec)
    engine = ""
    for event in _events(spec, claim.run, goals, check):
        if goals:
            goals.see(event)
        if isinstance(event, Finished):
            _finish(claim, publisher, event, engine, goals)
            return
        if isinstance(event, Failed):
            raise RunFailed(event.message)
        if isinstance(event, Started):
            engine = event.engine
        publisher.add(encode(event), getattr(event, "t", 0.0))
        check()
    raise RunFailed(BUG)


def _scenario_goals(run: Run, spec: RunSpec) -> RunWatch | None:
    """What the instructor set; a scenario that no longer fits its lab does not stop the run."""
    if run.scenario is None or not run.scenario.goals:
        return None
    experiment = laboratory.experiment(run.lab)
    try:
        goals = goals_of(experiment, run.scenario.goals)
        return RunWatch(goals, arms=spec.arms, bin_s=experiment.bin_s, changes=spec.changes)
    except SpecError:
        log.warning("scenario_does_not_fit", scenario=run.scenario.slug)
        return None


def _events(spec: RunSpec, run: Run, goals: RunWatch | None, check: Check) -> Iterator[Event]:
    if spec.world == "live":
        return laboratory.live_events(spec, _incoming(run, goals, check))
    return laboratory.events(spec)


def _incoming(run: Run, goals: RunWatch | None, check: Check) -> Callable[[], Sequence[Change]]:
    """What the page has sent to the live run since the last call; nothing while the store is away.

    It is asked while nothing happens, too: servers take seconds to start, and the heartbeat must not wait for them.
    """
    name, store = streams.keys().changes(run.pk), streams.store()

    def changes() -> Sequence[Change]:
        check()
        try:
            rows: list[bytes] = store.lpop(name, 100) or []  # type: ignore[assignment]
        except streams.CONNECTION_LOST:
            return ()
        found = [Change(**orjson.loads(row)) for row in rows]
        if goals:
            goals.hear(found)
        return found

    return changes


def _watch(claim: Claim, publisher: Publisher) -> Check:
    """A check to be made at every event: heartbeat, and the limits that can only be seen while it goes."""
    allowed = limits()
    live = claim.run.world == "live"
    started_s = beaten_s = time.monotonic()

    def check() -> None:
        nonlocal beaten_s
        now_s = time.monotonic()
        if now_s - beaten_s >= allowed.heartbeat_s:
            beaten_s = now_s
            if not run_beat(claim):
                raise Superseded
        if not live and now_s - started_s > allowed.wall_s:
            raise RunFailed(_too_slow())
        if len(publisher.lines) > allowed.events:
            raise RunFailed(
                f"The run made more than {allowed.events:,} events, which is the limit. "
                "Choose a shorter duration or fewer arms."
            )

    return check


TOO_LATE = "The live run did not come to its end in time: the machine has too much to do. Try again later, or with fewer arms."


def _too_slow() -> str:
    return (
        f"The run took more than {limits().wall_s:g} s to compute, which is the limit. "
        "Choose a shorter duration, a lower rate or fewer arms."
    )


def _finish(claim: Claim, publisher: Publisher, event: Finished, engine: str, goals: RunWatch | None) -> None:
    """Store the result first, tell it then: whoever reads that the run has finished finds it without the streams."""
    publisher.hold(encode(event), event.t)
    met = {"scenario_goals": goals.met, "scenario_goal_times": goals.times} if goals else {"scenario_goals": []}
    summary: dict[str, Any] = orjson.loads(publisher.lines[-1]) | met
    with transaction.atomic():
        series = streams.pack(publisher.lines)
        if not run_finish(claim=claim, summary=summary, series=series, engine=engine, wire=WIRE_VERSION):
            raise Superseded
        run_predictions_score(claim.run, event.metrics)
    publisher.end("finished")


def _fail(claim: Claim, publisher: Publisher, message: str) -> None:
    if not run_fail(claim=claim, message=message):
        return
    last_s = streams.time_of(publisher.lines[-1]) if publisher.lines else 0.0
    try:
        publisher.hold(encode(Failed(last_s, message)), last_s)
        publisher.end("failed", message)
    except (Superseded, StoreAway):
        log.warning("failure_not_told", run=str(claim.run.pk))


def _say_again_how_it_ended(run_id: UUID, take: int) -> None:
    """A worker died between the last update of the row and the last event: who still listens must not wait for ever."""
    run = Run.objects.filter(pk=run_id, take=take, status__in=ENDED).first()
    if run is not None:
        streams.announce_end(run.pk, run.take, run.status, run.message, run.asker)
