"""Texts whose format a file names (HTML, Markdown, plain) as Markdown."""

from dataclasses import dataclass

from quizzes.interchange.html_markdown import LOOKS_LIKE, Converted, from_html
from quizzes.interchange.plain_markdown import from_plain
from quizzes.interchange.records import Notes

MARKDOWN, PLAIN = "markdown", "plain"
AUTOMATIC = "moodle"
FORMATS = ("html", MARKDOWN, PLAIN, AUTOMATIC)


@dataclass(frozen=True, slots=True)
class Texts:
    """Makes Markdown of texts and notes what was dropped. `unmarked`: how a text is read whose format nobody names."""

    notes: Notes
    unmarked: str = MARKDOWN

    def markdown(self, text: str, form: str = "") -> str:
        """`form` is one of `FORMATS`, or empty where the file does not say."""
        stripped = text.strip()
        if form == MARKDOWN:
            return stripped
        if form == "html" or (form != PLAIN and LOOKS_LIKE.search(stripped)):
            return self._converted(from_html(stripped, lines_break=form != "html"))
        return stripped if not form and self.unmarked == MARKDOWN else from_plain(stripped)

    def _converted(self, converted: Converted) -> str:
        self.notes.add(*(f"dropped from the HTML: {what}" if "TeX" not in what else what for what in converted.dropped))
        return converted.text
