"""`mermaid`: a diagram, drawn on the server. `alt` says in words what it shows, for those who do not see it."""

from typing import ClassVar

from pydantic import Field

from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template
from courses.rendering.mermaid import DiagramError, draw


class DiagramFields(Fields):
    alt: str = Field(min_length=10, max_length=1000)
    source: str = Field(min_length=1)
    caption: str = ""


class DiagramBlock(Block):
    name: ClassVar[str] = "mermaid"
    schema = DiagramFields

    def build(self, fields: DiagramFields, key: str) -> Built:
        try:
            light, dark = draw(fields.source, "light"), draw(fields.source, "dark")
        except DiagramError as error:
            raise BlockError(str(error), "source", line=error.line) from None
        html = template("diagram", key=key, light=light, dark=dark, alt=fields.alt, caption=inline(fields.caption))
        return Built(html, f"{fields.alt} {fields.caption}", (light, dark))
