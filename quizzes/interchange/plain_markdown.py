"""Plain words as Markdown that shows just these words: what would be read as a sign is escaped, and only that."""

import re

_SIGNS = re.compile(
    r"\\(?![a-zA-Z0-9])"  # a backslash before what it could escape
    r"|`"
    r"|(?<!\s)\*|\*(?!\s)"
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore inside a word is no sign
    r"|\[(?=[^\[\]]*\]\s?[(\[:]|\^|\[)"
    r"|[~^]"
)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_STARTS = (
    (re.compile(r"^(?=[#>]|[+-](?:\s|$)|(?:-\s*){2,}$|-{2,})"), "\\\\"),
    (re.compile(r"^(\d{1,9})(?=[.)](?:\s|$))"), r"\1\\"),
    (re.compile(r"^!(?=!!)"), "\\\\!"),
    (re.compile(r"^\?(?=\?\?)"), "&#63;"),
    (re.compile(r"^=(?==*\s*$)"), "&#61;"),
    (re.compile(r"^:(?=\s|$)"), "&#58;"),
    (re.compile(r"^\|"), "&#124;"),
)


def escaped(text: str) -> str:
    """One line of plain text as Markdown, wherever in a line it stands."""
    safe = _ENTITY.sub("&amp;", text)
    safe = _SIGNS.sub(lambda found: "\\" + found[0], safe)
    return _TAG.sub("&lt;", safe)


def guarded(line: str) -> str:
    """A line of Markdown that begins with none of the signs that open a block."""
    for pattern, instead in _STARTS:
        line = pattern.sub(instead, line, count=1)
    return line


def from_plain(text: str) -> str:
    """Plain text: blank lines part paragraphs, other line ends stay where they are."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.strip())
    return "\n\n".join("  \n".join(_line(each) for each in paragraph.split("\n")) for paragraph in paragraphs)


def _line(text: str) -> str:
    return guarded(escaped(re.sub(r"[ \t\f\v]+", " ", text.strip())))
