"""What to look at: the signs that a question does not do what it should, with what each means.

A sign that the interval leaves no doubt about is an alarm; one that could be chance is a hint.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quizzes.analysis.choices import ChoiceTable
from quizzes.analysis.items import ItemStatistics

Weight = Literal["alarm", "hint", "note"]
EASY, HARD = 0.95, 0.10
POOR_D = 0.20
"""Ebel and Frisbie 1991: below this an index of discrimination is poor."""
BETTER_WITHOUT = 0.01


@dataclass(frozen=True, slots=True)
class Flag:
    """`label` stands in a table, `words` explain it."""

    weight: Weight
    label: str
    words: str


def flags_of(
    item: ItemStatistics, table: ChoiceTable | None = None, *, chance: float | None = None,
    alpha: float | None = None, alpha_without: float | None = None,
) -> list[Flag]:  # fmt: skip
    """In the order of their weight. `chance`: the score that blind guessing gives on average."""
    found = [*_key(table), *_discrimination(item), *_facility(item, chance), *_options(table)]
    if alpha is not None and alpha_without is not None and alpha_without >= alpha + BETTER_WITHOUT:
        words = f"Without it the quiz's reliability would be {alpha_without:.2f} instead of {alpha:.2f}."
        found.append(Flag("note", "reliability rises without it", words))
    return sorted(found, key=lambda flag: ("alarm", "hint", "note").index(flag.weight))


def _key(table: ChoiceTable | None) -> Iterator[Flag]:
    if table is None or not table.judged:
        return
    better = table.better_than_the_key
    for row in better:
        words = f"Those who do best on the quiz choose “{row.text}” more often than the option that is marked right."
        yield Flag("alarm", "key perhaps wrong", words)
    for row in table.drawing_the_strong:
        if row not in better:
            words = f"The wrong option “{row.text}” draws those who do well on the other questions: it may be defensible."
            yield Flag("hint", "a wrong option draws the strong", words)


def _discrimination(item: ItemStatistics) -> Iterator[Flag]:
    rest, index = item.rest_correlation, item.discrimination
    if rest is not None and rest.value < 0.0:
        sure = rest.high < 0.0
        words = "Those who do well on the other questions do worse on this one: look for a wrong key, a trap, or two readings."
        unsure = " It could still be chance: the interval reaches above 0."
        yield Flag("alarm" if sure else "hint", "negative discrimination", words if sure else words + unsure)
    elif index is not None and index.value < POOR_D and item.facility is not None and HARD < item.facility.value < EASY:
        words = f"The upper and the lower 27 % hardly differ on it: D = {index.value:.2f}, poor below 0.20 (Ebel and Frisbie)."
        yield Flag("hint", "tells people apart poorly", words)


def _facility(item: ItemStatistics, chance: float | None) -> Iterator[Flag]:
    facility = item.facility
    if facility is None:
        return
    if chance and facility.high < chance:
        words = f"It is answered worse than by blind guessing, which gives {100 * chance:.0f} %: many share a misconception."
        yield Flag("alarm", "below chance", words + " Or the key is wrong.")
    elif facility.value >= EASY:
        yield Flag("note", "nearly all know it", "It can tell nobody apart, which is fine for a check of the basics.")
    elif facility.value <= HARD:
        yield Flag("hint", "hardly anybody knows it", "Is it taught, and does the stem say what is asked?")


def _options(table: ChoiceTable | None) -> Iterator[Flag]:
    if table is None or table.free:
        return
    if unused := table.unused:
        options = "an option nobody picks" if len(unused) == 1 else f"{len(unused)} options nobody picks"
        named = ", ".join(f"“{row.text}”" for row in unused)
        yield Flag("hint", options, f"Nobody of {table.asked} chose {named}: it does no work. Replace it or leave it out.")
