"""Questions of the bank as a file, and what of each the file cannot hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from quizzes.interchange.formats import Format
from quizzes.interchange.from_bank import record_of
from quizzes.interchange.plan import content_of_version
from quizzes.interchange.records import NotHeld
from quizzes.models import Question


@dataclass(frozen=True, slots=True)
class Told:
    """What an export says of one question: what is lost, or why all of it is left out."""

    question: Question
    lost: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A whole file. `told` has every question, in the order of the file."""

    form: Format
    text: str
    told: tuple[Told, ...]

    @property
    def whole(self) -> list[Told]:
        return [each for each in self.told if not each.lost and not each.left_out]

    @property
    def poorer(self) -> list[Told]:
        return [each for each in self.told if each.lost]

    @property
    def left_out(self) -> list[Told]:
        return [each for each in self.told if each.left_out]

    @property
    def written(self) -> int:
        return len(self.told) - len(self.left_out)


def exported(questions: Iterable[Question], form: Format) -> Export:
    """Of questions with their current version; one without is left out and said to be."""
    parts: list[str] = []
    told: list[Told] = []
    for question in questions:
        text, said = _one(question, form)
        parts.append(text)
        told.append(said)
    return Export(form, form.head + "\n".join(part for part in parts if part) + form.foot, tuple(told))


def _one(question: Question, form: Format) -> tuple[str, Told]:
    try:
        if question.current is None:
            raise NotHeld("it has no version yet")
        record, lost = record_of(question.slug, content_of_version(question.current))
        written = form.write(record, lost)
    except NotHeld as error:
        return form.comment(f"{question.slug} is left out: {error}"), Told(question, left_out=str(error))
    return written.text, Told(question, written.lost)
