"""Which parts a demand forces, and by which number. Users do not appear: machines do not feel them.

Problem. “A million users” says nothing about load: they may send two requests a second or eleven thousand.

Rule. Put the demand into units that parts feel (requests, queries, bytes, minutes without service, seconds of work inside a
request) and compare each with what was measured. A part is forced when a number fails without it; the rest is choice.

Source. Little's law for work in flight; otherwise arithmetic.

Limits. Capacities must come from a load test of this software. It looks at one peak and one month of downtime; growth, money
and law force parts too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MINUTES_A_MONTH = 43_200


@dataclass(frozen=True, slots=True)
class Demand:
    peak_rps: float
    queries_per_request: float
    write_share: float
    stored_gb: float
    availability: float
    slowest_work_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server of each kind does at the latency that was promised, and how long a new one takes."""

    server_rps: float
    database_qps: float
    database_gb: float
    replace_min: float
    patience_s: float


def forced(demand: Demand, measured: Measured) -> Iterator[str]:
    """The parts beyond one server with one database, each with the number that fails without it."""
    allowed_min = (1 - demand.availability) * MINUTES_A_MONTH
    queries = demand.peak_rps * demand.queries_per_request
    if demand.peak_rps > measured.server_rps:
        yield f"more servers: {demand.peak_rps:.0f} requests/s, one does {measured.server_rps:.0f}"
    if measured.replace_min > allowed_min:
        yield f"a standby of each: {allowed_min:.1f} min/month allowed, replacing takes {measured.replace_min:.0f}"
    if demand.slowest_work_s > measured.patience_s:
        yield f"a queue: work of {demand.slowest_work_s:.0f} s in a request, users wait {measured.patience_s:.0f}"
    if queries > measured.database_qps:
        yield f"caching or replicas: {queries:.0f} queries/s, one database does {measured.database_qps:.0f}"
    if queries * demand.write_share > measured.database_qps or demand.stored_gb > measured.database_gb:
        yield "shards: the writes or the data of one database do not fit one server"


def peak_rps(users: float, daily_share: float, requests_a_day: float, peak_factor: float) -> float:
    """From users to what a server feels; each factor is a question to ask."""
    return users * daily_share * requests_a_day * peak_factor / 86_400
