"""Runs of a lab and what they said, read the same way by the tests of all labs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labs.experiments.contract import Experiment, Knob, Metrics, Scene
from labs.experiments.events import Event, Finished, Mark, Sample, Scalar
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change


def played(
    lab: Experiment,
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    seed: int = 1,
    duration_s: float | None = None,
    changes: Sequence[Change] = (),
) -> list[Event]:
    """All that a simulated run says; a lab's tests call it as `events = partial(played, LAB)`."""
    return list(simulate(lab.spec(parameters=parameters, arms=arms, seed=seed, duration_s=duration_s, changes=changes)))


def end(said: Sequence[Event]) -> Finished:
    """The result; the run must have one."""
    last = said[-1]
    assert isinstance(last, Finished), last
    return last


def number(values: Metrics, name: str) -> float:
    """The metric, which must have been measured."""
    value = values[name]
    assert value is not None, name
    return value


def samples(said: Sequence[Event], arm: str) -> list[Sample]:
    return [event for event in said if isinstance(event, Sample) and event.arm == arm]


def marks(said: Sequence[Event], kind: str) -> list[Mark]:
    return [event for event in said if isinstance(event, Mark) and event.kind == kind]


def scene(lab: Experiment, name: str) -> Scene:
    return next(one for one in lab.scenes if one.id == name)


def every_knob_turned(lab: Experiment, first_s: float = 1.0, apart_s: float = 0.25, **chosen: Any) -> list[Change]:
    """All that may be turned while it plays, one after the other: switches over, choices to the last, numbers to `chosen` or
    their minimum."""
    values = {knob.name: _far(knob) for knob in lab.knobs if not knob.before_run_only} | chosen
    return [Change(first_s + place * apart_s, "set", name, value) for place, (name, value) in enumerate(values.items())]


def _far(knob: Knob) -> Scalar | None:
    if isinstance(knob.default, bool):
        return not knob.default
    return knob.choices[-1][0] if knob.choices else knob.minimum


def assert_declared(lab: Experiment, said: Iterable[Event]) -> None:
    """Series, strips, edges, nodes with their statuses, and metrics: what the lab declares, and nothing else."""
    nodes = {node.id: node for node in lab.topology.nodes}
    edges = {edge.id for edge in lab.topology.edges}
    heat = {one.name: len(one.rows) for one in lab.series if one.kind == "heat"}
    lines = {one.name for one in lab.series} - set(heat)
    for event in said:
        if isinstance(event, Sample):
            assert set(event.values) == lines
            assert {name: len(cells) for name, cells in event.rows.items()} == heat
            assert set(event.flows) == edges
            for name, state in event.nodes.items():
                assert {state.status, *(member.status for member in state.members)} <= set(nodes[name].statuses or ("",)), name
                assert bool(nodes[name].members) >= bool(state.members)
        if isinstance(event, Finished):
            for values in event.metrics.values():
                assert set(values) == {metric.name for metric in lab.metrics}
