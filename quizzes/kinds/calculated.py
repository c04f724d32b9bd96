"""Calculated: a number from parameters that are drawn for each attempt, so neighbours cannot copy and a retake is new.

Rule: as for `numeric`, around the key of this attempt's own numbers. The key is `formula` over the drawn parameters. A
definition is refused when any draw leaves the formula without a finite value or the key outside of its own tolerance once it
is shown with `digits`: all draws are tried where there are few, otherwise all corners and a fixed sample.
"""

import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator, model_validator

from quizzes.kinds.base import Definition, Frozen, Kind, Outcome
from quizzes.kinds.expression import ExpressionError, check_name, evaluate
from quizzes.kinds.numeric import KIND as NUMERIC
from quizzes.kinds.numeric import NearMiss, NumericDefinition, Units
from quizzes.kinds.parameters import Parameter, corners, every_draw, filled, named_in
from quizzes.kinds.quantity import plain_number
from quizzes.kinds.tolerance import Tolerance

ALL_DRAWS = 2_000
MAX_CORNERS = 1_000
SAMPLED_DRAWS = 500
REDRAWS = 100


class CalculatedDefinition(Definition):
    """`parameters` by name; `formula`, and those of the near misses, may use them. `digits`: significant digits of the key as
    reviews show it, and of what `{= expression}` gives in texts.
    """

    parameters: Annotated[dict[str, Parameter], Field(min_length=1, max_length=8)]
    formula: str
    tolerance: Tolerance
    unit: str = ""
    units: Units = {}
    near_misses: list[NearMiss] = []
    digits: Annotated[int, Field(ge=1, le=15)] = 6
    right_feedback: str = ""
    wrong_feedback: str = ""

    @field_validator("parameters")
    @classmethod
    def _names_can_be_written(cls, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
        for name in parameters:
            check_name(name)
        return dict(sorted(parameters.items()))  # the database keeps no order; a seed must give the same draw again

    @model_validator(mode="after")
    def _every_draw_works(self) -> "CalculatedDefinition":
        if self.tolerance.low is not None:
            raise ValueError("an accepted range stands still while the answer is drawn: give absolute or relative")
        parameters, misses = tuple(self.parameters.items()), tuple(miss.formula for miss in self.near_misses)
        if problem := _problem(parameters, self.formula, misses, self.tolerance, self.digits):
            raise ValueError(problem)
        return self

    def works_for(self, values: Mapping[str, float]) -> bool:
        """Whether these numbers have an answer that can be given."""
        try:
            _key(self.formula, values, self.tolerance, self.digits)
        except ValueError:
            return False
        return True

    def at(self, frozen: Frozen) -> NumericDefinition:
        """The numeric question that one attempt was given. Its key was checked for every draw when the question was saved."""
        values = {name: frozen["values"][name] for name in self.parameters}
        return NumericDefinition.model_construct(
            answer=evaluate(self.formula, values), formula=self.formula, given=values, unit=self.unit, units=self.units,
            tolerance=self.tolerance, near_misses=[self._filled_miss(miss, values) for miss in self.near_misses],
            right_feedback=filled(self.right_feedback, values, self.digits),
            wrong_feedback=filled(self.wrong_feedback, values, self.digits),
        )  # fmt: skip

    def _filled_miss(self, miss: NearMiss, values: Mapping[str, float]) -> NearMiss:
        return miss.model_copy(update={"feedback": filled(miss.feedback, values, self.digits)})


@lru_cache(maxsize=512)
def _problem(
    parameters: tuple[tuple[str, Parameter], ...], formula: str, misses: tuple[str, ...], tolerance: Tolerance, digits: int
) -> str:
    """What some draw would break, in words; remembered, because a definition is read again with each request."""
    draws = _tried(dict(parameters))
    try:
        keys = [_key(formula, values, tolerance, digits) for values in draws]
        for miss in misses:
            wrong = [_evaluated(miss, values) for values in draws]
            if all(tolerance.admits(value, key) for value, key in zip(wrong, keys, strict=True)):
                return f"near miss “{miss}” lies within the tolerance of the right answer, whatever is drawn"
    except ValueError as error:
        return str(error)
    return ""


def _tried(parameters: Mapping[str, Parameter]) -> list[dict[str, float]]:
    """All draws where they are few; else the corners and a sample that is the same each time."""
    few = every_draw(parameters, ALL_DRAWS)
    if few is not None:
        return few
    chance = random.Random("corners are not all")
    return corners(parameters, MAX_CORNERS) + [_drawn(parameters, chance) for _ in range(SAMPLED_DRAWS)]


def _drawn(parameters: Mapping[str, Parameter], rng: random.Random) -> dict[str, float]:
    return {name: parameter.at(rng.randrange(len(parameter))) for name, parameter in parameters.items()}


def _key(formula: str, values: Mapping[str, float], tolerance: Tolerance, digits: int) -> float:
    """The right answer of a draw. Raises ValueError when it is no number, or when shown it lies outside of its tolerance."""
    key = _evaluated(formula, values)
    if key == 0 and tolerance.relative:
        raise ValueError(
            f"the answer is 0 with {_named(values)}, where a relative tolerance has no width: give an absolute one"
        )
    shown = float(plain_number(key, digits))
    if not tolerance.admits(shown, key):
        raise ValueError(
            f"shown with {digits} digits the answer is {shown:g}, outside its own tolerance; with {_named(values)}"
        )
    return key


def _evaluated(formula: str, values: Mapping[str, float]) -> float:
    try:
        return evaluate(formula, values)
    except ExpressionError as error:
        raise ValueError(f"{error}; with {_named(values)}") from error


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {plain_number(value)}" for name, value in values.items())


class Calculated(Kind[CalculatedDefinition, float]):
    """The answer is read and graded as for `numeric`, by the numbers of this attempt."""

    slug: ClassVar[str] = "calculated"
    label: ClassVar[str] = "Calculated number"
    template: ClassVar[str] = "quizzes/kinds/numeric.html"
    review_template: ClassVar[str] = "quizzes/kinds/numeric_review.html"
    example: ClassVar[str] = """\
# the stem says {rate_rps} and {open_s}; each attempt draws its own
parameters:
  rate_rps: {low: 20, high: 200, step: 10}
  open_s: {values: [15, 30, 60]}
formula: rate_rps * open_s
unit: requests
tolerance: {relative: 0.01}       # or {absolute: 5}
digits: 6                         # significant digits of the key in reviews
near_misses:
- formula: rate_rps
  feedback: 'That is one second; the breaker is open for {open_s} s, so {= rate_rps * open_s} requests.'
  misconception: open time is one second
"""
    definition = CalculatedDefinition

    def rule(self, definition: CalculatedDefinition) -> str:
        return NUMERIC.rule_of(definition.tolerance, definition.unit) + " The numbers are drawn for you."

    def with_stem(self, definition: CalculatedDefinition, stem: str) -> CalculatedDefinition:
        if missing := sorted(definition.parameters.keys() - named_in(stem)):
            raise ValueError(f"the stem does not tell {', '.join(f'{{{name}}}' for name in missing)}")
        return definition

    def freeze(self, definition: CalculatedDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        """Drawn again where the formula has no value: a sample cannot see every draw of a large grid."""
        for _ in range(REDRAWS):
            values = _drawn(definition.parameters, rng)
            if definition.works_for(values):
                return {"values": values, "unit": definition.unit}
        corner = {name: parameter.at(0) for name, parameter in definition.parameters.items()}  # it was tried
        return {"values": corner, "unit": definition.unit}

    def fits(self, definition: CalculatedDefinition, frozen: Frozen) -> bool:
        """The same parameters and unit, and the formula has a value for what was drawn then."""
        alike = frozen["values"].keys() == definition.parameters.keys() and NUMERIC.unit_fits(definition.unit, frozen)
        return alike and definition.works_for(frozen["values"])

    def words(self, text: str, definition: CalculatedDefinition, frozen: Frozen) -> str:
        return filled(text, frozen["values"], definition.digits)

    def public_view(self, definition: CalculatedDefinition, frozen: Frozen) -> Mapping[str, Any]:
        return {"unit": definition.unit, "units": list(definition.units)}

    def parse(self, definition: CalculatedDefinition, frozen: Frozen, raw: Any) -> float | None:
        return NUMERIC.parse(definition.at(frozen), frozen, raw)

    def grade(self, definition: CalculatedDefinition, frozen: Frozen, response: float) -> Outcome:
        return NUMERIC.grade(definition.at(frozen), frozen, response)

    def review(self, definition: CalculatedDefinition, frozen: Frozen, response: float | None) -> Mapping[str, Any]:
        drawn = definition.at(frozen)
        return dict(NUMERIC.review(drawn, frozen, response)) | {"key": NUMERIC.shown(drawn, drawn.answer, definition.digits)}

    def answer_text(self, definition: CalculatedDefinition, frozen: Frozen, response: float) -> str:
        return NUMERIC.shown(definition.at(frozen), response)


KIND = Calculated()
