"""Computes a run in virtual time: the spec in, the events out, and nothing else that decides.

    RunError
    ├── EventLimit      the run says or asks more than its limits allow
    └── SystemFailed    an arm's own code raised: the message says which, when and what

Each arm has an event loop and a world of its own; they are brought to the end of a bin one after the other. A change of the
ledger is applied to all arms at exactly its time, after everything that happens at that instant anyway. Therefore the events
up to and including time t are the same bytes whatever changes come at t or later.
"""

from collections.abc import Generator, Iterator

from labs.experiments.catalogue import get
from labs.experiments.contract import Experiment
from labs.experiments.events import Event
from labs.experiments.report import Arm, RunReport, bin_ends
from labs.experiments.simulated_world import SimulatedWorld
from labs.experiments.spec import Change, RunSpec
from labs.simulation.loop import VirtualLoop
from labs.simulation.randomness import Streams

MAXIMUM_EVENTS = 200_000
MAXIMUM_REQUESTS = 3_000_000


class RunError(Exception):
    """A run that could not end."""


class EventLimit(RunError):
    """A limit of the run was reached; the message says which and what to do."""


class SystemFailed(RunError):
    """An arm raised an error of its own."""


def simulate(
    spec: RunSpec,
    *,
    until_s: float | None = None,
    maximum_events: int = MAXIMUM_EVENTS,
    maximum_requests: int = MAXIMUM_REQUESTS,
) -> Generator[Event, None, None]:
    """The events of a run, as they come; close it to leave the run before its end.

    With `until_s` it ends after the bin in which that time lies, without `Finished`.
    Raises EventLimit, SystemFailed, and UnknownLab for a slug that the catalogue does not have.
    """
    said = 0
    with _Run(get(spec.lab), spec) as run:
        for event in run.events(until_s):
            said += 1
            if said > maximum_events:
                raise EventLimit(
                    f"this run says more than {maximum_events:,} events; choose a shorter duration, fewer arms or less traffic"
                )
            if run.report.requests > maximum_requests:
                raise EventLimit(
                    f"this run makes more than {maximum_requests:,} requests in all arms; "
                    "choose a shorter duration, a lower rate or fewer arms"
                )
            yield event


class _Run:
    """The arms at work; leaving it ends whatever they still do."""

    def __init__(self, experiment: Experiment, spec: RunSpec) -> None:
        self.experiment = experiment
        self.spec = spec
        self.arms: dict[str, Arm] = {}
        self.loops = {name: VirtualLoop() for name in spec.arms}
        self.report = RunReport(experiment, spec, self.arms)

    def __enter__(self) -> "_Run":
        return self

    def __exit__(self, *_error: object) -> None:
        for loop in self.loops.values():
            loop.close()

    def events(self, until_s: float | None) -> Iterator[Event]:
        for name, loop in self.loops.items():
            loop.spawn(self._live(name, loop), name)
        self._advance(0.0)
        yield self.report.started()
        ledger = iter(sorted(enumerate(self.spec.changes), key=lambda row: row[1].t_s))
        pending = next(ledger, None)
        for end_s in bin_ends(self.spec.duration_s, self.experiment.bin_s):
            while pending is not None and pending[1].t_s < end_s:
                yield from self._change(*pending)
                pending = next(ledger, None)
            self._advance(end_s)
            yield from self.report.bin(end_s)
            if until_s is not None and end_s >= until_s:
                return
        if pending is not None:
            yield from self._change(*pending)
        for index, change in ledger:
            yield from self._change(index, change)
        yield from self.report.finished()

    def _change(self, index: int, change: Change) -> Iterator[Event]:
        self._advance(change.t_s)
        yield from self.report.change(index, change)
        self._advance(change.t_s)

    async def _live(self, name: str, loop: VirtualLoop) -> None:
        spec = self.spec
        world = SimulatedWorld(loop, Streams(spec.seed), name, spec.duration_s, self.experiment.warm_up_s)
        system = self.experiment.build(world, name, spec.parameters)
        self.arms[name] = Arm(name, world, system)
        await system.run()

    def _advance(self, until_s: float) -> None:
        for name, loop in self.loops.items():
            try:
                loop.advance(until_s)
            except Exception as error:
                raise SystemFailed(f"arm {name} failed at t = {loop.now:g} s: {type(error).__name__}: {error}") from error
