"""What the admin asks before it saves content: whether the files' own rules would take it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from courses.loading.kinds import Kind, Material, Piece, kind_named
from courses.loading.source import MaterialError, SourceFile
from courses.loading.three_way import untouched
from courses.loading.yaml_source import words


class Rows(Mapping[str, Sequence[Piece[Any]]]):
    """The rows of each kind as pieces, made when they are asked for."""

    def __init__(self) -> None:
        self.made: dict[str, Sequence[Piece[Any]]] = {}

    def __getitem__(self, name: str) -> Sequence[Piece[Any]]:
        if name not in self.made:
            kind = kind_named(name)
            self.made[name] = [piece_of_row(kind, row) for row in kind.rows()]
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)


class Database(Material):
    """The material as the database has it."""

    def __init__(self) -> None:
        self.pieces = Rows()

    def has(self, kind: str, slug: str) -> bool:
        return kind_named(kind).find(slug) is not None


def piece_of_row(kind: Kind[Any], row: Any) -> Piece[Any]:
    """A row as the piece of a file that it would be. Raises `ValidationError` and `MaterialError`."""
    (piece,) = kind.pieces(SourceFile(kind.path_for(row), kind.canonical(kind.entry_of(row))))
    return piece


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; `line` counts in its text (`body`), 0 where it is about another field.

    `field` is the name of that field in files; empty where the fault is of the whole.
    """

    line: int
    what: str
    field: str = ""


def faults_of(kind: Kind[Any], row: Any) -> list[Fault]:
    """What stands against saving this row, by the rules of its kind of file."""
    try:
        piece = piece_of_row(kind, row)
        problems = list(kind.check(piece, Database()))
    except ValidationError as error:
        return [Fault(0, words(dict(item), kind.schema), str((*item["loc"], "")[0])) for item in error.errors()]
    except MaterialError as error:
        return [Fault(0, problem.what) for problem in error.problems]
    first = getattr(piece.entry, "body_line", 0)
    return [Fault(max(0, problem.line - first + 1) if first else 0, problem.what) for problem in problems]


def state_of(kind: Kind[Any], row: Any) -> str:
    """How a row stands to its file, in a word: conflict, edited, from a file, only here."""
    source = kind.source(row)
    if source.in_conflict:
        return "conflict"
    if not source.source_path:
        return "only here"
    return "from its file" if untouched(kind, row, source) else "edited"
