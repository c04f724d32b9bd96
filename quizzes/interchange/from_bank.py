"""Questions of the bank as records, and what of them no format of other systems has a place for."""

from collections.abc import Callable
from typing import Any

from quizzes.interchange.gift_writer import plain
from quizzes.interchange.records import (
    Answer,
    Blank,
    Body,
    Calculated,
    Choices,
    Cloze,
    Essay,
    Formula,
    NotHeld,
    Number,
    Numbers,
    Order,
    Pair,
    Pairs,
    Parameter,
    Record,
    ShortText,
    TrueFalse,
    middle,
)
from quizzes.interchange.tags import written
from quizzes.kinds import kind_named
from quizzes.kinds.expression import evaluate
from quizzes.services.bank import Content

Told = tuple[Body, list[str]]


def record_of(slug: str, content: Content) -> tuple[Record, tuple[str, ...]]:
    """The record and what is lost whatever the format. Raises `NotHeld` for kinds that live from this site alone."""
    kind = kind_named(content.kind)
    if content.kind not in BODIES:
        raise NotHeld(f"a question of the kind “{kind.label}” lives from this site: no other system has it")
    body, lost = BODIES[content.kind](kind.definition.model_validate(content.definition))
    if misconceptions := _count(content.definition, "misconception"):
        lost.append(f"{misconceptions} named misconception{'s' if misconceptions > 1 else ''}")
    if content.sources:
        lost.append("sources")
    record = Record(
        stem=content.stem.strip(), body=body, name=slug, title=slug, explanation=content.explanation.strip(),
        hints=tuple(hint.strip() for hint in content.hints), tags=written(content.tags, content.difficulty, content.covers),
    )  # fmt: skip
    return record, tuple(lost)


def _count(value: Any, name: str) -> int:
    """How often a field is filled, anywhere in a definition."""
    if isinstance(value, dict):
        return sum(bool(each) if key == name else _count(each, name) for key, each in value.items())
    return sum(_count(each, name) for each in value) if isinstance(value, list) else 0


def _single(definition: Any) -> Told:
    answers = tuple(Answer(option.text, 1.0 if option.correct else 0.0, option.feedback) for option in definition.options)
    return Choices(answers, keep_order=definition.keep_order), []


def _multiple(definition: Any) -> Told:
    """With the weights that make Moodle's rule the same as ours."""
    right = sum(option.correct for option in definition.options)
    wrong = len(definition.options) - right
    answers = tuple(
        Answer(option.text, 1 / right if option.correct else -1 / wrong, option.feedback) for option in definition.options
    )
    return Choices(answers, many=True, keep_order=definition.keep_order), []


def _true_false(definition: Any) -> Told:
    return TrueFalse(definition.answer, definition.true_feedback, definition.false_feedback), []


def _short_text(definition: Any) -> Told:
    accept = [Answer(form.text, form.score, form.feedback) for form in definition.accept]
    wrong = [Answer(form.text, 0.0, form.feedback) for form in definition.wrong]
    return ShortText((*accept, *wrong), definition.case_sensitive), []


def _numeric(definition: Any) -> Told:
    lost: list[str] = []
    key = _number(definition, definition.answer, 1.0, definition.right_feedback)
    if key.low is not None and key.high is not None and key.key != middle(key.low, key.high):
        lost.append("the key inside of its range (the middle of the range is shown instead)")
    misses = []
    for miss in definition.near_misses:
        value = evaluate(miss.formula, definition.given)
        misses.append(_near(definition, value, miss.feedback))
        if miss.formula != plain(value):
            lost.append("formulas of near misses (their values stay)")
    if definition.formula:
        lost.append("the formula behind the key")
    numbers = Numbers((key, *misses), definition.wrong_feedback, definition.unit, _units_of(definition))
    return numbers, list(dict.fromkeys(lost))


def _number(definition: Any, value: float, share: float, feedback: str) -> Number:
    tolerance = definition.tolerance
    return Number(value, tolerance.absolute, tolerance.relative, tolerance.low, tolerance.high, share, feedback)


def _near(definition: Any, value: float, feedback: str) -> Number:
    """A near miss is as wide as the key; an accepted range says nothing of that, so 1 %, as `NumericDefinition` has it."""
    tolerance = definition.tolerance
    relative = 0.01 if tolerance.low is not None else tolerance.relative
    return Number(value, tolerance.absolute, relative, share=0.0, feedback=feedback)


def _units_of(definition: Any) -> tuple[tuple[str, float], ...]:
    return tuple(definition.units.items())


def _calculated(definition: Any) -> Told:
    answers = [Formula(definition.formula, 1.0, definition.right_feedback)]
    answers += [Formula(miss.formula, 0.0, miss.feedback) for miss in definition.near_misses]
    parameters = tuple(
        Parameter(name, each.low or 0.0, each.high or 0.0, each.step or 0.0, tuple(each.values))
        for name, each in definition.parameters.items()
    )
    body = Calculated(
        tuple(answers), parameters, definition.tolerance.absolute, definition.tolerance.relative, definition.wrong_feedback,
        definition.unit, _units_of(definition), definition.digits,
    )  # fmt: skip
    return body, []


def _matching(definition: Any) -> Told:
    pairs = tuple(Pair(pair.left, pair.right, pair.feedback) for pair in definition.pairs)
    return Pairs(pairs, tuple(definition.distractors)), []


def _ordering(definition: Any) -> Told:
    items = tuple(Answer(item.text, feedback=item.feedback) for item in definition.items)
    named = (definition.first, definition.last) != ("first", "last")
    return Order(items), [f"the names of the ends ({definition.first}, {definition.last})"] if named else []


def _essay(definition: Any) -> Told:
    return Essay(definition.model_answer, definition.min_words, definition.max_words), ["the rubric"]


def _cloze(definition: Any) -> Told:
    blanks: list[Blank] = []
    lost: list[str] = []
    for name, blank in definition.blanks.items():
        body, missing = _blank_body(blank)
        blanks.append(Blank(name, body, blank.weight))
        lost += missing
    return Cloze(tuple(blanks)), list(dict.fromkeys(lost))


def _blank_body(blank: Any) -> tuple[Choices | ShortText | Numbers, list[str]]:
    make = _single if hasattr(blank, "options") else _short_text if hasattr(blank, "accept") else _numeric
    body, lost = make(blank)
    assert isinstance(body, Choices | ShortText | Numbers)
    return body, lost


BODIES: dict[str, Callable[[Any], Told]] = {
    "single-choice": _single, "multiple-choice": _multiple, "true-false": _true_false, "short-text": _short_text,
    "numeric": _numeric, "calculated": _calculated, "matching": _matching, "ordering": _ordering, "essay": _essay,
    "cloze": _cloze,
}  # fmt: skip
