"""A tree of XML with line numbers, from a parser that refuses what makes XML dangerous: document types and entities.

Without them nothing can be expanded (“billion laughs”) or fetched. expat is Python's own parser; see docs.python.org, “XML
security”.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from quizzes.interchange.records import Unreadable

MAX_DEPTH = 60
MAX_ELEMENTS = 500_000


@dataclass(slots=True)
class Element:
    """`text` is all character data directly inside."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: "list[Element]" = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def first(self, tag: str) -> "Element | None":
        return next(self.all(tag), None)

    def all(self, tag: str) -> "Iterator[Element]":
        return (child for child in self.children if child.tag == tag)

    def words(self, *path: str) -> str:
        """The text at the end of a path of tags, stripped; empty where there is none."""
        found: Element | None = self
        for tag in path:
            found = found.first(tag) if found is not None else None
        return found.text.strip() if found is not None else ""


def parsed(text: str) -> Element:
    """The root. Raises `Unreadable` with the line of the fault."""
    builder = _Builder()
    try:
        builder.parser.Parse(text, True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, str(error))
        raise Unreadable(f"This is no well-formed XML: {what}.", error.lineno) from None
    assert builder.root is not None
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        parser = self.parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data

    def _refuse_doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise Unreadable(
            "A document type (<!DOCTYPE …>) is refused: it can hold entities that grow without end. Remove it.", line
        )

    def _refuse_entity(self, *_: object) -> None:
        raise Unreadable("Declared entities are refused.", self.parser.CurrentLineNumber)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise Unreadable("The elements are nested too deeply, or too many.", self.parser.CurrentLineNumber)
        element = Element(tag, attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _end(self, _tag: str) -> None:
        self.open.pop()

    def _data(self, data: str) -> None:
        if self.open:
            self.open[-1].parts.append(data)
