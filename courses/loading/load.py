"""Reading all of the material, and loading it three ways in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from courses.loading.kinds import EntryRefused, Kind, Material, Piece, all_kinds, kind_of_path
from courses.loading.source import MaterialError, Problem, SourceFile
from courses.loading.three_way import Outcome, carry_out, decide

MAXIMUM_BYTES = 1_000_000
NOT_CONTENT = {"coverage-ids.yaml", "plan.yaml", "README.md"}
LOCK = 0x504C494D  # "PLIM": two starting sites must not load at the same time


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did to one entry."""

    kind: str
    slug: str
    path: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, entry by entry."""

    entries: tuple[Loaded, ...]

    def of(self, outcome: Outcome) -> list[Loaded]:
        return [entry for entry in self.entries if entry.outcome is outcome]

    def counts(self) -> dict[str, int]:
        return dict(Counter(entry.outcome.value for entry in self.entries))


def material_folder() -> Path:
    """The site's own material, unless the setting names another folder."""
    return Path(settings.MATERIAL_DIR)


def read_files(folder: Path) -> Iterator[SourceFile]:
    """The files of the material, in the order of their paths. Raises `MaterialError`."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.suffix not in (".md", ".yaml") or name in NOT_CONTENT or "/." in f"/{name}":
            continue
        if path.stat().st_size > MAXIMUM_BYTES:
            raise MaterialError([Problem(name, 1, f"the file is larger than {MAXIMUM_BYTES} bytes")])
        try:
            yield SourceFile(name, path.read_bytes().decode())
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            raise MaterialError([Problem(name, line, "not UTF-8")]) from None


def parse_material(folder: Path | None = None) -> Material:
    """Every entry of every file, parsed and checked. Raises `MaterialError` with all problems of all files."""
    folder = folder or material_folder()
    if not folder.is_dir():
        raise MaterialError([Problem(str(folder), 1, "there is no such folder")])
    found: dict[str, list[Piece[Any]]] = defaultdict(list)
    problems: list[Problem] = []
    for file in read_files(folder):
        kind = kind_of_path(file.path)
        if kind is None:
            problems.append(file.problem(1, "no kind of material has files here"))
            continue
        try:
            found[kind.name].extend(kind.pieces(file))
        except MaterialError as error:
            problems.extend(error.problems)
    material = Material(found)
    problems.extend(doubles(found))
    for kind in all_kinds():
        problems.extend(problem for piece in found[kind.name] for problem in kind.check(piece, material))
    if problems:
        raise MaterialError(problems)
    return material


def doubles(found: dict[str, list[Piece[Any]]]) -> Iterator[Problem]:
    """Two entries of one kind with one slug."""
    for name, pieces in found.items():
        first: dict[str, Piece[Any]] = {}
        for piece in pieces:
            other = first.setdefault(piece.entry.slug, piece)
            if other is not piece:
                where = f"{other.path}:{other.located.line((*other.prefix, 'slug'))}"
                yield piece.problem(f"the {name} “{piece.entry.slug}” is already in {where}", "slug")


def load_material(folder: Path | None = None) -> Report:
    """Load everything, or nothing. Raises `MaterialError`."""
    material = parse_material(folder)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        entries = [entry for kind in all_kinds() for entry in load_kind(kind, material)]
        for kind in all_kinds():
            kind.loaded()
    return Report(tuple(entries))


def load_kind(kind: Kind[Any], material: Material) -> Iterator[Loaded]:
    rows = {row.slug: row for row in kind.rows()}
    for piece in material.pieces.get(kind.name, ()):
        row = rows.get(piece.entry.slug)
        outcome = decide(kind, piece, row)
        try:
            carry_out(kind, piece, row, outcome)
        except EntryRefused as error:
            raise MaterialError([piece.problem(str(error))]) from None
        yield Loaded(kind.name, piece.entry.slug, piece.path, outcome)
    there = material.slugs.get(kind.name, set())
    for slug, row in rows.items():
        path = kind.source(row).source_path
        if path and slug not in there:
            yield Loaded(kind.name, slug, path, Outcome.GONE)
