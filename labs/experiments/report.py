"""Turns what worlds and systems know into the events of a run: the same for the simulated and for the live world.

The order within a run (see `events`) is made here. Whoever drives the worlds calls `started()`, then for each bin brings all
worlds to its end and yields `bin(t)`, applies each change of the ledger between bins' events by `change(...)`, and ends with
`finished()`. At one instant: what worlds said and their samples, then goals, then the changes of that instant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, isfinite

from labs.experiments.contract import Experiment, Goal, Metrics, System
from labs.experiments.events import FEW_DRAWS, Event, Finished, Mark, Prediction, Sample, Started
from labs.experiments.goals import GoalWatch
from labs.experiments.spec import Change, RunSpec
from labs.experiments.world import World

ENGINE = "plimsoll 1"
SIGNIFICANT = 6
CHANGED = "the run was changed while it played, and this form knows steady runs only"


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm at work."""

    name: str
    world: World
    system: System


def bin_ends(duration_s: float, bin_s: float) -> Iterator[float]:
    """The end of each bin; the last one may be short."""
    bins = ceil(duration_s / bin_s - 1e-9)
    for number in range(1, bins):
        yield round(number * bin_s, 9)
    yield duration_s


class RunReport:
    """The events of one run, from its arms."""

    def __init__(self, experiment: Experiment, spec: RunSpec, arms: Mapping[str, Arm]) -> None:
        self.experiment = experiment
        self.spec = spec
        self.arms = arms
        self.goals = GoalWatch(experiment.goals)
        self._last_t = 0.0
        self._changed = False

    @property
    def requests(self) -> int:
        return sum(arm.world.requests for arm in self.arms.values())

    def started(self) -> Started:
        spec, experiment = self.spec, self.experiment
        return Started(
            lab=spec.lab,
            world=spec.world,
            seed=spec.seed,
            parameters=dict(spec.parameters),
            duration_s=spec.duration_s,
            bin_s=experiment.bin_s,
            warm_up_s=experiment.warm_up_s,
            arms=spec.arms,
            engine=ENGINE,
        )

    def said(self) -> Iterator[Event]:
        """The marks and spans since the last time, in order of time, then of the arms; with the goals that they meet."""
        order = {name: place for place, name in enumerate(self.arms)}
        said = [event for arm in self.arms.values() for event in arm.world.take_said()]
        said.sort(key=lambda event: (event.t, order[event.arm]))
        for event in said:
            yield event
            if isinstance(event, Mark):
                yield from self._reached(self.goals.mark(event), event.t)

    def bin(self, t: float) -> Iterator[Event]:
        """All worlds have come to the end of a bin at `t`."""
        for arm in self.arms.values():
            arm.world.recorder.close_bin()
        samples = {name: _sample(t, arm) for name, arm in self.arms.items()}
        yield from self.said()
        yield from samples.values()
        yield from self._reached(self.goals.bin(samples, t - self._last_t), t)
        self._last_t = t

    def change(self, index: int, change: Change) -> Iterator[Event]:
        """The ledger's row `index` takes effect in all arms; the worlds stand at its time."""
        self._changed = True
        yield from self.said()
        yield Mark(change.t_s, "", "change", change.target, self.describe(change), str(index))
        for arm in self.arms.values():
            if change.kind == "set" and change.value is not None:
                arm.system.set(change.name, change.value)
            else:
                arm.system.do(change.name, change.target)
        yield from self._reached(self.goals.change(change), change.t_s)

    def describe(self, change: Change) -> str:
        """The row of the ledger in words: "Request rate 120 /s", "Break"."""
        if change.kind == "do":
            label = next((action.label for action in self.experiment.actions if action.name == change.name), change.name)
            return f"{label}: {change.target}" if change.target else label
        knob = next(knob for knob in self.experiment.knobs if knob.name == change.name)
        if isinstance(change.value, bool):
            return f"{knob.label} {'on' if change.value else 'off'}"
        shown = dict(knob.choices).get(
            str(change.value), f"{change.value:g}" if not isinstance(change.value, str) else change.value
        )
        return f"{knob.label} {shown} {knob.unit}".rstrip()

    def finished(self, simulated: Mapping[str, Metrics] | None = None) -> Iterator[Event]:
        """The end: goals that rest on the metrics, then the result; of a live run beside what the simulated world says."""
        t = self.spec.duration_s
        metrics = {name: _finite(arm.system.metrics()) for name, arm in self.arms.items()}
        yield from self._reached(self.goals.end(metrics), t)
        yield Finished(
            t=t,
            metrics=metrics,
            theory={name: self._theory(name, metrics[name]) for name in self.arms},
            goals=tuple(self.goals.reached),
            sentence=self.experiment.sentence(self.spec, metrics),
            requests=self.requests,
            intervals={} if self._changed else {name: dict(arm.system.intervals()) for name, arm in self.arms.items()},
            simulated=simulated or {},
        )

    def _theory(self, arm: str, metrics: Metrics) -> tuple[Prediction, ...]:
        return tuple(
            _compared(replace(said, value=None, why_not=CHANGED) if self._changed else said, metrics.get(said.metric))
            for said in self.experiment.theory(arm, self.spec)
        )

    def _reached(self, goals: list[Goal], t: float) -> Iterator[Mark]:
        for goal in goals:
            yield Mark(t, "", "goal", "", goal.text, goal.id)


def _compared(prediction: Prediction, measured: float | None) -> Prediction:
    luck = prediction.draws is not None and prediction.draws < FEW_DRAWS
    if measured is None or not prediction.value or luck:
        return replace(prediction, measured=measured)
    return replace(prediction, measured=measured, deviation=(measured - prediction.value) / prediction.value)


def _sample(t: float, arm: Arm) -> Sample:
    values = {name: _short(value) for name, value in arm.system.values().items()}
    rows = {name: tuple(map(_short, cells)) for name, cells in arm.system.rows().items()}
    return Sample(t, arm.name, values, dict(arm.system.flows()), dict(arm.system.nodes()), rows)


def _short(value: float | None) -> float | None:
    """Six significant digits: nobody can see more on a chart, and they would be half of the stream."""
    if value is None or not isfinite(value):
        return None
    return float(f"{value:.{SIGNIFICANT}g}")


def _finite(metrics: Metrics) -> Metrics:
    return {name: value if value is not None and isfinite(value) else None for name, value in metrics.items()}
