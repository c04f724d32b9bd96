"""A question as learners would see it, from content that is not kept."""

import random
from dataclasses import dataclass
from typing import Any

from quizzes.kinds import kind_named
from quizzes.services.bank import Content
from quizzes.services.review import Shows


@dataclass(frozen=True, slots=True)
class Preview:
    """The question as asked, and its key as a review shows it."""

    content: Content
    template: str
    view: dict[str, Any]
    review_template: str
    review: dict[str, Any]
    rule: str


def question_preview(content: Content) -> Preview:
    """Of content that its kind accepts."""
    kind = kind_named(content.kind)
    definition = kind.definition.model_validate(content.definition)
    frozen = kind.freeze(definition, random.Random(content.stem), shuffle=False)
    everything = Shows(marks=True, correctness=True, right_answer=True, feedback=True)
    return Preview(
        content=content,
        template=kind.template,
        view=dict(kind.public_view(definition, frozen)),
        review_template=kind.review_template,
        review=dict(kind.review(definition, frozen, None)) | {"shows": everything, "answered": False},
        rule=kind.rule(definition),
    )
