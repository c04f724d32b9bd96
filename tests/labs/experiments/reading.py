"""What a run said, read the same way by the tests of all labs."""

from collections.abc import Sequence

from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished, Mark, Sample


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
