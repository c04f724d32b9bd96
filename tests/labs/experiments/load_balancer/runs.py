"""Runs of the lab and what they say, for its tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished, Member, Sample
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change
from tests.labs.experiments.reading import marks as marks
from tests.labs.experiments.reading import number as number
from tests.labs.experiments.reading import samples as samples

LAB = get("load-balancer")
CALM: dict[str, Any] = {"incident": "none"}


def played(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    changes: Sequence[Change] = (),
    *,
    seed: int = 1,
    duration_s: float | None = None,
) -> list[Event]:
    spec = LAB.spec(parameters=parameters, arms=arms, changes=changes, seed=seed, duration_s=duration_s)
    return list(simulate(spec))


def end_of(events: Sequence[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def metrics(parameters: Mapping[str, Any], arms: Sequence[str] = (), **options: Any) -> Mapping[str, Metrics]:
    return end_of(played(parameters, arms, **options)).metrics


def members(sample: Sample) -> dict[str, Member]:
    return {member.name: member for member in sample.nodes["servers"].members}


def do(at_s: float, action: str, target: str = "") -> Change:
    return Change(at_s, "do", action, None, target)


def turn(at_s: float, knob: str, value: Any) -> Change:
    return Change(at_s, "set", knob, value)
