"""Practice: an answer is judged at once, hints are asked for one by one, and the solution can be shown. Every step is kept.

A question takes answers until it is solved or shown. Tries and hints lower what the question is worth: see `grading`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from quizzes.clock import database_now
from quizzes.errors import AttemptClosed
from quizzes.kinds import Note
from quizzes.models import Answer, Attempt, AttemptQuestion, Check, HintShown
from quizzes.services.grading import Given, given_to, judged, outcome_of
from quizzes.services.review import EVERYTHING, ReviewedQuestion, reviewed
from quizzes.services.sections import attempt_lock


@dataclass(frozen=True, slots=True)
class Tried:
    """Where a question of practice stands. `remarks` are on the last try; `solution` is there once the question is closed.

    `worth`: share of the marks that it would bring as it stands; `next_worth`: that the right answer would bring now.
    """

    position: int
    tries: int
    score: float | None
    remarks: Sequence[Note]
    hints: Sequence[str]
    hints_left: int
    closed: bool
    worth: float
    next_worth: float
    solution: ReviewedQuestion | None = field(default=None)


@transaction.atomic
def answer_check(attempt: Attempt, position: int, seq: int) -> Tried:
    """Judge the answer that was saved as `seq`. The same one twice is one try. Raises `AttemptClosed`."""
    question = _open_question(attempt, position)
    answer = question.answers.order_by("-client_seq").first()
    if answer is None or answer.client_seq != seq or answer.value is None:
        raise AttemptClosed("This answer has not arrived yet, or a later one has. Try again.")
    outcome = outcome_of(question.posed, answer)
    made = _check_add(question, answer, outcome.score)
    if made and (outcome.right or outcome.score is None):
        _close(question)
    return tried(attempt, question, _given(question))


@transaction.atomic
def hint_show(attempt: Attempt, position: int, number: int) -> Tried:
    """Show the hint with this number, from 1. Asking for it twice costs once. Raises `AttemptClosed`."""
    question = _open_question(attempt, position)
    shown = question.hints_shown.count()
    if not 1 <= number <= min(shown + 1, len(question.version.hints)):
        raise AttemptClosed("There is no such hint.")
    HintShown.objects.get_or_create(attempt_question=question, number=number)
    return tried(attempt, question, _given(question))


@transaction.atomic
def solution_show(attempt: Attempt, position: int) -> Tried:
    """Close the question and show its answer; what was reached by then stays. Raises `AttemptClosed`."""
    question = _open_question(attempt, position)
    _close(question)
    return tried(attempt, question, _given(question))


def tried(attempt: Attempt, question: AttemptQuestion, given: Given) -> Tried:
    """The question as its page shows it in practice. Asks the database nothing."""
    posed, shown = question.posed, given.hints
    last = given.tries[-1] if given.tries else None
    remarks = outcome_of(posed, last.answer).notes if last else ()
    closed = question.closed_at is not None
    credit = (1.0 - attempt.retry_penalty) ** len(given.tries) - attempt.hint_penalty * shown
    return Tried(
        position=question.position,
        tries=len(given.tries),
        score=last.score if last else None,
        remarks=[note for note in remarks if note.text and (note.given or not note.about)],
        hints=[posed.words(hint) for hint in question.version.hints[:shown]],
        hints_left=len(question.version.hints) - shown,
        closed=closed,
        worth=judged(attempt, posed, given).outcome.score or 0.0,
        next_worth=max(0.0, credit),
        solution=reviewed(question, given.latest, EVERYTHING) if closed else None,
    )


def _open_question(attempt: Attempt, position: int) -> AttemptQuestion:
    """The question, the attempt's row locked, where it still takes answers."""
    attempt_lock(attempt)
    attempt.refresh_from_db()
    over = attempt.deadline_at is not None and database_now() > attempt.deadline_at
    if attempt.mode != "practice" or not attempt.running or over:
        raise AttemptClosed("This attempt is over." if attempt.mode == "practice" else "Answers are checked in practice only.")
    found = attempt.questions.select_related("version", "section", "grade").filter(position=position).first()
    if found is None or found.opened_at is None or found.closed_at is not None:
        raise AttemptClosed("This question takes no more answers.")
    return found


def _given(question: AttemptQuestion) -> Given:
    return given_to(AttemptQuestion.objects.filter(pk=question.pk))[question.pk]


def _check_add(question: AttemptQuestion, answer: Answer, score: float | None) -> bool:
    """False when this very answer was judged before. A new number for the same words is a try like any other."""
    if Check.objects.filter(answer=answer).exists():
        return False
    made = question.checks.count()
    Check.objects.create(
        attempt_question=question, number=made + 1, answer=answer, score=score, hints_shown=question.hints_shown.count()
    )
    return True


def _close(question: AttemptQuestion) -> None:
    question.closed_at = database_now()
    question.save(update_fields=["closed_at"])
