"""Cards of a package in the site's own words: Markdown on two sides, tags, and what could not be taken."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

from quizzes.interchange.html_markdown import from_html
from quizzes.reviews.anki.archive import TOO_MUCH, AnkiUnreadable, collection_in
from quizzes.reviews.anki.collection import NoteCard, note_cards
from quizzes.reviews.anki.templates import front_and_back

MAX_SIDE = 10_000
MAX_TAGS = 20
MAX_TAG = 60
MAX_DECK = 120
PROBLEMS_SHOWN = 50
MAX_FIELD = 20_000
MAX_HTML = 100_000
"""Characters of a side before it becomes Markdown: markup takes some, a field that a template repeats has no end."""
MAX_CHARACTERS = 4_000_000
MAX_READING_S = 10
SOUND = re.compile(r"\[(?:sound|anki:play):[^\[\]]*\]")
PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
FORMULAS = (
    ("\\(", "\\)", "${}$"), ("[$]", "[/$]", "${}$"),
    ("\\[", "\\]", "$${}$$"), ("[$$]", "[/$$]", "$${}$$"), ("[latex]", "[/latex]", "$${}$$"),
)  # fmt: skip
"""How Anki writes formulas in TeX, and how they are written here."""


def _between(opening: str, closing: str) -> "re.Pattern[str]":
    """What stands between two signs; an opening without its end costs no second look at the text."""
    first, last = re.escape(opening), re.escape(closing)
    return re.compile(rf"{first}((?:(?!{first}|{last}).)+){last}", re.DOTALL)


LATEX = tuple((_between(opening, closing), written) for opening, closing, written in FORMULAS)


@dataclass(frozen=True, slots=True)
class AnkiCard:
    """A card that can be taken over."""

    guid: str
    ord: int
    deck: str
    front: str
    back: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnkiDeck:
    """What a package holds. `problems`: one sentence for each card, or each sort of thing, that was left out."""

    cards: tuple[AnkiCard, ...]
    problems: tuple[str, ...]
    media_count: int


def read_deck(package: bytes, clock: Callable[[], float] = time.monotonic) -> AnkiDeck:
    """Everything of an .apkg file that can be shown here. `clock` in seconds. Raises `AnkiUnreadable`."""
    until_s = clock() + MAX_READING_S
    database, media_count = collection_in(package)
    cards: dict[tuple[str, int], AnkiCard] = {}
    problems: list[str] = []
    dropped: Counter[str] = Counter()
    characters = 0
    for found in note_cards(database):
        if clock() > until_s or characters > MAX_CHARACTERS:
            raise AnkiUnreadable(TOO_MUCH)
        made = _card(found, dropped)
        characters += len(made) if isinstance(made, str) else len(made.front) + len(made.back)
        if isinstance(made, str):
            problems.append(made)
        else:
            cards.setdefault((made.guid, made.ord), made)
    return AnkiDeck(tuple(cards.values()), _few(problems, dropped), media_count)


def _card(found: NoteCard, dropped: "Counter[str]") -> AnkiCard | str:
    """The card, or a sentence that says why it is none."""
    name = re.sub(r"\s+", " ", TAG.sub(" ", found.values[0][:MAX_FIELD] if found.values else "")).strip()[:60]
    name = name or "a note without words"
    if any(len(value) > MAX_FIELD for value in found.values):
        return f"“{name}”: a field has more than {MAX_FIELD:,} characters."
    sides = front_and_back(found)
    if sides is None:
        return f"“{name}”: its note type has no such card that can be read."
    if max(len(side) for side in sides) > MAX_HTML:
        return f"“{name}”: a side has more than {MAX_SIDE:,} characters."
    pictures = PICTURE.search(sides[0]) is not None
    front, back = (_markdown(side, dropped) for side in sides)
    if not front:
        return f"“{name}”: its front is a picture or a sound alone." if pictures else f"“{name}”: its front is empty."
    if not back:
        return f"“{name}”: there is nothing on its back that can be shown here."
    if max(len(front), len(back)) > MAX_SIDE:
        return f"“{name}”: a side has more than {MAX_SIDE:,} characters."
    return AnkiCard(found.guid, found.ord, found.deck[:MAX_DECK] or "From Anki", front, back, _tags(found.tags))


def _markdown(html: str, dropped: "Counter[str]") -> str:
    """A side as Markdown. Formulas in TeX are set aside, so that their backslashes survive; a dollar sign is no formula."""
    formulas: list[str] = []

    def aside(written: str, source: str) -> str:
        formulas.append(written.format(unescape(TAG.sub(" ", source)).strip()))
        return f"xFORMULA{len(formulas) - 1}x"

    html, sounds = SOUND.subn("", html)
    for pattern, written in LATEX:
        html = pattern.sub(lambda found, written=written: aside(written, found[1]), html)  # type: ignore[misc]
    converted = from_html(html)
    dropped.update({"sound": sounds} if sounds else {})
    dropped.update(what.split(" “")[0] for what in converted.dropped)
    text = converted.text.replace("$", "&#36;").strip()
    return re.sub(r"xFORMULA(\d+)x", lambda found: formulas[int(found[1])] if int(found[1]) < len(formulas) else "", text)


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """As tags are written here: words of small letters and digits, joined by hyphens."""
    plain = (re.sub(r"[^\w]+", "-", tag.casefold()).strip("-_")[:MAX_TAG] for tag in tags)
    return tuple(dict.fromkeys(tag for tag in plain if tag))[:MAX_TAGS]


def _few(problems: list[str], dropped: "Counter[str]") -> tuple[str, ...]:
    """The first problems one by one, the rest as a number; then what was left out of cards that are taken."""
    shown = problems[:PROBLEMS_SHOWN]
    more = len(problems) - len(shown)
    kinds = [f"{what}: left out of {count} side{'' if count == 1 else 's'}." for what, count in sorted(dropped.items())]
    return (
        *shown,
        *([f"And {more:,} more cards like these."] if more else []),
        *(each[0].upper() + each[1:] for each in kinds),
    )
