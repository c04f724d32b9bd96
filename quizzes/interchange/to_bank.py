"""Records as definitions of the bank's kinds. Where a rule of the file and ours part, a notice says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from quizzes.interchange.gift_writer import percent, plain, width_of
from quizzes.interchange.records import (
    Answer,
    Body,
    Calculated,
    Choices,
    Cloze,
    Essay,
    Notes,
    Number,
    Numbers,
    Order,
    Pairs,
    ShortText,
    TrueFalse,
    Unreadable,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NEAR = 2e-4
"""Weights are written with few digits: 33.333 % is a third."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A kind of the bank and its definition, with no field that only repeats a default."""

    kind: str
    definition: dict[str, Any]


def defined(body: Body, notes: Notes) -> Defined:
    """Raises `Unreadable` where no kind can hold what the record asks for."""
    match body:
        case TrueFalse():
            sides = {"true_feedback": body.true_feedback, "false_feedback": body.false_feedback}
            return Defined("true-false", {"answer": body.right, **_said(sides)})
        case Choices():
            return Defined("multiple-choice" if body.many else "single-choice", choices(body, notes))
        case ShortText():
            return Defined("short-text", short_text(body, notes))
        case Numbers():
            return Defined("numeric", numbers(body, notes))
        case Calculated():
            return Defined("calculated", _calculated(body, notes))
        case Pairs():
            return Defined("matching", _pairs(body, notes))
        case Order():
            return Defined("ordering", _order(body, notes))
        case Essay():
            return Defined("essay", _essay(body, notes))
        case Cloze():
            blanks = {blank.name: _blank(blank.body, notes) | _weight(blank.weight) for blank in body.blanks}
            return Defined("cloze", {"blanks": blanks})
        case _ as never:
            assert_never(never)


def _said(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: text for name, text in texts.items() if text}


def _weight(weight: float) -> dict[str, float]:
    return {} if weight == 1 else {"weight": weight}


def _blank(body: Choices | ShortText | Numbers, notes: Notes) -> dict[str, Any]:
    match body:
        case Choices():
            return choices(body, notes)
        case ShortText():
            return short_text(body, notes)
        case Numbers():
            return numbers(body, notes)
        case _ as never:
            assert_never(never)


# Choices


def choices(body: Choices, notes: Notes) -> dict[str, Any]:
    """The options; which of them are right follows from the shares."""
    right = _many_right(body, notes) if body.many else _one_right(body, notes)
    if len(body.answers) > len(LETTERS):
        raise Unreadable(f"{len(body.answers)} options are too many.")
    options = [
        {"id": letter, "text": answer.text, **_said({"correct": answer in right, "feedback": answer.feedback})}
        for letter, answer in zip(LETTERS, body.answers, strict=False)
    ]
    return {"options": options, **({"keep_order": True} if body.keep_order else {})}


def _one_right(body: Choices, notes: Notes) -> list[Answer]:
    right = [answer for answer in body.answers if answer.share >= 1]
    if len(right) != 1:
        count = "No option is" if not right else f"{len(right)} options are"
        raise Unreadable(f"{count} fully right. A single choice has one right option; several right ones need weights each.")
    for answer in body.answers:
        if 0 < answer.share < 1:
            notes.add(
                f"“{_short(answer.text)}” earned {percent(answer.share)} %; a single choice is all or nothing here: it is wrong"
            )
        if answer.share < 0:
            notes.add(
                f"“{_short(answer.text)}” cost {percent(-answer.share)} %; here a wrong option earns nothing and costs nothing"
            )
    return right


def _many_right(body: Choices, notes: Notes) -> list[Answer]:
    """Ours: each right option adds its equal share, each wrong one takes its equal share away."""
    right = [answer for answer in body.answers if answer.share > 0]
    wrong = [answer for answer in body.answers if answer.share <= 0]
    equal = all(abs(answer.share - 1 / len(right)) < NEAR for answer in right)
    if right and not equal:
        weights = ", ".join(f"{percent(answer.share)} %" for answer in right)
        notes.add(f"right options weighed {weights}; here each adds the same share")
    ours = f"here each takes {percent(1 / len(wrong)) if wrong else 0} % away, never below 0"
    if right and wrong and all(answer.share == 0 for answer in wrong):
        notes.add(f"wrong options cost nothing in the file; {ours}")
    elif any(abs(answer.share + 1 / len(wrong)) >= NEAR for answer in wrong):
        notes.add(f"wrong options cost other shares in the file; {ours}")
    return right


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


# Texts and numbers


def short_text(body: ShortText, notes: Notes) -> dict[str, Any]:
    accept = [
        {"text": answer.text, **({"score": answer.share} if answer.share < 1 else {}), **_said({"feedback": answer.feedback})}
        for answer in body.answers
        if answer.share > 0
    ]
    wrong = [{"text": answer.text, **_said({"feedback": answer.feedback})} for answer in body.answers if answer.share <= 0]
    if any(answer.share < 0 for answer in body.answers):
        notes.add("a wrong answer cost marks in the file; here it earns nothing and costs nothing")
    return {"accept": accept, **_said({"wrong": wrong}), **({"case_sensitive": True} if body.case_sensitive else {})}


def numbers(body: Numbers, notes: Notes) -> dict[str, Any]:
    key = _key(body)
    misses = [_near_miss(number, key, notes) for number in body.answers if number is not key]
    return {
        "answer": key.key,
        "tolerance": _tolerance(key),
        **_units(body.unit, body.units),
        **_said({
            "near_misses": [miss for miss in misses if miss],
            "right_feedback": key.feedback,
            "wrong_feedback": body.wrong_feedback,
        }),
    }  # fmt: skip


def _key(body: Numbers) -> Number:
    full = [number for number in body.answers if number.share >= 1]
    if len(full) != 1:
        count = "no value" if not full else f"{len(full)} values"
        raise Unreadable(f"A number has one right value here, with a tolerance or a range; the file gives {count} full marks.")
    return full[0]


def _tolerance(number: Number) -> dict[str, float]:
    if number.low is not None and number.high is not None:
        return {"low": number.low, "high": number.high}
    return {"relative": number.relative} if number.relative is not None else {"absolute": number.absolute or 0.0}


def _near_miss(number: Number, key: Number, notes: Notes) -> dict[str, Any] | None:
    """Feedback for a certain wrong value; None, with a notice, for what cannot be kept."""
    low, high = bounds(key)
    if number.share > 0:
        notes.add(f"{percent(number.share)} % for {_named(number)} is not kept: a number is all or nothing here")
        return None
    if low <= number.key <= high:
        notes.add(f"feedback on {_named(number)} is not kept: it lies within what is right")
        return None
    if abs(width_of(number) - width_of(key)) > 1e-9 * max(1.0, abs(number.key)) and key.low is None:
        notes.add(f"feedback on {_named(number)} is given within the tolerance of the right value")
    return {"formula": plain(number.key), "feedback": number.feedback} if number.feedback else None


def bounds(number: Number) -> tuple[float, float]:
    """What counts as right."""
    if number.low is not None and number.high is not None:
        return number.low, number.high
    return number.key - width_of(number), number.key + width_of(number)


def _named(number: Number) -> str:
    if number.low is not None and number.high is not None:
        return f"{plain(number.low)} to {plain(number.high)}"
    return f"{plain(number.key)} ± {plain(width_of(number))}" if width_of(number) else plain(number.key)


def _units(unit: str, units: Iterable[tuple[str, float]]) -> dict[str, Any]:
    return _said({"unit": unit, "units": dict(units)})


def _calculated(body: Calculated, notes: Notes) -> dict[str, Any]:
    key, *others = body.answers
    misses = []
    for answer in others:
        if answer.share > 0:
            notes.add(f"{percent(answer.share)} % for {answer.text} is not kept: a number is all or nothing here")
        elif answer.feedback:
            misses.append({"formula": answer.text, "feedback": answer.feedback})
    return {
        "parameters": {
            each.name: {"values": list(each.values)} if each.values else {"low": each.low, "high": each.high, "step": each.step}
            for each in body.parameters
        },
        "formula": key.text,
        "tolerance": {"relative": body.relative} if body.relative is not None else {"absolute": body.absolute or 0.0},
        **_units(body.unit, body.units),
        **_said({"near_misses": misses, "right_feedback": key.feedback, "wrong_feedback": body.wrong_feedback}),
        **({} if body.digits is None else {"digits": body.digits}),
    }


# The rest


def _pairs(body: Pairs, notes: Notes) -> dict[str, Any]:
    if len(body.pairs) > len(LETTERS):
        raise Unreadable(f"{len(body.pairs)} pairs are too many.")
    pairs = [
        {"id": letter, "left": pair.left, "right": pair.right, **_said({"feedback": pair.feedback})}
        for letter, pair in zip(LETTERS, body.pairs, strict=False)
    ]
    rights = {pair.right for pair in body.pairs}
    distractors = [right for right in dict.fromkeys(body.distractors) if right not in rights]
    if len(distractors) < len(body.distractors):
        notes.add("a right side without a left one was there twice: it is offered once")
    return {"pairs": pairs, **_said({"distractors": distractors})}


def _order(body: Order, notes: Notes) -> dict[str, Any]:
    if len(body.items) > len(LETTERS):
        raise Unreadable(f"{len(body.items)} items are too many.")
    notes.add("an order is graded by pairs here: each pair of items that stands the wrong way round costs its share")
    return {
        "items": [
            {"id": letter, "text": item.text, **_said({"feedback": item.feedback})}
            for letter, item in zip(LETTERS, body.items, strict=False)
        ]
    }


def _essay(body: Essay, notes: Notes) -> dict[str, Any]:
    notes.add("the file has no rubric: one criterion stands for the whole text")
    limits = {"min_words": body.min_words, "max_words": body.max_words, "model_answer": body.for_graders}
    return {"rubric": [{"id": "whole", "criterion": "The answer as a whole", "points": 1}], **_said(limits)}
