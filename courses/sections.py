"""The sections of a decision record: filling a template's, and finding out which ones their writer has filled.

A record is the writer's own text, so sections are known by words in their headings ("Considered Options", "Pros and Cons
of the Options" and "Options" are all options), and everything below such a heading belongs to it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HEADING = re.compile(r"^ {0,3}(?P<level>#{1,6})\s+(?P<title>.*)$")
FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
WORD = re.compile(r"\w[\w'’.,%-]*")

ASKED: Mapping[str, int] = {"options": 20, "decision": 10, "consequences": 10}
"""Words of one's own that a section needs before a decision counts as handed in: few, for quality is not what is measured."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, under the innermost heading that says which section it is. `heading` is that of the line itself."""

    text: str
    section: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A section that lacks words of its writer's own."""

    section: str
    words: int
    asked: int
    there: bool

    def __str__(self) -> str:
        if not self.there:
            return f"There is no section for the {self.section}: a heading with that word in it."
        return f"The {self.section}: {self.words} of at least {self.asked} words of your own."


def section_of(title: str) -> str:
    """Which section a heading opens; "" where its words say none."""
    low = title.lower()
    if "driver" in low:
        return "drivers"
    return next((name for name in ("consequences", "context", "options", "decision") if name[:-1] in low), "")


def lines_of(text: str) -> Iterator[Line]:
    """A heading without a name of its own belongs to the one above it; one of the same or a higher level ends that."""
    opened: list[tuple[int, str]] = []
    fence = ""
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence:
            fence = "" if mark and mark["mark"].startswith(fence) else fence
        elif mark:
            fence = mark["mark"]
        heading = None if fence or mark else HEADING.match(line)
        if heading:
            level = len(heading["level"])
            opened = [each for each in opened if each[0] < level]
            opened.append((level, section_of(heading["title"]) or (opened[-1][1] if opened else "")))
        yield Line(line, opened[-1][1] if opened else "", heading["title"].rstrip(" \t#") if heading else "")


def unfilled(text: str, given: str) -> list[Unfilled]:
    """The sections that still lack words beyond those that were `given`. Only what `given` has as a section is asked for."""
    asked = {line.section for line in lines_of(given) if line.heading}
    told = {line.text.strip() for line in lines_of(given)}
    there, words = set(), Counter[str]()
    for line in lines_of(text):
        if line.heading:
            there.add(line.section)
        if line.text.strip() not in told:
            words[line.section] += len(WORD.findall(line.text))
    return [
        Unfilled(name, words[name], least, name in there)
        for name, least in ASKED.items()
        if name in asked and words[name] < least
    ]


def filled(template: str, sections: Mapping[str, str]) -> str:
    """The template with the text of some sections put in the place of its guidance. Of each the first heading counts."""
    kept: list[str] = []
    waiting = dict(sections)
    skipping = False
    for line in lines_of(template):
        if line.heading:
            skipping = line.section in waiting
            kept.append(line.text)
            if skipping:
                kept.extend(["", waiting.pop(line.section).strip("\n"), ""])
        elif not skipping:
            kept.append(line.text)
    return "\n".join(kept).strip("\n") + "\n"
