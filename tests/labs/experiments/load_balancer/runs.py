"""Runs of the lab and what they say, for its tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Member, Sample
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import marks as marks
from tests.labs.experiments.reading import number as number
from tests.labs.experiments.reading import samples as samples

LAB = get("load-balancer")
end_of = reading.end
CALM: dict[str, Any] = {"incident": "none"}


def played(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    changes: Sequence[Change] = (),
    *,
    seed: int = 1,
    duration_s: float | None = None,
) -> list[Event]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(parameters: Mapping[str, Any], arms: Sequence[str] = (), **options: Any) -> Mapping[str, Metrics]:
    return end_of(played(parameters, arms, **options)).metrics


def members(sample: Sample) -> dict[str, Member]:
    return {member.name: member for member in sample.nodes["servers"].members}


def do(at_s: float, action: str, target: str = "") -> Change:
    return Change(at_s, "do", action, None, target)


def turn(at_s: float, knob: str, value: Any) -> Change:
    return Change(at_s, "set", knob, value)
