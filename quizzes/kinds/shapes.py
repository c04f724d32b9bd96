"""Boxes and arrows of a picture as SVG path data. Lengths are in user units, about one pixel."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

LABEL_LINE, HEAD, LID = 15.0, 9.0, 8.0


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place: `x`, `y` are the upper left corner. `lines` are (baseline, text), to be centred."""

    name: str
    form: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, str], ...]

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def middle(self) -> float:
        """What the words are centred on: a queue's mouth takes room at the right."""
        return self.centre.x - (LID if self.form == "queue" else 0.0)

    @property
    def outline(self) -> str:
        """The border as path data: a cylinder upright for a store, lying for a queue, else a rectangle with round corners."""
        x, y, right, bottom = self.x, self.y, self.x + self.width, self.y + self.height
        if self.form == "store":
            return (
                f"M{x:g} {y + LID:g}C{x:g} {y - 3:g} {right:g} {y - 3:g} {right:g} {y + LID:g}V{bottom - LID:g}"
                f"C{right:g} {bottom + 3:g} {x:g} {bottom + 3:g} {x:g} {bottom - LID:g}Z"
            )
        if self.form == "queue":
            return (
                f"M{x + LID:g} {y:g}H{right - LID:g}C{right + 3:g} {y:g} {right + 3:g} {bottom:g} {right - LID:g} {bottom:g}"
                f"H{x + LID:g}C{x - 3:g} {bottom:g} {x - 3:g} {y:g} {x + LID:g} {y:g}Z"
            )
        r = self.height / 2 if self.form == "client" else 9.0
        across, down = self.width - 2 * r, self.height - 2 * r
        return (
            f"M{x + r:g} {y:g}h{across:g}a{r:g} {r:g} 0 0 1 {r:g} {r:g}v{down:g}a{r:g} {r:g} 0 0 1 {-r:g} {r:g}"
            f"h{-across:g}a{r:g} {r:g} 0 0 1 {-r:g} {-r:g}v{-down:g}a{r:g} {r:g} 0 0 1 {r:g} {-r:g}z"
        )

    @property
    def lid(self) -> str:
        """The inner edge of a store's lid or of a queue's mouth, as path data; empty for other forms."""
        x, y, right, bottom = self.x, self.y, self.x + self.width, self.y + self.height
        if self.form == "store":
            return f"M{x:g} {y + LID:g}C{x:g} {y + 19:g} {right:g} {y + 19:g} {right:g} {y + LID:g}"
        if self.form == "queue":
            return f"M{right - LID:g} {y:g}C{right - 19:g} {y:g} {right - 19:g} {bottom:g} {right - LID:g} {bottom:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge: its line, its head, and the words of its label, a line each (see `LabelPlace`)."""

    name: str
    source: str
    target: str
    start: Point
    end: Point
    words: tuple[str, ...]
    label: Point
    anchor: str

    @property
    def line(self) -> str:
        return f"M{self.start.x:.1f} {self.start.y:.1f}L{self.end.x:.1f} {self.end.y:.1f}"

    @property
    def labels(self) -> list[tuple[float, float, str]]:
        """(x, baseline, words) of each line."""
        return [(self.label.x, self.label.y + index * LABEL_LINE, words) for index, words in enumerate(self.words)]

    @property
    def middle(self) -> Point:
        return Point((self.start.x + self.end.x) / 2, (self.start.y + self.end.y) / 2)

    @property
    def head(self) -> str:
        along = direction(self.start, self.end)
        back = Point(self.end.x - HEAD * along.x, self.end.y - HEAD * along.y)
        aside = Point(-along.y * HEAD / 2, along.x * HEAD / 2)
        corners = (self.end, Point(back.x + aside.x, back.y + aside.y), Point(back.x - aside.x, back.y - aside.y))
        return "M" + "L".join(f"{corner.x:.1f} {corner.y:.1f}" for corner in corners) + "Z"


@dataclass(frozen=True, slots=True)
class Picture:
    """A diagram laid out. `width` and `height` hold all of it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def collisions(self) -> list[tuple[Arrow, str]]:
        """Arrows that run through a box which is not one of their ends."""
        return [
            (arrow, box.name)
            for arrow in self.arrows
            for box in self.boxes
            if box.name not in (arrow.source, arrow.target) and _crosses(arrow.start, arrow.end, box)
        ]

    def as_json(self, keys: Mapping[str, str]) -> dict[str, object]:
        """What a template needs. `keys`: the browser's name of each part by id; nothing else of the ids goes out."""
        boxes = [
            {"key": keys.get(box.name, ""), "outline": box.outline, "lid": box.lid, "middle": box.middle,
             "top": box.y, "right": box.x + box.width, "lines": [list(line) for line in box.lines]}
            for box in self.boxes
        ]  # fmt: skip
        arrows = [
            {"key": keys.get(arrow.name, ""), "line": arrow.line, "head": arrow.head, "middle": list(arrow.middle),
             "anchor": arrow.anchor, "labels": [list(label) for label in arrow.labels]}
            for arrow in self.arrows
        ]  # fmt: skip
        return {"width": self.width, "height": self.height, "boxes": boxes, "arrows": arrows}


def direction(start: Point, end: Point) -> Point:
    length = math.hypot(end.x - start.x, end.y - start.y) or 1.0
    return Point((end.x - start.x) / length, (end.y - start.y) / length)


def _crosses(start: Point, end: Point, box: Box) -> bool:
    """Whether a line meets a box: the clipping of Y.-D. Liang and B. A. Barsky, ACM Transactions on Graphics 3(1), 1984."""
    enters, leaves = 0.0, 1.0
    for begin, step, low, size in (
        (start.x, end.x - start.x, box.x, box.width),
        (start.y, end.y - start.y, box.y, box.height),
    ):
        if abs(step) < 1e-9:
            if not low < begin < low + size:
                return False
            continue
        near, far = sorted(((low - begin) / step, (low + size - begin) / step))
        enters, leaves = max(enters, near), min(leaves, far)
    return enters < leaves
