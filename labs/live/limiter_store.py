"""The limiters' store on a Valkey of its own: a check is one script, run by the server in one round trip at its own time.

The scripts in `lua/` are the patterns of `labs/patterns` once more, in the language that the server runs; a test has both
decide on the same calls. The naive log is what it is on the whiteboard: a MULTI/EXEC transaction with the time of the host
that asks.

A script is called by its digest. A server that does not know it (a new one) says NOSCRIPT, and the source is sent once more: a
second round trip, counted as such. Windows have their edges where the run's clock has them: scripts get the difference.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from labs.experiments.rate_limiter.rules import BUCKETS, FIXED_WINDOW, NAIVE_LOG, TOKEN_BUCKET, WINDOW_COUNTER, Rules, apply
from labs.experiments.rate_limiter.store import DOWN, FROZEN, UP, Checked, LimiterStore, StorePlan
from labs.experiments.world import World
from labs.live.resp import Connection, Reply, ReplyError, Script, bulk, encoded
from labs.live.servers import private_valkey
from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.rate_limiting import Decision

LUA = Path(__file__).parent / "lua"
US = 1_000_000
WINDOWS = (FIXED_WINDOW, WINDOW_COUNTER)
MEASURED_KEYS = 50
"""So many keys are asked for their size, each time."""
MEASURE_EVERY_S = 0.25
KEPT_COMMANDS = 1024


def script(algorithm: str) -> Script:
    """The script of an arm other than the naive log."""
    return Script((LUA / f"{algorithm.replace('-', '_')}.lua").read_text())


def arguments(rules: Rules) -> tuple[float, ...]:
    """What a script is told of its rules: a rate and a burst, or a limit and a window, in microseconds."""
    if rules.algorithm == TOKEN_BUCKET:
        return rules.rate_per_s / US, rules.burst
    if rules.algorithm in BUCKETS:
        return US / rules.rate_per_s, rules.burst
    return rules.limit, round(rules.window_s * US)


class Checks:
    """The calls of an arm's script under its rules, encoded; those at the server's time are kept for keys that come again."""

    def __init__(self, rules: Rules, origin_us: int = 0) -> None:
        told = arguments(rules)
        edges = (origin_us % round(rules.window_s * US),) if rules.algorithm in WINDOWS else ()
        self.script = script(rules.algorithm)
        self._count = len(told) + 1 + len(edges)
        self._head, self._told, self._edges = self.script.head(self._count), bulk(*told), bulk(*edges)
        self.command = lru_cache(KEPT_COMMANDS)(self.command_at)

    def command_at(self, key: str, told_us: int = 0) -> bytes:
        """By digest; at the time that is told, 0: at the server's."""
        return self._head + self._rest(key, told_us)

    def by_source(self, key: str, told_us: int = 0) -> bytes:
        """The same for a server that does not know the script."""
        return self.script.source_head(self._count) + self._rest(key, told_us)

    def _rest(self, key: str, told_us: int) -> bytes:
        return bulk(key) + self._told + bulk(told_us) + self._edges


def decision(reply: Reply, origin_us: int = 0) -> Checked:
    """A script's answer; times are seconds after `origin_us` of the server's clock. On the way of every check: no more than it
    must be is made a number."""
    words = reply.split()  # type: ignore[union-attr]  # a script answers with one bulk string
    at_s, next_s = (int(words[4]) - origin_us) / US, int(words[2]) / US
    if words[0] == b"0":
        return Checked(Decision(False, 0, at_s + next_s, next_s), at_s)
    return Checked(Decision(True, int(words[1]), at_s + next_s, 0.0, int(words[3]) / US), at_s)


class LiveLimiterStore(LimiterStore):
    """One arm's store. `kill` ends the server's process, `freeze` stops it by a signal, `revive` starts or resumes one."""

    def __init__(self, world: World, plan: StorePlan, on_failure: Callable[[Exception], None]) -> None:
        self._world = world
        self._on_failure = on_failure
        self._server = private_valkey()
        self._connection: Connection | None = None
        self._naive = NaiveLogLimiter(plan.rules.limit, plan.rules.window_s)
        apply(plan.rules, self._naive)
        self._steps: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._key_bytes: float | None = None
        self._origin_us: int | None = None
        self._checks: Checks | None = None
        self._rules = plan.rules

    # The server

    async def open(self) -> None:
        await self._connect()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._attend()), loop.create_task(self._measure_sizes())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end()

    async def _connect(self) -> None:
        self._connection = await Connection.open(await self._server.start(), self._lost)
        self.status = UP

    def _lost(self) -> None:
        if self.status == UP:
            self._on_failure(ConnectionError("the limiter's store has gone by itself"))

    async def _attend(self) -> None:
        """Kill and start the server, one after the other, in the order in which it was asked for."""
        while True:
            step = await self._steps.get()
            try:
                await step()
            except (OSError, ReplyError) as failure:
                self._on_failure(failure)

    def kill(self) -> None:
        self._refuse()
        self._steps.put_nowait(self._end)

    def _refuse(self) -> None:
        self.status = DOWN
        if self._connection is not None:
            self._connection.close()

    async def _end(self) -> None:
        """It may have come up since it was to be killed: the order was given while it started."""
        self._refuse()
        await self._server.stop()

    def freeze(self) -> None:
        if self.status == UP:
            self.status = FROZEN
            self._server.pause()

    def revive(self) -> None:
        if self.status == FROZEN:
            self._server.resume()
            self.status = UP
        elif self.status == DOWN:
            self._steps.put_nowait(self._start_again)

    async def _start_again(self) -> None:
        if self.status == DOWN:
            await self._connect()

    # Checks

    async def check(self, key: str, told_s: float | None) -> Checked:
        if self._origin_us is None:
            self._origin_us = round((time.time() - self._world.now_s()) * US)
        if self._rules.algorithm == NAIVE_LOG:
            return await self._transaction(key, self._origin_us / US + (self._world.now_s() if told_s is None else told_s))
        if self._checks is None:
            self._checks = Checks(self._rules, self._origin_us)
        if told_s is None:
            return decision(await self._run(self._checks, key), self._origin_us)
        reply = await self._run(self._checks, key, self._origin_us + round(told_s * US))
        return Checked(decision(reply, self._origin_us).decision, self._world.now_s())

    async def _run(self, checks: Checks, key: str, told_us: int = 0) -> Reply:
        """By its digest; by its source where the server does not know it yet."""
        try:
            return await self._exchange(checks.command_at(key, told_us) if told_us else checks.command(key))
        except ReplyError as refusal:
            if not str(refusal).startswith("NOSCRIPT"):
                raise
        return await self._exchange(checks.by_source(key, told_us))

    async def _transaction(self, key: str, told_s: float) -> Checked:
        """What the whiteboard does: everything at once, and whoever reads the count decides. `told_s` is since the epoch."""
        member, rules = self._naive.member(told_s), self._rules
        commands = (
            ("MULTI",),
            ("ZREMRANGEBYSCORE", key, "-inf", told_s - rules.window_s),
            ("ZADD", key, told_s, member),
            ("ZCARD", key),
            ("PEXPIRE", key, round(rules.window_s * 1000.0)),
            ("EXEC",),
        )
        found = await self._exchange(b"".join(encoded(*command) for command in commands), len(commands))
        assert isinstance(found, list)
        count = found[2]
        assert isinstance(count, int)
        admitted = count <= rules.limit
        if not admitted and rules.take_back:
            await self._exchange(encoded("ZREM", key, member))
        now_s, retry_s = self._world.now_s(), 0.0 if admitted else rules.window_s
        return Checked(Decision(admitted, max(0, rules.limit - count), now_s + rules.window_s, retry_s), now_s)

    async def _exchange(self, command: bytes, replies: int = 1) -> Reply:
        self.round_trips += 1
        if self._connection is None or self.status == DOWN:
            raise ConnectionError("the store refuses connections")
        return await self._connection.send(command, replies)

    def adjust(self, plan: StorePlan) -> None:
        self._rules = plan.rules
        self._checks = None
        apply(plan.rules, self._naive)

    # What is seen

    @property
    def waiting(self) -> int:
        return self._connection.waiting if self._connection is not None and self.status == FROZEN else 0

    @property
    def key_bytes(self) -> float | None:
        return self._key_bytes

    async def _measure_sizes(self) -> None:
        """Ask some keys for their size, again and again; it is no check and not counted as a round trip of one."""
        while True:
            with suppress(ConnectionError, ReplyError):
                self._key_bytes = await self._mean_size() if self._connection is not None and self.status == UP else None
            await asyncio.sleep(MEASURE_EVERY_S)

    async def _mean_size(self) -> float | None:
        assert self._connection is not None
        page = await self._connection.send(encoded("SCAN", 0, "COUNT", MEASURED_KEYS))
        assert isinstance(page, list)
        keys = page[1]
        assert isinstance(keys, list)
        names = [key for key in keys[:MEASURED_KEYS] if isinstance(key, bytes)]
        asked = [self._connection.send(encoded("MEMORY", "USAGE", name, "SAMPLES", 0)) for name in names]
        sizes = [size for size in await asyncio.gather(*asked) if isinstance(size, int)]
        return sum(sizes) / len(sizes) if sizes else None
