"""How many slots each dependency gets."""

from collections.abc import Mapping

from labs.experiments.settings import Settings
from labs.experiments.world import ServicePlan
from labs.theory.bulkhead import slots_by_little

NAMES = ("a", "b", "c")
ENDLESS = 100_000
"""Slots of a dependency itself: it is never what is full here."""


def plan(settings: Settings, name: str) -> ServicePlan:
    return ServicePlan(ENDLESS, None, settings.number(f"mean_{name}_s"), settings.number("service_cv"))


def sizes(settings: Settings) -> Mapping[str, int]:
    """Slots by dependency, as the knobs say now."""
    return {name: _size(settings, name) for name in NAMES}


def _size(settings: Settings, name: str) -> int:
    rule, rate_rps = settings.choice("sizing"), settings.number(f"rate_{name}_rps")
    if rule == "by-hand":
        return settings.whole(f"slots_{name}")
    if rule == "mean":
        return slots_by_little(rate_rps, settings.number(f"mean_{name}_s"))
    return slots_by_little(rate_rps, plan(settings, name).work_s(0.99), settings.number("headroom"))
