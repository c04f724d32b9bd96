"""The stem of a cloze with its blanks in it.

The stem is Markdown from people, so it is rendered and sanitised first, with a plain word in the place of each blank; only then
do inputs take the place of those words. A word of lower-case letters is the one thing that Markdown, tables, code spans and
highlighted code all leave whole. Where a word did not come through as text (it stood in an attribute), or came to stand inside
something that is itself pressed (a link, a summary), its blank is put below the stem: no question may be impossible to answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from quizzes.templatetags.quizzes import words

register = template.Library()

Blank = Mapping[str, Any]
IN_STEM = re.compile(r"\[\[(?P<key>\d{1,2})\]\]")
TAG_OR_WORD = re.compile(r"<(?P<closing>/?)(?P<tag>[a-z0-9]+)(?:[^>\"]|\"[^\"]*\")*>|qzblank(?P<letter>[a-z])qz")
PRESSED = {"a", "summary"}


@register.simple_tag
def cloze_asked(stem: str, blanks: Sequence[Blank], id: str, name: str) -> SafeString:  # noqa: A002 - the templates' name
    """With an input in each blank. `id` begins the ids of the inputs, `name` is what a plain form calls them."""
    shared = {"id": id, "name": name, "total": len(blanks)}
    return _filled(stem, blanks, lambda blank: render_to_string("quizzes/kinds/_blank.html", {"blank": blank, **shared}))


@register.simple_tag
def cloze_reviewed(stem: str, blanks: Sequence[Blank], shows: Any) -> SafeString:
    """With what was put into each blank."""
    context = {"shows": shows}
    return _filled(
        stem, blanks, lambda blank: render_to_string("quizzes/kinds/_blank_reviewed.html", {"blank": blank, **context})
    )


def _filled(stem: str, blanks: Sequence[Blank], render: Callable[[Blank], str]) -> SafeString:
    """`render` gives trusted HTML."""
    waiting = {str(blank["key"]): render(blank).strip() for blank in blanks}
    html = words(IN_STEM.sub(lambda found: _word(found["key"], waiting) or found[0], stem))
    inside = _Walk(waiting).over(html)
    left = format_html_join("", "<li>{}</li>", ((mark_safe(piece),) for piece in waiting.values()))  # noqa: S308 - own template
    return mark_safe(inside + (f'<ul class="loose-blanks">{left}</ul>' if left else ""))  # noqa: S308 - sanitised before


def _word(key: str, blanks: Mapping[str, str]) -> str:
    return f"qzblank{ascii_lowercase[int(key) - 1]}qz" if key in blanks else ""


class _Walk:
    """One pass over sanitised HTML. Takes from `waiting` what it puts in."""

    def __init__(self, waiting: dict[str, str]) -> None:
        self.waiting = waiting
        self.pressed = 0

    def over(self, html: str) -> str:
        return TAG_OR_WORD.sub(self._step, html)

    def _step(self, found: re.Match[str]) -> str:
        if found["letter"]:
            return self._blank(found)
        if found["tag"] in PRESSED:
            self.pressed += -1 if found["closing"] else 1
        return found[0]

    def _blank(self, found: re.Match[str]) -> str:
        key = str(ascii_lowercase.index(found["letter"]) + 1)
        if self.pressed and key in self.waiting:
            return f"[{key}]"
        return self.waiting.pop(key, found[0])
