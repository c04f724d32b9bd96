"""Numbers that are drawn for each attempt, and the words that they stand in.

`{rate}` in a text becomes the number drawn for `rate`; `{= rate * 2}` becomes the value of the expression. Other braces stay as
they are, so code and JSON need no escapes.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from itertools import islice, product
from typing import Annotated

from pydantic import Field, model_validator

from quizzes.kinds.base import Definition
from quizzes.kinds.expression import ExpressionError, evaluate
from quizzes.kinds.quantity import plain_number, shown_number
from quizzes.kinds.tolerance import Finite

MAX_VALUES = 10_000
_CODE = re.compile(r"(```.*?```|`[^`]*`|\$[^$\n]*\$)", re.DOTALL)
"""Code and formulas."""
_PLACEHOLDER = re.compile(r"\{(?:(?P<name>[A-Za-z_]\w*)|=(?P<expression>[^{}]{1,200}))\}", re.ASCII)


class Parameter(Definition):
    """Either `low`, `high` and `step` (both ends belong to it), or `values`, a list to choose from."""

    low: Finite | None = None
    high: Finite | None = None
    step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    values: Annotated[tuple[Finite, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _one_of_two(self) -> "Parameter":
        if bool(self.values) == (self._span is not None) or (self.values and self._any_of_span):
            raise ValueError("give either low, high and step, or a list of values")
        if len(set(self.values)) != len(self.values):
            raise ValueError("a value is listed twice")
        if self._span is not None:
            _check_span(*self._span)
        return self

    @property
    def _any_of_span(self) -> bool:
        return any(given is not None for given in (self.low, self.high, self.step))

    @property
    def _span(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """In decimals: 0.1 + 2 x 0.1 is 0.3 and nothing else."""
        if self.low is None or self.high is None or self.step is None:
            return None
        low, high, step = (Decimal(repr(number)) for number in (self.low, self.high, self.step))
        return low, high, step

    def __len__(self) -> int:
        """How many values it may take."""
        if self._span is None:
            return len(self.values)
        low, high, step = self._span
        return int((high - low) / step) + 1

    def at(self, index: int) -> float:
        """Its value number `index`, from 0."""
        if self._span is None:
            return self.values[index]
        low, _, step = self._span
        return float(low + index * step)

    def ends(self) -> list[float]:
        """What has to work if anything does: both ends, or every listed value."""
        return list(self.values) or sorted({self.at(0), self.at(len(self) - 1)})


def _check_span(low: Decimal, high: Decimal, step: Decimal) -> None:
    if low >= high:
        raise ValueError(f"low must lie below high, not {low} and {high}")
    if (high - low) / step > MAX_VALUES:
        raise ValueError(f"at most {MAX_VALUES:,} steps: take a larger step than {step}")
    if (high - low) % step:
        raise ValueError(f"steps of {step} from {low} do not meet {high}")


def every_draw(parameters: Mapping[str, Parameter], limit: int) -> list[dict[str, float]] | None:
    """All that may be drawn, or None where that is more than `limit`."""
    if math.prod(map(len, parameters.values())) > limit:
        return None
    columns = [[parameter.at(index) for index in range(len(parameter))] for parameter in parameters.values()]
    return [dict(zip(parameters, row, strict=True)) for row in product(*columns)]


def corners(parameters: Mapping[str, Parameter], limit: int) -> list[dict[str, float]]:
    """The corners of all that may be drawn, the first `limit` of them."""
    rows = product(*(parameter.ends() for parameter in parameters.values()))
    return [dict(zip(parameters, row, strict=True)) for row in islice(rows, limit)]


def filled(text: str, values: Mapping[str, float], digits: int) -> str:
    """A Markdown text with its placeholders filled in; what cannot be computed stays as it is written.

    Numbers get commas between thousands from 10,000 on, but not in code and formulas, where a comma says something else.
    """
    pieces = _CODE.split(text)
    return "".join(_PLACEHOLDER.sub(partial(_value, values, digits, bool(at % 2)), piece) for at, piece in enumerate(pieces))


def named_in(text: str) -> set[str]:
    """The names that stand in braces in a text."""
    return {found["name"] for found in _PLACEHOLDER.finditer(text) if found["name"]}


def _value(values: Mapping[str, float], digits: int, in_code: bool, found: re.Match[str]) -> str:
    if found["name"]:
        return _written(values[found["name"]], 15, in_code) if found["name"] in values else found[0]
    try:
        return _written(evaluate(found["expression"].strip(), values), digits, in_code)
    except ExpressionError:
        return found[0]


def _written(value: float, digits: int, in_code: bool) -> str:
    return plain_number(value, digits) if in_code or abs(value) < 10_000 else shown_number(value, digits)
