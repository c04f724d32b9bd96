"""Runs of the task-processor lab, and what they said."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import end as end
from tests.labs.experiments.reading import marks as marks
from tests.labs.experiments.reading import number as number
from tests.labs.experiments.reading import samples as samples

LAB = get("task-processor")
SEEDS = range(1, 3)
STEADY: dict[str, Any] = {"bursts": False}


def events(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> list[Event]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(
    parameters: Mapping[str, Any], arm: str, seed: int = 1, duration_s: float = 60.0, changes: Sequence[Change] = ()
) -> Metrics:
    return end(events(parameters, (arm,), seed, duration_s, changes)).metrics[arm]


@cache
def default_run(seed: int) -> Finished:
    return end(events({}, (), seed, 120.0))
