"""Parameters of calculated questions as Moodle's datasets: a range with decimals, and the very items that are drawn from.

Moodle draws one item number for all parameters of a question; here each parameter is drawn by itself.
"""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from quizzes.interchange.records import Parameter, Unreadable

ITEMS = 100
"""As many as Moodle allows."""
MAX_VALUES, MAX_STEPS = 200, 10_000
MAX_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Dataset:
    """As Moodle keeps it. `decimals`: how many places its values have."""

    name: str
    low: Decimal
    high: Decimal
    decimals: int
    items: tuple[Decimal, ...]


def dataset_of(parameter: Parameter) -> Dataset:
    """Items are the parameter's own values: all of them in order where they are few, then more by a fixed chance."""
    values = values_of(parameter)
    rng = random.Random(parameter.name)
    if len(values) <= ITEMS:
        items = [*values, *(rng.choice(values) for _ in range(ITEMS - len(values)))]
    else:
        items = rng.sample(values, ITEMS)
    decimals = max(0, *(-_exponent(value) for value in (*values[:ITEMS], values[-1])))
    return Dataset(parameter.name, min(values), max(values), decimals, tuple(items))


def values_of(parameter: Parameter) -> list[Decimal]:
    if parameter.values:
        return [Decimal(repr(value)) for value in parameter.values]
    low, high, step = (Decimal(repr(value)) for value in (parameter.low, parameter.high, parameter.step))
    return [low + index * step for index in range(int((high - low) / step) + 1)]


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def parameter_of(dataset: Dataset) -> Parameter:
    """A range where the items look drawn from it, else the list of the items. Raises `Unreadable`."""
    listed = list(dict.fromkeys(dataset.items))
    step = Decimal(1).scaleb(-dataset.decimals)
    whole = dataset.low < dataset.high and (dataset.high - dataset.low) % step == 0
    size = int((dataset.high - dataset.low) / step) + 1 if whole else 0
    if whole and size <= MAX_STEPS and not is_a_list(len(dataset.items), len(listed), size):
        return _range(dataset.name, dataset.low, dataset.high, step)
    if not listed or len(listed) > MAX_VALUES:
        raise Unreadable(
            f"The values of {{{dataset.name}}} are neither a range with few steps nor a list of at most {MAX_VALUES}."
        )
    return _progression(dataset.name, listed) or Parameter(dataset.name, values=tuple(float(value) for value in listed))


def is_a_list(drawn: int, different: int, size: int) -> bool:
    """Whether so few different values can hardly be drawn evenly from `size`: the chance is below e^-10, about 1 in 20,000.

    The chance that all draws fall into one set of `different` values is (different / size)^drawn; the bound takes every set.
    """
    if not 0 < different < size:
        return False
    sets = math.lgamma(size + 1) - math.lgamma(different + 1) - math.lgamma(size - different + 1)
    return drawn * math.log(size / different) - sets > 10


def _progression(name: str, values: Sequence[Decimal]) -> Parameter | None:
    """Evenly spaced values are a range with steps."""
    if len(values) < 3:
        return None
    steps = {after - before for before, after in itertools.pairwise(values)}
    return _range(name, values[0], values[-1], min(steps)) if len(steps) == 1 and min(steps) > 0 else None


def _range(name: str, low: Decimal, high: Decimal, step: Decimal) -> Parameter:
    return Parameter(name, float(low), float(high), float(step))


def decimal(text: str, what: str) -> Decimal:
    """Raises `Unreadable`."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or (value and abs(value.adjusted()) > MAX_EXPONENT):
        raise Unreadable(f"“{text.strip()[:60]}” is no number for {what}.")
    return value
