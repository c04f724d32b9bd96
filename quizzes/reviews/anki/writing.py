"""Cards as an Anki package. Guids come from names that stay, so importing a newer package updates the cards in Anki."""

import hashlib
import io
import itertools
import json
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from html import escape

import genanki

from courses.rendering.formula import FORMULA
from courses.rendering.markdown_html import convert

NOTE_TYPE_ID = 1_611_900_114
"""Drawn once. Anki knows the note type by it, so it must never change."""
CSS = """
.card { font: 20px/1.5 system-ui, sans-serif; max-width: 42em; margin: 1.5em auto; padding: 0 1em; text-align: left; }
.card { color: #0a2236; background: #fff; }
.nightMode.card, .night_mode .card { color: #e8f0f5; background: #0d1d2c; }
code, pre { font-family: ui-monospace, Menlo, monospace; font-size: 0.88em; }
pre { overflow-x: auto; padding: 0.6em 0.8em; border: 1px solid #8fa5b6; border-radius: 6px; }
table { border-collapse: collapse; } th, td { border: 1px solid #8fa5b6; padding: 0.2em 0.6em; text-align: left; }
label, .choice { display: block; margin: 0.3em 0; padding: 0.3em 0.7em; border: 1px solid #8fa5b6; border-radius: 6px; }
.choice.right, .choice.missed { border-color: #12704f; border-width: 2px; }
hr { border: 0; border-top: 1px solid #8fa5b6; margin: 1.2em 0; }
""".strip()
NOTE_TYPE = genanki.Model(
    NOTE_TYPE_ID,
    "Plimsoll",
    fields=[{"name": "Front"}, {"name": "Back"}],
    templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}],
    css=CSS,
)
MOST_DECKS = 1 << 30
warnings.filterwarnings("ignore", message=r"^Field contained the following invalid HTML tags", module="genanki")


@dataclass(frozen=True, slots=True)
class AnkiNote:
    """One card for Anki: sides in HTML, a deck's name with `::` between its levels."""

    guid: str
    deck: str
    front: str
    back: str
    tags: tuple[str, ...] = ()


def guid_of(*name: str) -> str:
    """Anki's name for a thing of this site, such as `guid_of("flashcard", slug)`."""
    return str(genanki.guid_for("plimsoll", *name))


def package(notes: Iterable[AnkiNote], at: datetime) -> bytes:
    """An .apkg file. `at` is when its notes were last changed: Anki takes over what is newer than its own.

    The package is put together here, in memory: genanki's own writer leaves a file behind in the temporary folder.
    """
    stamp = at.timestamp()
    with closing(sqlite3.connect(":memory:")) as connection:
        genanki.Package(_decks(notes)).write_to_db(connection.cursor(), stamp, itertools.count(int(stamp * 1000)))
        connection.commit()
        database = connection.serialize()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("collection.anki2", database)
        archive.writestr("media", json.dumps({}))
    return whole.getvalue()


def html_for_anki(text: str) -> str:
    """Markdown as HTML; formulas as Anki sets them, with MathJax."""
    formulas: list[str] = []

    def aside(found: "re.Match[str]") -> str:
        source = found["block"] or found["inline"]
        if source is None:
            return found[0]
        formulas.append(rf"\[{escape(source)}\]" if found["block"] else rf"\({escape(source)}\)")
        return f"xFORMULA{len(formulas) - 1}x"

    html = convert(FORMULA.sub(aside, text)).html
    return re.sub(r"xFORMULA(\d+)x", lambda found: formulas[int(found[1])] if int(found[1]) < len(formulas) else "", html)


def _decks(notes: Iterable[AnkiNote]) -> list[genanki.Deck]:
    decks: dict[str, genanki.Deck] = {}
    for place, note in enumerate(notes):
        deck = decks.setdefault(note.deck, genanki.Deck(_deck_id(note.deck), note.deck))
        tags = [tag.replace(" ", "-") for tag in note.tags]
        deck.add_note(
            genanki.Note(NOTE_TYPE, [_one_field(note.front), _one_field(note.back)], guid=note.guid, tags=tags, due=place)
        )
    return list(decks.values())


def _one_field(html: str) -> str:
    """0x1f parts the fields of a note, so no field may hold it."""
    return html.replace("\x1f", " ")


def _deck_id(name: str) -> int:
    """The same deck has the same number in every package."""
    return MOST_DECKS + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % MOST_DECKS
