"""How much one visitor, one run and the whole site may ask of the machine.

`LABS_LIMITS` in the settings overrides any of these.
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, and seconds where the name ends in `_s`."""

    runs_at_once: int = 4
    """Runs of one visitor that are queued or being computed."""
    runs_per_minute: int = 40
    """New runs, forks and takes of one visitor."""
    runs_per_minute_per_address: int = 400
    """The same for all who come from one network address: a class room shares one."""
    queued_runs: int = 300
    """Simulated runs that wait on the whole site."""
    live_runs: int = 2
    """Live runs at once on the whole site."""
    virtual_s: float = 24 * 3600.0
    """Labs have limits of their own, minutes of requests or hours of a fleet. Costs are bounded by `events` and `wall_s`."""
    live_s: float = 120.0
    """The longest live run: it takes as long as it says."""
    events: int = 100_000
    """Events of one run: bins times arms, and marks and spans."""
    wall_s: float = 120.0
    """Time to compute one take of a simulated run."""
    changes: int = 100
    body_bytes: int = 128 * 1024
    queued_s: float = 300.0
    """How long a run waits for a worker before it is given up."""
    heartbeat_s: float = 1.0
    lease_s: float = 6.0
    """A worker that has not said for so long that it lives is taken for dead."""
    attempts: int = 3
    """Workers that may die over one take before it is given up."""
    stream_ttl_s: int = 6 * 3600
    token_s: int = 24 * 3600
    """How long a page may go on reconnecting to its event stream."""
    visitor_runs_kept_s: float = 30 * 24 * 3600.0
    """Runs that nobody with an account made, forked or cites are removed after so long."""
    bus_entries: int = 20_000
    """Entries that each shard of the bus keeps for readers that are behind."""


def limits() -> Limits:
    return Limits(**getattr(settings, "LABS_LIMITS", {}))
