"""The task-processor lab at work: connections, those who accept them, a pool with its queue, crashes and deploys."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from labs.experiments.callers import Callers
from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.settings import Settings
from labs.experiments.task_processor.front import Front
from labs.experiments.task_processor.instruments import Instruments
from labs.experiments.task_processor.jobs import Journey, MemoryJournal, exponential
from labs.experiments.task_processor.mailer import Mailer
from labs.experiments.task_processor.picture import picture
from labs.experiments.task_processor.traffic import task_rate
from labs.experiments.world import Request, World
from labs.patterns.batcher import Batcher
from labs.patterns.task_processor import Policy, Rejected, TaskProcessor

PROBES_RPS = 2.0
SLOW_S = 1.0
CRAWL = 3.0


class ProcessorSystem(System):
    """One arm: its name is the policy of the full queue."""

    def __init__(self, world: World, policy: Policy, parameters: Values) -> None:
        self.world = world
        self.policy: Policy = policy
        self.settings = settings = Settings(parameters)
        self.callers = Callers(world, SLOW_S)
        self.instruments = Instruments(world)
        self.tasks = world.recorder.outcomes()
        self.journal = MemoryJournal(world, settings)
        self.mailer = Mailer(world, settings, self.instruments)
        self.front: Front[Journey] = Front(world, settings, self._accepted)
        self.arrivals = world.arrivals("tasks", task_rate(self.settings), self._serve)
        self.probes = world.arrivals("probes", PROBES_RPS, self._probe, poisson=False)
        self.crawling = self.down = False
        self._hanging: list[Journey] = []
        self._unfinished: dict[str, Journey] = {}
        self._handing_over = 0
        self._let_go = asyncio.Event()
        self._new_process()

    def _new_process(self) -> None:
        whole = self.settings.whole
        self.processor = TaskProcessor(
            core=min(whole("core_threads"), whole("max_threads")),
            maximum=whole("max_threads"),
            queue_capacity=whole("queue_capacity"),
            policy=self.policy,
            growth="eager" if self.settings.choice("growth") == "eager" else "queue-full",
            keep_alive_s=self.settings.number("keep_alive_s"),
            journal=self.journal if self.settings.flag("durable") else None,
            on_full=self._full,
            spawn=self.world.spawn,
            time_limit=self.world.timeout,
        )
        self.batcher: Batcher[Journey, None] = Batcher(
            self._hand_over,
            batch_size=whole("batch_size"),
            linger_s=self.settings.number("linger_s"),
            spawn=self.world.spawn,
            sleep=self.world.sleep,
        )

    async def run(self) -> None:
        self.front.open()
        self.world.spawn(self.probes.run())
        await self.arrivals.run()

    # From the connection to the pool

    async def _serve(self, request: Request) -> None:
        journey = Journey(request, self.callers.began())
        if self.down or not self.front.offer(journey):
            self._end(journey, "rejected")
        self._look()

    async def _probe(self, request: Request) -> None:
        """A health check, answered by whoever accepts; none is answered while the process is down."""
        if not self.down:
            self.front.offer(Journey(request, self.world.now_s(), probe=True))

    async def _accepted(self, journey: Journey) -> None:
        """A submitter has taken the connection and hands its task over, however long that takes."""
        if journey.probe:
            self.instruments.probes.record(self.world.now_s() - journey.began_s)
            return
        if journey.ended:
            return
        self._look()
        if self.processor.closed and self.settings.choice("late_tasks") == "drop":
            self.instruments.hung.bin += 1
            self._hanging.append(journey)
            return
        await (self._submit(journey) if self.settings.whole("batch_size") == 1 else self._add(journey))
        self._look()

    async def _submit(self, journey: Journey) -> None:
        try:
            future = await self.processor.submit(partial(self._work, [journey]), journey.key)
        except Rejected:
            self._end(journey, "rejected")
            return
        future.add_done_callback(partial(self._done, journey))

    async def _add(self, journey: Journey) -> None:
        """Into the open batch; a submitter goes on only when all batches are in the queue, so that back-pressure reaches it."""
        journey.added_s = self.world.now_s()
        self.batcher.add(journey).add_done_callback(partial(self._done, journey))
        while self._handing_over:
            self._let_go.clear()
            await self._let_go.wait()

    async def _hand_over(self, batch: Sequence[Journey]) -> list[None]:
        """A full batch becomes one task."""
        now_s, instruments = self.world.now_s(), self.instruments
        instruments.batches.bin += 1
        instruments.things.bin += len(batch)
        for journey in batch:
            instruments.batch_waits.record(now_s - journey.added_s)
        self._handing_over += 1
        try:
            future = await self.processor.submit(partial(self._work, batch))
        finally:
            self._handing_over -= 1
            self._let_go.set()
        await future
        return [None] * len(batch)

    def _full(self, policy: Policy) -> None:
        if policy == "caller-runs":
            self.instruments.caller_ran.bin += 1

    # The work itself

    async def _work(self, batch: Sequence[Journey]) -> None:
        """The fixed part once, the rest for each; then the mail."""
        fixed, mean_s = self.settings.number("fixed_share"), self.settings.number("task_mean_s")
        draws = [exponential(journey.request.demand) for journey in batch]
        work_s = mean_s * (fixed * draws[0] + (1.0 - fixed) * sum(draws)) * (CRAWL if self.crawling else 1.0)
        self._look()
        await self.world.sleep(work_s)
        for journey in batch:
            await self.mailer.welcome(journey)

    def _done(self, journey: Journey, done: "asyncio.Future[None]") -> None:
        """The task's future has ended: with a result, an error, or a cancellation."""
        if done.cancelled():
            outcome = "failed"
            self._cut_off(journey)
        else:
            error = done.exception()
            outcome = "ok" if error is None else "rejected" if isinstance(error, Rejected) else "failed"
        self.tasks.count(outcome)
        self._end(journey, outcome)
        self._look()

    def _cut_off(self, journey: Journey) -> None:
        """An accepted task was not done: pushed out of a full queue, or gone with its process unless the journal has it."""
        if not self.processor.closed:
            self.instruments.discarded.bin += 1
        elif self.journal.keeps(journey.key):
            self._unfinished[journey.key] = journey
        else:
            self.instruments.lost.bin += 1

    def _end(self, journey: Journey, outcome: str) -> None:
        if journey.ended:
            return
        journey.ended = True
        self.callers.ended(journey.began_s, outcome)
        self.instruments.ended.bin += 1
        self.instruments.late.bin += outcome == "ok" and self.world.now_s() - journey.began_s >= SLOW_S
        if journey.request.traced:
            self.world.span(journey.request, "task", journey.began_s, outcome)

    def _look(self) -> None:
        """Tell the instruments how many there are of everything."""
        see, processor = self.instruments, self.processor
        see.threads.set(processor.workers)
        see.busy.set(processor.busy)
        see.depth.set(processor.queued)
        see.backlog.set(self.front.waiting)
        see.stalled.set(float(self.front.busy >= self.settings.whole("submitters") and self.front.waiting > 0))

    # Crash and deploy

    async def _crash(self, text: str) -> None:
        """The process dies with all it holds; another one starts."""
        self.down = True
        accepted = self.processor.queued + self.processor.busy
        self.world.mark("fault", "pool", f"{text} with {accepted} accepted tasks", "down")
        self.processor.stop()
        for journey in (*self._hanging, *self.front.reset()):
            if not journey.probe:
                self._end(journey, "failed")
        self._hanging.clear()
        await self.world.sleep(self.settings.number("restart_s"))
        self._new_process()
        self.down = False
        self.world.mark("fault", "pool", "a new process has started", "up")
        await self._recover(self.processor)

    async def _recover(self, processor: TaskProcessor) -> None:
        """Run again what the journal kept, oldest first, as the queue has room for it."""
        for key in self.journal.unfinished():
            journey = self._unfinished.get(key)
            if journey is None:
                continue
            while processor.full and not processor.closed:
                await self.world.sleep(self.settings.number("task_mean_s"))
            if processor.closed:  # another end of the process has come meanwhile; the journal still has the rest
                return
            future = await processor.submit(partial(self._work, [journey]))
            future.add_done_callback(partial(self._recovered, processor, journey))

    def _recovered(self, processor: TaskProcessor, journey: Journey, done: "asyncio.Future[None]") -> None:
        """Only now the journal may forget it. What a crash has cut off once more stays there."""
        if done.cancelled() and processor.closed:
            return
        self.journal.strike_out(journey.key)
        if self._unfinished.pop(journey.key, None) is None:
            return
        if done.cancelled():
            self.instruments.discarded.bin += 1
        else:
            done.exception()  # nobody waits for it any more
            self.instruments.recovered.bin += 1

    async def _deploy(self) -> None:
        """The platform asks the process to end, and does not wait for ever."""
        processor = self.processor
        self.world.mark("note", "pool", f"asked to end with {processor.queued + processor.busy} accepted tasks")
        try:
            async with self.world.timeout(self.settings.number("platform_grace_s")):
                cut = await processor.shutdown(self.settings.number("grace_s"))
        except TimeoutError:
            await self._crash("killed by the platform")
        else:
            await self._crash(f"gave up on {len(cut)} tasks and ended" if cut else "ended")

    # Knobs and actions

    def set(self, knob: str, value: Scalar) -> None:
        self.settings.turn(knob, value)
        self.arrivals.rate = task_rate(self.settings)
        settings, processor = self.settings, self.processor
        processor.queue_capacity = settings.whole("queue_capacity")
        processor.growth = "eager" if settings.choice("growth") == "eager" else "queue-full"
        processor.keep_alive_s = settings.number("keep_alive_s")
        processor.journal = self.journal if settings.flag("durable") else None
        self.batcher.linger_s = settings.number("linger_s")

    def do(self, action: str, target: str) -> None:
        if action in ("crawl", "speed-up"):
            self.crawling = action == "crawl"
            self.world.mark("fault", "pool", "tasks take three times as long" if self.crawling else "tasks take their time")
        elif self.down or self.processor.closed:
            self.world.mark("note", "pool", "the process is ending already")
        else:
            self.world.spawn(self._crash("crashed") if action == "crash" else self._deploy())

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        seen = self.callers.values()
        return {name: seen[name] for name in SHOWN_SERIES} | dict(self.instruments.values())

    def flows(self) -> Mapping[str, Flow]:
        done = Flow(*self.tasks.last)
        return {"connect": self.callers.flow(), "submit": done, "work": done}

    def nodes(self) -> Mapping[str, NodeState]:
        return picture(self.processor, self.front, self.settings.whole("submitters"), self.callers.waiting, down=self.down)

    def metrics(self) -> Metrics:
        seen = self.callers.metrics()
        most = self.processor.core if self.policy == "unbounded" else self.processor.maximum
        return {name: seen[name] for name in SHOWN_METRICS} | dict(self.instruments.metrics(max(1, most)))

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        return {} if self.settings.flag("bursts") else self.callers.intervals()


SHOWN_SERIES = ("goodput_rps", "error_share", "p50_s", "p95_s", "p99_s")
SHOWN_METRICS = ("throughput_rps", "goodput_rps", "error_rate", "rejected_rate", "mean_s", "p50_s", "p95_s", "p99_s")
