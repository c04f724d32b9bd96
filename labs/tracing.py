"""Which lines of the patterns ran: worked out once per take, in a task of its own, and kept on the run's row."""

from uuid import UUID

from labs import laboratory
from labs.ledger import run_spec
from labs.models import Run, Status


def run_trace(*, run_id: UUID, take: int) -> None:
    run = Run.objects.filter(pk=run_id, take=take, status=Status.FINISHED, lines__isnull=True).first()
    if run is None:
        return
    found = laboratory.lines_that_run(run_spec(run))
    lines = {arm: {dotted: sorted(numbers) for dotted, numbers in modules.items()} for arm, modules in found.items()}
    Run.objects.filter(pk=run_id, take=take, status=Status.FINISHED).update(lines=lines)
