"""The collection inside of an .apkg file: a zip archive from anywhere, opened with limits."""

import io
import json
import lzma
import zipfile
import zlib

MAX_FILE_BYTES = 9 * 1024 * 1024
MAX_COLLECTION_BYTES = 64 * 1024 * 1024
MAX_MEMBERS = 20_000
NEW_FORMAT = "collection.anki21b"
OLD_FORMATS = ("collection.anki21", "collection.anki2")
PIECE_BYTES = 1024 * 1024


class AnkiUnreadable(Exception):
    """The file cannot be read; the message says why and what to do."""


TOO_NEW = (
    "This deck is in Anki's newest format, which cannot be read here. In Anki choose File, Export, “Anki Deck Package”, and"
    " tick “Support older Anki versions”; then import that file."
)
NO_PACKAGE = "This is no Anki deck. Choose a file that ends with .apkg, as Anki's File, Export makes it."
TOO_LARGE = (
    f"The deck is larger than the {MAX_FILE_BYTES // 1024 // 1024} MB that are taken here. Export it from Anki without"
    " “Include media”: pictures and sounds are left out anyway."
)
TOO_MUCH = "The deck holds too much to be read at once. Export it from Anki in parts, deck by deck."


def collection_in(package: bytes) -> tuple[bytes, int]:
    """The SQLite file and the number of media files. Raises `AnkiUnreadable`.

    What the archive claims of its sizes is not believed: reading ends at the limit.
    """
    if len(package) > MAX_FILE_BYTES:
        raise AnkiUnreadable(TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            names = set(archive.namelist())
            if len(names) > MAX_MEMBERS:
                raise AnkiUnreadable("The deck holds too many files. Export it from Anki without “Include media”.")
            if NEW_FORMAT in names:
                raise AnkiUnreadable(TOO_NEW)
            name = next((each for each in OLD_FORMATS if each in names), None)
            if name is None:
                raise AnkiUnreadable(NO_PACKAGE)
            return _read(archive, name), _media_count(archive, names)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise AnkiUnreadable(NO_PACKAGE) from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    parts, size = [], 0
    with archive.open(name) as member:
        while part := member.read(PIECE_BYTES):
            size += len(part)
            if size > MAX_COLLECTION_BYTES:
                raise AnkiUnreadable(
                    f"Unpacked, the deck is larger than {MAX_COLLECTION_BYTES // 1024 // 1024} MB. Export fewer cards at once."
                )
            parts.append(part)
    return b"".join(parts)


def _media_count(archive: zipfile.ZipFile, names: set[str]) -> int:
    """As the archive's list of media says; as its numbered files say where the list cannot be read."""
    try:
        with archive.open("media") as member:
            return len(json.loads(member.read(4 * PIECE_BYTES)))
    except (KeyError, ValueError, TypeError):
        return sum(1 for name in names if name.isdigit())
