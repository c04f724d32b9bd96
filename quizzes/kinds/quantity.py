"""A number with a unit, as people type it: "6000", "6,000", "6 000", "1.5e3", "0,25", "250 ms", "12 %"."""

import math
import re
from collections.abc import Mapping

from quizzes.kinds.base import AnswerError

MAX_LENGTH = 60
_NUMBER = r"[+-]?(?:\d[\d.,_’'\s]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?"
_QUANTITY = re.compile(rf"^(?P<number>{_NUMBER})(?P<unit>.*)$")
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d*,\d+$")


def parse_quantity(text: str, unit: str, factors: Mapping[str, float]) -> float:
    """The value in `unit`. `factors` gives further units and how many of `unit` one of them is. Raises `AnswerError`.

    A comma before groups of three digits parts thousands; otherwise it is a decimal comma.
    """
    if len(text) > MAX_LENGTH:
        raise AnswerError(f"A number has at most {MAX_LENGTH} characters.")
    cleaned = text.replace("−", "-").replace("\u202f", " ").replace("\xa0", " ").strip()
    match = _QUANTITY.match(cleaned)
    if match is None:
        raise AnswerError(f"Write a number, such as 12.5{f' or 12.5 {unit}' if unit else ''}.")
    return _number(match["number"].strip()) * _factor(match["unit"].strip(), unit, factors)


def _number(text: str) -> float:
    plain = re.sub(r"[_’'\s]", "", text)
    if _THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.match(plain):
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        raise AnswerError(f"“{text}” is not a number. Write it like 1234.5.") from None
    if not math.isfinite(value):
        raise AnswerError("The number is too large.")
    return value


def _factor(given: str, unit: str, factors: Mapping[str, float]) -> float:
    if given in ("", unit):
        return 1.0
    known = {name.casefold(): factor for name, factor in factors.items()}
    if given.casefold() == unit.casefold():
        return 1.0
    if given.casefold() not in known:
        units = ", ".join(name for name in (unit, *factors) if name)
        raise AnswerError(f"The unit “{given}” does not fit here. Use {units}." if units else "This number has no unit.")
    return known[given.casefold()]
