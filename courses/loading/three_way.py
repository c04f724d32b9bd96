"""What becomes of a row when its file is read again: the file as it was last loaded, the file as it is, the row as it is."""

from enum import StrEnum
from typing import Any

from courses.loading.kinds import Kind, Piece
from courses.loading.source import MaterialError, SourceFile, text_hash
from courses.models.material import MaterialSource


class Outcome(StrEnum):
    """`EDITED`: the row differs from its unchanged file. `MOVED`: same content in another file, or at another place of it."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    EDITED = "edited"
    SAME = "same"
    CONFLICT = "conflict"
    GONE = "gone"


def fields_hash(kind: Kind[Any], row: Any) -> str:
    """The hash of a row's content as it is now."""
    return kind.fingerprint(kind.entry_of(row))


def untouched(kind: Kind[Any], row: Any, source: MaterialSource) -> bool:
    """Whether the row still says what was last loaded. Falls back on the text itself: the schema may have changed since."""
    now = fields_hash(kind, row)
    if now == source.loaded_hash:
        return True
    before = entry_as_loaded(kind, source)
    return before is not None and kind.fingerprint(before) == now


def entry_as_loaded(kind: Kind[Any], source: MaterialSource) -> Any | None:
    """The entry in the text that the row was last loaded from; None where there is none, or none that can be read today."""
    try:
        (piece,) = kind.pieces(SourceFile(source.source_path or "unknown", source.source_text))
    except (MaterialError, ValueError):
        return None
    return piece.entry


def decide(kind: Kind[Any], piece: Piece[Any], row: Any | None) -> Outcome:
    """What loading this piece means, without doing it."""
    if row is None:
        return Outcome.CREATED
    source = kind.source(row)
    if source.source_hash == text_hash(piece.text):
        if not untouched(kind, row, source):
            return Outcome.EDITED
        stays = (source.source_path, source.source_position) == (piece.path, piece.position)
        return Outcome.UNCHANGED if stays else Outcome.MOVED
    if source.source_hash and untouched(kind, row, source):
        return Outcome.UPDATED
    return Outcome.SAME if fields_hash(kind, row) == kind.fingerprint(piece.entry) else Outcome.CONFLICT


def carry_out(kind: Kind[Any], piece: Piece[Any], row: Any | None, outcome: Outcome) -> None:
    """Make the row, and what it remembers of its file, agree with the outcome."""
    if row is None or outcome in (Outcome.CREATED, Outcome.UPDATED):
        accept(kind, piece, kind.apply(piece.entry, row))
    elif outcome in (Outcome.SAME, Outcome.MOVED):
        accept(kind, piece, row)
    elif outcome is Outcome.CONFLICT:
        kind.remember(row, conflict_text=piece.text, source_path=piece.path, source_position=piece.position)
    elif kind.source(row).in_conflict:
        kind.remember(row, conflict_text="")


def accept(kind: Kind[Any], piece: Piece[Any], row: Any) -> None:
    """The row now says what the piece says."""
    kind.remember(
        row,
        source_path=piece.path,
        source_position=piece.position,
        source_text=piece.text,
        source_hash=text_hash(piece.text),
        loaded_hash=fields_hash(kind, row),
        conflict_text="",
    )


def take_files_side(kind: Kind[Any], row: Any) -> None:
    """End a conflict with the file's text. Raises `MaterialError` when that text cannot be read any more."""
    source = kind.source(row)
    piece = piece_of(kind, source.source_path, source.conflict_text)
    accept(kind, positioned(piece, source), kind.apply(piece.entry, row))


def keep_admins_side(kind: Kind[Any], row: Any) -> None:
    """End a conflict with the row as it is: the file's text counts as seen. The row stays edited until it is exported."""
    source = kind.source(row)
    text = source.conflict_text
    kind.remember(row, source_text=text, source_hash=text_hash(text), loaded_hash=text_hash(text), conflict_text="")


def piece_of(kind: Kind[Any], path: str, text: str) -> Piece[Any]:
    (piece,) = kind.pieces(SourceFile(path, text))
    return piece


def positioned(piece: Piece[Any], source: MaterialSource) -> Piece[Any]:
    return Piece(piece.entry, source.conflict_text, source.source_path, source.source_position, piece.located, piece.prefix)
