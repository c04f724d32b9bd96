"""Who gave which answer: the table of a question's options, or of the answers that open questions got.

A good wrong option (distractor) draws those who know less. One that nobody picks does no work (T. M. Haladyna and S. M.
Downing, How many options is enough for a multiple-choice test item?, Educational and Psychological Measurement 53, 1993, count
an option as working from 5 % on). One that those who know more prefer is ambiguous, or the key is wrong.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import sqrt
from statistics import fmean

from quizzes.analysis.estimates import Estimate, correlation, proportion, variance
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
    crowd = Crowd(responses)
    return ChoiceTable(len(responses), crowd.unanswered(), [crowd.row(option) for option in options] if responses else [])


def answer_table(responses: Sequence[Response], limit: int = 12) -> ChoiceTable:
    """The table of an open question: its most frequent answers in words."""
    crowd = Crowd(responses)
    counts = Counter(text for response in responses for text in response.chosen)
    shown = sorted(counts, key=lambda text: (-counts[text], text))[:limit]
    others = counts.total() - sum(counts[text] for text in shown)
    rows = [crowd.row(Option(text, None)) for text in shown]
    return ChoiceTable(len(responses), crowd.unanswered(), rows, others, free=True)


class Crowd:
    """Everybody who was asked; what all rows of a table share is worked out once."""

    def __init__(self, responses: Sequence[Response]) -> None:
        self.responses = responses
        self.enough = len(responses) >= ENOUGH_FOR_CORRELATIONS
        self.thirds = thirds([response.total for response in responses]) if self.enough else None
        rests = [response.rest for response in responses if response.rest is not None]
        self.rest = (fmean(rests), sqrt(variance(rests))) if self.enough and len(rests) == len(responses) else None

    def row(self, option: Option) -> ChoiceRow:
        return self._row(option.text, option.correct, [option.text in response.chosen for response in self.responses])

    def unanswered(self) -> ChoiceRow | None:
        picks = [not response.chosen for response in self.responses]
        return self._row("", None, picks) if any(picks) else None

    def _row(self, text: str, correct: bool | None, picks: Sequence[bool]) -> ChoiceRow:
        chosen = list(compress(self.responses, picks))
        rests = [response.rest for response in chosen if response.rest is not None]
        return ChoiceRow(
            text=text,
            correct=correct,
            count=len(chosen),
            share=proportion(len(chosen), len(picks)) or Estimate(0.0, 0.0, 1.0),
            by_third=self._by_third(picks),
            mean_score=fmean(response.score for response in chosen) if chosen else None,
            mean_rest=fmean(rests) if rests else None,
            correlation=self._correlation(rests),
        )

    def _correlation(self, rests: Sequence[float]) -> Estimate | None:
        """The point-biserial, from how far the mean of those who chose lies from that of all."""
        if self.rest is None or not 0 < len(rests) < len(self.responses) or self.rest[1] <= 1e-12:
            return None
        (centre, deviation), count = self.rest, len(self.responses)
        odds = len(rests) / (count - len(rests))
        return correlation((fmean(rests) - centre) / deviation * sqrt(odds * count / (count - 1)), count)

    def _by_third(self, picks: Sequence[bool]) -> tuple[float, float, float] | None:
        if self.thirds is None:
            return None
        low, middle, high = (sum(compress(weights, picks)) / (sum(weights) or 1.0) for weights in self.thirds)
        return low, middle, high
