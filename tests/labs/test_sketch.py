"""The small drawing of a topology on a lab's card."""

import pytest

from labs.experiments import catalogue
from labs.experiments.contract import Experiment
from labs.sketch import HEIGHT, WIDTH, Box, sketch


@pytest.mark.parametrize("lab", catalogue.experiments().values(), ids=lambda lab: lab.slug)
def test_every_lab_has_a_sketch_within_its_frame(lab: Experiment) -> None:
    drawn = sketch(lab)
    assert len(drawn.boxes) == len(lab.topology.nodes)
    assert len(drawn.ways) == len(lab.topology.edges)
    for box in drawn.boxes:
        assert within(box, 0.0, 0.0, WIDTH, HEIGHT)
        assert all(within(cell, box.x, box.y, box.width, box.height) for cell in box.cells)


@pytest.mark.parametrize("lab", catalogue.experiments().values(), ids=lambda lab: lab.slug)
def test_boxes_of_one_sketch_stand_apart(lab: Experiment) -> None:
    boxes = sketch(lab).boxes
    for place, box in enumerate(boxes):
        assert not any(overlap(box, other) for other in boxes[place + 1 :]), lab.slug


def within(box: Box, x: float, y: float, width: float, height: float) -> bool:
    return box.x >= x and box.y >= y and box.x + box.width <= x + width and box.y + box.height <= y + height


def overlap(box: Box, other: Box) -> bool:
    beside = box.x + box.width <= other.x or other.x + other.width <= box.x
    return not (beside or box.y + box.height <= other.y or other.y + other.height <= box.y)
