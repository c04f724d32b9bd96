"""Which lines of a lab's patterns a run has used: the run is computed once more under a tracer that sees those files alone.

A line of a function counts when the interpreter has reached it while the arm played; a `def` line does not, its body does.
Tracing slows a run down tenfold, so the run is first computed without it, and then traced where there is something to see: at
its beginning, in the bins in which something happened for the first few times, in those after them, and now and then.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from inspect import CO_NEWLOCALS
from math import ceil
from types import CodeType, FrameType
from typing import Any

from labs.experiments.catalogue import get
from labs.experiments.events import Mark, Sample
from labs.experiments.simulate import simulate
from labs.experiments.spec import RunSpec, one_arm

FIRST_BINS = 4
BINS_AFTER = 2
EVERY = 40
TIMES = 4
"""How often a mark of the same kind and value, or an outcome on an edge, is worth a look."""


def executed_lines(spec: RunSpec) -> Mapping[str, Mapping[str, Sequence[int]]]:
    """By arm and dotted name: the sorted numbers of the lines that ran. A live run is answered by its simulated twin.

    Where another tracer (a debugger, coverage) is at work in this thread, it rests meanwhile.
    """
    return {arm: _lines_of(one_arm(spec, arm)) for arm in spec.arms}


def _lines_of(spec: RunSpec) -> dict[str, list[int]]:
    files = {str(import_module(dotted).__file__): dotted for dotted in get(spec.lab).patterns}
    tracer = _Tracer(frozenset(files))
    bins = _bins_worth_tracing(spec)
    before, number, events = sys.gettrace(), 0, simulate(spec)
    try:
        sys.settrace(tracer.enter)
        for event in events:
            number += isinstance(event, Sample)
            sys.settrace(tracer.enter if number in bins else None)
    finally:
        sys.settrace(before)
    return {dotted: sorted(tracer.lines[name]) for name, dotted in files.items()}


def _bins_worth_tracing(spec: RunSpec) -> set[int]:
    """Numbers of bins, from 0."""
    bin_s, seen = get(spec.lab).bin_s, Counter[tuple[str, str, str]]()
    bins = set(range(FIRST_BINS)) | set(range(0, ceil(spec.duration_s / bin_s), EVERY))
    for event in simulate(spec):
        if isinstance(event, Mark | Sample):
            number = ceil(event.t / bin_s - 1e-9) - 1
            new = [what for what in _happenings(event) if _first_times(seen, what)]
            if new:
                bins.update(range(number, number + BINS_AFTER + 1))
    return {number for number in bins if number < ceil(spec.duration_s / bin_s)}  # not what is taken back at the end


def _happenings(event: Mark | Sample) -> list[tuple[str, str, str]]:
    """What a mark says, or each kind of outcome that a bin has seen on each edge."""
    if isinstance(event, Mark):
        return [(event.kind, event.node, event.value)]
    return [
        ("flow", edge, field.name) for edge, flow in event.flows.items() for field in fields(flow) if getattr(flow, field.name)
    ]


def _first_times(seen: Counter[tuple[str, str, str]], what: tuple[str, str, str]) -> bool:
    seen[what] += 1
    return seen[what] <= TIMES


class _Tracer:
    """Follows functions of the watched files until every line of theirs has been seen."""

    def __init__(self, files: frozenset[str]) -> None:
        self.lines: dict[str, set[int]] = {name: set() for name in files}
        self._left: dict[CodeType, set[int] | None] = {}

    def enter(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """The global trace function: called whenever any function is entered or a coroutine goes on."""
        code = frame.f_code
        try:
            left = self._left[code]
        except KeyError:
            left = self._left[code] = self._lines_to_see(code)
        if not left:
            return None
        self._see(frame)
        return self._line

    def _lines_to_see(self, code: CodeType) -> set[int] | None:
        if code.co_filename not in self.lines or not code.co_flags & CO_NEWLOCALS:
            return None
        return {line for _start, _end, line in code.co_lines() if line is not None and line != code.co_firstlineno}

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        self._see(frame)
        return self._line

    def _see(self, frame: FrameType) -> None:
        left, line = self._left[frame.f_code], frame.f_lineno
        if left and line in left:
            left.discard(line)
            self.lines[frame.f_code.co_filename].add(line)
