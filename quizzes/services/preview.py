"""A question as learners would see it, from content that is not kept."""

import random
from dataclasses import dataclass, replace
from typing import Any

from quizzes.kinds import Posed, kind_named
from quizzes.services.bank import Content, artifact_of
from quizzes.services.review import EVERYTHING


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
    """Of content that its kind accepts. Raises `QuestionInvalid` where what it computes once cannot be computed."""
    kind = kind_named(content.kind)
    definition = kind.with_stem(kind.assemble(content.definition, artifact_of(content)), content.stem)
    frozen = kind.freeze(definition, random.Random(content.stem), shuffle=False)
    posed = Posed(kind=kind, definition=definition, frozen=frozen)
    return Preview(
        content=replace(
            content, stem=posed.words(content.stem), explanation=posed.words(content.explanation),
            hints=[posed.words(hint) for hint in content.hints],
        ),
        template=kind.template,
        view=posed.public_view(),
        review_template=kind.review_template,
        review=dict(posed.review(None)) | {"shows": EVERYTHING},
        rule=posed.rule,
    )  # fmt: skip
