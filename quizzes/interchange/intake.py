"""The text to import, from the bytes of a file. Files inside of Moodle XML stay behind: the bank keeps none."""

import re

from quizzes.interchange.encoding import MAX_BYTES, Decoded, NoText, decode

MAX_FILE_BYTES = 9_000_000
"""Of a file with pictures in it, before they are taken out."""
_FILES = re.compile(r"(<file\b[^<>]*>)([A-Za-z0-9+/=\s]*)(?=</file>)")


def text_of(data: bytes) -> Decoded:
    """Raises `NoText`."""
    if len(data) > MAX_FILE_BYTES:
        raise NoText(f"The file has more than {MAX_FILE_BYTES:,} bytes, the most that can be read. Split it.")
    found = decode(data)
    return Decoded(without_files(found.text), found.notice)


def without_files(text: str) -> str:
    """The same lines without what is encoded in them. Raises `NoText` where still too much is left."""
    lean = _FILES.sub(lambda found: found[1] + "\n" * found[2].count("\n"), text) if "<file" in text else text
    size = len(lean.encode())
    if size > MAX_BYTES:
        raise NoText(f"The text has {size:,} bytes; at most {MAX_BYTES:,} can be imported at once. Split it.")
    return lean
