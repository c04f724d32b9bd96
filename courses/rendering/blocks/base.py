"""What a block is: a schema for its YAML, and how it becomes HTML.

BlockError(ValueError)   the block cannot be shown; `location` leads to the field that is wrong
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from django.template.loader import render_to_string
from pydantic import BaseModel, ConfigDict

from courses.rendering.markdown_html import convert
from courses.rendering.mermaid import Drawing


class BlockError(ValueError):
    """Why a block cannot be shown, in words for its author."""

    def __init__(self, what: str, *location: str | int, line: int = 0) -> None:
        super().__init__(what)
        self.location = location
        self.line = line


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of the material that a text points at; whoever has the material checks that it is there."""

    kind: str
    slug: str
    line: int


@dataclass(frozen=True, slots=True)
class Built:
    """A block made: trusted HTML, its words for the search, and what it brings along."""

    html: str
    text: str = ""
    drawings: tuple[Drawing, ...] = ()
    refers: tuple[tuple[str, str], ...] = ()
    covers: tuple[tuple[str, str], ...] = ()


class Fields(BaseModel):
    """The YAML of a block; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Block(ABC):
    name: ClassVar[str]
    schema: type[Any]

    @abstractmethod
    def build(self, fields: Any, key: str) -> Built:
        """Make it. `key` is unique on the page, for ids. Raises `BlockError`."""


def template(name: str, /, **context: Any) -> str:
    return render_to_string(f"courses/blocks/{name}.html", context)


def inline(text: str) -> str:
    """A phrase of Markdown without the paragraph around it, sanitised."""
    html = convert(text).html.strip()
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html
