"""`calculator`: figures that follow from the reader's own numbers, and how."""

from typing import Any, ClassVar

import orjson
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from courses.calculators import CALCULATORS, Calculator, results, tree_of
from courses.calculators.figures import written
from courses.calculators.working import Line, steps
from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template

PIECES = {
    "": "{}",
    "sup": '<sup><span class="visually-hidden"> to the power of </span>{}</sup>',
    "said": '<span class="visually-hidden">{}</span>',
}


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
            inputs=[(each, written(values[each.name])) for each in calculator.inputs],
            outputs=[
                (output, output.said(found[output.name]), [(kind, line_html(line)) for kind, line in rows])
                for output, rows in zip(calculator.outputs, steps(calculator, values), strict=True)
            ],
            description=orjson.dumps(description(calculator)).decode(),
            caption=inline(fields.caption),
        )
        covers = tuple(("calculator", identity) for identity in calculator.covers)
        return Built(html, f"{calculator.title} {fields.caption}", covers=covers)


def description(calculator: Calculator) -> dict[str, list[dict[str, Any]]]:
    """What the browser needs to compute and to write the working."""
    inputs = [
        {"name": each.name, "word": each.word, "minimum": each.minimum, "maximum": each.maximum, "whole": each.whole}
        for each in calculator.inputs
    ]
    outputs = [
        {
            "name": each.name,
            "word": each.word,
            "unit": each.unit,
            "tree": tree_of(each.formula),
            "digits": each.digits,
            "words": each.words,
        }
        for each in calculator.outputs
    ]
    return {"inputs": inputs, "outputs": outputs}


def line_html(line: Line) -> SafeString:
    return format_html_join("", "{}", ((format_html(PIECES[kind], words),) for kind, words in line))


def checked(calculator: Calculator, given: dict[str, float]) -> dict[str, float]:
    """All inputs, the given ones in the place of their defaults."""
    values = {each.name: each.default for each in calculator.inputs}
    for name, value in given.items():
        known = next((each for each in calculator.inputs if each.name == name), None)
        if known is None:
            raise BlockError(f"“{name}” is no input; known are: {', '.join(values)}", "set", name)
        if not known.minimum <= value <= known.maximum:
            raise BlockError(f"“{name}” must be from {known.minimum:g} to {known.maximum:g}", "set", name)
        if known.whole and value != int(value):
            raise BlockError(f"“{name}” must be a whole number", "set", name)
        values[name] = value
    return values
