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
from typing import Annotated, Literal, TypedDict

from pydantic import Field, StringConstraints

from quizzes.kinds.base import Definition
from quizzes.kinds.choices import OptionId, check_ids_differ
from quizzes.kinds.shapes import HEAD, LABEL_LINE, Arrow, Box, Picture, Point, direction

Place = Annotated[float, Field(ge=1, le=8, multiple_of=0.5)]
Form = Literal["service", "store", "queue", "client"]

LINE, PADDING, LABEL_LETTER, MARGIN, ROW_GAP, COLUMN_GAP, TWINS_APART = 18.0, 13.0, 6.6, 10.0, 52.0, 46.0, 8.0


class LabelPlace(TypedDict):
    """Where the first line of a label is set, and how its words stand to that point."""

    label: Point
    anchor: Literal["start", "middle", "end"]


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
class Grid:
    """How large the cells of a layout are."""

    box_width: float
    letters: int
    label_letters: int
    side_letters: int
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
    most_lines = max(len(wrap(node.text, letters - 2)) for node in nodes)
    labels = [line for edge in edges for line in wrap(edge.text, label_letters)]
    gap = max([COLUMN_GAP, *(len(line) * LABEL_LETTER + 2 * HEAD + 6 for line in labels)])
    side_letters = int(width / 2 // LABEL_LETTER) + 1  # from the middle of a box to its side, and into the margin
    return Grid(width, letters, label_letters, side_letters, column=width + gap, row=_height(most_lines) + ROW_GAP)


def _height(lines: int) -> float:
    return 2 * PADDING + lines * LINE


def _box(node: Node, grid: Grid, column: float, row: float) -> Box:
    words = wrap(node.text, grid.letters - 2 if node.form == "queue" else grid.letters)
    height = _height(len(words))
    x = MARGIN + column * grid.column
    y = MARGIN + row * grid.row + (grid.row - ROW_GAP - height) / 2
    low = 5.0 if node.form == "store" else 0.0  # the lid takes room at the top
    lines = tuple((y + PADDING + low + (index + 0.72) * LINE, text) for index, text in enumerate(words))
    return Box(name=node.id, form=node.form, x=x, y=y, width=grid.box_width, height=height, lines=lines)


def _arrow(edge: Edge, boxes: Mapping[str, Box], grid: Grid, *, twin: bool) -> Arrow:
    """From border to border. Of two that run both ways each keeps to its right."""
    source, target = boxes[edge.source], boxes[edge.target]
    along = direction(source.centre, target.centre)
    aside = Point(-along.y * TWINS_APART, along.x * TWINS_APART) if twin else Point(0.0, 0.0)
    here = Point(source.centre.x + aside.x, source.centre.y + aside.y)
    there = Point(target.centre.x + aside.x, target.centre.y + aside.y)
    start, end = _border(here, along, source), _border(there, Point(-along.x, -along.y), target)
    level = abs(along.y) < 0.3
    words = wrap(edge.text, grid.label_letters if level else grid.side_letters)
    place = _over if level else _beside
    return Arrow(edge.id or "", edge.source, edge.target, start, end, words=tuple(words), **place(words, start, end, aside))


def _over(words: Sequence[str], start: Point, end: Point, aside: Point) -> LabelPlace:
    """Above the middle of a level line; below it where its twin runs above."""
    middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    first = LABEL_LINE + 2 if aside.y > 0 else -9.0 - (len(words) - 1) * LABEL_LINE
    return {"label": Point(middle.x, middle.y + first), "anchor": "middle"}


def _beside(words: Sequence[str], start: Point, end: Point, aside: Point) -> LabelPlace:
    """To the right of the middle of a steep line; to its left where its twin runs there."""
    middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    first = middle.y + 4.0 - (len(words) - 1) * LABEL_LINE / 2
    if aside.x < 0:
        return {"label": Point(middle.x - 9.0, first), "anchor": "end"}
    return {"label": Point(middle.x + 9.0, first), "anchor": "start"}


def _border(inside: Point, along: Point, box: Box) -> Point:
    """Where a ray from a point in the box leaves it, and a little further."""
    reach = [
        ((box.x + (box.width if along.x > 0 else 0) - inside.x) / along.x) if abs(along.x) > 1e-9 else math.inf,
        ((box.y + (box.height if along.y > 0 else 0) - inside.y) / along.y) if abs(along.y) > 1e-9 else math.inf,
    ]
    length = min(reach) + 3.0
    return Point(inside.x + along.x * length, inside.y + along.y * length)
