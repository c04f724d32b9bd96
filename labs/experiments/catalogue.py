"""Finds the labs: each module or package here that defines an `Experiment` (in its `__init__`) is one. No list to keep."""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import getmembers, isabstract, isclass

import labs.experiments
from labs.experiments.contract import Experiment
from labs.experiments.validation import near


class UnknownLab(LookupError):
    """There is no lab of that slug; the message lists near ones."""


@cache
def experiments() -> dict[str, Experiment]:
    """Every lab by slug, in the order of their numbers. The instances hold no state and are shared."""
    found = [kind() for module in pkgutil.iter_modules(labs.experiments.__path__) for kind in _defined_in(module.name)]
    slugs = [experiment.slug for experiment in found]
    if len(set(slugs)) < len(slugs):
        raise RuntimeError(f"two labs share a slug: {sorted(slugs)}")
    return {experiment.slug: experiment for experiment in sorted(found, key=lambda one: (one.number, one.slug))}


def get(slug: str) -> Experiment:
    """The lab; raises UnknownLab."""
    try:
        return experiments()[slug]
    except KeyError:
        raise UnknownLab(f"there is no lab {slug!r}; {near(slug, list(experiments()))}") from None


def _defined_in(module_name: str) -> list[type[Experiment]]:
    module = import_module(f"labs.experiments.{module_name}")
    return [
        kind
        for _name, kind in getmembers(module, isclass)
        if issubclass(kind, Experiment) and not isabstract(kind) and kind.__module__ == module.__name__
    ]
