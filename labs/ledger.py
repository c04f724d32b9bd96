"""From rows to the value that a run is, and back."""

from collections.abc import Iterable

from labs import laboratory
from labs.experiments.spec import Change, RunSpec, changes_in_order
from labs.models import Change as ChangeRow
from labs.models import Run


def as_change(row: ChangeRow) -> Change:
    kind = "set" if row.kind == "set" else "do"
    return Change(t_s=row.t_s, kind=kind, name=row.name, value=row.value, target=row.target)  # type: ignore[arg-type]


def standing_rows(run: Run) -> list[ChangeRow]:
    """The rows that count, in the order in which they take effect: a mark's `value` is a place in this list."""
    return sorted(run.changes.filter(removed_in_take=None).order_by("index"), key=lambda row: row.t_s)


def spec_of(run: Run, changes: Iterable[Change]) -> RunSpec:
    """The run as a checked value. Raises SpecError where the lab no longer takes it."""
    return laboratory.spec(
        lab=run.lab,
        parameters=run.parameters,
        seed=run.seed,
        duration_s=run.duration_s,
        arms=run.arms,
        world=run.world,
        changes=changes_in_order(tuple(changes)),
    )


def run_spec(run: Run) -> RunSpec:
    """The run as it is to be computed. What was done to a live run since it began reaches it by another way."""
    rows = [] if run.take == 1 and run.parent_id is None and run.world == "simulated" else standing_rows(run)
    if run.world == "live" and run.started_at is not None:
        rows = [row for row in rows if row.created_at < run.started_at]
    return spec_of(run, map(as_change, rows))
