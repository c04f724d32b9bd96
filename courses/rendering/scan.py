"""Finding blocks, callouts and formulas in Markdown, with their lines.

A block is a fence at the left margin whose first word names it, with YAML inside:

    ```lab
    slug: circuit-breaker
    open_control: failure_rate
    ```

Any other fence is code to print, and nothing inside it is looked at.
"""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

CALLOUTS = ("note", "tip", "warning", "pitfall", "interview", "cheat-sheet", "correction")

FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,}|~{3,}) *(?P<info>[^`\n]*)$")
CALLOUT = re.compile(r"^ *(?:!!!|\?\?\?\+?) *(?P<kind>[^\s\"]*)")
TOP_HEADING = re.compile(r"^#\s")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong on a line of the text (counted from 1)."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A block as written: `line` is that of its opening fence."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """The text with a token in the place of each block, and what was found on the way."""

    text: str
    blocks: tuple[tuple[str, RawBlock], ...]
    complaints: tuple[Complaint, ...]


@dataclass(slots=True)
class OpenFence:
    mark: str
    name: str
    line: int
    lines: list[str]

    def closed_by(self, line: str) -> bool:
        text = line.strip()
        return len(text) >= len(self.mark) and set(text) == {self.mark[0]}


def scan(text: str, names: Container[str], token: Callable[[int], str]) -> Scanned:
    """Take the blocks called by `names` out of `text`; `token(n)` stands in the place of the n-th."""
    kept: list[str] = []
    blocks: list[tuple[str, RawBlock]] = []
    complaints: list[Complaint] = []
    fence: OpenFence | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if fence is not None:
            if not fence.closed_by(line):
                (fence.lines if fence.name else kept).append(line)
                continue
            if fence.name:
                blocks.append((token(len(blocks)), RawBlock(fence.name, "\n".join(fence.lines) + "\n", fence.line)))
                kept.extend(["", blocks[-1][0], *("" for _ in fence.lines)])  # as many lines as the block had
            else:
                kept.append(line)
            fence = None
            continue
        match = FENCE.match(line)
        if match is None:
            complaints.extend(complaints_about(line, number))
            kept.append(line)
            continue
        word = match["info"].split(" ")[0].strip()
        name = word if word in names else ""
        if name and match["indent"]:
            complaints.append(Complaint(number, f"a {name} block must begin at the left margin"))
        fence = OpenFence(match["mark"], name, number, [])
        if not name:
            kept.append(line)
    if fence is not None:
        complaints.append(Complaint(fence.line, "this block is never closed" if fence.name else "this code is never closed"))
    return Scanned("\n".join(kept), tuple(blocks), tuple(complaints))


def complaints_about(line: str, number: int) -> Iterator[Complaint]:
    callout = CALLOUT.match(line)
    if callout and callout["kind"] not in CALLOUTS:
        yield Complaint(number, f"“{callout['kind']}” is no callout; known are: {', '.join(CALLOUTS)}")
    if TOP_HEADING.match(line):
        yield Complaint(number, "the page's title is its only first-level heading: begin sections with “##”")
