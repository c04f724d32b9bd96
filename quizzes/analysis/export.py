"""Results as CSV: one line an attempt (`wide`) or one line an answer (`long`), made as they are sent.

A few hundred attempts are held at a time, so a file of any length takes the same memory. Scores are shares from 0 to 1, times
are UTC (ISO 8601), answers are words; text that a spreadsheet would run as a formula is made inert.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Min, QuerySet

from labs.exports import csv_row
from quizzes.analysis.reader import versions_named
from quizzes.analysis.wording import Wording
from quizzes.models import Answer, Attempt, AttemptQuestion

CHUNK = 200
BYTE_ORDER_MARK = "\ufeff"
PERSON = ("quiz", "revision", "attempt", "number", "person", "username", "e_mail", "status", "preview")
ATTEMPT = (*PERSON, "started_at", "ended_at", "minutes", "score", "passed", "needs_grading")
ANSWER = (
    *PERSON, "position", "section", "question", "version", "graded_by_version", "kind", "points", "score", "certainty",
    "active_s", "flagged", "answered_at", "answer",
)  # fmt: skip


def wide(attempts: QuerySet[Attempt]) -> Iterator[str]:
    """One line an attempt; two columns a question (score and answer), for every question that one of them was asked."""
    questions = _questions(attempts)
    heads = [f"{slug}: {part}" for slug in questions.values() for part in ("score", "answer")]
    yield csv_row([*ATTEMPT, *heads])
    for attempt, drawn in _attempts(attempts):
        cells = {one.question: (one.score, one.answer) for one in drawn}
        yield csv_row([*_attempt(attempt), *(cell for question in questions for cell in cells.get(question, (None, None)))])


def long(attempts: QuerySet[Attempt]) -> Iterator[str]:
    """One line a question of an attempt, answered or not."""
    yield csv_row(ANSWER)
    for attempt, drawn in _attempts(attempts):
        for one in drawn:
            yield csv_row([*_person(attempt), *one.cells()])


class Row:
    """One drawn question as it is written."""

    def __init__(self, drawn: AttemptQuestion, given: Answer | None, wordings: Mapping[int, Wording]) -> None:
        self.drawn, self.given = drawn, given
        self.version = wordings[drawn.version_id].version
        self.question = self.version.question_id
        grade = drawn.grade
        self.graded_by = wordings[grade.version_id].version.number if grade else None
        self.score = _rounded(grade.score) if grade else None
        posed = wordings[grade.version_id if grade else drawn.version_id].posed(drawn.draw)
        self.answer = posed.answer_text(given.value, given.facts) if given else ""

    def cells(self) -> Sequence[Any]:
        drawn, given = self.drawn, self.given
        certainty, received_at = (given.certainty, given.received_at) if given else (None, None)
        return (
            drawn.position, drawn.section.title or drawn.section.position, self.version.question.slug, self.version.number,
            self.graded_by, self.version.kind, drawn.points, self.score, certainty,
            drawn.active_ms / 1000 if drawn.active_ms else None, _yes(drawn.flagged), _time(received_at), self.answer,
        )  # fmt: skip


def _attempts(attempts: QuerySet[Attempt]) -> Iterator[tuple[Attempt, list[Row]]]:
    ids = list(attempts.order_by("quiz_id", "pk").values_list("pk", flat=True))
    wordings: dict[int, Wording] = {}
    for start in range(0, len(ids), CHUNK):
        chunk = Attempt.objects.filter(pk__in=ids[start : start + CHUNK]).select_related("quiz", "user")
        rows = _rows(ids[start : start + CHUNK], wordings)
        yield from ((attempt, rows.get(attempt.pk, [])) for attempt in chunk.order_by("quiz_id", "pk"))


def _rows(attempts: Sequence[int], wordings: dict[int, Wording]) -> dict[int, list[Row]]:
    """The drawn questions by attempt. `wordings` grows by the versions that are met."""
    found = AttemptQuestion.objects.filter(attempt__in=attempts).select_related("section", "grade__answer")
    drawn = list(found.order_by("attempt_id", "position"))
    ids = {one.version_id for one in drawn} | {one.grade.version_id for one in drawn if one.grade}
    wordings.update({pk: Wording(version) for pk, version in versions_named(ids - set(wordings)).items()})
    open_answers = _latest([one.pk for one in drawn if one.grade is None])
    rows: dict[int, list[Row]] = {}
    for one in drawn:
        given = one.grade.answer if one.grade else open_answers.get(one.pk)
        rows.setdefault(one.attempt_id, []).append(Row(one, given, wordings))
    return rows


def _latest(questions: Sequence[int]) -> Mapping[int, Answer]:
    """What counts so far where nothing is graded yet."""
    if not questions:
        return {}
    found = Answer.objects.filter(attempt_question__in=questions).counting()
    return {answer.attempt_question_id: answer for answer in found}


def _questions(attempts: QuerySet[Attempt]) -> dict[int, str]:
    """Slug by id of every question that was asked, in the order of the quiz."""
    drawn = AttemptQuestion.objects.filter(attempt__in=attempts.order_by().values("pk"))
    found = drawn.values_list("version__question_id", "version__question__slug").annotate(
        part=Min("section__position"), first=Min("position")
    )
    return {question: slug for question, slug, *_ in found.order_by("part", "first", "version__question__slug")}


def _person(attempt: Attempt) -> Sequence[Any]:
    user = attempt.user
    return (
        attempt.quiz.slug, attempt.quiz_revision, str(attempt.uuid), attempt.number, user.name, user.get_username(), user.email,
        attempt.status, _yes(attempt.preview),
    )  # fmt: skip


def _attempt(attempt: Attempt) -> Sequence[Any]:
    ended = attempt.submitted_at
    minutes = round((ended - attempt.started_at).total_seconds() / 60, 1) if ended else None
    return (
        *_person(attempt), _time(attempt.started_at), _time(ended), minutes, _rounded(attempt.score),
        None if attempt.passed is None else _yes(attempt.passed), _yes(attempt.needs_grading),
    )  # fmt: skip


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def marked(lines: Iterable[str]) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8."""
    yield BYTE_ORDER_MARK
    yield from lines
