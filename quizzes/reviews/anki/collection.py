"""Notes, note types and decks in an Anki collection of schema 11. The database comes from anywhere, so it is only read.

Its tables are documented by the AnkiDroid project ("Database Structure"): `notes` hold fields parted by 0x1f, `cards` tie a
note's template (`ord`) to a deck, `col` holds note types and decks as JSON.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from quizzes.reviews.anki.archive import NO_PACKAGE, TOO_MUCH, TOO_NEW, AnkiUnreadable

MAX_CARDS = 5_000
MAX_ORD = 10_000
MAX_TEMPLATE = 20_000
MAX_VALUE_BYTES = 8_000_000
MAX_FIELDS_CHARACTERS = 16_000_000
"""All notes' fields, counted once for each of their cards: a long note with thousands of cards must not fill the memory."""
TABLES = ("col", "notes", "cards")
STEPS_BETWEEN_LOOKS = 10_000
MOST_LOOKS = 20_000
"""A hostile table can make a query without end: it is stopped after so many steps of SQLite's machine."""
WRITE_AHEAD, ROLLBACK = b"\x02\x02", b"\x01\x01"
CLOZE_TYPE = 1


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class NoteType:
    """The fields' names in order, and the templates by number. A cloze type has one template for all its cards."""

    name: str
    fields: tuple[str, ...]
    templates: Mapping[int, Template]
    cloze: bool


@dataclass(frozen=True, slots=True)
class NoteCard:
    """One card of a note."""

    guid: str
    ord: int
    deck: str
    tags: tuple[str, ...]
    values: tuple[str, ...]
    type: NoteType


def note_cards(database: bytes) -> list[NoteCard]:
    """All cards, in the order of their notes. Raises `AnkiUnreadable`."""
    try:
        with _opened(database) as connection:
            _tables_or_refuse(connection)
            types, decks = _types_and_decks(connection)
            return _cards(connection, types, decks)
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise AnkiUnreadable(NO_PACKAGE) from error


@contextmanager
def _opened(database: bytes) -> Iterator[sqlite3.Connection]:
    """In memory, for reading alone. A file left in write-ahead mode is read as its last checkpoint left it."""
    if not database.startswith(b"SQLite format 3\x00"):
        raise AnkiUnreadable(NO_PACKAGE)
    if database[18:20] == WRITE_AHEAD:
        database = database[:18] + ROLLBACK + database[20:]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(database)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)  # after the file, which counts as a value
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        looks = iter(range(MOST_LOOKS))
        connection.set_progress_handler(lambda: next(looks, None) is None, STEPS_BETWEEN_LOOKS)
        connection.text_factory = lambda raw: raw.decode(errors="replace").replace("\x00", "")
        yield connection


def _tables_or_refuse(connection: sqlite3.Connection) -> None:
    """Anki's are plain tables. A view, or a virtual table, is a program that somebody else wrote."""
    found = connection.execute("SELECT name, type, rootpage FROM sqlite_master WHERE lower(name) IN (?, ?, ?)", TABLES)
    plain = {str(name).lower() for name, sort, page in found if sort == "table" and page}
    if plain != set(TABLES):
        raise AnkiUnreadable(NO_PACKAGE)


def _types_and_decks(connection: sqlite3.Connection) -> tuple[dict[int, NoteType], dict[int, str]]:
    models, decks = connection.execute("SELECT models, decks FROM col LIMIT 1").fetchone()
    if not models or not (found := json.loads(models)):
        raise AnkiUnreadable(TOO_NEW)
    names = {int(key): _plain(deck["name"]).replace("\x1f", "::") for key, deck in json.loads(decks).items()}
    return {int(key): _note_type(model) for key, model in found.items()}, names


def _plain(text: Any) -> str:
    """JSON can write NUL and halves of characters; no text here may hold them."""
    return str(text).encode(errors="ignore").decode().replace("\x00", "")


def _note_type(model: Mapping[str, Any]) -> NoteType:
    made = (
        Template(_plain(each["name"]), _plain(each["qfmt"])[:MAX_TEMPLATE], _plain(each["afmt"])[:MAX_TEMPLATE])
        for each in model["tmpls"]
    )
    templates = {int(each["ord"]): template for each, template in zip(model["tmpls"], made, strict=True)}
    fields = sorted(model["flds"], key=lambda each: int(each["ord"]))
    names = tuple(_plain(each["name"]) for each in fields)
    return NoteType(_plain(model["name"]), names, templates, cloze=model.get("type") == CLOZE_TYPE)


def _cards(connection: sqlite3.Connection, types: Mapping[int, NoteType], decks: Mapping[int, str]) -> list[NoteCard]:
    """Cards whose note or type is missing, or whose number none has, are no cards. Raises `AnkiUnreadable` for too many.

    They are put in order here: SQLite would first copy all that it puts in order.
    """
    rows = connection.execute(
        "SELECT notes.id, notes.guid, notes.mid, notes.tags, notes.flds, cards.ord, cards.did"
        " FROM cards JOIN notes ON notes.id = cards.nid LIMIT ?",
        [MAX_CARDS + 1],
    )
    found: list[tuple[int, NoteCard]] = []
    characters = 0
    for number, (note, guid, model, tags, values, place, deck) in enumerate(rows):
        characters += len(str(values)) + len(str(tags))
        if number >= MAX_CARDS:
            raise AnkiUnreadable(f"The deck has more than {MAX_CARDS:,} cards. Export it in parts, deck by deck.")
        if characters > MAX_FIELDS_CHARACTERS:
            raise AnkiUnreadable(TOO_MUCH)
        if (kind := types.get(int(model))) is not None and 0 <= int(place) < MAX_ORD:
            split = tuple(str(values).split("\x1f"))
            card = NoteCard(str(guid)[:120], int(place), decks.get(int(deck), ""), tuple(str(tags).split()), split, kind)
            found.append((int(note), card))
    return [card for _, card in sorted(found, key=lambda each: (each[0], each[1].ord))]
