"""The text in a file's bytes. The formats ask for UTF-8; what editors write besides is read, with a notice, or refused."""

import codecs
import re
from dataclasses import dataclass

MAX_BYTES = 1_500_000
"""Of text, for one import: what its form can send back whole, with its other fields (`DATA_UPLOAD_MAX_MEMORY_SIZE`)."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class NoText(ValueError):
    """The bytes are no text that can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with line ends of one kind, and what had to be guessed to read it."""

    text: str
    notice: str = ""


def decode(data: bytes) -> Decoded:
    """Raises `NoText` for what is another kind of file, or in no known encoding."""
    if data.startswith((b"PK\x03\x04", b"%PDF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        raise NoText("This is no text file, but a document or an archive. Save it as plain text, or unpack it first.")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(cleaned(_strict(data[len(mark) :], encoding)))
    return _without_mark(data)


def _without_mark(data: bytes) -> Decoded:
    if encoding := _silent_utf16(data):
        return Decoded(cleaned(_strict(data, encoding)), "The file was read as UTF-16 without a byte-order mark.")
    try:
        return Decoded(cleaned(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        notice = f"The file is not UTF-8 (line {line}). It was read as Western European (Windows-1252): look at its letters."
        return Decoded(cleaned(_strict(data, "cp1252")), notice)


def _silent_utf16(data: bytes) -> str:
    """UTF-16 of mostly Western text has a zero in every other byte."""
    head = data[:400]
    if len(head) < 4 or len(data) % 2:
        return ""
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    return "utf-16-le" if odd > 0.6 > even else "utf-16-be" if even > 0.6 > odd else ""


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoText(f"The file says or looks like {encoding.upper()}, but is not. Save it as UTF-8 and try again.") from error


def cleaned(text: str) -> str:
    """Line ends of one kind. Raises `NoText` for characters that no text has."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if found := _NO_TEXT.search(plain):
        line = plain.count("\n", 0, found.start()) + 1
        raise NoText(f"Line {line} holds a character that no text has (U+{ord(found[0]):04X}). Save the file as UTF-8 text.")
    return plain
