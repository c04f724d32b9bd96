"""Keeping questions: a change of content makes a new version, the old ones stay as they were answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from pydantic import ValidationError

from quizzes.errors import QuestionInvalid
from quizzes.kinds import UnknownKind, kind_named
from quizzes.models import Question, QuestionVersion


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one version, in the order of `QuestionVersion.CONTENT`."""

    kind: str
    stem: str
    definition: dict[str, Any]
    hints: Sequence[str] = ()
    explanation: str = ""
    sources: Sequence[str] = ()
    tags: Sequence[str] = ()
    difficulty: int = 2
    covers: Sequence[str] = ()

    NAMES: ClassVar = QuestionVersion.CONTENT

    def columns(self) -> dict[str, Any]:
        """As the columns of a version; lists as JSON keeps them."""
        found = {name: getattr(self, name) for name in QuestionVersion.CONTENT}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def definition_problems(kind: str, definition: Any, stem: str) -> list[str]:
    """What is wrong with a definition beside its stem, one sentence each; empty when its kind accepts both."""
    try:
        found = kind_named(kind)
        found.with_stem(found.definition.model_validate(definition), stem)
    except UnknownKind as error:
        return [str(error.args[0])]
    except ValidationError as error:
        return in_words(error)
    except ValueError as error:
        return [str(error)]
    return []


def in_words(error: ValidationError) -> list[str]:
    """The problems that a schema found, as sentences."""
    return [_sentence(item["loc"], item["type"], item["msg"]) for item in error.errors()]


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    """“options, 2nd entry, text: is missing” rather than a path of brackets."""
    where = ", ".join(f"entry {step + 1}" if isinstance(step, int) else step for step in location)
    what = {"missing": "is missing", "extra_forbidden": "is not a field of this kind"}.get(kind)
    what = what or message.removeprefix("Value error, ").replace("Input should be", "should be")
    return f"{where}: {what}" if where else what


@transaction.atomic
def question_save(question: Question, content: Content, *, made_by: Any = None) -> QuestionVersion:
    """Save the question; add a version when `content` differs from the current one. Raises `QuestionInvalid`."""
    if problems := definition_problems(content.kind, content.definition, content.stem):
        raise QuestionInvalid(problems)
    question.save()
    current = question.current
    if current is not None and all(getattr(current, name) == value for name, value in content.columns().items()):
        return current
    version = QuestionVersion.objects.create(
        question=question, number=_next_number(question), made_by=made_by, artifact=artifact_of(content), **content.columns()
    )
    question.current = version
    question.save(update_fields=["current"])
    return version


def artifact_of(content: Content) -> Any:
    """What the kind computes once from a definition that it accepts. Raises `QuestionInvalid`."""
    kind = kind_named(content.kind)
    try:
        return kind.prepare(kind.definition.model_validate(content.definition))
    except ValueError as error:
        raise QuestionInvalid([str(error)]) from error


def _next_number(question: Question) -> int:
    """Locks the question, so that two editors get two numbers."""
    Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    newest = question.versions.order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1
