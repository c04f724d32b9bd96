"""The slug of an imported question: always the same for the same one, so that a second import finds what the first made.

The id of the file (`[id:…]` in GIFT, `<idnumber>` in Moodle XML) names it; else its title; else, where the bank has exactly one
question with the very same text, that one's slug; else the first words of its text. A prefix goes before all but the third, and
before no id that is a slug of the bank as it stands, with capitals and underscores.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping

from quizzes.interchange.records import Record

LONGEST = 80
_NEITHER = re.compile(r"[^a-z0-9]+")
_FENCES = re.compile(r"```.*?```|~~~.*?~~~|[`*_~^#>\[\]]", re.S)


def slug_of(record: Record, prefix: str, known: Mapping[str, str], taken: Collection[str] = ()) -> str:
    """`known`: slugs of the bank by the folded text of their question, for texts that only one question has; `taken`: those
    that are ids of the file."""
    if record.name in taken and _begins_with(record.name, prefix):
        return record.name
    for source in (record.name, record.title):
        if named := slugified(source):
            return named if _begins_with(named, prefix) else _short(f"{prefix}{named}", source)
    if folded(record.stem) in known and not (record.name or record.title):
        return known[folded(record.stem)]
    words = slugified(_FENCES.sub(" ", record.stem)) or "question"
    return _short(f"{prefix}{words}", record.stem, longest=60)


def folded(text: str) -> str:
    """Without line ends and double blanks: Aiken knows neither."""
    return " ".join(text.split())


def _begins_with(slug: str, prefix: str) -> bool:
    """An export of what was imported with a prefix has it in its ids already."""
    return not prefix or slug.startswith(prefix)


def slugified(text: str) -> str:
    """Small letters, digits, single hyphens. Other alphabets have none of these: a hash stands for what is left of them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = _NEITHER.sub("-", plain).strip("-")
    lost = sum(character.isalpha() and not unicodedata.normalize("NFKD", character)[0].isascii() for character in text)
    if lost > len(slug):
        slug = f"{slug}-{_hash(text)}".strip("-")
    return _short(slug, text)


def _short(slug: str, whole: str, longest: int = LONGEST) -> str:
    """Cut at a word; what was cut off is told by a hash, so that equal beginnings do not collide."""
    if len(slug) <= longest:
        return slug
    head = slug[: longest - 7]
    return f"{head.rsplit('-', 1)[0] if '-' in head[20:] else head}-{_hash(whole)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def prefix_of(text: str) -> str:
    """What a person typed as a prefix, as the beginning of a slug."""
    slug = slugified(text)[:30].strip("-")
    return f"{slug}-" if slug else ""
