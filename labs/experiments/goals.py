"""Watches a run for the goals of its lab. A condition that has held once stays met; a goal is met when all of its are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import eq, ge, gt, le, lt

from labs.experiments.contract import Condition, Goal, Metrics
from labs.experiments.events import Event, Finished, Mark, Sample
from labs.experiments.spec import Change

COMPARE: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq}


class GoalWatch:
    """Hand it what happens, in order; each call returns the goals that were met by it."""

    def __init__(self, goals: Iterable[Goal]) -> None:
        self._goals = tuple(goals)
        self._met: dict[str, set[int]] = {goal.id: set() for goal in self._goals}
        self._since_s: dict[tuple[str, int, str], float] = {}
        self.reached: list[str] = []

    def bin(self, samples: Mapping[str, Sample], bin_s: float) -> list[Goal]:
        """The samples of one bin, by arm."""
        return self._check("series", lambda goal, index, condition: self._series(goal, index, condition, samples, bin_s))

    def mark(self, mark: Mark) -> list[Goal]:
        return self._check(
            "mark",
            lambda goal, index, condition: (
                condition.name == mark.kind and condition.value == mark.value and condition.arm in ("", mark.arm)
            ),
        )

    def change(self, change: Change) -> list[Goal]:
        return self._check("change", lambda goal, index, condition: condition.name == change.name)

    def end(self, metrics: Mapping[str, Metrics]) -> list[Goal]:
        """The metrics at the end, by arm."""
        return self._check("metric", lambda goal, index, condition: _metric(condition, metrics))

    def _check(self, subject: str, holds: Callable[[Goal, int, Condition], bool]) -> list[Goal]:
        reached = []
        for goal in self._goals:
            met = self._met[goal.id]
            if len(met) == len(goal.conditions):
                continue
            for index, condition in enumerate(goal.conditions):
                if (
                    condition.subject == subject
                    and index not in met
                    and _may(goal, index, met)  # first: in order, what lasts begins to do so after what comes before it
                    and holds(goal, index, condition)
                ):
                    met.add(index)
            if len(met) == len(goal.conditions):
                reached.append(goal)
                self.reached.append(goal.id)
        return reached

    def _series(self, goal: Goal, index: int, condition: Condition, samples: Mapping[str, Sample], bin_s: float) -> bool:
        return any(
            self._lasts(
                (goal.id, index, arm), condition, _holds(condition, sample.values.get(condition.name), samples), sample.t, bin_s
            )
            for arm, sample in samples.items()
            if condition.arm in ("", arm)
        )

    def _lasts(self, key: tuple[str, int, str], condition: Condition, holds: bool, t: float, bin_s: float) -> bool:
        """Whether it holds and has done so for long enough; the first bin in which it held counts whole."""
        if not holds:
            self._since_s.pop(key, None)
            return False
        return t - self._since_s.setdefault(key, t - bin_s) >= condition.for_s - 1e-9


class RunWatch:
    """Follows the events of a run of `arms`, in bins of `bin_s`, and knows which goals were met, and when (seconds).

    `changes` is the run's ledger in the order in which it takes effect: marks speak of its rows by number.
    """

    def __init__(self, goals: Iterable[Goal], *, arms: Sequence[str], bin_s: float, changes: Iterable[Change] = ()) -> None:
        self._watch = GoalWatch(goals)
        self._arms = len(arms)
        self._bin_s = bin_s
        self._changes = list(changes)
        self._samples: dict[str, Sample] = {}
        self.times: dict[str, float] = {}

    def hear(self, changes: Sequence[Change]) -> None:
        """Rows of the ledger that come while a live run goes on: the marks to come speak of them by number."""
        self._changes.extend(changes)

    def see(self, event: Event) -> None:
        for goal in self._met_by(event):
            self.times.setdefault(goal.id, event.t if isinstance(event, Sample | Mark | Finished) else 0.0)

    def _met_by(self, event: Event) -> Sequence[Goal]:
        match event:
            case Sample():
                self._samples[event.arm] = event
                if len(self._samples) < self._arms:
                    return ()
                samples, self._samples = self._samples, {}
                return self._watch.bin(samples, self._bin_s)
            case Mark(kind="change") if event.value.isdigit() and int(event.value) < len(self._changes):
                return self._watch.change(self._changes[int(event.value)])
            case Mark():
                return self._watch.mark(event)
            case Finished():
                return self._watch.end(event.metrics)
        return ()

    @property
    def met(self) -> list[str]:
        return list(self._watch.reached)


def _may(goal: Goal, index: int, met: set[int]) -> bool:
    return not goal.in_order or all(earlier in met for earlier in range(index))


def _holds(condition: Condition, value: float | None, samples: Mapping[str, Sample]) -> bool:
    other = samples.get(condition.than_arm)
    return _compare(condition, value, other.values.get(condition.name) if other else None)


def _metric(condition: Condition, metrics: Mapping[str, Metrics]) -> bool:
    other = metrics.get(condition.than_arm, {}).get(condition.name)
    arms = (condition.arm,) if condition.arm else tuple(metrics)
    return any(_compare(condition, metrics.get(arm, {}).get(condition.name), other) for arm in arms)


def _compare(condition: Condition, value: float | None, other: float | None) -> bool:
    limit = (None if other is None else other * condition.factor) if condition.than_arm else float(condition.value)
    return value is not None and limit is not None and COMPARE[condition.operator](value, limit)
