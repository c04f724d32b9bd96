"""Who gave which answer: the table of a question's options, or of the answers that open questions got.

A good wrong option (distractor) draws those who know less. One that nobody picks does no work (T. M. Haladyna and S. M.
Downing, How many options is enough for a multiple-choice test item?, Educational and Psychological Measurement 53, 1993, count
an option as working from 5 % on). One that those who know more prefer is ambiguous, or the key is wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from quizzes.analysis.estimates import Estimate, pearson, proportion
from quizzes.analysis.groups import thirds
from quizzes.analysis.sheet import ENOUGH_FOR_CORRELATIONS

WORKING = 0.05


@dataclass(frozen=True, slots=True)
class Option:
    """One option that a question offers, in words; `correct` None where the answers are free."""

    text: str
    correct: bool | None


@dataclass(frozen=True, slots=True)
class Response:
    """What one person answered: the options chosen, by text; none when there was no answer. Scores as shares, 0 to 1."""

    chosen: frozenset[str]
    score: float
    total: float
    rest: float | None


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One option: how many chose it, which share of each third (lower, middle, upper) by total score, and how well those who
    chose it did on the other questions. `correlation` is that of choosing it with the rest score."""

    text: str
    correct: bool | None
    count: int
    share: Estimate
    by_third: tuple[float, float, float] | None
    mean_score: float | None
    mean_rest: float | None
    correlation: Estimate | None

    @property
    def unused(self) -> bool:
        return self.count == 0

    @property
    def rare(self) -> bool:
        return self.count > 0 and self.share.value < WORKING

    @property
    def drawing_the_strong(self) -> bool:
        """A wrong option that the upper third picks more than the lower, surely enough to be no chance."""
        return self.correct is False and self.correlation is not None and self.correlation.low > 0.0


@dataclass(frozen=True, slots=True)
class ChoiceTable:
    """`rows` in the order of the question, or the most frequent answers first; `others`: answers beyond those shown."""

    asked: int
    unanswered: ChoiceRow | None
    rows: Sequence[ChoiceRow]
    others: int = 0
    free: bool = False

    @property
    def unused(self) -> list[ChoiceRow]:
        return [row for row in self.rows if row.unused and row.correct is not None] if self.judged else []

    @property
    def rare(self) -> list[ChoiceRow]:
        return [row for row in self.rows if row.rare and row.correct is False] if self.judged else []

    @property
    def drawing_the_strong(self) -> list[ChoiceRow]:
        return [row for row in self.rows if row.drawing_the_strong]

    @property
    def better_than_the_key(self) -> list[ChoiceRow]:
        """Wrong options that the upper third picks more often than any right one: the key is perhaps wrong."""
        keys = [row.by_third[2] for row in self.rows if row.correct and row.by_third]
        if not keys or len(keys) > 1:
            return []
        return [row for row in self.drawing_the_strong if row.by_third and row.by_third[2] > keys[0]]

    @property
    def judged(self) -> bool:
        return self.asked >= ENOUGH_FOR_CORRELATIONS


def choice_table(options: Sequence[Option], responses: Sequence[Response]) -> ChoiceTable:
    """The table of a question with options: all of them, chosen or not."""
    rows = [row for option in options if (row := _row(option, responses))]
    return ChoiceTable(len(responses), _unanswered(responses), rows)


def answer_table(responses: Sequence[Response], limit: int = 12) -> ChoiceTable:
    """The table of an open question: its most frequent answers in words."""
    counts = frequency(text for response in responses for text in response.chosen)
    shown = sorted(counts, key=lambda text: (-counts[text], text))[:limit]
    rows = [row for text in shown if (row := _row(Option(text, None), responses))]
    others = sum(counts.values()) - sum(counts[text] for text in shown)
    return ChoiceTable(len(responses), _unanswered(responses), rows, others, free=True)


def frequency(texts: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        found[text] = found.get(text, 0) + 1
    return found


def _unanswered(responses: Sequence[Response]) -> ChoiceRow | None:
    if all(response.chosen for response in responses):
        return None
    return _figures("", None, responses, [not response.chosen for response in responses])


def _row(option: Option, responses: Sequence[Response]) -> ChoiceRow | None:
    return _figures(option.text, option.correct, responses, [option.text in response.chosen for response in responses])


def _figures(text: str, correct: bool | None, responses: Sequence[Response], picks: Sequence[bool]) -> ChoiceRow | None:
    share = proportion(sum(picks), len(picks))
    if share is None:
        return None
    chosen = [response for response, picked in zip(responses, picks, strict=True) if picked]
    rests = [response.rest for response in chosen if response.rest is not None]
    enough = len(responses) >= ENOUGH_FOR_CORRELATIONS
    return ChoiceRow(
        text=text,
        correct=correct,
        count=len(chosen),
        share=share,
        by_third=_by_third(responses, picks) if enough else None,
        mean_score=fmean(response.score for response in chosen) if chosen else None,
        mean_rest=fmean(rests) if rests else None,
        correlation=_correlation(responses, picks) if enough else None,
    )


def _by_third(responses: Sequence[Response], picks: Sequence[bool]) -> tuple[float, float, float]:
    low, middle, high = (_share(picks, weights) for weights in thirds([response.total for response in responses]))
    return low, middle, high


def _share(picks: Sequence[bool], weights: Sequence[float]) -> float:
    return sum(weight for picked, weight in zip(picks, weights, strict=True) if picked) / (sum(weights) or 1.0)


def _correlation(responses: Sequence[Response], picks: Sequence[bool]) -> Estimate | None:
    rests = [response.rest for response in responses if response.rest is not None]
    return pearson([float(picked) for picked in picks], rests) if len(rests) == len(picks) else None
