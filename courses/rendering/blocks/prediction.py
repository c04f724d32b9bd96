"""`prediction`: the reader commits to a guess before reading on; the answer comes with the reason."""

from typing import ClassVar, Literal

from pydantic import model_validator

from courses.laboratory import find_lab
from courses.plan import planned_lab
from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template
from courses.rendering.markdown_html import convert


class PredictionFields(Fields):
    """A `number` between `minimum` and `maximum`, right within `tolerance` (a share of it), or a `choice` by its text."""

    ask: str
    kind: Literal["number", "choice"] = "number"
    answer: float | str
    why: str
    unit: str = ""
    minimum: float = 0
    maximum: float = 100
    step: float = 1
    tolerance: float = 0.1
    choices: list[str] = []
    lab: str = ""

    @model_validator(mode="after")
    def answer_fits(self) -> "PredictionFields":
        if self.kind == "choice" and (len(self.choices) < 2 or self.answer not in self.choices):
            raise ValueError("a choice needs two or more choices, and its answer must be one of them")
        if self.kind == "number" and (isinstance(self.answer, str) or not self.minimum <= self.answer <= self.maximum):
            raise ValueError("the answer must be a number from minimum to maximum")
        return self


class PredictionBlock(Block):
    name: ClassVar[str] = "prediction"
    schema = PredictionFields

    def build(self, fields: PredictionFields, key: str) -> Built:
        if fields.lab and find_lab(fields.lab) is None and planned_lab(fields.lab) is None:
            raise BlockError(f"there is no lab “{fields.lab}”", "lab")
        html = template(
            "prediction",
            key=key,
            fields=fields,
            lab=fields.lab if find_lab(fields.lab) else "",
            ask=inline(fields.ask),
            why=convert(fields.why).html,
            middle=(fields.minimum + fields.maximum) / 2,
        )
        return Built(html, f"{fields.ask} {fields.why}")
