"""The formats: what they are called, how they are told apart, who reads and writes them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from quizzes.interchange.aiken import looks_like_aiken, read_aiken, write_aiken
from quizzes.interchange.gift_reader import read_gift
from quizzes.interchange.gift_writer import comment as gift_comment
from quizzes.interchange.gift_writer import write_gift
from quizzes.interchange.moodle_reader import read_moodle
from quizzes.interchange.moodle_writer import FOOT, HEAD, write_moodle
from quizzes.interchange.moodle_writer import comment as moodle_comment
from quizzes.interchange.records import Reading, Record, Written


def _no_comment(text: str) -> str:
    """Aiken has none."""
    return ""


@dataclass(frozen=True, slots=True)
class Format:
    """`read` never raises; `write` raises `NotHeld`. An empty line parts questions, head and foot are around all."""

    slug: str
    label: str
    extension: str
    content_type: str
    read: Callable[[str, str], Reading]
    write: Callable[[Record, Iterable[str]], Written]
    comment: Callable[[str], str]
    head: str = ""
    foot: str = ""


GIFT = Format("gift", "GIFT", "gift.txt", "text/plain", read_gift, write_gift, gift_comment)
AIKEN = Format("aiken", "Aiken", "aiken.txt", "text/plain", read_aiken, write_aiken, _no_comment)
MOODLE = Format("moodle", "Moodle XML", "xml", "application/xml", read_moodle, write_moodle, moodle_comment, HEAD, FOOT)
FORMATS = {each.slug: each for each in (GIFT, AIKEN, MOODLE)}


def detected(text: str) -> Format | None:
    """The format of a text by its content; None where it looks like none."""
    start = text.lstrip()[:4000]
    if start.startswith("<"):
        return MOODLE if re.search(r"<quiz[\s>]|<question[\s>]|<!DOCTYPE|<\?xml", start) else None
    if looks_like_aiken(text) and not re.search(r"^[ \t]*(?:::|\$CATEGORY:)|\{[^{}]*[~=#]", text, re.M):
        return AIKEN
    return GIFT if re.search(r"(?<!\\)\{", text) or re.search(r"^[ \t]*(?:::|//|\$CATEGORY:)", text, re.M) else None
