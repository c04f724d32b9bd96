"""The answers of a question in a few lines, for looking over many at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from quizzes.interchange.gift_writer import percent, width_of
from quizzes.interchange.gift_writer import plain as digits
from quizzes.interchange.records import (
    Body,
    Calculated,
    Choices,
    Cloze,
    Essay,
    Number,
    Numbers,
    Order,
    Pairs,
    Parameter,
    ShortText,
    TrueFalse,
)


@dataclass(frozen=True, slots=True)
class Line:
    """`sign` stands before the text: right, wrong, a share, a number, a name. `right` is None where it has no side.

    The text is Markdown unless it is `plain`; the note is.
    """

    sign: str
    text: str
    note: str = ""
    right: bool | None = None
    plain: bool = False


def outline(body: Body) -> tuple[Line, ...]:
    """What a body asks and accepts, in its own order."""
    return tuple(_lines(body))


def _lines(body: Body) -> Iterator[Line]:
    match body:
        case TrueFalse():
            yield _marked("True", float(body.right), body.true_feedback)
            yield _marked("False", float(not body.right), body.false_feedback)
        case Choices():
            for answer in body.answers:
                yield _marked(answer.text, 1.0 if body.many and answer.share > 0 else answer.share, answer.feedback)
        case ShortText():
            yield from (_marked(answer.text, answer.share, answer.feedback, plain=True) for answer in body.answers)
        case Numbers():
            yield from _numbers(body)
        case Calculated():
            yield from _calculated(body)
        case Pairs():
            yield from (Line("→", f"{pair.left} → {pair.right}", pair.feedback) for pair in body.pairs)
            yield from (Line("–", right, "belongs to nothing", plain=True) for right in body.distractors)
        case Order():
            yield from (Line(f"{place}.", item.text, item.feedback) for place, item in enumerate(body.items, start=1))
        case Essay():
            yield from _essay(body)
        case Cloze():
            for blank in body.blanks:
                yield Line(blank.name, f"weight {blank.weight:g}" if blank.weight != 1 else "")
                yield from _lines(blank.body)
        case _ as never:
            assert_never(never)


def _marked(text: str, share: float, feedback: str, *, plain: bool = False) -> Line:
    sign = "✓" if share >= 1 else "✗" if share <= 0 else f"{percent(share)} %"
    return Line(sign, text, feedback, None if 0 < share < 1 else share >= 1, plain)


def _numbers(body: Numbers) -> Iterator[Line]:
    for number in body.answers:
        yield _marked(f"{_range(number)} {body.unit}".strip(), number.share, number.feedback, plain=True)
    yield from _others(body.wrong_feedback, body.units)


def _others(wrong_feedback: str, units: Iterable[tuple[str, float]]) -> Iterator[Line]:
    if wrong_feedback:
        yield _marked("any other", 0.0, wrong_feedback)
    if named := [f"1 {name} = {digits(factor)}" for name, factor in units]:
        yield Line("·", f"units: {', '.join(named)}", plain=True)


def _range(number: Number) -> str:
    if number.low is not None and number.high is not None:
        return f"{digits(number.low)} to {digits(number.high)}"
    if number.relative is not None:
        return f"{digits(number.key)} ± {percent(number.relative)} %"
    return f"{digits(number.key)} ± {digits(width_of(number))}" if number.absolute else digits(number.key)


def _calculated(body: Calculated) -> Iterator[Line]:
    for answer in body.answers:
        yield _marked(f"{answer.text} {body.unit}".strip(), answer.share, answer.feedback, plain=True)
    width = f"{percent(body.relative)} %" if body.relative is not None else f"{digits(body.absolute or 0.0)} {body.unit}"
    yield Line("·", f"tolerance ± {width.strip()}", plain=True)
    yield from (Line("·", _parameter(parameter), plain=True) for parameter in body.parameters)
    yield from _others(body.wrong_feedback, body.units)


def _parameter(parameter: Parameter) -> str:
    if parameter.values:
        return f"{parameter.name}: {', '.join(digits(value) for value in parameter.values)}"
    return f"{parameter.name}: {digits(parameter.low)} to {digits(parameter.high)} in steps of {digits(parameter.step)}"


def _essay(body: Essay) -> Iterator[Line]:
    if body.min_words or body.max_words:
        yield Line("·", f"{body.min_words or 0} to {body.max_words or 'any number of'} words", plain=True)
    yield Line("·", "graded by a person", body.for_graders)
