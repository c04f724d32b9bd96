"""Texts whose format a file names (HTML, Markdown, plain) as Markdown."""

from dataclasses import dataclass

from quizzes.interchange.html_markdown import LOOKS_LIKE, Converted, from_html
from quizzes.interchange.plain_markdown import from_plain
from quizzes.interchange.records import Notes, Unreadable

MARKDOWN, PLAIN = "markdown", "plain"
AUTOMATIC = "moodle"
MAX_LENGTH = 100_000
"""Of one text, HTML included: far more than a question may have."""
FORMATS = ("html", MARKDOWN, PLAIN, AUTOMATIC)


@dataclass(frozen=True, slots=True)
class Texts:
    """Makes Markdown of texts and notes what was dropped. `unmarked`: how a text is read whose format nobody names."""

    notes: Notes
    unmarked: str = MARKDOWN

    def markdown(self, text: str, form: str = "") -> str:
        """`form` is one of `FORMATS`, or empty where the file does not say. Raises `Unreadable` for what is far too long."""
        stripped = text.strip()
        if len(stripped) > MAX_LENGTH:
            raise Unreadable(f"A text has {len(stripped):,} characters; at most {MAX_LENGTH:,} are read.")
        if form == MARKDOWN:
            return stripped
        if form == "html" or (form != PLAIN and LOOKS_LIKE.search(stripped)):
            return self._converted(from_html(stripped, lines_break=form != "html"))
        return stripped if not form and self.unmarked == MARKDOWN else from_plain(stripped)

    def _converted(self, converted: Converted) -> str:
        self.notes.add(*(f"dropped from the HTML: {what}" if "TeX" not in what else what for what in converted.dropped))
        return converted.text
