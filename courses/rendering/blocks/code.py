"""`code`: the source that a lab runs, by dotted name."""

from typing import ClassVar

from pydantic import field_validator
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from courses.laboratory import find_lab
from courses.plan import planned_lab
from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template
from courses.rendering.code_source import NoSuchSource, source_of


class CodeFields(Fields):
    """`lines` is “3-20”, counted from the first line of the thing itself; `lab` is a lab that runs this code."""

    dotted: str
    lines: str = ""
    lab: str = ""
    caption: str = ""

    @field_validator("lines")
    @classmethod
    def two_numbers(cls, value: str) -> str:
        if value and not (value.count("-") == 1 and all(part.strip().isdigit() for part in value.split("-"))):
            raise ValueError("write the first and the last line, such as “3-20”")
        return value


class CodeBlock(Block):
    name: ClassVar[str] = "code"
    schema = CodeFields

    def build(self, fields: CodeFields, key: str) -> Built:
        wanted = tuple(int(part) for part in fields.lines.split("-")) if fields.lines else None
        try:
            source = source_of(fields.dotted, (wanted[0], wanted[1]) if wanted else None)
        except NoSuchSource as error:
            raise BlockError(str(error), "lines" if "has lines" in str(error) else "dotted") from None
        if fields.lab and find_lab(fields.lab) is None and planned_lab(fields.lab) is None:
            raise BlockError(f"there is no lab “{fields.lab}”", "lab")
        html = template(
            "code",
            key=key,
            source=source,
            code=highlight(source.text, PythonLexer(), HtmlFormatter(nowrap=True)),
            lab=fields.lab if find_lab(fields.lab) else "",
            caption=inline(fields.caption),
        )
        return Built(html, f"{fields.dotted} {fields.caption}")
