"""A number with a unit, as people type it: "6000", "6,000", "6 000", "1.5e3", "1.5 × 10³", "0,25", "−3", "250 ms", "12 %".

What cannot be read with certainty ("1.234,5", "12 34", "1.2.3") is refused in words while it can still be mended; it is
never read as another number. What is read:

- A comma before groups of three digits parts thousands ("1,500" is 1500); any other comma is a decimal comma ("1,5", "0,250").
  Spaces, apostrophes and underscores part thousands too, before groups of three digits only.
- A point is a decimal point, always.
- Every dash is a minus. Full-width digits, narrow spaces and the two micro signs are folded (Unicode NFKC); raised digits
  are exponents, so "10³" is 1000 and not 103.
- A unit is compared letter by letter first, so "Mb" and "MB" can differ; small and capital letters are forgiven where only
  one unit fits. A number without a unit is in the unit that the page shows.
- Where the answer has no unit, "12 %" is 0.12.
"""

import math
import re
import unicodedata
from collections.abc import Mapping

from quizzes.kinds.base import AnswerError

MAX_LENGTH = 60
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED_RUN = re.compile(r"(?<=\d)[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_POWER_OF_TEN = re.compile(r"(?:(?<=[\d.,])\s*[x×·*]\s*10|^(?P<sign>[+-]?)10)\s*(?:\^|\*\*)\s*(?P<power>[+-]?\d{1,3})")
_QUANTITY = re.compile(r"^(?P<number>[+-]?\s?(?:\d[\d.,_’'\s]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)(?P<unit>.*)$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?P<mark>[\s_’'])\d{3}(?:(?P=mark)\d{3})*(?![\d\s_’'])")
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?(?:[eE][+-]?\d+)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$")


def parse_quantity(text: str, unit: str, factors: Mapping[str, float]) -> float:
    """The value in `unit`. `factors` gives further units and how many of `unit` one of them is. Raises `AnswerError`."""
    if len(text) > MAX_LENGTH:
        raise AnswerError(f"A number has at most {MAX_LENGTH} characters.")
    match = _QUANTITY.match(_folded(text))
    if match is None:
        raise AnswerError(f"Write a number, such as 12.5{f' or 12.5 {unit}' if unit else ''}.")
    value = _number(match["number"].strip()) * _factor(match["unit"].strip(), unit, factors)
    if not math.isfinite(value):
        raise AnswerError("The number is too large.")
    return value


def plain_number(value: float, digits: int = 10) -> str:
    """A value as people write it, rounded to significant digits, without separators: it may be typed back as it is."""
    return f"{float(f'{value:.{digits}g}') + 0.0:.15g}"


def shown_number(value: float, digits: int = 10) -> str:
    """As `plain_number`, with commas between thousands."""
    return f"{float(f'{value:.{digits}g}') + 0.0:,.15g}"


def _folded(text: str) -> str:
    """One spelling for what looks the same. Raised digits first: compatibility folding would make 103 of 10³."""
    powers = _RAISED_RUN.sub(lambda run: f"^{run[0].translate(_RAISED)}", text)
    plain = unicodedata.normalize("NFKC", powers).translate(_DASHES).strip()
    return _POWER_OF_TEN.sub(_exponent, plain)


def _exponent(found: re.Match[str]) -> str:
    mantissa = "" if found["sign"] is None else f"{found['sign']}1"
    return f"{mantissa}e{int(found['power'])}"


def _number(text: str) -> float:
    signed = re.sub(r"^([+-])\s", r"\1", text)
    plain = re.sub(r"[_’'\s]", "", signed) if _GROUPED.match(signed) else signed
    if _THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.match(plain):
        plain = plain.replace(",", ".")
    try:
        if re.search(r"[_’'\s]", plain):
            raise ValueError
        return float(plain)
    except ValueError:
        raise AnswerError(f"“{text}” is not a number. Write it like 1234.5.") from None


def _factor(given: str, unit: str, factors: Mapping[str, float]) -> float:
    known = {_same_unit(unit): 1.0} | {_same_unit(name): factor for name, factor in factors.items()}
    if not unit:
        known.setdefault("%", 0.01)
    wanted = _same_unit(given)
    if wanted == "":
        return 1.0
    alike = {name: factor for name, factor in known.items() if name.casefold() == wanted.casefold()}
    if wanted in known or len(set(alike.values())) == 1:
        return known.get(wanted, next(iter(alike.values()), 1.0))
    units = ", ".join(name for name in (unit, *factors) if name)
    raise AnswerError(f"The unit “{given}” does not fit here. Use {units}." if units else "This number has no unit.")


def _same_unit(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
