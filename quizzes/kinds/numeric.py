"""Numeric: a number within a tolerance, in a unit.

Rule: right when |answer - key| is at most the tolerance (absolute, in the unit; or relative, a share of the key). All or
nothing. The key is computed from `formula` over `given`, so that no key can be mistyped: a definition whose `answer`
differs from its formula is refused.
"""

import math
import random
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.expression import evaluate
from quizzes.kinds.quantity import parse_quantity

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Tolerance(Definition):
    """Exactly one of `absolute` (in the unit of the answer) and `relative` (0.01 is 1 % of the key)."""

    absolute: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    relative: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Tolerance":
        if (self.absolute is None) == (self.relative is None):
            raise ValueError("give either absolute or relative")
        return self

    def admits(self, value: float, key: float) -> bool:
        """Whether `value` counts as `key`. A hair of rounding is forgiven, so that borders belong to the range."""
        width = self.absolute if self.absolute is not None else abs(key) * (self.relative or 0.0)
        return abs(value - key) <= width + 1e-9 * max(1.0, abs(key))

    def words(self, unit: str) -> str:
        if self.absolute is not None:
            return f"±{self.absolute:g} {unit}".strip()
        return f"±{100 * (self.relative or 0.0):g} %"


class NearMiss(Definition):
    """A wrong value that a known slip leads to, computed by its own `formula`, and what to tell the person."""

    formula: str
    feedback: str
    misconception: str = ""


class NumericDefinition(Definition):
    """`answer` in `unit`; `units` maps other accepted units to how many of `unit` they are (`{ms: 0.001}`)."""

    answer: Finite
    tolerance: Tolerance
    unit: str = ""
    units: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    formula: str = ""
    given: dict[str, Finite] = {}
    near_misses: list[NearMiss] = []
    right_feedback: str = ""
    wrong_feedback: str = ""

    @model_validator(mode="after")
    def _key_is_computed(self) -> "NumericDefinition":
        if self.formula and not math.isclose(evaluate(self.formula, self.given), self.answer, rel_tol=1e-6, abs_tol=1e-9):
            raise ValueError(f"answer is {self.answer:g}, its formula gives {evaluate(self.formula, self.given):g}")
        for miss in self.near_misses:
            if self.tolerance.admits(evaluate(miss.formula, self.given), self.answer):
                raise ValueError(f"near miss “{miss.formula}” lies within the tolerance of the right answer")
        return self


class Numeric(Kind[NumericDefinition, float]):
    """The answer is text: a number, with or without a unit. Without one it is in the unit that the page shows."""

    slug: ClassVar[str] = "numeric"
    label: ClassVar[str] = "Number"
    template: ClassVar[str] = "quizzes/kinds/numeric.html"
    review_template: ClassVar[str] = "quizzes/kinds/numeric_review.html"
    example: ClassVar[str] = """\
formula: rate_rps * open_s
given: {rate_rps: 50, open_s: 30}
answer: 1500
unit: requests
tolerance: {relative: 0.01}       # or {absolute: 5}
near_misses:
- formula: rate_rps
  feedback: That is one second's worth.
  misconception: open time is one second
"""
    definition = NumericDefinition

    def rule(self, definition: NumericDefinition) -> str:
        return f"Right within {definition.tolerance.words(definition.unit)}: all or nothing."

    def freeze(self, definition: NumericDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {}

    def public_view(self, definition: NumericDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"unit": definition.unit, "units": list(definition.units)}

    def parse(self, definition: NumericDefinition, frozen: Frozen, raw: Any) -> float | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise AnswerError("The answer to this question is a number.")
        return parse_quantity(str(raw), definition.unit, definition.units)

    def grade(self, definition: NumericDefinition, response: float) -> Outcome:
        if definition.tolerance.admits(response, definition.answer):
            return Outcome(score=1.0, notes=(Note(text=definition.right_feedback, right=True),))
        return Outcome(score=0.0, notes=(self._wrong_note(definition, response),))

    def _wrong_note(self, definition: NumericDefinition, response: float) -> Note:
        for miss in definition.near_misses:
            if definition.tolerance.admits(response, evaluate(miss.formula, definition.given)):
                return Note(text=miss.feedback, right=False, misconception=miss.misconception)
        return Note(text=definition.wrong_feedback, right=False)

    def review(self, definition: NumericDefinition, frozen: Frozen, response: float | None) -> Mapping[str, Any]:
        return {
            "given": None if response is None else self.answer_text(definition, response),
            "right": response is not None and definition.tolerance.admits(response, definition.answer),
            "key": self.answer_text(definition, definition.answer),
            "tolerance": definition.tolerance.words(definition.unit),
            "formula": definition.formula,
            "values": [{"name": name, "value": f"{value:g}"} for name, value in definition.given.items()],
        }

    def answer_text(self, definition: NumericDefinition, response: float) -> str:
        return f"{response:,.10g} {definition.unit}".strip()


KIND = Numeric()
