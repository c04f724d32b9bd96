"""A line of Markdown without a paragraph around it: words, code, links, formulas; no block."""

import re
from functools import lru_cache

from courses.rendering.document import Document, document

BLOCK = re.compile(r"<(?:p|div|ul|ol|dl|table|pre|blockquote|h[1-6]|hr|details|figure|math[^>]*display=\"block\")\b")


@lru_cache(maxsize=2048)
def inline_document(text: str) -> Document:
    """Kept: a list shows the same hundred lines to everybody."""
    return document(text, {})


def inline_html(text: str) -> str:
    """Safe HTML. What is more than a line stays as Markdown made it."""
    html = inline_document(text).html.strip()
    return html.removeprefix("<p>").removesuffix("</p>") if is_one_line(text) else html


def is_one_line(text: str) -> bool:
    html = inline_document(text).html.strip()
    return html.startswith("<p>") and html.endswith("</p>") and not BLOCK.search(html, 3)
