"""Runs of the autoscaler lab, short and small, and what they said."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import end as end
from tests.labs.experiments.reading import marks as marks
from tests.labs.experiments.reading import number as number
from tests.labs.experiments.reading import samples as samples

LAB = get("autoscaler")
SEEDS = range(1, 3)
SMALL: dict[str, Any] = {
    "period_s": 1200.0,
    "season_s": 1200.0,
    "peak_s": 300.0,
    "peak_rps": 10.0,
    "base_rps": 1.25,
    "work_s": 0.4,
}
"""Two spikes in 2,400 s, of five minutes each; seven instances are enough for them."""


def events(
    parameters: Mapping[str, Any],
    arms: Sequence[str] = (),
    seed: int = 1,
    duration_s: float = 2400.0,
    changes: Sequence[Change] = (),
) -> list[Event]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(
    parameters: Mapping[str, Any], arm: str, seed: int = 1, duration_s: float = 2400.0, changes: Sequence[Change] = ()
) -> Metrics:
    return end(events(parameters, (arm,), seed, duration_s, changes)).metrics[arm]


@cache
def default_run() -> tuple[Event, ...]:
    return tuple(simulate(LAB.spec()))


@cache
def small_run(seed: int) -> Finished:
    return end(events(SMALL, (), seed))
