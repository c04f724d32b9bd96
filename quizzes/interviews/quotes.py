"""Whether a quotation stands in the candidate's notes. Pure comparison."""

from collections.abc import Iterable


def folded(text: str) -> str:
    """With each run of blank space as one space: a quotation may go over the end of a line."""
    return " ".join(text.split())


def stands_in(quotation: str, texts: Iterable[str]) -> bool:
    """Whether any of the texts holds the quotation, blank space folded. Capitals count: it is a quotation."""
    wanted = folded(quotation)
    return bool(wanted) and any(wanted in folded(text) for text in texts)
