"""The text of a lab's scenario as HTML, for the laboratory, which knows no Markdown."""

from functools import lru_cache

from courses.diagrams import publish_for_a_day
from courses.rendering.document import Document, learner_document


def scenario_text_html(text: str) -> str:
    """By the rules of learners' texts: no lab and no question within a lab. Sanitised."""
    made = rendered(text)
    publish_for_a_day(made.drawings)
    return made.html


@lru_cache(maxsize=64)
def rendered(text: str) -> Document:
    return learner_document(text)
