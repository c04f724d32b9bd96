"""Anki packages for tests, made by genanki as Anki itself would write them."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import genanki

IMAGES = genanki.Model(
    77, "Basic", fields=[{"name": "Front"}, {"name": "Back"}],
    templates=[{"name": "Card 1", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}"}],
)  # fmt: skip


def note(front: str, back: str, *, guid: str, tags: Sequence[str] = (), model: Any = IMAGES) -> Any:
    return genanki.Note(model, [front, back], guid=guid, tags=list(tags))


def apkg(folder: Path, *notes: Any, deck: str = "Systems::Caches") -> bytes:
    made = genanki.Deck(4711, deck)
    for each in notes:
        made.add_note(each)
    path = folder / "deck.apkg"
    genanki.Package(made).write_to_file(path)
    return path.read_bytes()


def zipped(**members: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return whole.getvalue()
