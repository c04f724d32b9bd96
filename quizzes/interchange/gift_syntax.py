"""The characters of GIFT: what is escaped, where questions part, what comments say.

Format: docs.moodle.org, “GIFT format”. Blank lines part questions, `//` begins a comment line, a backslash takes the meaning
from `~ = # { } :` and itself, and `\\n` is a line end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPED = {sign: chr(0xFDD0 + place) for place, sign in enumerate("\\:#={}~n")}
"""For each character its stand-in: code points that no text has (`encoding` refuses them)."""
_ESCAPE = re.compile(r"\\([\\:#={}~n])")
_MEANT = str.maketrans({sign: "\n" if character == "n" else character for character, sign in _ESCAPED.items()})
_AS_WRITTEN = str.maketrans({sign: f"\\{character}" for character, sign in _ESCAPED.items()})
NEAR = 60
"""As many lines below a blank one are searched for the brace that closes."""
_SPECIAL = re.compile(r"[\\:#={}~]")
_TOKEN = re.compile(r"\[(id|tag):((?:\\\]|[^\[\]\x00-\x1f]){1,255})\]")
_CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)$")


def hidden(text: str) -> str:
    """The text with each escaped character as a sign of its own, so that what is left of `~=#{}:` has its meaning."""
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], text)


def meant(text: str) -> str:
    """A part of a hidden text as its author meant it."""
    return text.translate(_MEANT).strip()


def as_written(text: str) -> str:
    """A part of a hidden text as it stands in the file."""
    return text.translate(_AS_WRITTEN)


def escape(text: str) -> str:
    """Any text for a place in GIFT, on one line."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text).replace("\n", "\\n")


def token(name: str, value: str) -> str:
    """An id or a tag for a comment."""
    return f"[{name}:{value.replace(']', chr(92) + ']')}]"


@dataclass(frozen=True, slots=True)
class Block:
    """A question's lines, hidden and without comments. `line` is where the text begins, `category` where it stands."""

    line: int
    text: str
    comments: str
    category: str
    joined: bool = False

    def line_at(self, offset: int) -> int:
        return self.line + self.text.count("\n", 0, max(0, offset))

    @property
    def name(self) -> str:
        """The first `[id:…]` of its comments."""
        return next((value for kind, value in self._tokens() if kind == "id"), "")

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(value for kind, value in self._tokens() if kind == "tag")

    def _tokens(self) -> list[tuple[str, str]]:
        return [(kind, value.replace("\\]", "]").strip()) for kind, value in _TOKEN.findall(self.comments)]


def blocks(text: str) -> Iterator[Block]:
    """The questions of a file. A blank line inside of braces parts nothing, as long as they are closed before others open."""
    category, pending = "", list[tuple[int, str]]()
    lines = text.split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        if found := _CATEGORY.match(line):
            if pending:
                yield _block(pending, category)
            category, pending = found[1].strip(), []
        elif line.strip() or (pending and _stays_open(pending, lines[number : number + NEAR])):
            pending.append((number, line))
        elif pending:
            yield _block(pending, category)
            pending = []
    if pending:
        yield _block(pending, category)


def _stays_open(pending: list[tuple[int, str]], below: list[str]) -> bool:
    """Whether the braces that are open here are closed further down before others open."""
    held = hidden("\n".join(line for _, line in pending if not _is_comment(line)))
    if held.count("{") <= held.count("}"):
        return False
    rest = hidden("\n".join(line for line in below if not _is_comment(line)))
    closing, opening = rest.find("}"), rest.find("{")
    return closing >= 0 and (opening < 0 or closing < opening) and "::" not in rest[:closing]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _block(lines: list[tuple[int, str]], category: str) -> Block:
    kept = [(number, line) for number, line in lines if not _is_comment(line)]
    comments = "\n".join(line for _, line in lines if _is_comment(line))
    if not kept:
        return Block(lines[0][0], "", comments, category)
    first = kept[0][0]
    by_number = dict(kept)
    text = "\n".join(by_number.get(number, "") for number in range(first, lines[-1][0] + 1))
    joined = any(not line.strip() for _, line in lines)
    return Block(first, hidden(text).rstrip(), comments, category, joined)
