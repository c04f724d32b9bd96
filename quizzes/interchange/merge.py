"""A question that comes back from elsewhere keeps what no file can hold: misconceptions, sources, formulas, option names.

A three-way merge. The base is the *echo*: the bank's question, written in the file's format and read again. What the file says
otherwise than the echo was changed by somebody and is taken; where both agree, the bank's own is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from quizzes.interchange.formats import Format
from quizzes.interchange.from_bank import record_of
from quizzes.interchange.records import Notes, NotHeld, Record, Unreadable
from quizzes.interchange.tags import read
from quizzes.interchange.to_bank import LETTERS, defined
from quizzes.services.bank import Content, definition_problems

MISSING: Any = object()
IDENTITIES = ("text", "left", "formula", "criterion")
"""What tells the entries of a list apart, whatever their ids."""
LEFT_BEHIND = "what the file cannot hold does not fit any more and is left behind: "


def content_of(record: Record, notes: Notes) -> Content:
    """What a record says on its own. Raises `Unreadable`."""
    made, said = defined(record.body, notes), read(record.tags or ())
    return Content(
        kind=made.kind, stem=record.stem, definition=made.definition, hints=record.hints, explanation=record.explanation,
        tags=said.tags, difficulty=said.difficulty or 2, covers=said.covers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A record's content, and whether the file speaks of what it may leave out."""

    content: Content
    tags: bool
    difficulty: bool


def said_by(record: Record, notes: Notes) -> Said:
    """Raises `Unreadable`."""
    return Said(content_of(record, notes), record.tags is not None, read(record.tags or ()).difficulty is not None)


def merged(new: Said, slug: str, old: Content, form: Format, notes: Notes) -> Content:
    """The content of the question after the import."""
    echo = echo_of(slug, old, form)
    if echo is None or echo.kind != new.content.kind:
        return replace(new.content, **_unspoken(new, old))
    fields = {name: _three_way(getattr(new.content, name), getattr(echo, name), getattr(old, name)) for name in _WHOLE}
    definition = deep(new.content.definition, echo.definition, old.definition)
    content = replace(new.content, **fields, **_unspoken(new, old), definition=definition)
    if problems := definition_problems(content.kind, content.definition, content.stem):
        notes.add(LEFT_BEHIND + problems[0])
        content = replace(content, stem=new.content.stem, definition=new.content.definition)
    return content


_WHOLE = ("stem", "hints", "explanation")


def _unspoken(new: Said, old: Content) -> dict[str, Any]:
    """What the file says nothing of stays: sources always, tags, difficulty and coverage where it has none."""
    return {
        "sources": old.sources,
        "tags": new.content.tags if new.tags else old.tags,
        "difficulty": new.content.difficulty if new.difficulty else old.difficulty,
        "covers": new.content.covers or old.covers,
    }


def _three_way(new: Any, echo: Any, old: Any) -> Any:
    same = list(new) == list(echo) if isinstance(new, list | tuple) else new == echo
    return old if same else new


def echo_of(slug: str, content: Content, form: Format) -> Content | None:
    """What an export of this question in this format would say; None where the format cannot hold it."""
    try:
        record, lost = record_of(slug, content)
        items = form.read(f"{form.head}{form.write(record, lost).text}{form.foot}", "markdown").items
        return content_of(items[0], Notes()) if len(items) == 1 and isinstance(items[0], Record) else None
    except (NotHeld, Unreadable, ValueError):
        return None


def deep(new: Any, echo: Any, old: Any) -> Any:
    """The three-way merge of a definition. `MISSING` stands for a field that is not there."""
    if new is not MISSING and echo is not MISSING and new == echo:
        return old
    if isinstance(new, dict) and isinstance(echo, dict) and isinstance(old, dict):
        names = [*old, *(name for name in new if name not in old)]
        found = {name: deep(new.get(name, MISSING), echo.get(name, MISSING), old.get(name, MISSING)) for name in names}
        return {name: value for name, value in found.items() if value is not MISSING}
    if _entries(new) and _entries(echo) and isinstance(old, list) and len(echo) == len(old):
        return list(_aligned(new, echo, [entry if isinstance(entry, dict) else {"text": entry} for entry in old]))
    return old if new is MISSING and echo is MISSING else new


def _entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _aligned(new: Sequence[dict[str, Any]], echo: Sequence[dict[str, Any]], old: Sequence[dict[str, Any]]) -> Iterator[Any]:
    """Entries find their counterpart by their text, else by their place; ids are the bank's own, new ones get free letters."""
    partners = _partners(new, echo)
    used = {old[place]["id"] for place in partners.values() if "id" in old[place]}
    free = (letters for letters in _names() if letters not in used)
    for place, entry in enumerate(new):
        if place in partners:
            partner = partners[place]
            yield deep(_nameless(entry), _nameless(echo[partner]), old[partner])
        else:
            yield {**entry, "id": next(free)} if "id" in entry else entry


def _nameless(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "id"}


def _partners(new: Sequence[dict[str, Any]], echo: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Place in the file -> place in the bank."""
    places = {_identity(entry): place for place, entry in reversed(list(enumerate(echo)))}
    found: dict[int, int] = {}
    for place, entry in enumerate(new):
        partner = places.get(_identity(entry))
        if partner is not None and partner not in found.values():
            found[place] = partner
    if len(new) == len(echo):
        for place in range(len(new)):
            if place not in found and place not in found.values():
                found[place] = place
    return found


def _identity(entry: dict[str, Any]) -> Any:
    return next((str(entry[name]) for name in IDENTITIES if name in entry), None)


def _names() -> Iterable[str]:
    yield from LETTERS
    yield from ("".join(pair) for pair in product(LETTERS, LETTERS))
