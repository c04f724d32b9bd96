"""Whether a quotation stands in the candidate's notes. Pure comparison."""

import unicodedata
from collections.abc import Iterable


def folded(text: str) -> str:
    """With each run of blank space as one space, for a quotation may go over the end of a line; in Unicode's form C, for two
    keyboards write the same accented letter in two ways."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def stands_in(quotation: str, texts: Iterable[str]) -> bool:
    """Whether any of the texts holds the quotation, blank space folded. Capitals count: it is a quotation."""
    wanted = folded(quotation)
    return bool(wanted) and any(wanted in folded(text) for text in texts)
