"""Limiters on a real Valkey: checks a second of 50 concurrent callers against a bare PING and the `limits` library.

A check is everything up to the Decision, on a full key: 100 calls a minute are allowed and far more come, as when a limiter is
needed. Two ways to the server, both by the lab's own client:

- a connection for each caller, as with a pool. Check and PING travel alike, so their ratio says what counting costs beyond the
  round trip.
- one connection that all share, as in the lab's live world: the commands of all callers travel together. The round trip is
  nearly free then, and for a PING there is nothing else; a check costs the server's work on its script, and the ratio says
  little.

Beside them redis-py, a connection for each caller: what its PING and the library's check on it take. All are measured in many
short slices in turn, and the best slice of each counts: whatever else the machine does can only slow a slice. Client and
server need a core each: on one core their costs add up, and a check is about a quarter dearer than a PING.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis

from benchmarks.report import Report
from labs.experiments.rate_limiter.rules import (
    FIXED_WINDOW,
    GCRA,
    LEAKY_BUCKET,
    SLIDING_LOG,
    TOKEN_BUCKET,
    WINDOW_COUNTER,
    Rules,
)
from labs.experiments.rate_limiter.store import Checked
from labs.live.limiter_store import Checks, decision, script
from labs.live.resp import PING, Connection, encoded
from labs.live.servers import private_valkey

CALLERS = 50
SLICES = 50
REST_S = 0.03
"""Before each slice, so that whoever else wants the processor has it then."""
SLICE, SLOW_SLICE, SHARED_SLICE = 1_000, 500, 5_000
LIMIT, WINDOW_S = 100, 60.0
MANY = 1_000_000
PROMISED = (GCRA, TOKEN_BUCKET, FIXED_WINDOW, SLIDING_LOG)
PACED = (GCRA, TOKEN_BUCKET, LEAKY_BUCKET)
ARMS = (*PROMISED, WINDOW_COUNTER, LEAKY_BUCKET)

Call = Callable[[int], Awaitable[object]]


def run(report: Report) -> None:
    asyncio.run(_measure(report))


async def _measure(report: Report) -> None:
    server = private_valkey()
    url = await server.start()
    try:
        ways = await _Ways.open(url)
        await _speed(report, ways)
        await _exactness(report, ways)
        await ways.close()
    finally:
        await server.stop()


@dataclass(frozen=True, slots=True)
class _Ways:
    """To the server: a connection for each caller, one that all share, redis-py, and the library on it."""

    own: list[Connection]
    shared: list[Connection]
    client: Redis
    library: MovingWindowRateLimiter

    @classmethod
    async def open(cls, url: str) -> "_Ways":
        storage = RedisStorage(f"async+{url}", implementation="redispy", max_connections=CALLERS, protocol=2)
        client = Redis.from_url(url, max_connections=CALLERS, protocol=2)
        own = [await Connection.open(url) for _ in range(CALLERS)]
        for arm in ARMS:
            await own[0].send(encoded("SCRIPT", "LOAD", script(arm).source))
        return cls(own, own[:1] * CALLERS, client, MovingWindowRateLimiter(storage))

    async def close(self) -> None:
        for connection in self.own:
            connection.close()
        await self.client.aclose()

    async def redis_py_ping(self, _caller: int) -> object:
        return await self.client.ping()

    async def limits(self, caller: int) -> object:
        return await self.library.hit(RateLimitItemPerMinute(LIMIT), f"caller-{caller}")


def _ping(connections: list[Connection]) -> Call:
    async def ping(caller: int) -> object:
        return await connections[caller].send(PING)

    return ping


def _check(connections: list[Connection], rules: Rules) -> Callable[[int], Awaitable[Checked]]:
    """Each caller asks for a key of its own."""
    command = Checks(rules).command
    keys = [f"{rules.algorithm}-{rules.limit}-{caller}" for caller in range(CALLERS)]

    async def check(caller: int) -> Checked:
        return decision(await connections[caller].send(command(keys[caller])))

    return check


def _rules(arm: str) -> Rules:
    return Rules(arm, LIMIT, WINDOW_S, LIMIT, tick_s=0.001, unique_members=False, take_back=False)


def _admitting(rules: Rules) -> Rules:
    """Every call is admitted; the log drops about one entry a call and keeps some tens."""
    return replace(rules, limit=MANY, window_s=0.05, burst=MANY)


# Checks a second


async def _speed(report: Report, ways: _Ways) -> None:
    calls: dict[str, tuple[Call, int]] = {
        "redis-py PING": (ways.redis_py_ping, SLOW_SLICE),
        "limits": (ways.limits, SLOW_SLICE),
        "own PING": (_ping(ways.own), SLICE),
        "shared PING": (_ping(ways.shared), SHARED_SLICE),
        "own admitting": (_check(ways.own, _admitting(_rules(SLIDING_LOG))), SLICE),
    }
    for arm in ARMS:
        calls[f"own {arm}"] = _check(ways.own, _rules(arm)), SLICE
        calls[f"shared {arm}"] = _check(ways.shared, _rules(arm)), SHARED_SLICE
    best = dict.fromkeys(calls, 0.0)
    for _ in range(SLICES):
        for name, (call, count) in calls.items():
            await asyncio.sleep(REST_S)
            best[name] = max(best[name], await _per_s(call, count))
    _say(report, best)


def _say(report: Report, best: dict[str, float]) -> None:
    report.show("redis-py: PING", f"{best['redis-py PING']:,.0f} /s")
    report.show("redis-py: `limits`, moving window", f"{best['limits']:,.0f} /s")
    report.show("own connections: PING", f"{best['own PING']:,.0f} /s")
    report.show("shared connection: PING", f"{best['shared PING']:,.0f} /s")
    for arm in ARMS:
        own, shared = best[f"own {arm}"], best[f"shared {arm}"]
        report.show(f"{arm}: own connections, shared connection", f"{own:,.0f}, {shared:,.0f} /s")
        if arm in PROMISED:
            report.at_least(f"{arm} / PING, both on own connections", own / best["own PING"], 0.85)
            report.at_least(f"{arm} on the shared connection / redis-py's PING", shared / best["redis-py PING"], 0.85)
            report.at_least(f"{arm} on own connections / `limits`, moving window", own / best["limits"], 1.1)
    report.show(
        "sliding-log where each call is admitted / PING, own connections", f"{best['own admitting'] / best['own PING']:.2f} x"
    )


async def _per_s(call: Call, calls: int) -> float:
    """Each caller makes its next call when the last is answered."""

    async def caller(number: int) -> None:
        for _ in range(calls // CALLERS):
            await call(number)

    began_s = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return calls / (time.perf_counter() - began_s)


# What is promised beside speed


async def _exactness(report: Report, ways: _Ways) -> None:
    for arm in ARMS:
        await ways.own[0].send(encoded("FLUSHDB"))
        report.exactly(
            f"{arm}: admitted of 1,000 calls by 50 callers at once, limit {LIMIT}", await _admitted(ways.own, arm), LIMIT
        )
        report.show(f"{arm}: memory of a full key", f"{await _key_bytes(ways.own[0])} B")


async def _admitted(connections: list[Connection], arm: str) -> int:
    """All ask for one key, in a window that is so long that nothing comes back while this is measured."""
    rules = replace(_rules(arm), window_s=1e9 if arm in PACED else 3600.0)

    async def caller(number: int) -> int:
        check = _check(connections[number:] + connections[:number], rules)
        return sum([(await check(0)).decision.admitted for _ in range(20)])

    return sum(await asyncio.gather(*(caller(number) for number in range(CALLERS))))


async def _key_bytes(connection: Connection) -> object:
    keys = await connection.send(encoded("KEYS", "*"))
    assert isinstance(keys, list)
    assert isinstance(keys[0], bytes)
    return await connection.send(encoded("MEMORY", "USAGE", keys[0], "SAMPLES", 0))
