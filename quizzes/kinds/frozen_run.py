"""A run as a question shows it: its series thinned to what a chart needs, its moments and winners found by computing.

Thinning: a chart on a page is some 240 bins wide at most. A longer run has as many neighbouring bins merged into one as
make it fit: of a line the mean of what was measured in them, of steps and states the last value, at the time of the last.
Values are kept to four significant digits. Keys are computed from what is shown, never from more than the learner can see;
only marks and the metrics that an arm is judged by come from the whole run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from labs.experiments.contract import Experiment, Series
from labs.experiments.events import Finished, Mark, Sample
from labs.experiments.report import ENGINE
from labs.experiments.spec import RunSpec
from quizzes.kinds.base import Definition, Json
from quizzes.kinds.lab_runs import Seconds, simulated

MOST_BINS = 240
SIGNIFICANT_DIGITS = 4
MARGIN = 0.05
"""Of the range of a series: by so much a threshold may move without moving its moment, by so much an extreme must lead."""

Values = Sequence[float | None]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class MarkMoment(Definition):
    """The `nth` mark of a kind ("state") and value ("open"), at whatever node or at `node`."""

    kind: Literal["state", "fault", "scale", "note"] = "state"
    value: str
    node: str = ""
    nth: Annotated[int, Field(ge=1, le=50)] = 1


class Crossing(Definition):
    """The first bin after `after_s` in which a series stands above (or below) a value, and stays there for `for_s`."""

    series: str
    above: Finite | None = None
    below: Finite | None = None
    after_s: Seconds = 0.0
    for_s: Seconds = 0.0

    @model_validator(mode="after")
    def _one_side(self) -> "Crossing":
        if (self.above is None) == (self.below is None):
            raise ValueError("give above or below, one of them")
        return self


class Extremum(Definition):
    """The bin in which a series is at its highest (or lowest) between `after_s` and `before_s`."""

    series: str
    which: Literal["highest", "lowest"] = "highest"
    after_s: Seconds = 0.0
    before_s: Seconds | None = None


class Moment(Definition):
    """A time in the run of one arm: of a `mark`, a `crossing`, an `extremum`, or `at_s` seconds after its start."""

    mark: MarkMoment | None = None
    crossing: Crossing | None = None
    extremum: Extremum | None = None
    at_s: Seconds | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Moment":
        given = [one for one in (self.mark, self.crossing, self.extremum, self.at_s) if one is not None]
        if len(given) != 1:
            raise ValueError("give one of mark, crossing, extremum, at_s")
        return self

    @property
    def series(self) -> str | None:
        """The series that it is read from."""
        read = self.crossing or self.extremum
        return read.series if read else None


@dataclass(frozen=True, slots=True)
class Trace:
    """What is shown of a run: the end of each bin in seconds, values by arm and series, and what the run said on its way."""

    times: Sequence[float]
    bin_s: float
    values: Mapping[str, Mapping[str, Values]]
    marks: Sequence[Mark]
    metrics: Mapping[str, Mapping[str, float | None]]
    sentence: str


def traced(lab: Experiment, spec: RunSpec, names: Sequence[str]) -> Trace:
    """Simulate the run and keep the named series, thinned. Raises ValueError in words."""
    columns: dict[str, dict[str, list[float | None]]] = {arm: {name: [] for name in names} for arm in spec.arms}
    times: list[float] = []
    marks: list[Mark] = []
    end: Finished | None = None
    for event in simulated(spec):
        match event:
            case Sample():
                if event.arm == spec.arms[0]:
                    times.append(event.t)
                for name in names:
                    columns[event.arm][name].append(event.values.get(name))
            case Mark():
                marks.append(event)
            case Finished():
                end = event
    if end is None:
        raise ValueError("the run never came to its end")
    kinds = {series.name: series for series in lab.series}
    merged = max(1, ceil(len(times) / MOST_BINS))
    values = {arm: {name: _merge(kinds[name], own[name], merged) for name in names} for arm, own in columns.items()}
    return Trace(_ends(times, merged), lab.bin_s * merged, values, marks, end.metrics, end.sentence)


def _ends(times: Sequence[float], merged: int) -> list[float]:
    return [times[min(start + merged, len(times)) - 1] for start in range(0, len(times), merged)]


def _merge(series: Series, values: Values, merged: int) -> list[float | None]:
    groups = [values[start : start + merged] for start in range(0, len(values), merged)]
    take: Callable[[Values], float | None] = _mean if series.kind == "line" else lambda group: group[-1]
    return [_rounded(take(group)) for group in groups]


def _mean(group: Values) -> float | None:
    known = [value for value in group if value is not None]
    return sum(known) / len(known) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{SIGNIFICANT_DIGITS}g}")


# Moments


def moment_s(trace: Trace, arm: str, moment: Moment) -> float | None:
    """When the moment comes in this arm's run, in seconds; None where it never does."""
    if moment.mark is not None:
        return _of_mark(trace, arm, moment.mark)
    if moment.crossing is not None:
        return _of_crossing(trace, arm, moment.crossing)
    if moment.extremum is not None:
        return _of_extremum(trace, arm, moment.extremum)
    return moment.at_s


def _of_mark(trace: Trace, arm: str, wanted: MarkMoment) -> float | None:
    found = [
        mark.t for mark in trace.marks
        if mark.arm in (arm, "") and (mark.kind, mark.value) == (wanted.kind, wanted.value) and wanted.node in ("", mark.node)
    ]  # fmt: skip
    return found[wanted.nth - 1] if len(found) >= wanted.nth else None


def _of_crossing(trace: Trace, arm: str, crossing: Crossing) -> float | None:
    since: float | None = None
    for t, value in zip(trace.times, trace.values[arm][crossing.series], strict=True):
        if value is None or t <= crossing.after_s or not _beyond(crossing, value):
            since = None
            continue
        since = t if since is None else since
        if t - since >= crossing.for_s - 1e-9:
            return since
    return None


def _beyond(crossing: Crossing, value: float) -> bool:
    return value > crossing.above if crossing.above is not None else value < (crossing.below or 0.0)


def _of_extremum(trace: Trace, arm: str, extremum: Extremum) -> float | None:
    seen = _seen(trace, arm, extremum)
    if not seen:
        return None
    best = max(seen, key=lambda one: one[1]) if extremum.which == "highest" else min(seen, key=lambda one: one[1])
    return best[0]


def _seen(trace: Trace, arm: str, extremum: Extremum) -> list[tuple[float, float]]:
    until_s = trace.times[-1] if extremum.before_s is None else extremum.before_s
    column = zip(trace.times, trace.values[arm][extremum.series], strict=True)
    return [(t, value) for t, value in column if value is not None and extremum.after_s < t <= until_s]


def why_unclear(trace: Trace, arm: str, moment: Moment, key_s: float, tolerance_s: float) -> str:
    """Why a careful reader could fairly name another time than `key_s`; empty where nobody could."""
    if moment.crossing is not None:
        return _crossing_unclear(trace, arm, moment.crossing, key_s, tolerance_s)
    if moment.extremum is not None:
        return _extremum_unclear(trace, arm, moment.extremum, key_s, tolerance_s)
    return ""


def _crossing_unclear(trace: Trace, arm: str, crossing: Crossing, key_s: float, tolerance_s: float) -> str:
    """Moves the threshold a little up and down, and looks for half as long."""
    seen = [value for value in trace.values[arm][crossing.series] if value is not None]
    step = MARGIN * (max(seen) - min(seen))
    side, limit = ("above", crossing.above) if crossing.above is not None else ("below", crossing.below or 0.0)
    changed = [({side: limit + by}, f"{side} {limit + by:.4g}") for by in (-step, step)]
    for update, words in [*changed, ({"for_s": crossing.for_s / 2}, f"for {crossing.for_s / 2:g} s")]:
        other_s = _of_crossing(trace, arm, crossing.model_copy(update=update))
        if other_s is None or abs(other_s - key_s) > tolerance_s:
            at = "never" if other_s is None else f"at {other_s:g} s"
            return f"it is {key_s:g} s, but “{words}” would be {at}: a chart cannot be read as sharply as that"
    return ""


def _extremum_unclear(trace: Trace, arm: str, extremum: Extremum, key_s: float, tolerance_s: float) -> str:
    seen = _seen(trace, arm, extremum)
    heights = [value for _t, value in seen]
    near = MARGIN * (max(heights) - min(heights))
    edge = max(heights) - near if extremum.which == "highest" else min(heights) + near
    rivals = [
        t for t, value in seen
        if abs(t - key_s) > tolerance_s and (value >= edge if extremum.which == "highest" else value <= edge)
    ]  # fmt: skip
    return f"it stands nearly as {extremum.which.removesuffix('est')} at {rivals[0]:g} s as at {key_s:g} s" if rivals else ""


# Winners


def winner(trace: Trace, metric: str, *, highest: bool, margin: float) -> str:
    """The arm with the best value of a metric. Raises ValueError where one has none, or the lead is below `margin`.

    The lead is the distance to the second as a share of the larger of the two.
    """
    found = {arm: values.get(metric) for arm, values in trace.metrics.items()}
    if missing := [arm for arm, value in found.items() if value is None]:
        raise ValueError(f"{metric} was not measured in {', '.join(missing)}: take another metric, or leave these arms out")
    known = {arm: value for arm, value in found.items() if value is not None}
    first, second, *_ = sorted(known, key=lambda arm: known[arm], reverse=highest)
    size = max(abs(known[first]), abs(known[second]))
    lead = abs(known[first] - known[second]) / size if size else 0.0
    if lead < margin:
        raise ValueError(
            f"{first} ({known[first]:.3g}) and {second} ({known[second]:.3g}) are too near in {metric}: "
            f"the lead is {lead:.1%}, the margin {margin:.1%}. Take another metric, seed or parameters."
        )
    return first


# As a page shows it


def artifact_of(lab: Experiment, spec: RunSpec, trace: Trace, names: Sequence[str], flags: Iterable[str]) -> dict[str, Json]:
    """All that the question keeps of its run, arms under their own names."""
    declared = {series.name: series for series in lab.series}
    return {
        "engine": ENGINE,
        "duration_s": spec.duration_s,
        "warm_up_s": lab.warm_up_s,
        "bin_s": trace.bin_s,
        "layout": lab.layout,
        "times": list(trace.times),
        "series": [_series(declared[name]) for name in names],
        "values": {arm: {name: list(own[name]) for name in names} for arm, own in trace.values.items()},
        "flags": _flags(trace.marks, spec.arms, set(flags)),
        "sentence": trace.sentence,
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "name": series.name, "label": series.label, "unit": series.unit, "chart": series.chart, "kind": series.kind,
        "states": list(series.states), "rows": [],
    }  # fmt: skip


def _flags(marks: Sequence[Mark], arms: Sequence[str], kinds: set[str]) -> list[dict[str, Any]]:
    """Marks of these kinds; one that came to all arms at once is told once, and of no arm."""
    found: dict[tuple[float, str, str], list[str]] = {}
    for mark in marks:
        if mark.kind in kinds:
            found.setdefault((mark.t, mark.kind, mark.text), []).append(mark.arm)
    return [
        {"t": t, "kind": kind, "text": text, "arm": arm}
        for (t, kind, text), among in found.items()
        for arm in ([""] if "" in among or set(among) == set(arms) else among)
    ]


def as_letters(artifact: Mapping[str, Json], names: Mapping[str, str]) -> dict[str, Json]:
    """The run as a page draws it, arms under other names (letters), in the order of `names`: name in the page by arm."""
    shown = ("duration_s", "warm_up_s", "bin_s", "layout", "times", "series")
    return {name: artifact[name] for name in shown} | {
        "arms": list(names.values()),
        "values": {letter: artifact["values"][arm] for arm, letter in names.items()},
        "flags": [flag | {"arm": names.get(flag["arm"], "")} for flag in artifact["flags"]],
    }
