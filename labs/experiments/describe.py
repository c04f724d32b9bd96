"""A lab as plain data, ready for JSON: what a page, the form and `manage.py labs` need to know of it."""

from dataclasses import asdict
from importlib import import_module
from inspect import getsource
from typing import Any

from labs.experiments.contract import Experiment, Knob


def describe(experiment: Experiment) -> dict[str, Any]:
    """The declaration under the dataclasses' own field names; `patterns` bring their source as text."""
    return {
        "slug": experiment.slug,
        "title": experiment.title,
        "question": experiment.question,
        "summary": experiment.summary,
        "number": experiment.number,
        "group": experiment.group,
        "covers": list(experiment.covers),
        "worlds": list(experiment.worlds),
        "bin_s": experiment.bin_s,
        "warm_up_s": experiment.warm_up_s,
        "duration": describe_knob(experiment.duration),
        "knobs": [describe_knob(knob) for knob in experiment.knobs],
        "actions": [_plain(action) for action in experiment.actions],
        "arms": [_plain(arm) for arm in experiment.arms],
        "default_arms": list(experiment.default_arms or [arm.name for arm in experiment.arms]),
        "first_shown": experiment.first_shown,
        "series": [_plain(series) for series in experiment.series],
        "metrics": [_plain(metric) for metric in experiment.metrics],
        "topology": _plain(experiment.topology),
        "layout": experiment.layout,
        "goals": [{"id": goal.id, "text": goal.text} for goal in experiment.goals],
        "scenes": [_plain(scene) for scene in experiment.scenes],
        "predictions": [_plain(question) for question in experiment.predictions],
        "try_this": list(experiment.try_this),
        "honesty": _plain(experiment.honesty),
        "patterns": [describe_pattern(dotted) for dotted in experiment.patterns],
    }


def describe_knob(knob: Knob) -> dict[str, Any]:
    """The knob's fields and its `kind`: switch, choice, whole or number."""
    return {**_plain(knob), "kind": kind_of(knob)}


def kind_of(knob: Knob) -> str:
    """JSON has one kind of number, so the kind is said in words."""
    if isinstance(knob.default, bool):
        return "switch"
    if isinstance(knob.default, str):
        return "choice"
    return "whole" if isinstance(knob.default, int) else "number"


def describe_pattern(dotted: str) -> dict[str, Any]:
    """A pattern's module: its title is what its docstring says before the first colon."""
    module = import_module(dotted)
    source = getsource(module)
    title = (module.__doc__ or dotted).strip().splitlines()[0].partition(":")[0]
    return {"dotted": dotted, "title": title, "source": source, "first_line": 1, "lines": len(source.splitlines())}


def _plain(declared: Any) -> Any:
    """Lists for tuples, down to the leaves."""
    return _lists(asdict(declared))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
