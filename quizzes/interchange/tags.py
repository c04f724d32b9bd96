"""Tags of other systems as tags of the bank, and what of a question travels as a tag because no format has a place for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import slugify

_DIFFICULTY = re.compile(r"^difficulty[:-]([1-5])$", re.I)
_COVERS = re.compile(r"^covers:([\w-]+)$", re.I)
_NO_TAG = re.compile(r"^(?:\$.*\$|top|default(?: for .*)?)$", re.I)


@dataclass(frozen=True, slots=True)
class Tags:
    """`difficulty` is None where no tag speaks of it."""

    tags: tuple[str, ...] = ()
    difficulty: int | None = None
    covers: tuple[str, ...] = ()


def written(tags: Iterable[str], difficulty: int, covers: Iterable[str]) -> tuple[str, ...]:
    """All three as tags."""
    return (*tags, f"difficulty:{difficulty}", *(f"covers:{each}" for each in covers))


def read(found: Iterable[str]) -> Tags:
    """Tags of a file, whatever their spelling, as the bank has them: small letters, digits, hyphens."""
    plain: list[str] = []
    covers: list[str] = []
    difficulty = None
    for tag in found:
        if match := _DIFFICULTY.match(tag.strip()):
            difficulty = int(match[1])
        elif match := _COVERS.match(tag.strip()):
            covers.append(match[1])
        else:
            plain.append(tag_name(tag))
    return Tags(tuple(dict.fromkeys(tag for tag in plain if tag)), difficulty, tuple(dict.fromkeys(covers)))


def tag_name(text: str) -> str:
    """Letters of other alphabets are kept out: the material's files know plain names only."""
    return re.sub(r"-{2,}", "-", slugify(re.sub("[_/]", "-", text)))[:80].strip("-")


def of_category(path: str) -> tuple[str, ...]:
    """The parts of a category's path (`$course$/top/Networks/TCP`) that say something; `//` is a slash in a name."""
    parts = [part.replace("\x00", "/").strip() for part in path.replace("//", "\x00").split("/")]
    return tuple(part for part in parts if part and not _NO_TAG.match(part))
