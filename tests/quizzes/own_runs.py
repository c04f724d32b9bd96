"""Finished runs of a lab as a worker leaves them, without computing one."""

from typing import Any

from django.utils import timezone

from labs.experiments import catalogue
from labs.models import Change, Run
from labs.streams import pack

OPENED = b'{"type":"mark","t":14.0,"arm":"windowed","kind":"state","node":"breaker","text":"open","value":"open"}'
METRICS = {"windowed": {"openings": 1.0, "allowed_share": 0.7}}


def parameters(**turned: Any) -> dict[str, Any]:
    """Of a run with what the lab goal fixes: all knobs, as a run keeps them."""
    return dict(catalogue.get("circuit-breaker").spec(parameters={"keys": 500, "outage": "none", **turned}).parameters)


def own_run(user: Any, *, lines: list[bytes] | None = None, changes: tuple[dict[str, Any], ...] = (), **fields: Any) -> Run:
    """A run that answers the lab goal of the tests' bank in full, but for what `fields` say."""
    now = timezone.now()
    values: dict[str, Any] = {
        "lab": "circuit-breaker", "world": "simulated", "seed": 5, "duration_s": 30.0, "arms": ["none", "windowed"],
        "parameters": parameters(), "owner": user, "status": "finished",
        "queued_at": now, "dispatched_at": now, "finished_at": now, "take_starts": [0.0], "series_take": 1,
        "series": pack([OPENED] if lines is None else lines),
        "summary": {"sentence": "It opened.", "metrics": METRICS, "goals": []},
    } | fields  # fmt: skip
    values["series_take"] = values.get("take", 1)
    run = Run.objects.create(**values)
    Change.objects.bulk_create(Change(run=run, index=index, take=1, **change) for index, change in enumerate(changes))
    return run
