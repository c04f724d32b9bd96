"""How long and how hard a text is: for authors to look at, never a rule."""

import re
from dataclasses import dataclass

SENTENCE_END = re.compile(r"[.!?…]+[)”\"*]*(?=\s|$)")
LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Readability:
    """`grade` is the Automated Readability Index: about the number of school years that the text asks for."""

    words: int
    sentences: int
    grade: float


def readability(text: str) -> Readability:
    """The Automated Readability Index, 4.71 · letters and digits per word + 0.5 · words per sentence - 21.43 (E. A. Smith and
    R. J. Senter, "Automated Readability Index", AMRL-TR-66-220, 1967). It counts characters, not syllables, so that it needs no
    dictionary. An empty text has the grade 0."""
    words = [word for word in text.split() if LETTER_OR_DIGIT.search(word)]
    if not words:
        return Readability(0, 0, 0.0)
    sentences = max(1, len(SENTENCE_END.findall(text)))
    characters = len(LETTER_OR_DIGIT.findall(text))
    grade = 4.71 * characters / len(words) + 0.5 * len(words) / sentences - 21.43
    return Readability(len(words), sentences, round(grade, 1))
