"""A run is a value: lab + parameters + seed + changes (+ world, arms, duration). Nothing else decides what happens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from labs.experiments.events import Scalar

World = Literal["simulated", "live"]
WORLDS: tuple[World, ...] = ("simulated", "live")

MAXIMUM_CHANGES = 200
MAXIMUM_SEED = 2**63 - 1


class SpecError(ValueError):
    """A spec that cannot be run. `errors` names each field ("rate_rps", "seed", "changes.3", …) and says what to do."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{field}: {message}" for field, message in self.errors.items()))


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the ledger: at virtual time `t_s`, set a knob or do an action (to a node of the topology, if it takes one)."""

    t_s: float
    kind: Literal["set", "do"]
    name: str
    value: Scalar | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class RunSpec:
    """The value that a run is. Build it with `Experiment.spec`, which fills in defaults and raises `SpecError`."""

    lab: str
    parameters: Mapping[str, Scalar]
    seed: int
    duration_s: float
    arms: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    world: World = "simulated"

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


def changes_in_order(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """By time; rows of the same instant keep the order in which they were written."""
    return tuple(sorted(changes, key=lambda change: change.t_s))


def one_arm(spec: RunSpec, arm: str) -> RunSpec:
    """The same run with this arm alone, simulated. No other arm has any influence on it."""
    return replace(spec, parameters=dict(spec.parameters), arms=(arm,), world="simulated")


__all__ = [
    "MAXIMUM_CHANGES",
    "MAXIMUM_SEED",
    "WORLDS",
    "Change",
    "RunSpec",
    "SpecError",
    "World",
    "changes_in_order",
    "one_arm",
]
