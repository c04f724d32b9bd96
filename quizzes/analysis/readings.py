"""How to read a figure, in a word or two, by thresholds that have a source: for D those of Ebel and Frisbie (Essentials of
Educational Measurement, 1991), for reliability those of J. C. Nunnally and I. H. Bernstein (Psychometric Theory, 1994).
"""

from collections.abc import Sequence

from quizzes.analysis.reliability import Reliability
from quizzes.analysis.structure import NoReliability

METHODS = {
    "alpha": "Cronbach's alpha",
    "KR-20": "KR-20, Cronbach's alpha for right or wrong",
    "one-way": "one-way coefficient, ICC(1,k)",
    "stratified": "stratified alpha",
}


def reliability_words(found: Reliability | NoReliability) -> str:
    """What the coefficient is good for, and why it is this one."""
    if isinstance(found, NoReliability):
        return found.words
    grade = _graded(found.value, (0.9, 0.8, 0.7), (
        "Enough to decide about single people.", "Enough for an exam.", "Enough to compare groups, not to rank people.",
        "Too uncertain to rank people by: add questions, or mend those that tell nobody apart.",
    ))  # fmt: skip
    why = {
        "one-way": " Each attempt drew its own questions, so alpha does not exist; a lucky draw counts as error here.",
        "stratified": " Some sections are the same for all and some are drawn: alpha by section. It has no known interval.",
    }
    return grade + why.get(found.method, "")


def discrimination_word(value: float) -> str:
    """Ebel and Frisbie's word for a D."""
    return _graded(value, (0.4, 0.3, 0.2, 0.0), ("very good", "good", "marginal", "poor", "negative"))


def facility_word(value: float) -> str:
    return _graded(value, (0.9, 0.7, 0.4, 0.2), ("very easy", "easy", "medium", "hard", "very hard"))


def _graded(value: float, borders: Sequence[float], words: Sequence[str]) -> str:
    """The word for the first border that is reached; the last one below all of them."""
    reached = [word for border, word in zip(borders, words, strict=False) if value >= border - 1e-9]
    return reached[0] if reached else words[-1]
