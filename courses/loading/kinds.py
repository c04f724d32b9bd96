"""The registry of material kinds: what a file in `courses/material/` can be.

A kind says which files are its own, what their fields are (a pydantic schema), which model keeps them, how an entry
becomes a row and how a row becomes an entry again; parsing with line numbers, the three-way load, export, conflicts,
the admin's difference and coverage follow from that. Three bases: `MarkdownKind` (one entry a file: front matter and
text), `YamlKind` (one entry a file), `YamlListKind` (a list of entries in each file).

An application that sits above `courses` adds its kinds in its `AppConfig.ready`:

    register(QuestionKind())
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from courses.loading.front_matter import join_front_matter, split_front_matter
from courses.loading.source import MaterialError, Problem, SourceFile, text_hash
from courses.loading.yaml_source import SLUG_PATTERN, Located, read_model, read_yaml, write_yaml

if TYPE_CHECKING:
    from django.db import models

    from courses.models.material import MaterialSource

Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=80)]


class EntryRefused(ValueError):
    """What only writing an entry can show: why it cannot be kept, in words. Raised by `Kind.apply`."""


class Entry(BaseModel):
    """The fields of one piece of content. Order of declaration is the order in the file; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    slug: Slug
    covers: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """What the canonical file says: every field that differs from its default."""
        return self.model_dump(mode="json", exclude_defaults=True)


class TextEntry(Entry):
    """An entry with a text below its front matter. `body_line` is where the text begins in its file."""

    body: str = ""
    body_line: int = 1


E = TypeVar("E", bound=Entry)
T = TypeVar("T", bound=TextEntry)


@dataclass(frozen=True, slots=True)
class Piece(Generic[E]):
    """One entry with the very text that it was read from; the texts of a file's pieces, joined, are the file."""

    entry: E
    text: str
    path: str
    position: int
    located: Located
    prefix: tuple[str | int, ...] = ()

    def problem(self, what: str, *location: str | int) -> Problem:
        """A problem at the line of one field, such as `piece.problem("…", "options", 2)`."""
        return self.located.problem(what, (*self.prefix, *location))


class Material:
    """Everything that the files hold, for checks that cross from one kind to another."""

    def __init__(self, pieces: Mapping[str, Sequence[Piece[Any]]]) -> None:
        self.pieces = pieces
        self.slugs = {kind: {piece.entry.slug for piece in found} for kind, found in pieces.items()}

    def has(self, kind: str, slug: str) -> bool:
        return slug in self.slugs.get(kind, ())


class Kind(ABC, Generic[E]):
    """One kind of content. `order` sorts the kinds for loading: a row must come after the rows that it points at.

    `provides` is the need of the coverage map that an entry meets: lesson, quiz, flashcard, lab, adr, checklist, …
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    order: ClassVar[int]
    provides: ClassVar[str] = ""
    schema: type[E]

    @property
    @abstractmethod
    def model(self) -> "type[models.Model]":
        """The model that keeps the rows, usually a `MaterialRow`; its `slug` is the identity."""

    @abstractmethod
    def pieces(self, file: SourceFile) -> Iterator[Piece[E]]:
        """The entries of a file. Raises `MaterialError`."""

    @abstractmethod
    def canonical(self, entry: E) -> str:
        """An entry as text, the only way of writing it."""

    @abstractmethod
    def apply(self, entry: E, row: Any | None) -> Any:
        """Write an entry into its row, or into a new one, save it and return it. Leave the fields of `MaterialSource` alone.

        Raises `EntryRefused`.
        """

    @abstractmethod
    def entry_of(self, row: Any) -> E:
        """The entry that would make this row."""

    @abstractmethod
    def path_for(self, row: Any) -> str:
        """Where to export a row that came from no file."""

    def fingerprint(self, entry: E) -> str:
        """The hash of an entry's content, whatever the order of keys: the database keeps JSON in an order of its own."""
        fields = {name: value for name, value in entry.fields().items() if name != "body_line"}
        return text_hash(json.dumps(fields, sort_keys=True, ensure_ascii=False))

    def check(self, piece: Piece[E], material: Material) -> Iterable[Problem]:
        """What the schema cannot see: references to other entries, labs, code, blocks in the text."""
        return ()

    def covers(self, piece: Piece[E]) -> Iterable[tuple[str, str]]:
        """Pairs of a need and the id that this piece meets it for."""
        return ((self.provides, identity) for identity in piece.entry.covers)

    def owns(self, path: str) -> bool:
        return fnmatch(path, self.pattern) and path.count("/") == self.pattern.count("/")

    def rows(self) -> Iterable[Any]:
        return self.model._default_manager.order_by("pk")

    def find(self, slug: str) -> Any | None:
        return self.model._default_manager.filter(slug=slug).first()

    def source(self, row: Any) -> "MaterialSource":
        """What the row remembers of its file: by default the row itself does."""
        return row  # type: ignore[no-any-return]

    def remember(self, row: Any, **fields: Any) -> None:
        """Set fields of `MaterialSource`, past the history: they are no content."""
        source = self.source(row)
        for name, value in fields.items():
            setattr(source, name, value)
        type(source)._default_manager.filter(pk=source.pk).update(**fields)

    def loaded(self) -> None:
        """Called once in the transaction, after all rows of all kinds were written: the time for what spans rows."""


class MarkdownKind(Kind[T]):
    """One entry a file, `folder/slug.md` or `folder/NN-slug.md`."""

    def pieces(self, file: SourceFile) -> Iterator[Piece[T]]:
        located, body, body_line = split_front_matter(file)
        located.value.update({"body": body.strip("\n"), "body_line": body_line})
        yield Piece(read_model(self.schema, located), file.text, file.path, 0, located)

    def canonical(self, entry: T) -> str:
        fields = entry.fields()
        fields.pop("body_line", None)
        body = fields.pop("body", "")
        return join_front_matter(fields, body)


class YamlKind(Kind[E]):
    """One entry a file."""

    def pieces(self, file: SourceFile) -> Iterator[Piece[E]]:
        located = read_yaml(file.text, file.path)
        yield Piece(read_model(self.schema, located), file.text, file.path, 0, located)

    def canonical(self, entry: E) -> str:
        return write_yaml(entry.fields())


class YamlListKind(Kind[E]):
    """A list of entries in each file. A comment above an entry travels with it."""

    def pieces(self, file: SourceFile) -> Iterator[Piece[E]]:
        located = read_yaml(file.text, file.path)
        if not isinstance(located.value, list):
            raise MaterialError([located.problem("the file must be a list: each entry begins with “- ”")])
        texts = slices(file.text, [located.line((index,)) for index in range(len(located.value))])
        problems: list[Problem] = []
        for index, text in enumerate(texts):
            try:
                entry = read_model(self.schema, located, (index,))
            except MaterialError as error:
                problems.extend(error.problems)
            else:
                yield Piece(entry, text, file.path, index, located, (index,))
        if problems:
            raise MaterialError(problems)

    def canonical(self, entry: E) -> str:
        return write_yaml([entry.fields()])


def slices(text: str, starts: Sequence[int]) -> list[str]:
    """The text cut where entries start (lines from 1), each with the comments and blank lines above it."""
    lines = text.splitlines(keepends=True)
    cuts = [0]
    for start in starts[1:]:
        cut = start - 1
        while cut > cuts[-1] + 1 and lines[cut - 1].startswith("#"):
            cut -= 1
        cuts.append(cut)
    cuts.append(len(lines))
    return ["".join(lines[begin:end]) for begin, end in pairwise(cuts)][: len(starts)]


_kinds: dict[str, Kind[Any]] = {}


def register(kind: Kind[Any]) -> None:
    """Add a kind. Once for each name; called while the applications start."""
    if kind.name in _kinds and type(_kinds[kind.name]) is not type(kind):
        raise RuntimeError(f"two kinds of material are called {kind.name}")
    _kinds[kind.name] = kind


def all_kinds() -> list[Kind[Any]]:
    """The registered kinds, in the order in which they load."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.name))


def kind_named(name: str) -> Kind[Any]:
    return _kinds[name]


def kind_of_model(model: type[Any]) -> Kind[Any]:
    """The kind whose rows are of this model. Raises `LookupError`."""
    for kind in _kinds.values():
        if kind.model is model:
            return kind
    raise LookupError(f"{model.__name__} is no kind of material")


def kind_of_path(path: str) -> Kind[Any] | None:
    return next((kind for kind in all_kinds() if kind.owns(path)), None)
