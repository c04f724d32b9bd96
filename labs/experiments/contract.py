"""What a lab declares. A lab is one module or one package in `experiments/`: there, or in the package's `__init__`, stands its
subclass of `Experiment`. Picture, form, charts, command line, tables, exports and pages follow from what it says here, so
adding a lab touches no other file but the patterns it needs.

An experiment's arms run side by side, each in a world of its own with the same named random streams, so that all see
the same traffic and the same faults. `World` (see `world.py`) is what a system may ask for: clock, randomness, services,
recorder. The same `System` runs in the simulated and in the live world.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from labs.experiments.events import Flow, NodeState, Prediction, Scalar
from labs.experiments.spec import Change, RunSpec
from labs.experiments.validation import checked_spec
from labs.experiments.world import World

Values = Mapping[str, Scalar]
Metrics = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Knob:
    """A parameter. Numbers have an inclusive range and a unit; a choice has `choices`; a switch has neither.

    `default` decides the kind: bool is a switch, str a choice, int a whole number, float a number.
    `before_run_only` (the † of the lab list): cannot be changed while the run plays.
    """

    name: str
    label: str
    default: Scalar
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    group: str = ""
    before_run_only: bool = False
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A chaos button. `targets` are the ids of nodes it may be aimed at; empty: it takes none."""

    name: str
    label: str
    help: str
    targets: tuple[str, ...] = ()
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the variants compared. `label` is short (a legend), `rule` one sentence that says what it does.

    `at_start`: (node, status) where its picture before the run differs from the first status that the node declares.
    """

    name: str
    label: str
    rule: str
    naive: bool = False
    at_start: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A line on a chart. Series with the same `chart` share one; `kind` step is drawn in steps, state as a band of words.

    `states` gives the words of a state series, by value 0, 1, 2, … A heat series is a strip of coloured cells over time with a
    row for each of `rows` (labels, from top to bottom); its values come from `System.rows`.
    """

    name: str
    label: str
    unit: str
    chart: str
    kind: Literal["line", "step", "state", "heat"] = "line"
    states: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the picture at column `x`, row `y` of a coarse grid. Shapes: client, breaker, balancer, limiter, service,
    queue, cache, store, pool, layer (a decorator, whose status begins with its name). `statuses` are the words that a
    `NodeState` may carry, the healthy one first. `slots`: how many it works on at a time; a string names the knob that says it.
    `members` above 0 makes it a group of like members, of which each has `slots`: so many at the start of a run (again a number
    or a knob's name). Its state says which of them there are."""

    id: str
    label: str
    shape: str
    x: float
    y: float
    statuses: tuple[str, ...] = ()
    slots: int | str = 0
    members: int | str = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A way that requests take; `id` keys a sample's flows."""

    id: str
    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number computed after the warm-up; `name` carries the unit (`p99_s`, `goodput_rps`). `better` says which way."""

    name: str
    label: str
    unit: str
    better: Literal["lower", "higher", ""] = ""
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that an instructor can write down.

    subject "metric": the metric `name` of `arm` at the end; "series": the series `name` of `arm` in any sample (or, with
    `for_s`, without a break for so long); "mark": some mark of `arm` whose kind is `name` and whose value is `value`;
    "change": the learner did the action or turned the knob `name`. `arm` empty: any arm. `than_arm`: compare with
    the same metric of that arm times `factor` instead of with `value`.
    """

    subject: Literal["metric", "series", "mark", "change"]
    name: str
    arm: str = ""
    operator: Literal["<", "<=", ">", ">=", "=="] = ">="
    value: float | str = 0.0
    than_arm: str = ""
    factor: float = 1.0
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Ticks off by itself when each of its conditions has held, at whatever time; `in_order`: none before the one above it."""

    id: str
    text: str
    conditions: tuple[Condition, ...]
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One idea with one open control: a knob or an action by name, over preset parameters and arms.

    `duration_s` 0: the lab's own. `watch` says where to look.
    """

    id: str
    title: str
    text: str
    parameters: Mapping[str, Scalar]
    open_control: str
    arms: tuple[str, ...] = ()
    watch: str = ""
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What the learner commits to before the run: a number for `metric` of `arm`, or (kind arm) which arm has the best one."""

    id: str
    text: str
    kind: Literal["number", "arm"]
    metric: str
    arm: str = ""
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 1.0
    tolerance: float = 0.1


@dataclass(frozen=True, slots=True)
class Honesty:
    """What is modelled, what is left out, and how far the run was off the theory or the live world when it was measured."""

    modelled: tuple[str, ...]
    left_out: tuple[str, ...]
    measured_error: str


class System(ABC):
    """One arm of a lab at work in one world. Made by `Experiment.build`; told to start once."""

    @abstractmethod
    async def run(self) -> None:
        """The traffic: ends when the world's duration is over (it is cancelled then, at the latest)."""

    @abstractmethod
    def set(self, knob: str, value: Scalar) -> None:
        """A knob was turned while the run plays; the value has been checked."""

    @abstractmethod
    def do(self, action: str, target: str) -> None:
        """A chaos button was pressed; the target is one that the run's parameters know. One that is not there at this instant
        is a note (`World.mark`) and nothing else.
        """

    @abstractmethod
    def values(self) -> Mapping[str, float | None]:
        """The value of each series but the heat ones over the bin that just ended; the world's recorder knows that it ended."""

    def rows(self) -> Mapping[str, tuple[float | None, ...]]:
        """The values of each heat series over that bin, one for each of its rows; None where there is nothing to show."""
        return {}

    @abstractmethod
    def flows(self) -> Mapping[str, Flow]:
        """Requests by edge and outcome in the bin that just ended."""

    @abstractmethod
    def nodes(self) -> Mapping[str, NodeState]:
        """Every node that has something to show, at this instant."""

    @abstractmethod
    def metrics(self) -> Metrics:
        """Every metric the experiment declares, over the time after the warm-up; None where nothing was measured."""

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """95 % intervals from within the run (batch means), by metric; empty in a run that changes on its way."""
        return {}


class Experiment(ABC):
    """What a lab is. Class attributes are the declaration; three methods give it life."""

    slug: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    summary: ClassVar[str]
    number: ClassVar[int]
    group: ClassVar[str]
    covers: ClassVar[tuple[str, ...]] = ()
    worlds: ClassVar[tuple[str, ...]] = ("simulated",)
    duration: ClassVar[Knob]
    warm_up_s: ClassVar[float] = 10.0
    bin_s: ClassVar[float] = 0.5
    knobs: ClassVar[tuple[Knob, ...]]
    actions: ClassVar[tuple[Action, ...]] = ()
    arms: ClassVar[tuple[Arm, ...]]
    default_arms: ClassVar[tuple[str, ...]] = ()
    first_shown: ClassVar[str] = ""
    """The arm whose picture is shown first: the one that tells the story. Empty, or not in the run: the last."""
    series: ClassVar[tuple[Series, ...]]
    metrics: ClassVar[tuple[Metric, ...]]
    topology: ClassVar[Topology]
    goals: ClassVar[tuple[Goal, ...]]
    scenes: ClassVar[tuple[Scene, ...]]
    predictions: ClassVar[tuple[Question, ...]]
    try_this: ClassVar[tuple[str, ...]]
    honesty: ClassVar[Honesty]
    patterns: ClassVar[tuple[str, ...]]
    layout: ClassVar[Literal["overlay", "multiples"]] = "overlay"
    """All arms on one chart, or a small chart for each with shared scales."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What people call each arm."""
        return {arm.name: arm.label for arm in self.arms}

    def live_processes(self, parameters: Values) -> int:
        """How many child processes one arm may need at a time in the live world."""
        return 1

    def targets(self, action: Action, parameters: Values) -> tuple[str, ...]:
        """What an action may be aimed at in a run with these parameters."""
        return action.targets

    def spec(
        self,
        *,
        parameters: Values | None = None,
        seed: int = 1,
        duration_s: float | None = None,
        arms: Sequence[str] = (),
        changes: Sequence[Change] = (),
        world: str = "simulated",
    ) -> RunSpec:
        """A run of this lab: what is left out gets its default. Raises SpecError with everything that is wrong at once."""
        return checked_spec(self, parameters or {}, seed, duration_s, arms, changes, world)

    @abstractmethod
    def build(self, world: World, arm: str, parameters: Values) -> System:
        """The arm's system in `world`, before anything has happened."""

    @abstractmethod
    def theory(self, arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
        """What closed forms say of this arm in this run, with their assumptions; empty where none is known.

        It gets the whole spec: a scheduled fault is a share of the duration, and a run with changes is not what was predicted.
        """

    @abstractmethod
    def sentence(self, spec: RunSpec, metrics: Mapping[str, Metrics]) -> str:
        """What happened, in one or two sentences made from the numbers."""
