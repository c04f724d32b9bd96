"""Runs of the retry-storm lab, and what its tests ask of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics, Scene
from labs.experiments.events import Event, Finished
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change
from tests.labs.experiments.reading import number as number

LAB = get("retry-storm")


def events(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> list[Event]:
    return list(simulate(LAB.spec(parameters=parameters, arms=arms, seed=seed, duration_s=duration_s, changes=changes)))


def finished(said: Sequence[Event]) -> Finished:
    end = said[-1]
    assert isinstance(end, Finished)
    return end


def metrics(
    parameters: Mapping[str, Any],
    arms: Sequence[str],
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> Mapping[str, Metrics]:
    return finished(events(parameters, arms, seed, duration_s, changes)).metrics


def scene(name: str) -> Scene:
    return next(scene for scene in LAB.scenes if scene.id == name)
