"""A run as a question shows it: its series thinned to what a chart needs, its winner found by computing.

Thinning: a chart on a page is some 240 bins wide at most. A longer run has as many neighbouring bins merged into one as
make it fit: of a line the mean of what was measured in them, of steps and states the last value, at the time of the last.
Values are kept to four significant digits. Keys are computed from what is shown, never from more than the learner can see;
only marks and the metrics that an arm is judged by come from the whole run.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from labs.experiments.contract import Experiment, Series
from labs.experiments.events import Finished, Mark, Sample
from labs.experiments.report import ENGINE
from labs.experiments.spec import RunSpec
from quizzes.kinds.base import Json
from quizzes.kinds.lab_runs import simulated

MOST_BINS = 240
SIGNIFICANT_DIGITS = 4

Values = Sequence[float | None]


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
        "run": fingerprint(spec),
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


def fingerprint(spec: RunSpec) -> str:
    """Equal for equal runs of the same engine, which are equal to the byte."""
    changes = [(row.t_s, row.kind, row.name, row.value, row.target) for row in spec.changes]
    said = [ENGINE, spec.lab, spec.world, spec.seed, spec.duration_s, spec.arms, sorted(spec.parameters.items()), changes]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


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
