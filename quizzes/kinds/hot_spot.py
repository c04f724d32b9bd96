"""Diagram hot spot: pick the part of a diagram, or several, that the question asks for.

Rule: as many parts may be picked as are asked for, and each right one earns its share. The number of picks is bounded, so
marking everything is no way to be right and no penalty is needed.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.choices import OptionId, check_ids_differ, check_texts_differ, chosen_ids
from quizzes.kinds.picture import Edge, Node, check_can_be_drawn, in_words, laid_out

MOST_PARTS = 16


class NodePart(Node):
    """A node that can be picked, unless `part` is false. `misconception` names the belief that makes it look right."""

    part: bool = True
    feedback: str = ""
    misconception: str = ""


class EdgePart(Edge):
    """An edge; one with an `id` can be picked. `name` is its name in the list of parts, else made from its ends."""

    name: Annotated[str, StringConstraints(max_length=80)] = ""
    feedback: str = ""
    misconception: str = ""


class Diagram(Definition):
    """Nodes that do not overlap, and edges that run through no other node."""

    nodes: Annotated[list[NodePart], Field(min_length=2, max_length=14)]
    edges: Annotated[list[EdgePart], Field(max_length=24)] = []

    @model_validator(mode="after")
    def _can_be_drawn(self) -> "Diagram":
        check_can_be_drawn(self.nodes, self.edges)
        return self


class HotSpotDefinition(Definition):
    """`answers`: the parts that are right; `pick`: how many of them are asked for, all unless said otherwise."""

    diagram: Diagram
    answers: Annotated[list[OptionId], Field(min_length=1, max_length=8)]
    pick: Annotated[int, Field(ge=1, le=8)] | None = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> "HotSpotDefinition":
        check_ids_differ(self.answers)
        names = {part.id for part in self.parts}
        check_texts_differ([self.name_of(part) for part in self.parts])  # in the list of parts, which is all that some have
        if strangers := sorted(set(self.answers) - names):
            raise ValueError(f"no part of the diagram that can be picked is called {', '.join(strangers)}")
        if self.pick and self.pick > len(self.answers):
            raise ValueError(f"pick asks for {self.pick} parts, only {len(self.answers)} are right")
        if len(names) > MOST_PARTS:
            raise ValueError(f"{len(names)} parts can be picked; more than {MOST_PARTS} are too many to choose from")
        if self.wanted >= len(names):
            raise ValueError("every part would have to be picked: there is nothing to choose")
        return self

    @property
    def wanted(self) -> int:
        return self.pick or len(self.answers)

    @property
    def parts(self) -> list[NodePart | EdgePart]:
        """What can be picked: nodes row by row, then edges."""
        nodes = sorted((node for node in self.diagram.nodes if node.part), key=lambda node: (node.at[1], node.at[0]))
        return [*nodes, *(edge for edge in self.diagram.edges if edge.id)]

    def name_of(self, part: NodePart | EdgePart) -> str:
        if isinstance(part, NodePart):
            return part.text
        texts = {node.id: node.text for node in self.diagram.nodes}
        return part.name or f"{texts[part.source]} → {texts[part.target]}"


class HotSpot(Kind[HotSpotDefinition, list[str]]):
    """The answer is the list of the keys of the parts that were picked."""

    slug: ClassVar[str] = "hot-spot"
    label: ClassVar[str] = "Diagram hot spot"
    template: ClassVar[str] = "quizzes/kinds/hot_spot.html"
    review_template: ClassVar[str] = "quizzes/kinds/hot_spot_review.html"
    example: ClassVar[str] = """\
diagram:
  nodes:                  # at: column, row; form: service, store, queue or client; part: false cannot be picked
  - {id: client, text: Client, at: [1, 1], form: client, part: false}
  - {id: gateway, text: Gateway, at: [2, 1], feedback: It only forwards.}
  - {id: orders, text: Orders, at: [3, 1], feedback: It keeps state in its store.}
  - {id: store, text: Orders database, at: [4, 1], form: store, feedback: 'Yes: one writer, nothing beside it.'}
  edges:                  # an edge with an id can be picked, too
  - {from: client, to: gateway, text: HTTPS}
  - {from: gateway, to: orders}
  - {from: orders, to: store, id: writes, text: SQL, feedback: A connection is not a component.}
answers: [store]
pick: 1                   # of several right ones; left out: all of them
"""
    definition = HotSpotDefinition

    def rule(self, definition: HotSpotDefinition) -> str:
        if definition.wanted == 1:
            return "One part is asked for: all or nothing."
        return f"You may pick {definition.wanted} parts; each right one earns 1/{definition.wanted} of the points."

    def freeze(self, definition: HotSpotDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        """Nothing to shuffle: parts have places. The order only gives them their keys."""
        return {"order": [part.id for part in definition.parts], "pick": definition.wanted}

    def fits(self, definition: HotSpotDefinition, frozen: Frozen) -> bool:
        """The same parts, and as many of them asked for."""
        return super().fits(definition, frozen) and frozen["pick"] == definition.wanted

    def public_view(self, definition: HotSpotDefinition, frozen: Frozen) -> Mapping[str, Any]:
        named = {part.id: definition.name_of(part) for part in definition.parts}
        return {
            **_pictures(definition, frozen),
            "pick": definition.wanted,
            "parts": [{"key": key, "text": named[name]} for name, key in _keys(frozen).items()],
        }

    def from_form(self, values: Sequence[str]) -> Any:
        return list(values)

    def parse(self, definition: HotSpotDefinition, frozen: Frozen, raw: Any) -> list[str] | None:
        if raw in (None, "", []):
            return None
        ids = chosen_ids(frozen, raw)
        if len(ids) > definition.wanted:
            raise AnswerError(f"Pick at most {definition.wanted}; {len(ids)} are picked.")
        return ids

    def grade(self, definition: HotSpotDefinition, frozen: Frozen, response: list[str]) -> Outcome:
        notes = [self._note(definition, part) for part in definition.parts if part.id in response]
        right = sum(name in definition.answers for name in response)
        return Outcome(score=right / definition.wanted, notes=tuple(notes))

    def _note(self, definition: HotSpotDefinition, part: NodePart | EdgePart) -> Note:
        return Note(
            text=part.feedback, about=definition.name_of(part), right=part.id in definition.answers,
            misconception=part.misconception, given=True,
        )  # fmt: skip

    def review(self, definition: HotSpotDefinition, frozen: Frozen, response: list[str] | None) -> Mapping[str, Any]:
        chosen = response or []
        parts = {part.id: part for part in definition.parts}
        options = [
            {"key": key, "text": definition.name_of(parts[name]), "chosen": name in chosen,
             "correct": name in definition.answers, "feedback": parts[name].feedback,
             "misconception": parts[name].misconception}
            for name, key in _keys(frozen).items()
        ]  # fmt: skip
        pictures = _pictures(definition, frozen)
        for shape in [*_shapes(pictures["wide"]), *_shapes(pictures["tall"])]:
            option = next((option for option in options if option["key"] == shape["key"]), None)
            shape |= {"chosen": option["chosen"], "correct": option["correct"]} if option else {}
        return {**pictures, "options": options, "shape": "radio" if definition.wanted == 1 else "checkbox"}

    def answer_text(self, definition: HotSpotDefinition, frozen: Frozen, response: list[str]) -> str:
        return ", ".join(definition.name_of(part) for part in definition.parts if part.id in response)


def _keys(frozen: Frozen) -> dict[str, str]:
    """The key in the browser by a part's id."""
    return {name: str(place) for place, name in enumerate(frozen["order"], start=1)}


def _pictures(definition: HotSpotDefinition, frozen: Frozen) -> dict[str, Any]:
    diagram, keys = definition.diagram, _keys(frozen)
    wide, tall = (laid_out(diagram.nodes, diagram.edges, tall=tall).as_json(keys) for tall in (False, True))
    return {"wide": wide, "tall": tall, "in_words": in_words(diagram.nodes, diagram.edges)}


def _shapes(picture: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*picture["boxes"], *picture["arrows"]]


KIND = HotSpot()
