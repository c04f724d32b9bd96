"""Plays a run in the live world: the same events as a simulated one, at the pace of the clock on the wall.

`iterate_live` is for callers without an event loop (the runner, the command line); `run_live` is the coroutine's side of it.
What cannot be helped by whoever wrote the lab (a service's process that dies or does not come up) ends the run with a
`Failed` event; an error of an arm's own code is raised as `SystemFailed`, as in the simulated world. However a run ends,
finished, failed, cancelled or left by its caller, its processes and sockets are gone when the iterator is closed.
"""

import asyncio
import statistics
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Experiment, Metrics
from labs.experiments.events import Event, Failed, Finished, Mark
from labs.experiments.report import Arm, RunReport, bin_ends
from labs.experiments.simulate import RunError, SystemFailed, simulate
from labs.experiments.spec import Change, RunSpec
from labs.live.limits import check_live, connections_per_service, refusals
from labs.live.service import open_all
from labs.live.service_process import ServiceDied
from labs.live.world import LiveWorld, RunClock

Inbox = asyncio.Queue[Change | Exception]

SAY_EVERY_S = 0.1
"""Marks and spans wait no longer than this before they are told."""
LATE_S = 0.02
"""Arrivals that come so much later than they were due say that the machine had not enough room for the run."""


async def run_live(spec: RunSpec, inbox: Inbox | None = None) -> AsyncGenerator[Event, None]:
    """The events of a run, as they happen; changes that are put into `inbox` are made at once.

    Take the events as they come: a bin is closed when the one before it has been taken. Raises SpecError before the first
    event when the live world cannot carry the run, and SystemFailed.
    """
    check_live(spec)
    run = _Run(get(spec.lab), spec, inbox if inbox is not None else asyncio.Queue())
    try:
        async for event in run.events():
            yield event
    except (ServiceDied, OSError) as failure:
        yield Failed(run.now_s(), f"The live world failed: {failure}. Start the run again, or run it simulated.")
    finally:
        await _to_its_end(run.close())


class _Run:
    """The arms at work."""

    def __init__(self, experiment: Experiment, spec: RunSpec, inbox: Inbox) -> None:
        self.experiment, self.spec, self.inbox = experiment, spec, inbox
        self.arms: dict[str, Arm] = {}
        self.worlds: dict[str, LiveWorld] = {}
        self.report = RunReport(experiment, spec, self.arms)
        self._clock = RunClock()
        self._ledger = list(enumerate(spec.changes))
        self._ledger.sort(key=lambda row: row[1].t_s)
        self._traffic: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()
        self._handler_before = self._loop.get_exception_handler()
        self._loop.set_exception_handler(self._unawaited)

    def now_s(self) -> float:
        return min(self._clock.now_s(), self.spec.duration_s)

    async def events(self) -> AsyncIterator[Event]:
        for name in self.spec.arms:
            self._build(name)
        yield self.report.started()
        await self._open()
        self._start()
        for end_s in bin_ends(self.spec.duration_s, self.experiment.bin_s):
            async for event in self._until(end_s):
                yield event
            for event in self.report.bin(end_s):
                yield event
        for index, change in self._ledger:
            for event in self.report.change(index, change):
                yield event
        self._raise_failures()
        yield self._honesty()
        simulated = await asyncio.to_thread(simulated_witness, self.spec)
        for event in self.report.finished(simulated):
            yield event

    async def close(self) -> None:
        for task in self._traffic:
            task.cancel()
        await asyncio.gather(*self._traffic, *(world.close() for world in self.worlds.values()), return_exceptions=True)
        self._loop.set_exception_handler(self._handler_before)

    def _build(self, name: str) -> None:
        spec = self.spec
        self.worlds[name] = world = LiveWorld(
            name,
            seed=spec.seed,
            duration_s=spec.duration_s,
            warm_up_s=self.experiment.warm_up_s,
            clock=self._clock,
            on_failure=self.inbox.put_nowait,
        )
        self.arms[name] = Arm(name, world, self.experiment.build(world, name, spec.parameters))

    async def _open(self) -> None:
        """All services and backends of all arms at once; the clock stands still until the last of them answers."""
        connections = connections_per_service(sum(len(world.services) for world in self.worlds.values()))
        services = [service.open(connections) for world in self.worlds.values() for service in world.services]
        await open_all([*services, *(backend.open() for world in self.worlds.values() for backend in world.backends)])

    def _start(self) -> None:
        self._clock.start()
        for arm in self.arms.values():
            self._traffic.append(task := self._loop.create_task(arm.system.run(), name=arm.name))
            task.add_done_callback(self._traffic_ended)

    async def _until(self, end_s: float) -> AsyncIterator[Event]:
        """What happens before the end of the bin: changes of the ledger, changes that come in, and what the worlds say."""
        while self._clock.now_s() < end_s:
            due_s = self._ledger[0][1].t_s if self._ledger else end_s
            self._horizon(min(due_s, end_s))
            if due_s < end_s and due_s <= self._clock.now_s():
                for event in self.report.change(*self._ledger.pop(0)):
                    yield event
                continue
            arrived = await self._next_from_inbox(min(due_s, end_s, self._clock.now_s() + SAY_EVERY_S))
            for event in self.report.said() if arrived is None else self._apply(arrived, min(due_s, end_s)):
                yield event
        self._horizon(end_s)

    def _raise_failures(self) -> None:
        """What failed in the last moments; changes that came so late are not made."""
        while not self.inbox.empty():
            item = self.inbox.get_nowait()
            if isinstance(item, Exception):
                raise item

    def _horizon(self, t_s: float) -> None:
        for world in self.worlds.values():
            world.horizon_s = t_s

    async def _next_from_inbox(self, until_s: float) -> Change | None:
        """The next change that comes in before then. Raises what is said to have failed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(until_s - self._clock.now_s()):
                item = await self.inbox.get()
            if isinstance(item, Exception):
                raise item
            return item
        return None

    def _apply(self, change: Change, horizon_s: float) -> Iterator[Event]:
        """Make a change that came in; it is the next row of the ledger, at the time of now."""
        change = replace(change, t_s=min(self._clock.now_s(), horizon_s))
        index = len(self.spec.changes)
        self.spec = self.report.spec = replace(self.spec, changes=(*self.spec.changes, change))
        why_not = refusals(self.spec).get(index)
        if why_not:
            yield from self.report.said()
            yield Mark(change.t_s, "", "note", "", f"{self.report.describe(change)} was not set: {why_not}", str(index))
        else:
            yield from self.report.change(index, change)

    def _honesty(self) -> Mark:
        """How well the machine kept the time, and where the live world's own bounds were felt."""
        worlds = self.worlds.values()
        late_s = sorted(late_s for world in worlds for traffic in world.traffic for late_s in traffic.lateness_s)
        waited = sum(service.waited for world in worlds for service in world.services)
        text = _lateness(late_s) if late_s else "No request arrived"
        if waited:
            text += f"; {waited} calls waited for one of the arm's connections, as all were in use"
        return Mark(self.spec.duration_s, "", "note", "", f"{text}.")

    def _traffic_ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(f"arm {task.get_name()}", error)

    def _unawaited(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error that nobody awaited: of a request's task, say."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self._fail("a task of an arm", error)
        else:
            loop.default_exception_handler(context)

    def _fail(self, what: str, error: BaseException) -> None:
        failure = SystemFailed(f"{what} failed at t = {self.now_s():g} s: {type(error).__name__}: {error}")
        failure.__cause__ = error
        self.inbox.put_nowait(failure)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Whoever has the last event may leave at once, which cancels the run: what it cleans up is cleaned up all the same."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


def simulated_witness(spec: RunSpec) -> Mapping[str, Metrics]:
    """The metrics of the same run in the simulated world, with the changes that were made; none where it cannot end."""
    refused = refusals(spec)
    made = tuple(change for index, change in enumerate(spec.changes) if index not in refused)
    try:
        for event in simulate(replace(spec, world="simulated", changes=made)):
            if isinstance(event, Finished):
                return event.metrics
    except RunError:
        pass
    return {}


def _lateness(late_s: Sequence[float]) -> str:
    median_ms, p99_s = 1000 * statistics.median(late_s), late_s[int(0.99 * (len(late_s) - 1))]
    text = f"Requests set out {median_ms:.1f} ms (median) and {1000 * p99_s:.1f} ms (p99) after they were due"
    return f"{text}; the machine was too busy for this run, and the latencies show that too" if p99_s > LATE_S else text
