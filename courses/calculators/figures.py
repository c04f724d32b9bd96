"""Numbers as people read them. `static/js/courses/figures.js` writes the very same."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST, LARGEST = 1e-4, 1e9
"""Beyond these a figure is written with a power of ten."""
EXACT_DIGITS = 12


def shown(value: float | None, digits: int) -> str:
    """Significant digits, thousands apart, powers of ten for the very small and the very large; a dash for no value."""
    if value is None:
        return "—"
    rounded = significant(value, digits)
    if value and not SMALLEST <= abs(rounded) < LARGEST:
        mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
        return f"{signed(trimmed(mantissa))} × 10{str(int(exponent)).translate(RAISED)}"
    return grouped(rounded)


def written(value: float) -> str:
    """A number as it was given."""
    return grouped(float(f"{value:.{EXACT_DIGITS}g}"))


def significant(value: float, digits: int) -> float:
    """The value rounded to so many significant digits, halves away from 0; whole numbers keep all of theirs.

    It is first freed of what floating point left behind in its last places.
    """
    value = float(f"{value:.{EXACT_DIGITS}g}")
    if not value:
        return 0.0
    with localcontext() as context:
        context.prec, context.rounding = 400, ROUND_HALF_UP
        exact = Decimal(value)
        place = min(0, exact.adjusted() - digits + 1) if abs(value) < LARGEST else exact.adjusted() - digits + 1
        return float(exact.quantize(Decimal(1).scaleb(place)))


def grouped(value: float) -> str:
    return signed(trimmed(f"{Decimal(repr(value)):,.{EXACT_DIGITS}f}"))


def trimmed(text: str) -> str:
    """Without the zeros at the end that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(text: str) -> str:
    """With the sign that mathematics has for minus."""
    return text.replace("-", "−")
