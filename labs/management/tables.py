"""Tables for the terminal: columns as wide as their widest cell, numbers to the right, words to the left."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1, indent: str = "  ") -> list[str]:
    """The lines of a table; the first `words` columns hold words, the others numbers."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["─" * width for width in widths]
    return [indent + _line(row, widths, words) for row in (head, rule, *rows)]


def _line(row: Sequence[str], widths: Sequence[int], words: int) -> str:
    cells = [
        cell.ljust(width) if place < words else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def number(value: float | None, digits: int = 4) -> str:
    """So many significant digits; a dash where there is no number."""
    if value is None:
        return "–"
    shown = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in shown else shown
