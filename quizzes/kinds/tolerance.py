"""How far a number may lie from the key and still count."""

from typing import Annotated

from pydantic import Field, model_validator

from quizzes.kinds.base import Definition
from quizzes.kinds.quantity import shown_number

Finite = Annotated[float, Field(allow_inf_nan=False)]
ROUNDING = 1e-9


class Tolerance(Definition):
    """Exactly one of `absolute` (in the unit of the answer), `relative` (0.01 is 1 % of the key), and `low` with `high`:
    an accepted range, in the unit of the answer. Borders belong to what is accepted.
    """

    absolute: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    relative: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    low: Finite | None = None
    high: Finite | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> "Tolerance":
        if (self.low is None) != (self.high is None):
            raise ValueError("an accepted range has a low and a high end: give both")
        if sum(given is not None for given in (self.absolute, self.relative, self.low)) != 1:
            raise ValueError("give either absolute or relative, or an accepted range with low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the accepted range runs from low to high, not from {self.low:g} to {self.high:g}")
        return self

    def admits(self, value: float, key: float) -> bool:
        """Whether `value` counts as `key`. A hair of rounding, of the numbers' own size, is forgiven at the borders."""
        low, high = self.bounds(key)
        hair = ROUNDING * max(abs(low), abs(high))
        return low - hair <= value <= high + hair

    def bounds(self, key: float) -> tuple[float, float]:
        """Lowest and highest accepted value."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        width = self.absolute if self.absolute is not None else abs(key) * (self.relative or 0.0)
        return key - width, key + width

    def rule(self, unit: str) -> str:
        """What a learner may know before answering: a range would give the answer away."""
        if self.low is not None:
            return "inside the accepted range"
        return f"within {self.words(unit)}" if self.absolute or self.relative else "when it is exact"

    def words(self, unit: str) -> str:
        """For reviews, beside the key."""
        if self.low is not None and self.high is not None:
            return f"{shown_number(self.low)} to {shown_number(self.high)} {unit}".strip()
        if not self.absolute and not self.relative:
            return "exactly"
        if self.absolute is not None:
            return f"±{shown_number(self.absolute)} {unit}".strip()
        return f"±{shown_number(100 * (self.relative or 0.0))} %"
