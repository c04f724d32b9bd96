"""A note's card as HTML: Anki's template language, as far as it decides what is on a card.

Known: `{{Field}}`, `{{#Field}}…{{/Field}}`, `{{^Field}}…{{/Field}}`, `{{FrontSide}}`, and filters before a name, of which
`cloze` blanks a passage and `text` drops marks; all others (`type`, `hint`, `furigana` …) leave the field as it is. Scripts,
sounds and styles are dropped later, with all HTML that Markdown cannot say. (Anki Manual, "Card Templates".)
"""

import re
from collections.abc import Mapping

from quizzes.reviews.anki.collection import NoteCard

MARK = re.compile(r"\{\{([^{}]*)\}\}")
SECTION = re.compile(r"\{\{([#^])([^{}]*)\}\}((?:(?!\{\{[#^]).)*?)\{\{/\2\}\}", re.DOTALL)
CLOZE = re.compile(r"\{\{c(\d+(?:,\d+)*)::((?:(?!\{\{c\d).)*?)\}\}", re.DOTALL | re.IGNORECASE)
ANSWER_RULE = re.compile(r"^\s*(?:<br\s*/?>\s*)*<hr\b[^<>]*>", re.IGNORECASE)
"""None of these patterns can be made to look at the same text again and again: a template comes from anywhere."""
TAG = re.compile(r"<[^<>]*>")
MAX_DEPTH = 12
MAX_MARKS = 400
"""A template that names a long field thousands of times would make a side of gigabytes."""


def front_and_back(card: NoteCard) -> tuple[str, str] | None:
    """The two sides in HTML, the back without the front that it repeats; None when the type has no such card of a sane size."""
    template = card.type.templates.get(0 if card.type.cloze else card.ord)
    if template is None or max(side.count("{{") for side in (template.front, template.back)) > MAX_MARKS:
        return None
    values = dict(zip(card.type.fields, card.values, strict=False))
    values |= {"FrontSide": "", "Tags": " ".join(card.tags), "Deck": card.deck, "Type": card.type.name, "Card": template.name}
    number = card.ord + 1 if card.type.cloze else 0
    front = rendered(template.front, values, cloze=number, answer=False)
    back = rendered(template.back, values, cloze=number, answer=True)
    return front, ANSWER_RULE.sub("", back)


def rendered(template: str, values: Mapping[str, str], *, cloze: int, answer: bool) -> str:
    """A template filled with a note's fields. `cloze`: the passage that this card is about, 0 where it is no cloze card."""
    template = MARK.sub(_tidied, template)
    for _ in range(MAX_DEPTH):  # sections hold sections: the innermost ones go first
        template, changed = SECTION.subn(lambda found: _section(found, values), template)
        if not changed:
            break
    return MARK.sub(lambda found: _field(found[1], values, cloze, answer=answer), template)


def _tidied(found: "re.Match[str]") -> str:
    """A mark without the blanks that may stand in it."""
    words = found[1].strip()
    return f"{{{{{words[0]}{words[1:].strip()}}}}}" if words[:1] in ("#", "^", "/") else f"{{{{{words}}}}}"


def _section(found: "re.Match[str]", values: Mapping[str, str]) -> str:
    there = bool(TAG.sub("", values.get(found[2], "")).strip() or "<img" in values.get(found[2], ""))
    return found[3] if there == (found[1] == "#") else ""


def _field(name: str, values: Mapping[str, str], cloze: int, *, answer: bool) -> str:
    *filters, field = (part.strip() for part in name.split(":"))
    value = values.get(field, "")
    if "cloze" in filters:
        value = _cloze(value, cloze, answer=answer)
    return TAG.sub(" ", value) if "text" in filters else value


def _cloze(text: str, number: int, *, answer: bool) -> str:
    """Passages of this number are blanked on the front and bold on the back; all others are as they read."""
    for _ in range(MAX_DEPTH):  # passages hold passages
        text, changed = CLOZE.subn(lambda found: _passage(found, number, answer=answer), text)
        if not changed:
            break
    return text


def _passage(found: "re.Match[str]", number: int, *, answer: bool) -> str:
    words, _, hint = found[2].partition("::")
    if str(number) not in found[1].split(","):
        return words
    return f"<b>{words}</b>" if answer else f"<b>[{hint or '…'}]</b>"
