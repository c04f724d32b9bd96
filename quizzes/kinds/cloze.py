"""Cloze: a text with blanks to fill. Each blank is a small question of another kind, chosen by what it is given.

The stem holds blanks as `[[name]]`. A blank with `options` is a single choice, one with `accept` a short text, one with
`answer` a number; each is read and graded by that kind, and everything that kind understands may be said of it.

Rule: the score is the share of the blanks that are right, by their weights; a blank that is right in part counts in part. An
empty blank earns nothing, a wrong one costs nothing.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, StringConstraints, Tag

from quizzes.kinds.base import AnswerError, Definition, Frozen, Json, Kind, Note, Outcome
from quizzes.kinds.numeric import KIND as NUMBER
from quizzes.kinds.numeric import READING, NumericDefinition
from quizzes.kinds.short_text import KIND as TEXT
from quizzes.kinds.short_text import ShortTextDefinition
from quizzes.kinds.single_choice import KIND as CHOICE
from quizzes.kinds.single_choice import SingleChoiceDefinition

MAX_BLANKS = 20
IN_STEM = re.compile(r"\[\[(?P<name>[a-z0-9][a-z0-9-]{0,39})\]\]")
BlankName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Weight = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class ChoiceBlank(SingleChoiceDefinition):
    """A list to choose from. Its options are plain words: a list of a browser shows no Markdown."""

    weight: Weight = 1.0


class TextBlank(ShortTextDefinition):
    """A word or a few."""

    weight: Weight = 1.0


class NumberBlank(NumericDefinition):
    """A number."""

    weight: Weight = 1.0


Blank = ChoiceBlank | TextBlank | NumberBlank
KINDS: dict[type[Definition], tuple[str, Kind[Any, Any]]] = {
    ChoiceBlank: ("choice", CHOICE), TextBlank: ("text", TEXT), NumberBlank: ("number", NUMBER),
}  # fmt: skip


def _shape(raw: Any) -> str | None:
    """Which kind of blank: told by the one field that only that kind has."""
    marks = {"options": "choice", "accept": "text", "answer": "number"}
    if not isinstance(raw, Mapping):
        return KINDS[type(raw)][0] if type(raw) in KINDS else None
    found = [shape for field, shape in marks.items() if field in raw]
    return found[0] if len(found) == 1 else None


AnyBlank = Annotated[
    Annotated[ChoiceBlank, Tag("choice")] | Annotated[TextBlank, Tag("text")] | Annotated[NumberBlank, Tag("number")],
    Discriminator(
        _shape,
        custom_error_type="blank_shape",
        custom_error_message="give exactly one of options (a list), accept (words) and answer with tolerance (a number)",
    ),
]


class ClozeDefinition(Definition):
    """`blanks` by the names that stand in the stem."""

    blanks: Annotated[dict[BlankName, AnyBlank], Field(min_length=1, max_length=MAX_BLANKS)]


class Cloze(Kind[ClozeDefinition, dict[str, Any]]):
    """The answer is an object: for the key of a blank (its place in the text, from "1") what was put in, as text."""

    slug: ClassVar[str] = "cloze"
    label: ClassVar[str] = "Text with blanks"
    template: ClassVar[str] = "quizzes/kinds/cloze.html"
    review_template: ClassVar[str] = "quizzes/kinds/cloze_review.html"
    example: ClassVar[str] = """\
# the stem: A breaker that is [[state]] fails fast; after [[wait]] it lets a [[trial]] call through.
blanks:
  state:
    options:                      # a list; plain words
    - {id: open, text: open, correct: true}
    - {id: closed, text: closed, feedback: A closed breaker lets calls through., misconception: closed means blocked}
  wait: {answer: 30, unit: s, units: {ms: 0.001}, tolerance: {absolute: 0}}
  trial: {accept: [trial, probe, test], weight: 2}
"""
    definition = ClozeDefinition

    def rule(self, definition: ClozeDefinition) -> str:
        how = f"{_in_part(definition)}{_how_words_are_read(definition)}{_how_numbers_are_read(definition)}"
        if len(definition.blanks) == 1:
            return f"The one blank carries all the points.{how}"
        share = f"1/{len(definition.blanks)} of the points"
        if len({blank.weight for blank in definition.blanks.values()}) > 1:
            whole = _all_weights(definition)
            shares = ", ".join(f"{100 * blank.weight / whole:.0f} %" for blank in definition.blanks.values())
            share = f"its share ({shares}, in the order of the text)"
        return f"Each blank that is right earns {share}; a wrong one costs nothing.{how}"

    def with_stem(self, definition: ClozeDefinition, stem: str) -> ClozeDefinition:
        """The blanks in the order in which they are read."""
        names = IN_STEM.findall(stem)
        if unknown := [name for name in names if name not in definition.blanks]:
            raise ValueError(f"the stem has a blank [[{unknown[0]}]] that the definition does not tell of")
        if missing := [name for name in definition.blanks if name not in names]:
            raise ValueError(f"the stem has no blank [[{missing[0]}]]")
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"the blank [[{twice[0]}]] stands in the stem twice: give each place a name of its own")
        return definition.model_copy(update={"blanks": {name: definition.blanks[name] for name in names}})

    def freeze(self, definition: ClozeDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        drawn = {name: dict(kind.freeze(blank, rng, shuffle=shuffle)) for name, (kind, blank) in _parts(definition).items()}
        return {"order": list(definition.blanks), "blanks": drawn}

    def fits(self, definition: ClozeDefinition, frozen: Frozen) -> bool:
        """The same blanks, each with what its own kind asked for."""
        parts = _parts(definition)
        return super().fits(definition, frozen) and all(
            kind.fits(blank, frozen["blanks"][name]) for name, (kind, blank) in parts.items()
        )

    def words(self, text: str, definition: ClozeDefinition, frozen: Frozen) -> str:
        """Blanks by their places instead of their names, which may say what belongs there."""
        places = {name: place for place, name in enumerate(frozen["order"], start=1)}
        return IN_STEM.sub(lambda found: f"[[{places.get(found['name'], found['name'])}]]", text)

    def public_view(self, definition: ClozeDefinition, frozen: Frozen) -> Mapping[str, Json]:
        blanks = [
            {"key": key, "shape": KINDS[type(blank)][0], **kind.public_view(blank, drawn)}
            for key, _, kind, blank, drawn in _drawn(definition, frozen)
        ]
        return {"holds_stem": True, "blanks": blanks}

    def from_form(self, values: Sequence[str]) -> Any:
        """A form sends two values for each blank, its key and what was put in."""
        return {key: value for key, value in zip(values[::2], values[1::2], strict=False) if value} or None

    def parse(self, definition: ClozeDefinition, frozen: Frozen, raw: Any) -> dict[str, Any] | None:
        if raw in (None, "", [], {}):
            return None
        if not isinstance(raw, dict):
            raise AnswerError("The answer to this question says what belongs into each blank.")
        blanks = {key: (name, kind, blank, drawn) for key, name, kind, blank, drawn in _drawn(definition, frozen)}
        if strange := raw.keys() - blanks.keys():
            raise AnswerError(f"The question has {len(blanks)} blanks; the answer names {len(strange)} others.")
        found = {blanks[key][0]: _read(key, *blanks[key][1:], text) for key, text in raw.items()}
        return {name: response for name, response in found.items() if response is not None} or None

    def grade(self, definition: ClozeDefinition, frozen: Frozen, response: dict[str, Any]) -> Outcome:
        reached, notes = 0.0, []
        for key, name, kind, blank, drawn in _drawn(definition, frozen):
            if name in response:
                outcome = kind.grade(blank, drawn, response[name])
                reached += blank.weight * (outcome.score or 0.0)
                notes.append(_note(key, kind.answer_text(blank, drawn, response[name]), outcome))
        return Outcome(score=min(1.0, reached / _all_weights(definition)), notes=tuple(notes))

    def review(self, definition: ClozeDefinition, frozen: Frozen, response: dict[str, Any] | None) -> Mapping[str, Any]:
        given = response or {}
        weighted = len({blank.weight for blank in definition.blanks.values()}) > 1
        blanks = [
            _reviewed(key, kind, blank, drawn, given.get(name))
            | {"share": blank.weight / _all_weights(definition) if weighted else None}
            for key, name, kind, blank, drawn in _drawn(definition, frozen)
        ]
        return {"holds_stem": True, "blanks": blanks, "weighted": weighted}

    def answer_text(self, definition: ClozeDefinition, frozen: Frozen, response: dict[str, Any]) -> str:
        texts = [
            (key, kind.answer_text(blank, drawn, response[name]))
            for key, name, kind, blank, drawn in _drawn(definition, frozen)
            if name in response
        ]
        return "; ".join(f"{key}: {text}" for key, text in texts)


def _in_part(definition: ClozeDefinition) -> str:
    forms = [form for blank in definition.blanks.values() if isinstance(blank, TextBlank) for form in blank.accept]
    return " Some answers earn a part of that." if any(form.score < 1 for form in forms) else ""


def _how_words_are_read(definition: ClozeDefinition) -> str:
    cases = {blank.case_sensitive for blank in definition.blanks.values() if isinstance(blank, TextBlank)}
    return {
        (): "",
        (False,): " Small or capital letters make no difference.",
        (True,): " Small and capital letters differ.",
    }.get(tuple(cases), " In some blanks small and capital letters differ.")


def _how_numbers_are_read(definition: ClozeDefinition) -> str:
    return f" {READING}" if any(isinstance(blank, NumberBlank) for blank in definition.blanks.values()) else ""


def _parts(definition: ClozeDefinition) -> dict[str, tuple[Kind[Any, Any], Any]]:
    return {name: (KINDS[type(blank)][1], blank) for name, blank in definition.blanks.items()}


def _drawn(definition: ClozeDefinition, frozen: Frozen) -> Iterator[tuple[str, str, Kind[Any, Any], Any, Frozen]]:
    """(key, name, kind, blank, its own draw) of each blank, in the order of the text."""
    parts = _parts(definition)
    for place, name in enumerate(frozen["order"], start=1):
        yield str(place), name, *parts[name], frozen["blanks"][name]


def _all_weights(definition: ClozeDefinition) -> float:
    return sum(blank.weight for blank in definition.blanks.values())


def _read(key: str, kind: Kind[Any, Any], blank: Any, drawn: Frozen, text: Any) -> Any:
    if text is not None and not isinstance(text, str):
        raise AnswerError(f"Blank {key}: its answer is a text.")
    try:
        return kind.parse(blank, drawn, text)
    except AnswerError as error:
        raise AnswerError(f"Blank {key}: {error}") from error


def _note(key: str, given: str, outcome: Outcome) -> Note:
    """What the blank's own kind says of it, under the blank's name."""
    said = outcome.notes[0] if outcome.notes else Note(text="")
    verdict = "Right." if outcome.right else "Right in part." if outcome.score else "Not right."
    return replace(said, text=said.text or verdict, about=f"Blank {key}: {given}", right=outcome.right, given=True)


def _reviewed(key: str, kind: Kind[Any, Any], blank: Any, drawn: Frozen, response: Any) -> dict[str, Any]:
    outcome = Outcome(score=0.0) if response is None else kind.grade(blank, drawn, response)
    said = outcome.notes[0] if outcome.notes else Note(text="")
    return {
        "key": key,
        "given": "" if response is None else kind.answer_text(blank, drawn, response),
        "right": outcome.right,
        "score": outcome.score,
        "answer": _answer(blank, drawn),
        "feedback": said.text,
        "misconception": said.misconception,
    }


def _answer(blank: Blank, drawn: Frozen) -> str:
    """The key of a blank, as people read it."""
    if isinstance(blank, ChoiceBlank):
        return next(option.text for option in blank.options if option.correct)
    if isinstance(blank, TextBlank):
        return str(TEXT.review(blank, drawn, None)["key"])
    return str(NUMBER.review(blank, drawn, None)["key"])


KIND = Cloze()
