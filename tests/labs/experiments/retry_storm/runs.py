"""Runs of the retry-storm lab, and what its tests ask of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics, Scene
from labs.experiments.events import Event
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import number as number

LAB = get("retry-storm")
finished = reading.end


def events(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> list[Event]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(
    parameters: Mapping[str, Any],
    arms: Sequence[str],
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> Mapping[str, Metrics]:
    return finished(events(parameters, arms, seed, duration_s, changes)).metrics


def scene(name: str) -> Scene:
    return reading.scene(LAB, name)
