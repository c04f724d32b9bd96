"""What courses ask of the laboratory: which labs there are, and what each declares."""

from functools import cache
from typing import Any

from labs.experiments import catalogue
from labs.experiments.contract import Experiment


def lab_slugs() -> tuple[str, ...]:
    return tuple(catalogue.experiments())


def find_lab(slug: str) -> Experiment | None:
    return catalogue.experiments().get(slug)


@cache
def description(slug: str) -> Any:
    """What the lab's page is made from. Raises `LookupError`."""
    from labs.experiments.describe import describe

    return describe(catalogue.get(slug))
