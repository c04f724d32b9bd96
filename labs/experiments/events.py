"""What a run says while it goes: the wire contract between worlds, runner, stream and browser.

A run is a sequence of events: one `Started`, then `Sample`s, `Mark`s and `Span`s in order of virtual time (within one
instant: arms in the experiment's order), then one `Finished` or `Failed`. Times are seconds since the run began.
Encoded, an event is one line of JSON whose `type` is the class's name in lower case. Floats that are not finite are
written as null. Equal specs give equal bytes, so a change of shape or meaning must raise `WIRE_VERSION`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from labs.theory.closed_form import ClosedForm

WIRE_VERSION = 2
FEW_DRAWS = 20.0

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests that ended on one edge within one bin, by outcome (counts)."""

    ok: int = 0
    slow: int = 0
    failed: int = 0
    rejected: int = 0
    timed_out: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a node that stands for a group: `name` is what actions aim at, `status` a word that the `Node` declares."""

    name: str
    status: str = ""
    busy: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True)
class NodeState:
    """What a node looks like at the end of a bin. `status` is one of the words its `Node` declares. Of a group, `members` are
    those that exist at this instant, in a steady order.
    """

    status: str = ""
    busy: int = 0
    queued: int = 0
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """The head of a run: everything a page needs to draw before the first sample. `lab_description` is `describe()`'s."""

    lab: str
    world: str
    seed: int
    parameters: Mapping[str, Scalar]
    duration_s: float
    bin_s: float
    warm_up_s: float
    arms: tuple[str, ...]
    engine: str
    wire: int = WIRE_VERSION


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm over the bin that ends at `t`: values by series name, flow by edge id, state by node id; of a heat series the
    values of its rows, in the order in which it declares them.
    """

    t: float
    arm: str
    values: Mapping[str, float | None]
    flows: Mapping[str, Flow] = field(default_factory=dict)
    nodes: Mapping[str, NodeState] = field(default_factory=dict)
    rows: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something worth a flag on the time axis. `arm` is empty where it concerns all arms (a change applied).

    kinds: state (a pattern changed state; `value` is the new one), fault (a node broke, healed, slowed, died),
    change (a ledger row took effect; `value` its index), goal (a goal was met; `value` its id), scale, note.
    """

    t: float
    arm: str
    kind: str
    node: str
    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One step of one of the few requests that are traced. Outcomes are those of `Flow`."""

    t: float
    arm: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_s: float
    duration_s: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What theory says of one metric of one arm.

    `value` is None where the assumptions do not hold for the chosen parameters; `why_not` then says which.
    `deviation` is (measured - value) / value, filled in when the run has ended. Where `value` is the mean of a random amount
    that a run draws only `draws` times, fewer than `FEW_DRAWS`, the deviation is luck and is not said: repeat the run instead.
    """

    metric: str
    value: float | None
    assumes: str
    source: str
    why_not: str = ""
    measured: float | None = None
    deviation: float | None = None
    draws: float | None = None

    @classmethod
    def of(cls, metric: str, form: ClosedForm, draws: float | None = None) -> "Prediction":
        """What a closed form says of `metric`."""
        return cls(metric, form.value, form.assumes, form.source, form.why_not, draws=draws)


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a run. `metrics[arm][name]`, units in the metric's name; `intervals[arm][name]` is (low, high), 95 %.

    Of a live run, `simulated[arm][name]` are the metrics of the same run computed in the simulated world.
    """

    t: float
    metrics: Mapping[str, Mapping[str, float | None]]
    theory: Mapping[str, tuple[Prediction, ...]]
    goals: tuple[str, ...]
    sentence: str
    requests: int
    intervals: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    simulated: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The run could not end: `message` says to the person who started it what went wrong and what to do."""

    t: float
    message: str


Event = Started | Sample | Mark | Span | Finished | Failed


def encode(event: Event) -> bytes:
    """One line of JSON without a line end."""
    return orjson.dumps({"type": type(event).__name__.lower()} | _fields(event), option=orjson.OPT_NON_STR_KEYS)


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}
