"""Writes GIFT as Moodle reads it. Texts are Markdown and say so; id, tags and what is lost stand in a comment."""

import re
from collections.abc import Iterable
from typing import assert_never

from quizzes.interchange.gift_syntax import escape, token
from quizzes.interchange.marked import FORMATS
from quizzes.interchange.records import (
    Answer,
    Calculated,
    Choices,
    Cloze,
    Essay,
    NotHeld,
    Number,
    Numbers,
    Order,
    Pairs,
    Record,
    ShortText,
    TrueFalse,
    Written,
)

_LIKE_A_MARK = re.compile(rf"\s*\[(?:{'|'.join(FORMATS)})\]")
NO_CALCULATED = "GIFT knows no drawn numbers; Moodle XML does"
NO_CLOZE = "GIFT knows one gap at most; Moodle XML has questions with several"
NO_ARROW = "in GIFT “->” parts a pair, also inside of a text"


def write_gift(record: Record, lost: Iterable[str] = ()) -> Written:
    """One question. `lost` is what was lost before; the comment names it too. Raises `NotHeld`."""
    answers, own = _body(record)
    missing = (*lost, *own, *(["hints"] if record.hints else []))
    comments = [" ".join(["//", *([token("id", record.name)] if record.name else []), *_tags(record)])]
    comments += [f"// GIFT cannot hold: {_one_line('; '.join(missing))}"] if missing else []
    has_place = record.explanation and not isinstance(record.body, Order)
    explanation = f"####{_text(record.explanation)}" if has_place else ""
    title = f"::{escape(record.title)}::" if record.title else ""
    if answers.startswith("\n"):
        explanation = f"\t{explanation}\n" if explanation else ""
    return Written("\n".join([*comments, f"{title}[markdown]{escape(record.stem)}{{{answers}{explanation}}}"]) + "\n", missing)


def comment(text: str) -> str:
    """A comment of its own."""
    return f"// {_one_line(text)}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tags(record: Record) -> list[str]:
    return [token("tag", tag) for tag in record.tags or ()]


def _text(text: str) -> str:
    return escape(f"[markdown]{text}" if _LIKE_A_MARK.match(text) else text)


def _feedback(text: str) -> str:
    return f"#{_text(text)}" if text else ""


def _lines(lines: Iterable[str]) -> str:
    return "\n" + "".join(f"\t{line}\n" for line in lines)


def _body(record: Record) -> tuple[str, list[str]]:
    """What stands between the braces, and what of it is lost."""
    match record.body:
        case TrueFalse() as body:
            return _true_false(body), []
        case Choices() as body:
            return _lines(_choice(answer, body.many) for answer in body.answers), _lost_of_choices(body)
        case ShortText() as body:
            return _short_text(body)
        case Numbers() as body:
            return _numbers(body)
        case Pairs() as body:
            return _pairs(body)
        case Order() as body:
            return _order(body, record)
        case Essay() as body:
            return "", _lost_of_essay(body)
        case Calculated():
            raise NotHeld(NO_CALCULATED)
        case Cloze():
            raise NotHeld(NO_CLOZE)
        case _ as never:
            assert_never(never)


def _true_false(body: TrueFalse) -> str:
    right, wrong = body.true_feedback, body.false_feedback
    if not body.right:
        right, wrong = wrong, right
    said = f"#{_text(wrong)}#{_text(right)}" if right else _feedback(wrong)
    return ("TRUE" if body.right else "FALSE") + said


def percent(share: float) -> str:
    """A weight with the five decimals that Moodle's list of grades has."""
    return f"{share * 100:.5f}".rstrip("0").rstrip(".")


def _choice(answer: Answer, many: bool) -> str:
    if answer.share == 1 and not many:
        mark = "="
    else:
        mark = f"~%{percent(answer.share)}%" if answer.share or answer.text.startswith("%") else "~"
    return mark + _text(answer.text) + _feedback(answer.feedback)


def _lost_of_choices(body: Choices) -> list[str]:
    """Moodle takes weights of its list only: shares of 1 to 10 equal parts are on it, an eleventh is not."""
    lost = ["the order of the options (Moodle shuffles them)"] if body.keep_order else []
    if any(percent(abs(answer.share)) == percent(1 / 11) for answer in body.answers):
        lost.append("weights of 9.09091 %: let Moodle take the nearest grade")
    return lost


def _short_text(body: ShortText) -> tuple[str, list[str]]:
    for answer in body.answers:
        if "->" in answer.text or "->" in answer.feedback:
            raise NotHeld(NO_ARROW)
    lines = [f"=%{percent(answer.share)}%{escape(answer.text)}{_feedback(answer.feedback)}" for answer in body.answers]
    return _lines(lines), ["that capital letters count"] if body.case_sensitive else []


def _numbers(body: Numbers) -> tuple[str, list[str]]:
    lines = [f"=%{percent(number.share)}%{_range(number)}{_feedback(number.feedback)}" for number in body.answers]
    lines += [f"~{_feedback(body.wrong_feedback)}"] if body.wrong_feedback else []
    lost = lost_of_number(body.answers[0])
    if body.unit or body.units:
        names = [body.unit, *(name for name, _ in body.units)]
        lost.append(f"units ({', '.join(name for name in names if name)})")
    return "#" + _lines(lines), lost


def lost_of_number(key: Number) -> list[str]:
    """Of the first number, which the tolerance belongs to."""
    if key.relative is not None:
        return [f"a tolerance in percent (it becomes ±{width_of(key):.12g})"]
    return []


def width_of(number: Number) -> float:
    """The tolerance in the unit of the key."""
    return number.absolute if number.absolute is not None else abs(number.key) * (number.relative or 0.0)


def plain(value: float) -> str:
    """The shortest text that is read as the same number."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _range(number: Number) -> str:
    if number.low is not None and number.high is not None:
        return f"{plain(number.low)}..{plain(number.high)}"
    return f"{plain(number.key)}:{plain(width_of(number))}"


def _pairs(body: Pairs) -> tuple[str, list[str]]:
    if any("->" in pair.left for pair in body.pairs):
        raise NotHeld(NO_ARROW)
    lines = [f"={_text(pair.left)} -> {escape(pair.right)}" for pair in body.pairs]
    lines += [f"= -> {escape(right)}" for right in body.distractors]
    return _lines(lines), ["feedback of pairs"] if any(pair.feedback for pair in body.pairs) else []


def _order(body: Order, record: Record) -> tuple[str, list[str]]:
    for item in body.items:
        if re.search(r"[\n{}\\]", item.text) or item.text.startswith("//"):
            raise NotHeld("an item of an order is one line in GIFT, without braces or backslashes")
    head = f">{len(body.items)} ALL VERTICAL RELATIVE_ALL_PREVIOUS_AND_NEXT SHOW\n"
    lost = ["feedback of items"] if any(item.feedback for item in body.items) else []
    lost += ["the explanation of an order"] if record.explanation else []
    return head + "".join(f"{item.text}\n" for item in body.items), lost


def _lost_of_essay(body: Essay) -> list[str]:
    lost = ["the model answer"] if body.for_graders else []
    return [*lost, *(["the number of words"] if body.min_words or body.max_words else [])]
