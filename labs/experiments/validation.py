"""From what somebody wrote to a spec that can be run: every value checked, every fault reported at once."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

from labs.experiments.events import Scalar
from labs.experiments.spec import MAXIMUM_CHANGES, MAXIMUM_SEED, WORLDS, Change, RunSpec, SpecError

if TYPE_CHECKING:
    from labs.experiments.contract import Action, Experiment, Knob


class Invalid(ValueError):
    """One value that cannot be used; the message says what is allowed."""


def checked_spec(
    experiment: "Experiment",
    parameters: Mapping[str, Any],
    seed: Any,
    duration_s: Any,
    arms: Sequence[str],
    changes: Sequence[Change],
    world: Any,
) -> RunSpec:
    """The spec with defaults filled in; raises SpecError."""
    check = _Check(experiment)
    values = check.parameters(parameters)
    length_s = check.value("duration_s", experiment.duration, duration_s, experiment.duration.default)
    spec = RunSpec(
        lab=experiment.slug,
        parameters=values,
        seed=check.seed(seed),
        duration_s=float(length_s),
        arms=check.arms(arms),
        changes=check.changes(changes, float(length_s), values),
        world=check.world(world),
    )
    if check.errors:
        raise SpecError(check.errors)
    return spec


def checked_value(knob: "Knob", value: object) -> Scalar:
    """`value` as the knob's kind; raises Invalid. Whole numbers may stand for numbers, but never a switch for a number."""
    if isinstance(knob.default, bool):
        if not isinstance(value, bool):
            raise Invalid(f"must be on or off (true or false), not {_shown(value)}")
        return value
    if isinstance(knob.default, str):
        allowed = [name for name, _label in knob.choices]
        if not isinstance(value, str) or value not in allowed:
            raise Invalid(f"must be one of {', '.join(allowed)}, not {_shown(value)}")
        return value
    return _checked_number(knob, value)


def _checked_number(knob: "Knob", value: object) -> int | float:
    whole = isinstance(knob.default, int)
    allowed = _range(knob, whole)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"must be {allowed}, not {_shown(value)}")
    if isinstance(value, float) and (not isfinite(value) or (whole and not value.is_integer())):
        raise Invalid(f"must be {allowed}, not {value:g}")
    if (knob.minimum is not None and value < knob.minimum) or (knob.maximum is not None and value > knob.maximum):
        raise Invalid(f"must be {allowed}, not {_shown(value)}")
    return int(value) if whole else float(value)


def _range(knob: "Knob", whole: bool) -> str:
    kind, unit = "a whole number" if whole else "a number", f" {knob.unit}" if knob.unit else ""
    if knob.minimum is None or knob.maximum is None:
        return kind + unit
    return f"{kind} from {knob.minimum:g} to {knob.maximum:g}{unit}"


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except ValueError:  # a whole number of thousands of digits
        shown = "so large a number"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def near(name: str, known: Sequence[str]) -> str:
    """The nearest known names as a question, or all that there are."""
    matches = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(matches)}?" if matches else f"there are {', '.join(known) or 'none'}"


class _Check:
    """Collects what is wrong, by field."""

    def __init__(self, experiment: "Experiment") -> None:
        self.experiment = experiment
        self.knobs = {knob.name: knob for knob in experiment.knobs}
        self.actions = {action.name: action for action in experiment.actions}
        self.errors: dict[str, str] = {}

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Scalar]:
        for name in given:
            if name not in self.knobs:
                self.errors[str(name)] = f"this lab has no knob of that name; {near(str(name), list(self.knobs))}"
        return {name: self.value(name, knob, given.get(name), knob.default) for name, knob in self.knobs.items()}

    def value(self, field: str, knob: "Knob", value: Any, default: Scalar) -> Any:
        """The checked value; the default where none was given or where it was wrong."""
        if value is None:
            return default
        try:
            return checked_value(knob, value)
        except Invalid as invalid:
            self.errors[field] = str(invalid)
            return default

    def seed(self, seed: Any) -> int:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAXIMUM_SEED:
            self.errors["seed"] = f"must be a whole number from 0 to {MAXIMUM_SEED}, not {_shown(seed)}"
            return 0
        return seed

    def world(self, world: Any) -> Any:
        if world not in WORLDS:
            self.errors["world"] = f"must be one of {', '.join(WORLDS)}, not {_shown(world)}"
        elif world not in self.experiment.worlds:
            self.errors["world"] = f"this lab runs in {', '.join(self.experiment.worlds)} only"
        return world

    def arms(self, given: Sequence[str]) -> tuple[str, ...]:
        """In the experiment's order, whatever the order given."""
        known = [arm.name for arm in self.experiment.arms]
        if isinstance(given, str):
            given = (given,)
        wanted = list(given or self.experiment.default_arms or known)
        for arm in wanted:
            if arm not in known:
                self.errors["arms"] = f"there is no arm {_shown(arm)}; {near(str(arm), known)}"
        if len(set(map(str, wanted))) < len(wanted):
            self.errors.setdefault("arms", "an arm is named twice")
        return tuple(arm for arm in known if arm in wanted)

    def changes(self, changes: Sequence[Change], duration_s: float, parameters: Mapping[str, Scalar]) -> tuple[Change, ...]:
        if len(changes) > MAXIMUM_CHANGES:
            self.errors["changes"] = f"at most {MAXIMUM_CHANGES} changes, not {len(changes)}"
            return ()
        return tuple(self._change(index, change, duration_s, parameters) for index, change in enumerate(changes))

    def _change(self, index: int, change: Change, duration_s: float, parameters: Mapping[str, Scalar]) -> Change:
        try:
            return self._checked_change(change, duration_s, parameters)
        except Invalid as invalid:
            self.errors[f"changes.{index}"] = str(invalid)
            return change

    def _checked_change(self, change: Change, duration_s: float, parameters: Mapping[str, Scalar]) -> Change:
        time_s: object = change.t_s
        if isinstance(time_s, bool) or not isinstance(time_s, int | float) or not 0.0 <= time_s <= duration_s:
            raise Invalid(f"the time must be from 0 to {duration_s:g} s, not {_shown(time_s)}")
        if change.kind == "set":
            return Change(float(time_s), "set", change.name, self._turned(change))
        if change.kind == "do":
            return Change(float(time_s), "do", change.name, None, self._target(change, parameters))
        raise Invalid(f"a change is 'set' or 'do', not {_shown(change.kind)}")

    def _turned(self, change: Change) -> Scalar:
        knob = self.knobs.get(change.name)
        if knob is None:
            raise Invalid(f"there is no knob {_shown(change.name)}; {near(change.name, list(self.knobs))}")
        if knob.before_run_only:
            raise Invalid(f"{knob.name} can only be set before a run")
        if change.target:
            raise Invalid("a knob has no target")
        try:
            return checked_value(knob, change.value)
        except Invalid as invalid:
            raise Invalid(f"{knob.name} {invalid}") from None

    def _target(self, change: Change, parameters: Mapping[str, Scalar]) -> str:
        action: Action | None = self.actions.get(change.name)
        if action is None:
            raise Invalid(f"there is no action {_shown(change.name)}; {near(change.name, list(self.actions))}")
        if change.value is not None:
            raise Invalid(f"{action.name} takes no value")
        targets = self.experiment.targets(action, parameters)
        if action.targets and change.target not in targets:
            raise Invalid(f"{action.name} needs a target, one of {', '.join(targets)}, not {_shown(change.target)}")
        if change.target and not action.targets:
            raise Invalid(f"{action.name} takes no target")
        return change.target
