"""Which reliability a quiz's draw allows: the same questions for all, drawn ones, or some of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizzes.analysis.estimates import variance
from quizzes.analysis.reliability import Reliability, alpha, alpha_without, feldt, one_way, stratified
from quizzes.analysis.sheet import ENOUGH_FOR_CORRELATIONS, Drawn, Sheet, TooFew

Rows = Sequence[Sequence[Drawn]]
"""The drawn questions of a section (or of the whole quiz), one list a person."""


@dataclass(frozen=True, slots=True)
class NoReliability:
    """Why there is no coefficient, in words."""

    words: str

    def __str__(self) -> str:
        return self.words


def reliability_of(sheet: Sheet) -> Reliability | NoReliability:
    people = list(sheet.by_attempt.values())
    if len(people) < ENOUGH_FOR_CORRELATIONS:
        return NoReliability(str(TooFew(len(people), ENOUGH_FOR_CORRELATIONS)))
    if max(len(drawn) for drawn in people) < 2:
        return NoReliability("A quiz of one question has none: nothing can be compared with anything.")
    if _shared(people):
        return _of_shared(people)
    sections = _by_section(people)
    if sections is None:
        return NoReliability(
            "The attempts differ in their number of questions or in the points, because the quiz was changed in between. "
            "Choose one revision of the quiz above."
        )
    return _of_drawn(sections[0]) if len(sections) == 1 else _of_sections(sections)


def _shared(people: Rows) -> bool:
    """Whether all were asked the same questions for the same points, in whatever order."""
    return len({frozenset((one.question, one.points) for one in drawn) for drawn in people}) == 1


def _by_section(people: Rows) -> list[Rows] | None:
    """The rows by section; None where sections differ in length or in points from person to person."""
    if len({tuple(sorted((one.section, one.points) for one in drawn)) for drawn in people}) > 1:
        return None
    found: dict[int, list[list[Drawn]]] = defaultdict(lambda: [[] for _ in people])
    for place, drawn in enumerate(people):
        for one in drawn:
            found[one.section][place].append(one)
    return [found[section] for section in sorted(found)]


def _columns(people: Rows) -> Mapping[int, Sequence[float]]:
    """Points reached, one column a question."""
    found: dict[int, list[float]] = defaultdict(list)
    for drawn in people:
        for one in drawn:
            found[one.question].append(one.points * one.score)
    return found


def _of_shared(people: Rows) -> Reliability | NoReliability:
    columns = _columns(people)
    value = alpha(list(columns.values()))
    if value is None:
        return NoReliability("Everybody reached the same score, so there is nothing to tell people apart by.")
    without = zip(columns, alpha_without(list(columns.values())), strict=True)
    right_or_wrong = all(one.score in (0.0, 1.0) and one.points == people[0][0].points for drawn in people for one in drawn)
    return Reliability(
        value, "KR-20" if right_or_wrong else "alpha", len(columns), len(people), feldt(value, len(people), len(columns)),
        {question: each for question, each in without if each is not None},
    )  # fmt: skip


def _of_drawn(people: Rows) -> Reliability | NoReliability:
    found = one_way(_reached(people))
    if found is None:
        return NoReliability("Everybody reached the same score, so there is nothing to tell people apart by.")
    return Reliability(found.value, "one-way", len(people[0]), len(people), found)


def _of_sections(sections: Sequence[Rows]) -> Reliability | NoReliability:
    sums = [[sum(scores) for scores in _reached(people)] for people in sections]
    parts = [(variance(each), _of_part(people)) for each, people in zip(sums, sections, strict=True)]
    value = stratified(parts, variance([sum(each) for each in zip(*sums, strict=True)]))
    if value is None:
        return NoReliability("Everybody reached the same score, so there is nothing to tell people apart by.")
    return Reliability(value, "stratified", sum(len(people[0]) for people in sections), len(sums[0]))


def _of_part(people: Rows) -> float:
    """A section's own coefficient. One question has none: all of its spread counts as error, so the whole is a lower bound."""
    if len(people[0]) < 2:
        return 0.0
    if _shared(people):
        return alpha(list(_columns(people).values())) or 0.0
    found = one_way(_reached(people))
    return found.value if found else 0.0


def _reached(people: Rows) -> list[list[float]]:
    return [[one.points * one.score for one in drawn] for drawn in people]
