"""`calculator`: figures that follow from the reader's own numbers."""

from typing import ClassVar

import orjson

from courses.calculators import CALCULATORS, Calculator, Output, results, tree_of
from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class CalculatorFields(Fields):
    name: str
    set: dict[str, float] = {}
    caption: str = ""


class CalculatorBlock(Block):
    name: ClassVar[str] = "calculator"
    schema = CalculatorFields

    def build(self, fields: CalculatorFields, key: str) -> Built:
        calculator = CALCULATORS.get(fields.name)
        if calculator is None:
            raise BlockError(f"there is no calculator “{fields.name}”; known are: {', '.join(CALCULATORS)}", "name")
        values = checked(calculator, fields.set)
        found = results(calculator, values)
        html = template(
            "calculator",
            key=key,
            calculator=calculator,
            inputs=[(each, values[each.name]) for each in calculator.inputs],
            outputs=[(each, said(each, found[each.name])) for each in calculator.outputs],
            trees=orjson.dumps(
                [[each.name, tree_of(each.formula), each.digits, each.words] for each in calculator.outputs]
            ).decode(),
            caption=inline(fields.caption),
        )
        covers = tuple(("calculator", identity) for identity in calculator.covers)
        return Built(html, f"{calculator.title} {fields.caption}", covers=covers)


def checked(calculator: Calculator, given: dict[str, float]) -> dict[str, float]:
    """All inputs, the given ones in the place of their defaults."""
    values = {each.name: each.default for each in calculator.inputs}
    for name, value in given.items():
        known = next((each for each in calculator.inputs if each.name == name), None)
        if known is None:
            raise BlockError(f"“{name}” is no input; known are: {', '.join(values)}", "set", name)
        if not known.minimum <= value <= known.maximum:
            raise BlockError(f"“{name}” must be from {known.minimum:g} to {known.maximum:g}", "set", name)
        values[name] = value
    return values


def said(output: Output, value: float | None) -> str:
    """The value in words where the output has some, else as a number."""
    return output.words[int(value)] if output.words and value is not None else shown(value, output.digits)


def shown(value: float | None, digits: int) -> str:
    """As the script writes it: significant digits, thousands apart, powers of ten for the very small and the very large."""
    if value is None:
        return "—"
    if value and not 1e-4 <= abs(value) < 1e9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{float(mantissa):g} × 10{str(int(exponent)).translate(RAISED)}"
    rounded = float(f"{value:.{digits}g}") if abs(value) < 10**digits else round(value)
    return f"{rounded:,.10f}".rstrip("0").rstrip(".")
