"""What people do with runs. Each function does one thing to one run, in one transaction, and starts its task on commit."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labs import laboratory, predictions, streams, tasks
from labs.access import Visitor
from labs.admission import run_admit
from labs.connections import at_once
from labs.errors import LimitReached, QueueAway, RunRefused, StoreAway
from labs.experiments.events import Scalar
from labs.experiments.spec import Change, RunSpec, SpecError
from labs.ledger import as_change, run_spec, spec_of, standing_rows
from labs.limits import limits
from labs.models import ACTIVE, Run, RunPrediction, Scenario, Status, asker_name
from labs.models import Change as ChangeRow

log = structlog.get_logger(__name__)

HIGHEST_NEW_SEED = 10**9
OVER = {
    Status.FAILED: "This run failed. Fork it or start a new one.",
    Status.CANCELLED: "This run was cancelled. Fork it or start a new one.",
    Status.ABANDONED: "This run was given up. Fork it or start a new one.",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and from which network address."""

    visitor: Visitor
    address: str

    @property
    def name(self) -> str:
        return asker_name(self.visitor.user_id, self.visitor.key)


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A run as it is asked for; None stands for the lab's own choice."""

    lab: str
    parameters: Mapping[str, Scalar]
    world: str = "simulated"
    seed: int | None = None
    duration_s: float | None = None
    arms: tuple[str, ...] = ()
    prediction: Mapping[str, Scalar] | None = None
    scenario: str = ""
    drafts: bool = False
    """Whether the scenario may be one that is not published: an instructor tries it."""


def new_seed() -> int:
    return secrets.randbelow(HIGHEST_NEW_SEED)


def run_start(*, asker: Asker, order: RunOrder) -> Run:
    """Make the run and queue it. Raises SpecError, LimitReached, StoreAway or QueueAway; then nothing was made."""
    spec = laboratory.spec(
        lab=order.lab,
        parameters=order.parameters,
        seed=new_seed() if order.seed is None else order.seed,
        duration_s=order.duration_s,
        arms=order.arms,
        world=order.world,
    )
    _check_size(spec)
    answers = predictions.checked(spec.lab, spec.arms, order.prediction or {})
    scenario = _scenario(order)
    run = _made(asker, spec, scenario=scenario)
    _admit(asker, run, new=True)
    if not answers:
        at_once(partial(run.save, force_insert=True))  # a single statement needs no transaction around it
        transaction.on_commit(partial(_dispatch_new, run))
        return run
    with transaction.atomic():
        run.save(force_insert=True)
        _write_predictions(run, answers)
        transaction.on_commit(partial(_dispatch_new, run))
    return run


def run_fork(
    *, asker: Asker, parent: Run, t_s: float, changes: Sequence[Change] = (), parameters: Mapping[str, Scalar] | None = None
) -> Run:
    """A new run that goes the parent's way until `t_s` and its own from there. Raises as `run_start`."""
    if not 0 <= t_s <= parent.duration_s:
        raise SpecError({"t_s": f"Choose an instant of the run: 0 to {parent.duration_s:g} s."})
    if early := [place for place, change in enumerate(changes) if change.t_s < t_s]:
        raise SpecError({f"changes.{place}": f"The fork begins at {t_s:g} s: change things from there on." for place in early})
    kept = [as_change(row) for row in standing_rows(parent) if row.t_s <= t_s]
    fork = Run(
        lab=parent.lab,
        world=parent.world,
        parameters={**parent.parameters, **(parameters or {})},
        seed=parent.seed,
        duration_s=parent.duration_s,
        arms=parent.arms,
    )
    _check_changes(len(kept) + len(changes))
    ledger = [*kept, *sorted(changes, key=lambda change: change.t_s)]
    spec = spec_of(fork, ledger)
    _check_size(spec)
    run = _made(asker, spec, scenario=parent.scenario, parent=parent, forked_at_s=t_s)
    _admit(asker, run, new=True)
    with transaction.atomic():
        run.save(force_insert=True)
        ChangeRow.objects.bulk_create(_row(run, index, change) for index, change in enumerate(ledger))
        transaction.on_commit(partial(_dispatch_new, run))
    return run


@dataclass(frozen=True, slots=True)
class Taken:
    """A change that was taken in: from `t_s` on, take `take` differs from what was shown before."""

    take: int
    t_s: float
    index: int
    text: str


def run_change(*, asker: Asker, run: Run, change: Change) -> Taken:
    """Write a row of the ledger. A simulated run is computed anew from there, a live one hears of it where it is.

    Raises SpecError, LimitReached, RunRefused or StoreAway; then nothing was written.
    """
    with transaction.atomic():
        run = _locked(run)
        if run.world == "live":
            change = Change(_live_now_s(run), change.kind, change.name, change.value, change.target)
        rows = standing_rows(run)
        _check_changes(run.changes.count() + 1)
        _check_change(run, [as_change(row) for row in rows], change)
        _admit(asker, run, new=False)
        take = run.take if run.world == "live" else _new_take(run, change.t_s)
        highest = run.changes.aggregate(highest=Max("index"))["highest"]
        row = _row(run, 0 if highest is None else highest + 1, change, take=take)
        row.save(force_insert=True)
        if run.world == "live":
            transaction.on_commit(partial(_tell_live, run, change))
    return Taken(take, change.t_s, row.index, laboratory.change_text(run.lab, change))


def run_change_undo(*, asker: Asker, run: Run, index: int) -> Taken:
    """Take a row of the ledger back; the run is computed anew from the row's instant. Raises as `run_change`."""
    with transaction.atomic():
        run = _locked(run)
        if run.world == "live":
            raise RunRefused("What was done to a live run cannot be taken back. Change it again, or start a new run.")
        row = run.changes.filter(index=index, removed_in_take=None).first()
        if row is None:
            raise RunRefused("This change was taken back already.")
        _admit(asker, run, new=False)
        take = _new_take(run, row.t_s)
        run.changes.filter(pk=row.pk, removed_in_take=None).update(removed_in_take=take)
    return Taken(take, row.t_s, index, laboratory.change_text(run.lab, as_change(row)))


def run_cancel(*, run: Run) -> Run:
    """Stop a run that has not ended; one that was cancelled before stays so. Raises RunRefused."""
    active = Run.objects.filter(pk=run.pk, status__in=ACTIVE)
    message = "You cancelled this run."
    if active.update(status=Status.CANCELLED, message=message, claim="", finished_at=timezone.now()):
        run = Run.objects.get(pk=run.pk)
        transaction.on_commit(partial(_told, partial(streams.announce_end, run.pk, run.take, run.status, message, run.asker)))
        return run
    run = Run.objects.get(pk=run.pk)
    if run.status != Status.CANCELLED:
        raise RunRefused("This run has ended already.")
    return run


def run_trace_start(*, run: Run) -> None:
    """Ask for the lines of the patterns that the run went through. Raises QueueAway."""
    transaction.on_commit(partial(tasks.dispatch_trace, run))


# What may be asked for


def _admit(asker: Asker, run: Run, *, new: bool) -> None:
    run_admit(asker=asker.name, address=asker.address, run=run.pk, world=run.world, new=new)


def _check_size(spec: RunSpec) -> None:
    laboratory.carried_live(spec)
    allowed = limits()
    longest_s = allowed.live_s if spec.world == "live" else allowed.virtual_s
    if spec.duration_s > longest_s:
        raise SpecError({"duration_s": f"At most {longest_s:g} s in the {spec.world} world. Choose a shorter duration."})
    bins = spec.duration_s / laboratory.experiment(spec.lab).bin_s
    if bins * len(spec.arms) > allowed.events:
        raise SpecError(
            {"duration_s": f"This makes more than {allowed.events:,} events. Choose a shorter duration or fewer arms."}
        )


def _check_changes(count: int) -> None:
    if count > limits().changes:
        raise LimitReached("changes", f"A run takes {limits().changes} changes at most. Fork it to go on.")


def _check_change(run: Run, standing: list[Change], change: Change) -> None:
    """As the lab sees it; what it says of this change comes back under the change's own field names."""
    if not 0 <= change.t_s <= run.duration_s:
        raise SpecError({"t_s": f"Choose an instant of the run: 0 to {run.duration_s:g} s."})
    try:
        spec_of(run, [change])
    except SpecError as error:
        raise SpecError({_own_field(field): message for field, message in error.errors.items()}) from error
    laboratory.carried_live(spec_of(run, [*standing, change]))


def _own_field(field: str) -> str:
    return field.removeprefix("changes.0").removeprefix(".") or "change"


def _scenario(order: RunOrder) -> Scenario | None:
    if not order.scenario:
        return None
    scenario = Scenario.objects.filter(slug=order.scenario, lab=order.lab).first()
    if scenario is None or not (scenario.published or order.drafts):
        raise SpecError({"scenario": "This lab has no such scenario."})
    return scenario


# How it is written down


def _made(
    asker: Asker,
    spec: RunSpec,
    *,
    scenario: Scenario | None,
    parent: Run | None = None,
    forked_at_s: float | None = None,
) -> Run:
    now = timezone.now()
    owner_id = asker.visitor.user_id
    return Run(
        lab=spec.lab,
        world=spec.world,
        parameters=dict(spec.parameters),
        seed=spec.seed,
        duration_s=spec.duration_s,
        arms=list(spec.arms),
        owner_id=owner_id,
        visitor="" if owner_id is not None else asker.visitor.key,
        parent=parent,
        forked_at_s=forked_at_s,
        scenario=scenario,
        take_starts=[0.0],
        queued_at=now,
        dispatched_at=now,
    )


def _dispatch_new(run: Run) -> None:
    """Ask for the run's first take. Where nobody can be asked it is withdrawn: better a refusal now than a run that waits."""
    try:
        tasks.dispatch(run)
    except QueueAway:
        withdrawn, _ = Run.objects.filter(pk=run.pk, status=Status.QUEUED, take=1).delete()
        if not withdrawn:  # the task went through after all: a worker is at it
            return
        _told(partial(streams.withdraw, run.pk, run.asker))
        raise


def _start_take(run: Run) -> None:
    """Ask for a later take. The change is in the ledger and stays: where nobody can be asked now, the upkeep asks later."""
    _told(partial(streams.announce_queued, run.pk, run.take_starts, run.world, run.queued_at.timestamp()))
    with suppress(QueueAway):
        tasks.dispatch(run)


def _told(tell: Callable[[], Any]) -> None:
    """The row has it; where the store is away, streams find out from the row."""
    try:
        tell()
    except streams.CONNECTION_LOST:
        log.warning("store_away")


def _tell_live(run: Run, change: Change) -> None:
    row = {"t_s": change.t_s, "kind": change.kind, "name": change.name, "value": change.value, "target": change.target}
    try:
        streams.send_live_change(run.pk, row)
    except streams.CONNECTION_LOST as error:
        raise StoreAway from error


def _write_predictions(run: Run, answers: Mapping[str, Scalar]) -> None:
    RunPrediction.objects.bulk_create(
        RunPrediction(run=run, question=question, value=value) for question, value in answers.items()
    )


def _row(run: Run, index: int, change: Change, take: int = 1) -> ChangeRow:
    return ChangeRow(
        run=run,
        index=index,
        t_s=change.t_s,
        kind=change.kind,
        name=change.name,
        value=change.value,
        target=change.target,
        take=take,
    )


def _locked(run: Run) -> Run:
    """The run as it is now, kept for this transaction, if its ledger is still open."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if message := OVER.get(Status(run.status)):
        raise RunRefused(message)
    return run


def _live_now_s(run: Run) -> float:
    if run.status != Status.RUNNING or run.started_at is None:
        raise RunRefused("This live run is not playing: only a playing one can be changed.")
    return min(run.duration_s, (timezone.now() - run.started_at).total_seconds())


def _new_take(run: Run, t_s: float) -> int:
    """Queue a new take that differs from `t_s` on; whoever computes the old one stops at its next event."""
    now, take, take_starts = timezone.now(), run.take + 1, [*run.take_starts, t_s]
    changed = Run.objects.filter(pk=run.pk, take=run.take, status__in=(*ACTIVE, Status.FINISHED)).update(
        take=take,
        take_starts=take_starts,
        status=Status.QUEUED,
        claim="",
        heartbeat_at=None,
        attempts=0,
        message="",
        queued_at=now,
        dispatched_at=now,
        started_at=None,
        finished_at=None,
    )
    if not changed:
        raise RunRefused("The run has changed meanwhile. Try again.")
    run.take, run.take_starts, run.queued_at = take, take_starts, now
    transaction.on_commit(partial(_start_take, run))
    return take


__all__ = [
    "Asker",
    "RunOrder",
    "Taken",
    "new_seed",
    "run_cancel",
    "run_change",
    "run_change_undo",
    "run_fork",
    "run_spec",
    "run_start",
    "run_trace_start",
]
