"""Numeric: a number within a tolerance, in a unit.

Rule: right when |answer - key| is at most the tolerance (absolute, in the unit; or relative, a share of the key), or when the
answer lies in an accepted range; borders belong to it. All or nothing. How a typed number is read is told in `quantity`.
The key is computed from `formula` over `given`, so that no key can be mistyped: a definition whose `answer` differs from its
formula is refused.
"""

import math
import random
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.expression import ExpressionError, evaluate
from quizzes.kinds.quantity import parse_quantity, plain_number, shown_number
from quizzes.kinds.tolerance import Finite, Tolerance

Units = dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
READING = "A comma before three digits parts thousands, any other is a decimal comma."


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
    units: Units = {}
    formula: str = ""
    given: dict[str, Finite] = {}
    near_misses: list[NearMiss] = []
    right_feedback: str = ""
    wrong_feedback: str = ""

    @model_validator(mode="after")
    def _key_is_computed(self) -> "NumericDefinition":
        if self.formula and not math.isclose(evaluate(self.formula, self.given), self.answer, rel_tol=1e-6, abs_tol=1e-9):
            raise ValueError(f"answer is {self.answer:g}, its formula gives {evaluate(self.formula, self.given):g}")
        if not self.tolerance.admits(self.answer, self.answer):
            raise ValueError(f"the answer {self.answer:g} lies outside of its own accepted range")
        for miss in self.near_misses:
            if self.tolerance.admits(evaluate(miss.formula, self.given), self.answer):
                raise ValueError(f"near miss “{miss.formula}” lies within the tolerance of the right answer")
        return self

    def near_miss(self, value: float) -> NearMiss | None:
        """The known slip that leads to a wrong value. One whose formula has no value (a rare draw) is passed over."""
        for miss in self.near_misses:
            try:
                if self._width_of_a_miss.admits(value, evaluate(miss.formula, self.given)):
                    return miss
            except ExpressionError:
                continue
        return None

    @property
    def _width_of_a_miss(self) -> Tolerance:
        """As wide around a slip as around the key; an accepted range says nothing of that, so 1 %."""
        return Tolerance(relative=0.01) if self.tolerance.low is not None else self.tolerance


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
tolerance: {relative: 0.01}       # or {absolute: 5}, or an accepted range: {low: 1400, high: 1600}
near_misses:
- formula: rate_rps
  feedback: That is one second's worth.
  misconception: open time is one second
"""
    definition = NumericDefinition

    def rule(self, definition: NumericDefinition) -> str:
        return self.rule_of(definition.tolerance, definition.unit)

    def rule_of(self, tolerance: Tolerance, unit: str) -> str:
        return f"Right {tolerance.rule(unit)}: all or nothing. {READING}"

    def freeze(self, definition: NumericDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {"unit": definition.unit}

    def fits(self, definition: NumericDefinition, frozen: Frozen) -> bool:
        return self.unit_fits(definition.unit, frozen)

    def unit_fits(self, unit: str, frozen: Frozen) -> bool:
        """Whether the same unit stood beside the field: a number that was typed alone is in that one."""
        return bool(frozen.get("unit", unit) == unit)

    def public_view(self, definition: NumericDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"unit": definition.unit, "units": list(definition.units)}

    def parse(self, definition: NumericDefinition, frozen: Frozen, raw: Any) -> float | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise AnswerError("The answer to this question is a number.")
        return parse_quantity(str(raw), definition.unit, definition.units)

    def grade(self, definition: NumericDefinition, frozen: Frozen, response: float) -> Outcome:
        if definition.tolerance.admits(response, definition.answer):
            return Outcome(score=1.0, notes=(Note(text=definition.right_feedback, right=True),))
        return Outcome(score=0.0, notes=(self._wrong_note(definition, response),))

    def _wrong_note(self, definition: NumericDefinition, response: float) -> Note:
        miss = definition.near_miss(response)
        if miss is None:
            return Note(text=definition.wrong_feedback, right=False)
        return Note(text=miss.feedback, right=False, misconception=miss.misconception)

    def review(self, definition: NumericDefinition, frozen: Frozen, response: float | None) -> Mapping[str, Any]:
        return {
            "given": None if response is None else self.answer_text(definition, frozen, response),
            "right": response is not None and definition.tolerance.admits(response, definition.answer),
            "key": self.answer_text(definition, frozen, definition.answer),
            "tolerance": definition.tolerance.words(definition.unit),
            "formula": definition.formula,
            "values": [{"name": name, "value": plain_number(value)} for name, value in definition.given.items()],
        }

    def answer_text(self, definition: NumericDefinition, frozen: Frozen, response: float) -> str:
        return self.shown(definition, response)

    def shown(self, definition: NumericDefinition, value: float, digits: int = 10) -> str:
        """A value with its unit, rounded to significant digits."""
        return f"{shown_number(value, digits)} {definition.unit}".strip()


KIND = Numeric()
