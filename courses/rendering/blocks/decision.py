"""`decision`: a table that says what to choose when, and why."""

from typing import ClassVar

from pydantic import Field

from courses.rendering.blocks.base import Block, Built, Fields, inline, template


class Row(Fields):
    when: str
    choose: str
    because: str = ""


class DecisionFields(Fields):
    title: str
    rows: list[Row] = Field(min_length=1, max_length=40)
    caption: str = ""


class DecisionBlock(Block):
    name: ClassVar[str] = "decision"
    schema = DecisionFields

    def build(self, fields: DecisionFields, key: str) -> Built:
        rows = [(inline(row.when), inline(row.choose), inline(row.because)) for row in fields.rows]
        reasons = any(row.because for row in fields.rows)
        html = template("decision", key=key, title=fields.title, rows=rows, reasons=reasons, caption=inline(fields.caption))
        words = " ".join(f"{row.when} {row.choose} {row.because}" for row in fields.rows)
        return Built(html, f"{fields.title} {words}")
