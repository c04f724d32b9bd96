"""`question`: an inline check from the bank.

The bank stands above this application and its questions change without the lesson, so a lesson's kept HTML holds only a
marker; `with_questions` puts the questions in when the page is shown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from courses.loading.kinds import Slug
from courses.rendering.blocks.base import Block, Built, Fields, template

Renderer = Callable[[Sequence[str]], Mapping[str, str]]
MARKER = re.compile(r"<plimsoll-question data-slug=\"(?P<slug>[a-z0-9-]+)\"></plimsoll-question>")
_renderer: list[Renderer] = []


def register_question_renderer(renderer: Renderer) -> None:
    """`renderer(slugs)` gives the HTML of each question that lessons may ask; called in `AppConfig.ready`."""
    _renderer[:] = [renderer]


class QuestionFields(Fields):
    slug: Slug


class QuestionBlock(Block):
    name: ClassVar[str] = "question"
    schema = QuestionFields

    def build(self, fields: QuestionFields, key: str) -> Built:
        marker = f'<plimsoll-question data-slug="{fields.slug}"></plimsoll-question>'
        return Built(f'<section class="inline-question" id="{key}">{marker}</section>', refers=(("questions", fields.slug),))


def with_questions(html: str) -> str:
    """The page with its questions. One that is not there any more says so instead of leaving a hole."""
    slugs = [match["slug"] for match in MARKER.finditer(html)]
    if not slugs:
        return html
    found = _renderer[0](slugs) if _renderer else {}
    return MARKER.sub(lambda match: found.get(match["slug"]) or template("question", slug=match["slug"]), html)
