"""People who have taken a quiz: what each answered is given, everything else is the site's own work."""

from collections.abc import Sequence
from random import Random
from typing import Any

from django.db.models import F

from accounts.models import User
from quizzes.clock import ClockNow, database_now
from quizzes.draw import draw
from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection, Grade, QuestionVersion, Quiz
from quizzes.services.grading import attempt_grade
from quizzes.services.start import attempt_start
from tests.quizzes.bank import question, quiz

SLUGS = ("single-choice", "numeric", "true-false")


def someone(name: str) -> User:
    """Who never signs in, so no password is hashed."""
    made: User = User.objects.create(username=name, email=f"{name}@example.org")
    return made


def exam(slug: str = "breakers", **more: Any) -> Quiz:
    """Three questions, of three kinds; made when there are none yet."""
    if not AttemptQuestion.objects.exists() and not Quiz.objects.exists():
        for kind in SLUGS:
            question(kind, kind)
    fields: dict[str, Any] = {"sections": [{"questions": list(SLUGS)}], "pass_mark": 0.5, "attempts_allowed": None} | more
    return quiz(slug, **fields)


def raw(drawn: AttemptQuestion, answer: str) -> Any:
    """The browser's value: of options the place in this draw, of other kinds the answer as it is."""
    order = drawn.frozen.get("order", [])
    return str(order.index(answer) + 1) if answer in order and drawn.version.kind == "single-choice" else answer


def taken(quiz: Quiz, user: User, answers: Sequence[str], *, over: bool = True, **fields: Any) -> Attempt:
    """An attempt with these answers in order ("" for none), handed in and graded if it is `over`."""
    attempt = attempt_start(user, quiz, preview=bool(fields.get("preview")))
    for drawn, answer in zip(attempt.questions.select_related("version"), answers, strict=True):
        if answer:
            Answer.objects.create(attempt_question=drawn, client_seq=1, value=raw(drawn, answer))
    if over:
        Attempt.objects.filter(pk=attempt.pk).update(status="submitted", submitted_at=ClockNow(), **fields)
        attempt.refresh_from_db()
        attempt_grade(attempt)
        AttemptQuestion.objects.filter(attempt=attempt).update(active_ms=F("position") * 1000)
    return attempt


def crowd(quiz: Quiz, answers: Sequence[Sequence[str]], start: int = 0) -> list[Attempt]:
    """One new person for each row of answers; drawn as the site draws, written in bulk."""
    names = [f"person{number:03}" for number in range(start, start + len(answers))]
    people = User.objects.bulk_create([User(username=name, email=f"{name}@example.org") for name in names])
    now, rng = database_now(), Random(quiz.pk)
    made = Attempt.objects.bulk_create([
        Attempt(
            quiz=quiz, user=one, number=1, mode=quiz.mode, quiz_revision=quiz.revision, status="submitted", started_at=now,
            submitted_at=now, pass_mark=quiz.pass_mark,
        )
        for one in people
    ])  # fmt: skip
    sections = AttemptSection.objects.bulk_create([AttemptSection(attempt=one, position=1) for one in made])
    offered = draw(quiz, rng)
    fixed = None if quiz.draw_sections[0].pick else [one.version for one in offered]
    drawn = []
    for attempt, section in zip(made, sections, strict=True):
        versions = fixed or [one.version for one in draw(quiz, rng)]
        drawn += [_drawn(attempt, section, version, place, rng) for place, version in enumerate(versions, start=1)]
    AttemptQuestion.objects.bulk_create(drawn)
    _grade(made, drawn, [answer for row in answers for answer in row])
    return made


def _drawn(attempt: Attempt, section: AttemptSection, version: QuestionVersion, place: int, rng: Random) -> AttemptQuestion:
    frozen = version.kind_object.freeze(version.parsed(), rng, shuffle=True)
    return AttemptQuestion(
        attempt=attempt, section=section, version=version, position=place, frozen=dict(frozen), active_ms=1000 * place
    )


def _grade(made: Sequence[Attempt], drawn: Sequence[AttemptQuestion], answers: Sequence[str]) -> None:
    given = {
        one.pk: Answer(attempt_question=one, client_seq=1, value=raw(one, answer))
        for one, answer in zip(drawn, answers, strict=True) if answer
    }  # fmt: skip
    Answer.objects.bulk_create(given.values())
    grades = Grade.objects.bulk_create([
        Grade(
            attempt_question=one, version=one.version, answer=given.get(one.pk),
            score=one.posed.outcome(given[one.pk].value).score if one.pk in given else 0.0,
        )
        for one in drawn
    ])  # fmt: skip
    reached = dict.fromkeys((one.pk for one in made), 0.0)
    for one, grade in zip(drawn, grades, strict=True):
        one.grade = grade
        reached[one.attempt_id] += grade.score or 0.0
    AttemptQuestion.objects.bulk_update(drawn, ["grade"])
    for attempt in made:
        attempt.score = reached[attempt.pk] * len(made) / len(drawn)
    Attempt.objects.bulk_update(made, ["score"])


RIGHT = ("right-one", "2227", "false")
"""Scores 3 of 3."""
