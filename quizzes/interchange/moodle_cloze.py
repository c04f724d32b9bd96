"""The gaps of Moodle's embedded answers: `{1:MULTICHOICE_S:=yes#Right.~no#Why?}` inside of a text.

Format: docs.moodle.org, “Embedded Answers (Cloze) question type”.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm

from quizzes.interchange.gift_writer import lost_of_number, percent, plain, width_of
from quizzes.interchange.records import (
    Answer,
    Blank,
    Choices,
    NotHeld,
    Number,
    Numbers,
    ShortText,
    Unreadable,
)

GAP = re.compile(r"\{(\d*):([A-Z_]+):")
_CHOICE = re.compile(r"(?:MULTICHOICE(?:_[HV]?S?)?|MC[HV]?S?)$")
_TEXT = re.compile(r"(?:SHORTANSWER(?:_C)?|SAC?|MWC?)$")
_NUMBER = re.compile(r"(?:NUMERICAL|NM)$")
_ESCAPED = re.compile(r"\\([~#}{\"/\\])")
_SHARE = re.compile(r"(=)|%(-?\d{1,3}(?:\.\d+)?)%")
MAX_GAPS = 100
Convert = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Gaps:
    """A text whose gaps are marks, and the gaps by their marks."""

    text: str
    blanks: tuple[Blank, ...]


def mark(place: int) -> str:
    """Stands for gap number `place` while the text around it is converted."""
    return f"\ue000{place}\ue001"


def read_gaps(text: str, words: Convert, feedback: Convert) -> Gaps:
    """`words` makes plain text of an answer, `feedback` makes Markdown. Raises `Unreadable`."""
    parts: list[str] = []
    blanks: list[Blank] = []
    at = 0
    while found := GAP.search(text, at):
        if len(blanks) == MAX_GAPS:
            raise Unreadable(f"The text has more than {MAX_GAPS} gaps.")
        end = _end(text, found.end())
        blanks.append(_blank(f"b{len(blanks) + 1}", found, text[found.end() : end], words, feedback))
        parts += [text[at : found.start()], mark(len(blanks))]
        at = end + 1
    if not blanks:
        raise Unreadable("The text has no gap such as {1:SHORTANSWER:=word}.")
    return Gaps("".join([*parts, text[at:]]), tuple(blanks))


def _end(text: str, start: int) -> int:
    """Where the brace closes."""
    found = re.compile(r"(?<!\\)\}").search(text, start)
    if found is None:
        raise Unreadable(f"The gap “{text[start - 12 : start + 20].strip()}…” is never closed by a “}}”.")
    return found.start()


def _blank(name: str, head: re.Match[str], inner: str, words: Convert, feedback: Convert) -> Blank:
    weight, kind = float(head[1] or 1) or 1.0, head[2]
    answers = [_answer(part, words, feedback) for part in re.split(r"(?<!\\)~", inner) if part.strip()]
    if not answers:
        raise Unreadable(f"The gap “{{{head[1]}:{kind}:…}}” has no answers.")
    if _CHOICE.match(kind):
        return Blank(name, Choices(tuple(answers), keep_order=not kind.endswith("S")), weight)
    if _TEXT.match(kind):
        return Blank(name, ShortText(tuple(answers), case_sensitive=kind.endswith("C")), weight)
    if _NUMBER.match(kind):
        return Blank(name, _numbers(answers), weight)
    raise Unreadable(f"Gaps of the type {kind} are not known here; choices, texts and numbers are.")


def _answer(part: str, words: Convert, feedback: Convert) -> Answer:
    text = part.strip()
    found = _SHARE.match(text)
    share = 0.0 if found is None else 1.0 if found[1] else float(found[2]) / 100
    answer, _, said = _hash_parted(text[found.end() :] if found else text)
    return Answer(words(_ESCAPED.sub(r"\1", answer)), share, feedback(_ESCAPED.sub(r"\1", said)))


def _hash_parted(text: str) -> tuple[str, str, str]:
    """At the first # that is neither escaped nor part of an entity."""
    found = re.compile(r"(?<![\\&])#").search(text)
    return (text[: found.start()], "#", text[found.end() :]) if found else (text, "", "")


def _numbers(answers: Sequence[Answer]) -> Numbers:
    others = [answer for answer in answers if answer.text == "*"]
    numbers = [_number(answer) for answer in answers if answer.text != "*"]
    if not numbers:
        raise Unreadable("A gap for a number has no number.")
    return Numbers(tuple(numbers), others[0].feedback if others else "")


def _number(answer: Answer) -> Number:
    key, _, width = answer.text.partition(":")
    try:
        values = float(key), float(width or 0)
    except ValueError:
        values = math.nan, 0.0
    if not all(map(math.isfinite, values)):
        raise Unreadable(f"“{answer.text}” is no number in a gap. Write it like 12.5:0.1.")
    return Number(values[0], absolute=values[1], share=answer.share, feedback=answer.feedback)


# Writing


def write_gaps(stem: str, blanks: Sequence[Blank]) -> tuple[str, list[str]]:
    """The stem with Moodle's gaps in place of `[[name]]`, and what is lost. Raises `NotHeld`."""
    if GAP.search(stem):
        raise NotHeld("the text holds what Moodle would take for a gap")
    lost: list[str] = []
    weights, scaled = _whole([blank.weight for blank in blanks])
    if scaled:
        lost.append("the weights as they are written (they become whole numbers in the same proportions)")
    for blank, weight in zip(blanks, weights, strict=True):
        stem = stem.replace(f"[[{blank.name}]]", f"{{{weight}:{_written(blank, lost)}}}")
    if [blank.name for blank in blanks] != [f"b{place}" for place in range(1, len(blanks) + 1)]:
        lost.append("the names of the blanks")
    return stem, list(dict.fromkeys(lost))


def _whole(weights: Sequence[float]) -> tuple[list[int], bool]:
    """Moodle's weights are whole numbers."""
    exact = [Fraction(str(weight)).limit_denominator(1000) for weight in weights]
    factor = reduce(lcm, (each.denominator for each in exact), 1)
    return [max(1, int(each * factor)) for each in exact], factor != 1


def _written(blank: Blank, lost: list[str]) -> str:
    match blank.body:
        case Choices() as body:
            parts = [_part(_words(answer.text), answer.share, answer.feedback, lost) for answer in body.answers]
            return f"{'MULTICHOICE' if body.keep_order else 'MULTICHOICE_S'}:{'~'.join(parts)}"
        case ShortText() as body:
            parts = [_part(_words(answer.text), answer.share, answer.feedback, lost) for answer in body.answers]
            return f"{'SHORTANSWER_C' if body.case_sensitive else 'SHORTANSWER'}:{'~'.join(parts)}"
    numbers = blank.body
    parts = [_part(_range(number), number.share, number.feedback, lost) for number in numbers.answers]
    parts += [_part("*", 0.0, numbers.wrong_feedback, lost)] if numbers.wrong_feedback else []
    lost += lost_of_number(numbers.answers[0]) + _lost_range(numbers.answers[0])
    lost += ["units of numbers in gaps"] if numbers.unit or numbers.units else []
    return f"NUMERICAL:{'~'.join(parts)}"


def _range(number: Number) -> str:
    if number.low is not None and number.high is not None:
        return f"{plain((number.low + number.high) / 2)}:{plain((number.high - number.low) / 2)}"
    return f"{plain(number.key)}:{plain(width_of(number))}"


def _lost_range(number: Number) -> list[str]:
    return [] if number.low is None else ["an accepted range (it becomes its middle and a tolerance)"]


def _part(text: str, share: float, feedback: str, lost: list[str]) -> str:
    mark_of = "=" if share == 1 else f"%{percent(share)}%" if share or text.startswith(("=", "%")) else ""
    if "\n" in feedback:
        lost.append("line ends in the feedback of gaps")
    said = _words(" ".join(feedback.split("\n")))
    return f"{mark_of}{text}{f'#{said}' if said else ''}"


def _words(text: str) -> str:
    if "\\" in text or "\n" in text or text.endswith("&"):
        raise NotHeld("Moodle's gaps take no backslash, no line end and no “&” at an end")
    return re.sub(r"([~#}])", r"\\\1", text)
