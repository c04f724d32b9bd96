"""What courses ask of the laboratory: which labs there are, and what each declares."""

from functools import cache
from typing import Any

from labs import laboratory
from labs.experiments import catalogue
from labs.experiments.contract import Experiment


def lab_slugs() -> tuple[str, ...]:
    return tuple(catalogue.experiments())


def find_lab(slug: str) -> Experiment | None:
    return catalogue.experiments().get(slug)


@cache
def description(slug: str) -> dict[str, Any]:
    """What a lab inside a lesson is made from; the patterns' source stays on the lab's own page. Raises `SpecError` for a
    slug that no lab has."""
    return laboratory.description(slug) | {"patterns": []}
