"""A small bank and quizzes for tests. Secrets that must not leak are marked so that a search finds them."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection, Question, QuestionVersion, Quiz
from quizzes.services.bank import Content, question_save
from quizzes.services.start import attempt_start

SECRET = "SECRET-NEVER-BEFORE-SUBMISSION"

SINGLE = {
    "options": [
        {"id": "right-one", "text": "Fails fast", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "wrong-one", "text": "Retries", "feedback": f"{SECRET} no", "misconception": f"{SECRET} retry"},
        {"id": "wrong-two", "text": "Waits", "feedback": f"{SECRET} no", "misconception": f"{SECRET} wait"},
    ]
}
MULTIPLE = {
    "options": [
        {"id": "timeout", "text": "A timeout", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "unavailable", "text": "HTTP 503", "correct": True, "feedback": f"{SECRET} yes"},
        {"id": "not-found", "text": "HTTP 404", "feedback": f"{SECRET} no", "misconception": f"{SECRET} 4xx"},
        {"id": "created", "text": "HTTP 201", "feedback": f"{SECRET} no", "misconception": f"{SECRET} 2xx"},
    ]
}
NUMERIC = {
    "formula": "rate_rps * open_s", "given": {"rate_rps": 131, "open_s": 17}, "answer": 2227, "unit": "requests",
    "tolerance": {"relative": 0.01}, "right_feedback": f"{SECRET} yes", "wrong_feedback": f"{SECRET} no",
    "near_misses": [{"formula": "rate_rps", "feedback": f"{SECRET} near", "misconception": f"{SECRET} one second"}],
}  # fmt: skip
ORDERING = {
    "items": [
        {"id": "item-1", "text": "Closed", "feedback": f"{SECRET} first"},
        {"id": "item-2", "text": "Open", "feedback": f"{SECRET} second"},
        {"id": "item-3", "text": "Half-open", "feedback": f"{SECRET} third", "misconception": f"{SECRET} order"},
        {"id": "item-4", "text": "Closed again", "feedback": f"{SECRET} fourth"},
    ]
}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "single-choice": SINGLE, "multiple-choice": MULTIPLE, "numeric": NUMERIC, "ordering": ORDERING,
}  # fmt: skip


def question(slug: str, kind: str = "single-choice", definition: dict[str, Any] | None = None, **more: Any) -> QuestionVersion:
    """A question of the bank with its first version."""
    content = {
        "stem": f"Stem of {slug}?", "explanation": f"{SECRET} explanation of {slug}", "tags": ("breakers",),
        "sources": (f"[{SECRET}](https://example.org/)",),
    } | more  # fmt: skip
    inline_allowed = content.pop("inline_allowed", False)
    row = Question(slug=slug, inline_allowed=inline_allowed)
    return question_save(row, Content(kind=kind, definition=definition or DEFINITIONS[kind], **content))


def bank() -> None:
    """One question of each kind: positions 1 to 4 of `quiz()`."""
    for kind in DEFINITIONS:
        question(kind, kind)


def quiz(slug: str = "breakers", **more: Any) -> Quiz:
    """A quiz of the four questions, ten minutes, two attempts."""
    values: dict[str, Any] = {
        "title": "Breakers", "time_limit_s": 600, "attempts_allowed": 2, "grace_s": 10,
        "sections": [{"questions": list(DEFINITIONS)}],
    } | more  # fmt: skip
    return Quiz.objects.create(slug=slug, **values)


def person(name: str = "candidate") -> User:
    made: User = User.objects.create_user(username=name, email=f"{name}@example.org", password="not a real secret 1")
    return made


def started(name: str = "candidate", **quiz_fields: Any) -> Attempt:
    """A running attempt of a new person at a new quiz of the whole bank."""
    bank()
    return attempt_start(person(name), quiz(**quiz_fields))


def let_time_pass(attempt: Attempt, seconds: float) -> None:
    """As if the database's clock had gone on: everything that it is compared with moves back."""
    by = timedelta(seconds=seconds)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=F("started_at") - by, due_at=F("due_at") - by, deadline_at=F("deadline_at") - by
    )
    AttemptSection.objects.filter(attempt=attempt).update(
        opened_at=F("opened_at") - by, due_at=F("due_at") - by, deadline_at=F("deadline_at") - by
    )
    AttemptQuestion.objects.filter(attempt=attempt).update(opened_at=F("opened_at") - by)
    attempt.refresh_from_db()


def right_answer(attempt: Attempt, position: int) -> Any:
    """The browser's value for the right answer to a question of `bank()`."""
    drawn = attempt.questions.get(position=position)
    order = drawn.frozen.get("order", [])
    match drawn.version.kind:
        case "single-choice":
            return str(order.index("right-one") + 1)
        case "multiple-choice":
            return [str(order.index(name) + 1) for name in ("timeout", "unavailable")]
        case "numeric":
            return "2227"
    return [str(order.index(f"item-{number}") + 1) for number in range(1, 5)]


def values_of(attempt: Attempt, position: int) -> list[Any]:
    """Everything that was kept for a question, in sequence order."""
    rows = Answer.objects.filter(attempt_question__attempt=attempt, attempt_question__position=position)
    return [row.value for row in rows.order_by("client_seq")]
