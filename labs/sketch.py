"""A lab's topology as a small drawing for its card: boxes, the ways between them, cells where a box is a group."""

from dataclasses import dataclass

from labs.experiments.contract import Experiment, Node, Topology

WIDTH, HEIGHT = 240.0, 84.0
MARGIN = 10.0
WIDEST, HIGHEST = 44.0, 26.0
MOST_CELLS = 12
COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A rounded rectangle, in the drawing's own units."""

    x: float
    y: float
    width: float
    height: float
    shape: str = ""
    cells: tuple["Box", ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A line from middle to middle; boxes lie over its ends."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Sketch:
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    width: float = WIDTH
    height: float = HEIGHT


def sketch(experiment: Experiment) -> Sketch:
    """The topology within a fixed frame; a group shows the members that it has at the defaults, up to a dozen."""
    topology = experiment.topology
    defaults = {knob.name: knob.default for knob in experiment.knobs}
    places = _places(topology)
    boxes = {node.id: _box(node, *places[node.id], _size(topology), _members(node, defaults)) for node in topology.nodes}
    ways = tuple(
        Way(*_middle(boxes[edge.source]), *_middle(boxes[edge.target]))
        for edge in topology.edges
        if edge.source in boxes and edge.target in boxes
    )
    return Sketch(tuple(boxes.values()), ways)


def _places(topology: Topology) -> dict[str, tuple[float, float]]:
    """The middle of each node, with the coarse grid spread over the frame."""
    width, height = _size(topology)
    across = _spread([node.x for node in topology.nodes], MARGIN + width / 2, WIDTH - MARGIN - width / 2)
    down = _spread([node.y for node in topology.nodes], MARGIN + height / 2, HEIGHT - MARGIN - height / 2)
    return {node.id: (x, y) for node, x, y in zip(topology.nodes, across, down, strict=True)}


def _size(topology: Topology) -> tuple[float, float]:
    columns = max(2.0, _span([node.x for node in topology.nodes]) + 1.0)
    rows = max(1.0, _span([node.y for node in topology.nodes]) + 1.0)
    return min(WIDEST, (WIDTH - 2 * MARGIN) / columns * 0.62), min(HIGHEST, (HEIGHT - 2 * MARGIN) / rows * 0.66)


def _span(values: list[float]) -> float:
    return max(values) - min(values) if values else 0.0


def _spread(values: list[float], low: float, high: float) -> list[float]:
    least, length = min(values, default=0.0), _span(values)
    return [low + (value - least) / length * (high - low) if length else (low + high) / 2 for value in values]


def _members(node: Node, defaults: dict[str, bool | int | float | str]) -> int:
    count = defaults.get(node.members, 0) if isinstance(node.members, str) else node.members
    return min(MOST_CELLS, int(count)) if isinstance(count, int | float) else 0


def _box(node: Node, x: float, y: float, size: tuple[float, float], members: int) -> Box:
    width, height = size
    if not members:
        return Box(x - width / 2, y - height / 2, width, height, node.shape)
    rows = -(-members // COLUMNS)
    height = min(HEIGHT - 8.0, max(height, rows * 11.0 + 5.0))
    y = min(max(y, height / 2 + 4.0), HEIGHT - height / 2 - 4.0)
    box = Box(x - width / 2, y - height / 2, width, height, node.shape)
    return Box(box.x, box.y, width, height, node.shape, _cells(box, members, rows))


def _cells(box: Box, members: int, rows: int) -> tuple[Box, ...]:
    columns = min(COLUMNS, members)
    wide, high = (box.width - 5.0) / columns, (box.height - 5.0) / rows
    return tuple(
        Box(box.x + 3.5 + place % columns * wide, box.y + 3.5 + place // columns * high, wide - 2.0, high - 2.0)
        for place in range(members)
    )


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2
