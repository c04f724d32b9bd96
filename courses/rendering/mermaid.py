"""Mermaid diagrams drawn on the server: one SVG for light pages, one for dark, each under the hash of its source."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

import mmdr

from courses.loading.source import text_hash

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "background": "#ffffff", "primaryColor": "#e3f0f6", "primaryTextColor": "#0a2236",
        "primaryBorderColor": "#0a5f86", "secondaryColor": "#fdeee7", "secondaryTextColor": "#0a2236",
        "secondaryBorderColor": "#0a5f86", "tertiaryColor": "#f3f6f7", "tertiaryTextColor": "#0a2236",
        "tertiaryBorderColor": "#778d9c", "lineColor": "#3a5163", "textColor": "#0a2236", "noteBkgColor": "#fbf1db",
        "noteTextColor": "#0a2236", "noteBorderColor": "#835400", "edgeLabelBackground": "#ffffff",
        "transitionLabelColor": "#0a2236", "labelBackgroundColor": "#ffffff", "specialStateColor": "#0a2236",
    },
    "dark": {
        "background": "#0d1d2c", "primaryColor": "#0f2b3d", "primaryTextColor": "#e8f0f5",
        "primaryBorderColor": "#72c8ec", "secondaryColor": "#2b1a14", "secondaryTextColor": "#e8f0f5",
        "secondaryBorderColor": "#72c8ec", "tertiaryColor": "#132739", "tertiaryTextColor": "#e8f0f5",
        "tertiaryBorderColor": "#5d7b92", "lineColor": "#b5c6d3", "textColor": "#e8f0f5", "noteBkgColor": "#2a2413",
        "noteTextColor": "#e8f0f5", "noteBorderColor": "#f0c155", "edgeLabelBackground": "#0d1d2c",
        "transitionLabelColor": "#e8f0f5", "labelBackgroundColor": "#0d1d2c", "specialStateColor": "#e8f0f5",
    },
}  # fmt: skip
FONT = "Arial, Helvetica, sans-serif"  # the renderer knows its widths; no quotes: they end its settings
RENDERER = f"mmdr {version('mmdr')}, drawing 2"
MAXIMUM_LENGTH = 8000
VIEW_BOX = re.compile(r'viewBox="(?P<x>[-\d.]+) (?P<y>[-\d.]+) (?P<width>[\d.]+) (?P<height>[\d.]+)"')
MARGIN = 16  # labels are drawn a little wider than the renderer thinks
UNSAFE = re.compile(r"<script|<foreignObject|\son\w+=|javascript:|%%\{|^\s*click\s", re.IGNORECASE | re.MULTILINE)


class DiagramError(ValueError):
    """A diagram that cannot be drawn; `line` (from 1) is where in its source, as far as that is known."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG and its size in CSS pixels. `sha` names it: the same source, theme and renderer give the same name."""

    sha: str
    svg: str
    width: int
    height: int


@lru_cache(maxsize=256)
def draw(source: str, theme: str) -> Drawing:
    """One diagram in one theme. Raises `DiagramError`."""
    if len(source) > MAXIMUM_LENGTH:
        raise DiagramError(f"the diagram is longer than {MAXIMUM_LENGTH} characters")
    unsafe = UNSAFE.search(source)
    if unsafe:
        raise DiagramError(f"“{unsafe[0].strip()}” is not allowed in a diagram", source.count("\n", 0, unsafe.start()) + 1)
    settings = {"theme": "base", "look": "classic", "themeVariables": {**THEMES[theme], "fontFamily": FONT, "fontSize": "15px"}}
    whole = "%%{init: " + json.dumps(settings) + "}%%\n" + source
    try:
        svg = mmdr.render(whole).svg()
    except ValueError as error:
        if "resource limit" in str(error):  # where it is too much cannot be found by halving, and each try costs as much again
            raise DiagramError("the diagram is too large to be drawn: take fewer boxes and arrows") from None
        raise DiagramError(f"the diagram cannot be drawn: {error}", line_of(error, source)) from None
    return sized(svg, text_hash(f"{RENDERER}\n{whole}"))


def line_of(error: ValueError, source: str) -> int:
    """The line that the renderer names, less the line of settings above the source. Where it names none, the first line with
    which the source can no longer be read, found by halving: a diagram that just ends too early can still be gone on with."""
    found = re.search(r"line (\d+)", str(error))
    if found:
        return max(1, int(found[1]) - 1)
    lines = source.rstrip().split("\n")
    first, last = 1, len(lines)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_wrong("\n".join(lines[:middle])) else (middle + 1, last)
    return first


def is_wrong(beginning: str) -> bool:
    """Whether no line that follows could make a diagram of it."""
    try:
        mmdr.render(beginning).svg()
    except ValueError as error:
        return "end of input" not in str(error)
    return False


def sized(svg: str, sha: str) -> Drawing:
    """The drawing with its own width and height, which an `<img>` needs."""
    box = VIEW_BOX.search(svg)
    if box is None or "<script" in svg:
        raise DiagramError("the diagram cannot be shown")
    width, height = round(float(box["width"])) + 2 * MARGIN, round(float(box["height"])) + 2 * MARGIN
    x, y = float(box["x"]) - MARGIN, float(box["y"]) - MARGIN
    head, rest = VIEW_BOX.sub(f'viewBox="{x:g} {y:g} {width} {height}"', svg, count=1).split(">", 1)
    head = re.sub(r'\s(?:width|height|style)="[^"]*"', "", head)
    return Drawing(sha, f'{head} width="{width}" height="{height}">{rest}', width, height)
