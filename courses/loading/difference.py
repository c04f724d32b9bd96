"""Two texts side by side, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; a number of 0 means that this side has no such line."""

    kind: Literal["same", "changed", "left", "right", "skipped"]
    left_line: int
    left: str
    right_line: int
    right: str


def side_by_side(left: str, right: str, context: int = 3) -> list[Row]:
    """The lines that differ with `context` equal ones around them; the rest is one row that says how many were skipped."""
    ours, theirs = left.splitlines(), right.splitlines()
    found: list[Row] = []
    for group in SequenceMatcher(a=ours, b=theirs, autojunk=False).get_grouped_opcodes(context):
        start = group[0][1]
        done = max((row.left_line for row in found), default=0)
        if start > done:
            found.append(Row("skipped", 0, f"{start - done} equal lines", 0, ""))
        for tag, first, last, other_first, other_last in group:
            found.extend(rows(tag, ours, range(first, last), theirs, range(other_first, other_last)))
    return found


def rows(tag: str, ours: list[str], mine: range, theirs: list[str], other: range) -> Iterator[Row]:
    for step in range(max(len(mine), len(other))):
        left = mine[step] if step < len(mine) else None
        right = other[step] if step < len(other) else None
        yield Row(
            "same" if tag == "equal" else "left" if right is None else "right" if left is None else "changed",
            0 if left is None else left + 1,
            "" if left is None else ours[left],
            0 if right is None else right + 1,
            "" if right is None else theirs[right],
        )
