"""Diagram hot spots: which parts count, what the picture shows, and which diagrams cannot be drawn."""

import json
import random
from itertools import combinations
from typing import Any

import pytest
from pydantic import ValidationError

from quizzes.kinds import AnswerError
from quizzes.kinds.hot_spot import KIND, HotSpotDefinition
from quizzes.kinds.picture import laid_out
from tests.quizzes.bank import HOT_SPOT

TWO = HotSpotDefinition.model_validate(HOT_SPOT)
FROZEN = KIND.freeze(TWO, random.Random(1), shuffle=True)
NODES: list[dict[str, Any]] = HOT_SPOT["diagram"]["nodes"]  # type: ignore[index]
EDGES: list[dict[str, Any]] = HOT_SPOT["diagram"]["edges"]  # type: ignore[index]


def changed(nodes: Any = NODES, edges: Any = EDGES, **more: Any) -> dict[str, Any]:
    return {"diagram": {"nodes": nodes, "edges": edges}, "answers": ["node-store"]} | more


@pytest.mark.parametrize(("picked", "score"), [
    (["node-store", "edge-fill"], 1.0), (["edge-fill"], 0.5), (["edge-fill", "node-queue"], 0.5), (["node-queue"], 0.0),
])  # fmt: skip
def test_each_right_part_earns_its_share(picked: list[str], score: float) -> None:
    keys = [str(FROZEN["order"].index(name) + 1) for name in picked]
    response = KIND.parse(TWO, FROZEN, keys)
    assert response == picked
    outcome = KIND.grade(TWO, FROZEN, response)
    assert outcome.score == score
    assert {note.about for note in outcome.notes} == {KIND.answer_text(TWO, FROZEN, [name]) for name in picked}


def test_any_of_several_right_parts_will_do_where_one_is_asked_for() -> None:
    one = TWO.model_copy(update={"pick": 1})
    assert [KIND.grade(one, FROZEN, [name]).score for name in ("node-store", "edge-fill", "node-queue")] == [1.0, 1.0, 0.0]
    with pytest.raises(AnswerError, match="Pick at most 1; 2 are picked"):
        KIND.parse(one, FROZEN, ["2", "4"])


def test_whoever_was_asked_for_another_number_of_parts_was_asked_something_else() -> None:
    assert KIND.fits(TWO, FROZEN)
    assert not KIND.fits(TWO.model_copy(update={"pick": 1}), FROZEN)


def test_marking_everything_is_no_answer() -> None:
    with pytest.raises(AnswerError, match="at most 2"):
        KIND.parse(TWO, FROZEN, ["1", "2", "3", "4"])


def test_parts_are_named_row_by_row_and_what_is_no_part_has_no_key() -> None:
    view = KIND.public_view(TWO, FROZEN)
    assert [part["text"] for part in view["parts"]] == ["Cache", "Store", "Queue", "Cache → Store"]
    assert sorted(box["key"] for box in view["wide"]["boxes"]) == ["", "1", "2", "3"]
    assert [arrow["key"] for arrow in view["tall"]["arrows"]] == ["", "4"]
    assert view["in_words"] == ["Entry to Cache", "Cache to Store: misses"]
    assert not [word for word in ("node-", "edge-", "SECRET", "correct", "chosen") if word in json.dumps(view)]


def test_a_review_marks_the_picture_as_it_marks_the_list() -> None:
    view = KIND.review(TWO, FROZEN, ["node-queue"])
    for turn in ("wide", "tall"):
        shapes = {shape["key"]: shape for shape in [*view[turn]["boxes"], *view[turn]["arrows"]] if shape["key"]}
        for option in view["options"]:
            marked = shapes[option["key"]]
            assert (marked["chosen"], marked["correct"]) == (option["chosen"], option["correct"])


@pytest.mark.parametrize("tall", [False, True])
def test_boxes_stand_apart_inside_the_picture_with_their_words_in_them(tall: bool) -> None:
    picture = laid_out(TWO.diagram.nodes, TWO.diagram.edges, tall=tall)
    for box in picture.boxes:
        assert 0 < box.x < box.x + box.width < picture.width
        assert 0 < box.y < box.y + box.height < picture.height
        assert all(box.y < baseline < box.y + box.height for baseline, _ in box.lines)
    for one, other in combinations(picture.boxes, 2):
        assert one.x + one.width < other.x or other.x + other.width < one.x or \
            one.y + one.height < other.y or other.y + other.height < one.y  # fmt: skip
    assert not picture.collisions()


def test_arrows_run_from_border_to_border() -> None:
    picture = laid_out(TWO.diagram.nodes, TWO.diagram.edges, tall=False)
    boxes = {box.name: box for box in picture.boxes}
    (first, _) = picture.arrows
    assert first.start.x == pytest.approx(boxes["node-entry"].x + boxes["node-entry"].width, abs=4)
    assert first.end.x == pytest.approx(boxes["node-cache"].x, abs=4)
    assert first.start.y == first.end.y == pytest.approx(boxes["node-cache"].centre.y)


@pytest.mark.parametrize(("definition", "words"), [
    (changed(answers=["node-entry"]), "no part of the diagram that can be picked is called node-entry"),
    (changed(answers=["nobody"]), "can be picked is called nobody"),
    (changed(pick=2), "pick asks for 2 parts, only 1 are right"),
    (changed(NODES[1:3], [], answers=["node-store", "node-cache"]), "nothing to choose"),
    (changed([*NODES, NODES[1] | {"id": "twin", "at": [2.5, 1.5]}]), "node-cache and twin overlap"),
    (changed([*NODES, NODES[1] | {"id": "twin", "at": [4, 2]}]), "two entries read the same"),
    (changed(edges=[{"from": "node-entry", "to": "node-store"}]), "runs through node-cache: move one"),
    (changed(edges=[{"from": "node-entry", "to": "nobody"}]), "nodes that are not there: nobody"),
    (changed(edges=[{"from": "node-entry", "to": "node-entry"}]), "two different nodes"),
    (changed(edges=[EDGES[0], EDGES[0]]), "run the same way"),
    (changed(edges=[EDGES[0] | {"id": "node-cache"}]), "ids must differ"),
    (changed([NODES[0] | {"at": [0, 1]}, *NODES[1:]]), "greater than or equal to 1"),
    (changed([NODES[0] | {"form": "cloud"}, *NODES[1:]]), "service.*store.*queue"),
])  # fmt: skip
def test_a_diagram_that_cannot_be_drawn_or_asked_is_refused(definition: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        HotSpotDefinition.model_validate(definition)
