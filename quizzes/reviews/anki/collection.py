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

from quizzes.reviews.anki.archive import NO_PACKAGE, TOO_NEW, AnkiUnreadable

MAX_CARDS = 5_000
MAX_TEMPLATE = 20_000
STEPS_BETWEEN_LOOKS = 10_000
MOST_LOOKS = 20_000
"""A hostile view can recurse without end: the query is stopped after so many steps of SQLite's machine."""
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
            types, decks = _types_and_decks(connection)
            return list(_cards(connection, types, decks))
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
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        looks = iter(range(MOST_LOOKS))
        connection.set_progress_handler(lambda: next(looks, None) is None, STEPS_BETWEEN_LOOKS)
        connection.text_factory = lambda raw: raw.decode(errors="replace").replace("\x00", "")
        yield connection


def _types_and_decks(connection: sqlite3.Connection) -> tuple[dict[int, NoteType], dict[int, str]]:
    models, decks = connection.execute("SELECT models, decks FROM col LIMIT 1").fetchone()
    if not models or not json.loads(models):
        raise AnkiUnreadable(TOO_NEW)
    names = {int(key): str(deck["name"]).replace("\x1f", "::") for key, deck in json.loads(decks).items()}
    return {int(key): _note_type(model) for key, model in json.loads(models).items()}, names


def _note_type(model: Mapping[str, Any]) -> NoteType:
    made = (
        Template(str(each["name"]), str(each["qfmt"])[:MAX_TEMPLATE], str(each["afmt"])[:MAX_TEMPLATE])
        for each in model["tmpls"]
    )
    templates = {int(each["ord"]): template for each, template in zip(model["tmpls"], made, strict=True)}
    fields = sorted(model["flds"], key=lambda each: int(each["ord"]))
    names = tuple(str(each["name"]) for each in fields)
    return NoteType(str(model["name"]), names, templates, cloze=model.get("type") == CLOZE_TYPE)


def _cards(connection: sqlite3.Connection, types: Mapping[int, NoteType], decks: Mapping[int, str]) -> Iterator[NoteCard]:
    """Cards whose note or type is missing are no cards. Raises `AnkiUnreadable` when there are too many."""
    rows = connection.execute(
        "SELECT notes.guid, notes.mid, notes.tags, notes.flds, cards.ord, cards.did"
        " FROM cards JOIN notes ON notes.id = cards.nid ORDER BY notes.id, cards.ord LIMIT ?",
        [MAX_CARDS + 1],
    )
    for number, (guid, model, tags, values, place, deck) in enumerate(rows):
        if number >= MAX_CARDS:
            raise AnkiUnreadable(f"The deck has more than {MAX_CARDS:,} cards. Export it in parts, deck by deck.")
        if (found := types.get(int(model))) is not None:
            split = tuple(str(values).split("\x1f"))
            yield NoteCard(str(guid)[:120], int(place), decks.get(int(deck), ""), tuple(str(tags).split()), split, found)
