"""`question`: an inline check from the bank. The bank stands above this application, and says where it shows a question."""

from collections.abc import Callable
from typing import ClassVar

from courses.loading.kinds import Slug
from courses.rendering.blocks.base import Block, Built, Fields, template

_address: list[Callable[[str], str]] = []


def register_inline_question(address: Callable[[str], str]) -> None:
    """`address(slug)` is where the question's inline form is fetched from, as a fragment of HTML."""
    _address[:] = [address]


class QuestionFields(Fields):
    slug: Slug


class QuestionBlock(Block):
    name: ClassVar[str] = "question"
    schema = QuestionFields

    def build(self, fields: QuestionFields, key: str) -> Built:
        address = _address[0](fields.slug) if _address else ""
        return Built(template("question", key=key, slug=fields.slug, address=address), refers=(("question", fields.slug),))
