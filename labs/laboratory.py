"""The one door between the site and the experiments: everything that Django's side asks of them goes through here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labs.experiments import catalogue
from labs.experiments.contract import Experiment
from labs.experiments.describe import describe
from labs.experiments.events import Event, Scalar
from labs.experiments.executed_lines import executed_lines
from labs.experiments.simulate import RunError, simulate
from labs.experiments.spec import Change, RunSpec, SpecError
from labs.live.iterate import iterate_live
from labs.live.limits import check_live

__all__ = ["RunError"]


def experiment(slug: str) -> Experiment:
    """Raises SpecError (field `lab`) for a slug that no lab has."""
    try:
        return catalogue.get(slug)
    except catalogue.UnknownLab as error:
        raise SpecError({"lab": f"{error}"}) from None


def experiments() -> Sequence[Experiment]:
    """All labs, by number."""
    return list(catalogue.experiments().values())


def description(slug: str) -> dict[str, Any]:
    """What the lab's page needs to know of it, as plain data."""
    return describe(experiment(slug))


def row_labels(slug: str) -> Mapping[str, Sequence[str]]:
    """The names of the rows of each heat series."""
    return {series.name: series.rows for series in experiment(slug).series if series.kind == "heat"}


def events(spec: RunSpec) -> Iterator[Event]:
    """The run's events as they are computed. Raises RunError."""
    return simulate(spec)


def live_events(spec: RunSpec, changes: Callable[[], Sequence[Change]]) -> Iterator[Event]:
    """Events at wall-clock pace; `changes` gives those that came in since it was last asked."""
    return iterate_live(spec, changes)


def carried_live(spec: RunSpec) -> None:
    """Raises SpecError when a live run asks for more than the live world carries."""
    if spec.world == "live":
        check_live(spec)


def lines_that_run(spec: RunSpec) -> Mapping[str, Mapping[str, Sequence[int]]]:
    return executed_lines(spec)


def spec(
    *,
    lab: str,
    parameters: Mapping[str, Scalar],
    seed: int,
    duration_s: float | None,
    arms: Sequence[str],
    world: str,
    changes: Sequence[Change] = (),
) -> RunSpec:
    """A checked spec with the lab's defaults filled in. Raises SpecError."""
    return experiment(lab).spec(
        parameters=parameters, seed=seed, duration_s=duration_s, arms=tuple(arms), world=world, changes=tuple(changes)
    )


def change_text(lab: str, change: Change) -> str:
    """A ledger row in words: "Failure rate = 0.8", "Break the service (inventory)"."""
    declared = experiment(lab)
    labels = {knob.name: knob.label for knob in declared.knobs} | {action.name: action.label for action in declared.actions}
    label = labels.get(change.name, change.name)
    if change.kind == "do":
        return f"{label} ({change.target})" if change.target else label
    value = {True: "on", False: "off"}.get(change.value, change.value) if isinstance(change.value, bool) else change.value
    return f"{label} = {value:g}" if isinstance(value, float) else f"{label} = {value}"
