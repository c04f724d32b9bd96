"""Moments of a run, found by computing in what is shown of it; and whether a careful reader could name another time."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from quizzes.kinds.base import Definition
from quizzes.kinds.frozen_run import Trace
from quizzes.kinds.lab_runs import Seconds

MARGIN = 0.05
"""Of the range of a series: by so much a threshold may move without moving its moment, by so much an extreme must lead."""

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
