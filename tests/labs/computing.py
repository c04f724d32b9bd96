"""Runs computed in the test's own process, as a worker does it."""

from labs.models import Run
from labs.runner import run_compute


def compute(run: Run) -> Run:
    run.refresh_from_db()
    run_compute(run.pk, run.take)
    run.refresh_from_db()
    return run
