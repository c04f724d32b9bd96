"""Markdown to sanitised HTML. No class, id or address passes that is not on a list here.

Ids from the text all begin with `s-` or belong to footnotes, so a heading can never take the place of an element that a
script of the site looks for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

import markdown
import nh3
from markdown.extensions.toc import slugify

from courses.rendering.scan import CALLOUTS

EXTENSIONS = [
    "abbr", "admonition", "def_list", "footnotes", "sane_lists", "tables", "toc",
    "pymdownx.caret", "pymdownx.details", "pymdownx.highlight", "pymdownx.superfences", "pymdownx.tilde",
]  # fmt: skip
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p",
    "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
CLASSES = {"admonition", "admonition-title", "highlight", "filename", "linenos", "footnote", "footnote-ref", "footnote-backref"}
CLASSES |= {"headerlink", "num", "muted", "small", *CALLOUTS}
PYGMENTS_CLASS = re.compile(r"^[a-z][a-z0-9]{0,2}$|^hll$|^language-[a-z0-9+-]{1,20}$")
OWN_ID = re.compile(r"^(?:s-[\w-]{1,120}|fn(?:ref\d*)?:[\w.-]{1,60})$")

CODE = re.compile(r"(<(?:code|pre)\b.*?</(?:code|pre)>)", re.DOTALL)
NUMBER_AND_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|‰|[µmn]?s|min|h|[KMGTP]i?B|[KMGT]?bit/s|[KMGT]bps|RPS|requests/s|calls/s)(?![\w/]))"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of a page's contents."""

    level: int
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Converted:
    html: str
    headings: tuple[Heading, ...]


def heading_id(text: str, separator: str) -> str:
    return f"s-{slugify(text, separator)[:100]}"


def converter() -> markdown.Markdown:
    """A new converter; one is not safe to share between threads."""
    return markdown.Markdown(
        extensions=EXTENSIONS,
        extension_configs={
            "toc": {"permalink": "#", "permalink_title": "Link to this section", "slugify": heading_id, "toc_depth": "2-3"},
            "footnotes": {"BACKLINK_TITLE": "Back to the text"},
            "pymdownx.highlight": {"css_class": "highlight", "guess_lang": False, "use_pygments": True},
            "pymdownx.tilde": {"subscript": True},
        },
        output_format="html",
    )


def convert(text: str) -> Converted:
    """Sanitised HTML and the headings of levels 2 and 3."""
    machine = converter()
    html = machine.convert(text)
    headings = tuple(headings_in(getattr(machine, "toc_tokens", [])))
    return Converted(unbroken(sanitise(aligned(html))), headings)


def headings_in(tokens: Sequence[dict[str, Any]]) -> list[Heading]:
    found: list[Heading] = []
    for token in tokens:
        found.append(Heading(int(token["level"]), str(token["id"]), plain(str(token["name"]))))
        found.extend(headings_in(token["children"]))
    return found


def plain(html: str) -> str:
    """The words of some HTML, without marks."""
    return unescape(nh3.clean(html, tags=set(), clean_content_tags={"script", "style"})).strip()


def unbroken(html: str) -> str:
    """No line ends between a number and its unit (ISO 80000-1, 7.1.4, puts a space there); code stays as it is."""
    pieces = CODE.split(html)
    return "".join(
        piece if index % 2 else NUMBER_AND_UNIT.sub("\N{NO-BREAK SPACE}", piece) for index, piece in enumerate(pieces)
    )


def aligned(html: str) -> str:
    """Right-aligned cells as a class: the CSP allows no style attributes."""
    return html.replace(' style="text-align: right;"', ' class="num"')


def keep(tag: str, attribute: str, value: str) -> str | None:
    """The value of an attribute that may stay, or None."""
    if attribute == "class":
        allowed = [name for name in value.split() if name in CLASSES or PYGMENTS_CLASS.match(name)]
        return " ".join(allowed) or None
    if attribute == "id":
        return value if OWN_ID.match(value) else None
    if tag == "img" and attribute == "src":
        return value if re.match(r"^/(?!/)[\w./-]+$", value) and ".." not in value else None
    return value


CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=keep,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
    clean_content_tags={"script", "style", "template", "svg", "math", "iframe", "object"},
)


def sanitise(html: str) -> str:
    return CLEANER.clean(html)
