"""Keeping questions: a change of content makes a new version, the old ones stay as they were answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError

from quizzes.errors import QuestionInvalid, QuestionMoved
from quizzes.kinds import UnknownKind, all_kinds, kind_named
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


def lesson_problem(kind: str) -> str:
    """Why lessons cannot ask a question of this kind, in words; empty where they can."""
    found = all_kinds().get(kind)
    if found is None or found.in_lessons:
        return ""
    return f"A lesson cannot ask a question of the kind “{found.label}”: its answers are judged in attempts only."


def in_words(error: ValidationError) -> list[str]:
    """The problems that a schema found, as sentences."""
    return [_sentence(item["loc"], item["type"], item["msg"]) for item in error.errors()]


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    """“options, 2nd entry, text: is missing” rather than a path of brackets."""
    where = ", ".join(f"entry {step + 1}" if isinstance(step, int) else step for step in location)
    what = {"missing": "is missing", "extra_forbidden": "is not a field of this kind"}.get(kind)
    what = what or message.removeprefix("Value error, ").replace("Input should be", "should be")
    what = what.replace("List should", "should").replace(" after validation", "")
    return f"{where}: {what}" if where else what


@transaction.atomic
def question_save(question: Question, content: Content, *, made_by: Any = None) -> QuestionVersion:
    """Save the question; add a version when `content` differs from the current one. Raises `QuestionInvalid`."""
    if problems := definition_problems(content.kind, content.definition, content.stem):
        raise QuestionInvalid(problems)
    question.save()
    if question.current is not None and says(question.current, content):
        return question.current
    version = QuestionVersion.objects.create(
        question=question, number=_next_number(question), made_by=made_by, artifact=artifact_of(content), **content.columns()
    )
    question.current = version
    question.save(update_fields=["current"])
    return version


def says(version: QuestionVersion, content: Content) -> bool:
    """Whether a version has just this content."""
    return all(getattr(version, name) == value for name, value in content.columns().items())


@transaction.atomic
def questions_save(changes: Sequence[tuple[Question, Content]], *, made_by: Any = None) -> int:
    """`question_save` for many questions, each once, in a fixed number of statements; how many versions were made.

    Raises `QuestionInvalid`, `QuestionMoved` where somebody else saved one of them since it was read, and `IntegrityError`
    where somebody else took a slug meanwhile; nothing is kept then.
    """
    for _, content in changes:
        if problems := definition_problems(content.kind, content.definition, content.stem):
            raise QuestionInvalid(problems)
    new = [question for question, _ in changes if question.pk is None]
    Question.objects.bulk_create(new)
    numbers = _newest_numbers([question for question, _ in changes])
    different = [(row, content) for row, content in changes if row.current is None or not says(row.current, content)]
    versions = QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question=row, number=numbers.get(row.pk, 0) + 1, made_by=made_by, artifact=artifact_of(content), **content.columns()
        )
        for row, content in different
    )
    for version in versions:
        version.question.current = version
    Question.objects.bulk_update([row for row, _ in different], ["current"], batch_size=500)
    Question.history.bulk_history_create(new, default_user=made_by)
    made = set(new)
    known = [row for row, _ in different if row not in made]
    Question.history.bulk_history_create(known, update=True, default_user=made_by)
    return len(versions)


def _newest_numbers(questions: Sequence[Question]) -> dict[int, int]:
    """Locks the questions, in one order, so that two who change the same ones wait for each other; the second is refused."""
    ids = [question.pk for question in questions]
    locked = Question.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    current = dict(locked.values_list("pk", "current_id"))
    if any(current.get(question.pk) != question.current_id for question in questions):
        raise QuestionMoved("Somebody saved one of these questions at this moment.")
    newest = QuestionVersion.objects.filter(question__in=ids).order_by().values_list("question")
    return dict(newest.annotate(newest=Max("number")))


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
