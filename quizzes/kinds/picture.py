"""A diagram as data, and where its lines and boxes go: the geometry of an SVG, without colours or markup.

Authors place nodes on a grid (column, row; halves allowed). A picture is laid out twice: `wide` as it was placed, and `tall`
with rows and columns changed over, so that it can be read on a phone. Lengths are in SVG user units, about one pixel.
A template draws it (`templates/quizzes/kinds/_picture.html`); colours come from the site's tokens by class.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from textwrap import wrap
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints

from quizzes.kinds.base import Definition
from quizzes.kinds.choices import OptionId, check_ids_differ

Place = Annotated[float, Field(ge=1, le=8, multiple_of=0.5)]
Form = Literal["service", "store", "queue", "client"]

LINE, PADDING, LABEL_LINE, LETTER, LABEL_LETTER = 18.0, 13.0, 15.0, 7.4, 6.6
MARGIN, ROW_GAP, COLUMN_GAP, HEAD, TWINS_APART, LID = 10.0, 52.0, 46.0, 9.0, 8.0, 8.0


Labels = tuple[tuple[float, float, str], ...]


class Point(NamedTuple):
    x: float
    y: float


class Node(Definition):
    """A box with plain words `at` (column, row). `form` is its outline."""

    id: OptionId
    text: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    at: tuple[Place, Place]
    form: Form = "service"


class Edge(Definition):
    """An arrow between two nodes, with a short label. One with an `id` can be named."""

    source: OptionId = Field(alias="from")
    target: OptionId = Field(alias="to")
    text: Annotated[str, StringConstraints(max_length=24)] = ""
    id: OptionId | None = None


def check_can_be_drawn(nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
    """Raises ValueError where nodes overlap, or edges join nothing or run through a third node."""
    check_ids_differ([node.id for node in nodes] + [edge.id for edge in edges if edge.id])
    _check_edges({node.id for node in nodes}, [(edge.source, edge.target) for edge in edges])
    for one, other in combinations(nodes, 2):
        if all(abs(here - there) < 1 for here, there in zip(one.at, other.at, strict=True)):
            raise ValueError(f"the nodes {one.id} and {other.id} overlap: place them a row or a column apart")
    for tall in (False, True):
        for arrow, name in laid_out(nodes, edges, tall=tall).collisions():
            raise ValueError(f"the edge from {arrow.source} to {arrow.target} runs through {name}: move one of the nodes")


def _check_edges(names: Set[str], joined: Sequence[tuple[str, str]]) -> None:
    if strangers := sorted({name for ends in joined for name in ends} - names):
        raise ValueError(f"edges name nodes that are not there: {', '.join(strangers)}")
    if any(source == target for source, target in joined):
        raise ValueError("an edge must join two different nodes")
    if len(set(joined)) < len(joined):
        raise ValueError("two edges run the same way between the same nodes")


def in_words(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[str]:
    """Each edge as a sentence, for those who do not see the picture."""
    texts = {node.id: node.text for node in nodes}
    return [f"{texts[edge.source]} to {texts[edge.target]}{f': {edge.text}' if edge.text else ''}" for edge in edges]


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
    """An edge as path data: its line, its head, and the lines of its label as (x, baseline, text)."""

    name: str
    source: str
    target: str
    start: Point
    end: Point
    labels: Labels

    @property
    def line(self) -> str:
        return f"M{self.start.x:.1f} {self.start.y:.1f}L{self.end.x:.1f} {self.end.y:.1f}"

    @property
    def middle(self) -> Point:
        return Point((self.start.x + self.end.x) / 2, (self.start.y + self.end.y) / 2)

    @property
    def head(self) -> str:
        along = _direction(self.start, self.end)
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
            {"key": keys.get(box.name, ""), "outline": box.outline, "lid": box.lid, "middle": box.centre.x,
             "top": box.y, "right": box.x + box.width, "lines": [list(line) for line in box.lines]}
            for box in self.boxes
        ]  # fmt: skip
        arrows = [
            {"key": keys.get(arrow.name, ""), "line": arrow.line, "head": arrow.head, "middle": list(arrow.middle),
             "labels": [list(label) for label in arrow.labels]}
            for arrow in self.arrows
        ]  # fmt: skip
        return {"width": self.width, "height": self.height, "boxes": boxes, "arrows": arrows}


@dataclass(frozen=True, slots=True)
class Grid:
    """How large the cells of a layout are."""

    box_width: float
    letters: int
    label_letters: int
    column: float
    row: float


def laid_out(nodes: Sequence[Node], edges: Sequence[Edge], *, tall: bool) -> Picture:
    """The picture of a diagram; `tall` changes rows and columns over."""
    width, letters, label_letters = (112.0, 13, 9) if tall else (148.0, 18, 13)
    grid = _grid(nodes, edges, width, letters, label_letters)
    left, top = (min(_at(node, tall)[axis] for node in nodes) for axis in (0, 1))
    boxes = {node.id: _box(node, grid, _at(node, tall).x - left, _at(node, tall).y - top) for node in nodes}
    joined = {(edge.source, edge.target) for edge in edges}
    arrows = tuple(_arrow(edge, boxes, grid, twin=(edge.target, edge.source) in joined) for edge in edges)
    right = max(box.x + box.width for box in boxes.values())
    bottom = max(box.y + box.height for box in boxes.values())
    return Picture(width=right + MARGIN, height=bottom + MARGIN, boxes=tuple(boxes.values()), arrows=arrows)


def _at(node: Node, tall: bool) -> Point:
    return Point(node.at[1], node.at[0]) if tall else Point(*node.at)


def _grid(nodes: Sequence[Node], edges: Sequence[Edge], width: float, letters: int, label_letters: int) -> Grid:
    """Cells hold the highest box, and between two columns the longest line of a label."""
    most_lines = max(len(wrap(node.text, letters)) for node in nodes)
    labels = [line for edge in edges for line in wrap(edge.text, label_letters)]
    gap = max([COLUMN_GAP, *(len(line) * LABEL_LETTER + 2 * HEAD + 6 for line in labels)])
    return Grid(width, letters, label_letters, column=width + gap, row=_height(most_lines) + ROW_GAP)


def _height(lines: int) -> float:
    return 2 * PADDING + lines * LINE


def _box(node: Node, grid: Grid, column: float, row: float) -> Box:
    words = wrap(node.text, grid.letters)
    height = _height(len(words))
    x = MARGIN + column * grid.column
    y = MARGIN + row * grid.row + (grid.row - ROW_GAP - height) / 2
    low = 5.0 if node.form == "store" else 0.0  # the lid takes room at the top
    lines = tuple((y + PADDING + low + (index + 0.72) * LINE, text) for index, text in enumerate(words))
    return Box(name=node.id, form=node.form, x=x, y=y, width=grid.box_width, height=height, lines=lines)


def _arrow(edge: Edge, boxes: Mapping[str, Box], grid: Grid, *, twin: bool) -> Arrow:
    """From border to border. Of two that run both ways each keeps to its right."""
    source, target = boxes[edge.source], boxes[edge.target]
    along = _direction(source.centre, target.centre)
    aside = Point(-along.y * TWINS_APART, along.x * TWINS_APART) if twin else Point(0.0, 0.0)
    here = Point(source.centre.x + aside.x, source.centre.y + aside.y)
    there = Point(target.centre.x + aside.x, target.centre.y + aside.y)
    start, end = _border(here, along, source), _border(there, Point(-along.x, -along.y), target)
    labels = _labels(wrap(edge.text, grid.label_letters), start, end, above=abs(along.y) < 0.3, twin=aside)
    return Arrow(edge.id or "", edge.source, edge.target, start, end, labels)


def _labels(
    words: Sequence[str], start: Point, end: Point, *, above: bool, twin: Point
) -> tuple[tuple[float, float, str], ...]:
    """Beside the middle of the line: over a level one, else across it (the template gives the letters a halo)."""
    middle = Point((start.x + end.x) / 2 + twin.x, (start.y + end.y) / 2 + twin.y)
    below = above and twin.y > 0
    first = LABEL_LINE if below else -6.0 - (len(words) - 1) * LABEL_LINE if above else 4.0 - (len(words) - 1) * LABEL_LINE / 2
    return tuple((middle.x, middle.y + first + index * LABEL_LINE, text) for index, text in enumerate(words))


def _direction(start: Point, end: Point) -> Point:
    length = math.hypot(end.x - start.x, end.y - start.y) or 1.0
    return Point((end.x - start.x) / length, (end.y - start.y) / length)


def _border(inside: Point, along: Point, box: Box) -> Point:
    """Where a ray from a point in the box leaves it, and a little further."""
    reach = [
        ((box.x + (box.width if along.x > 0 else 0) - inside.x) / along.x) if abs(along.x) > 1e-9 else math.inf,
        ((box.y + (box.height if along.y > 0 else 0) - inside.y) / along.y) if abs(along.y) > 1e-9 else math.inf,
    ]
    length = min(reach) + 3.0
    return Point(inside.x + along.x * length, inside.y + along.y * length)


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
