"""Grading what arrived. Grades are added as rows that name the version whose key gave them, so a regrade keeps history.

In an exam the last answer counts. In practice the best of the tries does: a try's score times (1 - retry penalty) for each
try before it, minus the hint penalty for each hint shown by then, never below 0; an answer that was not checked is a last try.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

from quizzes.kinds import Outcome, Posed
from quizzes.models import Answer, Attempt, AttemptQuestion, Check, Grade, HintShown, QuestionVersion


@dataclass(frozen=True, slots=True)
class Given:
    """All that was said to one question: the answer that counts, the tries of practice, the hints shown."""

    latest: Answer | None = None
    tries: Sequence[Check] = ()
    hints: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What a question is worth, and the answer that made it so."""

    outcome: Outcome
    answer: Answer | None


def attempt_grade(attempt: Attempt) -> None:
    """Grade every question of an ended attempt by its pinned version and set the score. Runs in the caller's transaction."""
    questions = list(attempt.questions.select_related("version"))
    given = given_by(attempt)
    found = [(question, judged(attempt, question.posed, given[question.pk])) for question in questions]
    grades_add(grade_of(question, question.version, one) for question, one in found)
    attempt_rescore(attempt)


def given_by(attempt: Attempt) -> defaultdict[int, Given]:
    """What was said in the attempt, by the id of the drawn question."""
    return given_to(attempt.questions.all())


def given_to(questions: QuerySet[AttemptQuestion]) -> defaultdict[int, Given]:
    """What was said to drawn questions, of however many attempts, by their ids. Three queries."""
    answers = Answer.objects.filter(attempt_question__in=questions).counting()
    latest = {answer.attempt_question_id: answer for answer in answers}
    tries: dict[int, list[Check]] = defaultdict(list)
    for check in Check.objects.filter(attempt_question__in=questions).select_related("answer").order_by("number"):
        tries[check.attempt_question_id].append(check)
    shown = HintShown.objects.filter(attempt_question__in=questions).values_list("attempt_question_id", flat=True)
    hints = Counter(shown.order_by())
    found = {pk: Given(latest.get(pk), tries[pk], hints[pk]) for pk in {*latest, *tries, *hints}}
    return defaultdict(Given, found)


def judged(attempt: Attempt, posed: Posed, given: Given) -> Judged:
    """What one question is worth by the rules of the attempt's mode."""
    tries = [(check.answer, check.hints_shown) for check in given.tries]
    if given.latest is not None and given.latest.pk not in {answer.pk for answer, _ in tries}:
        tries.append((given.latest, given.hints))
    if attempt.mode != "practice" or (len(tries) <= 1 and not given.hints):
        return Judged(outcome_of(posed, given.latest), given.latest)
    worth = [_credited(attempt, posed, number, answer, hints) for number, (answer, hints) in enumerate(tries)]
    return max(worth, key=lambda one: one.outcome.score or 0.0, default=Judged(Outcome(score=0.0), None))


def _credited(attempt: Attempt, posed: Posed, before: int, answer: Answer, hints: int) -> Judged:
    outcome = outcome_of(posed, answer)
    if outcome.score is None:
        return Judged(outcome, answer)
    credit = outcome.score * (1.0 - attempt.retry_penalty) ** before - attempt.hint_penalty * hints
    return Judged(Outcome(score=max(0.0, credit), notes=outcome.notes), answer)


def outcome_of(posed: Posed, answer: Answer | None) -> Outcome:
    """Score and remarks for an answer as kept; no answer, or one taken back, scores 0."""
    return Outcome(score=0.0) if answer is None else posed.outcome(answer.value, answer.facts)


def grade_of(question: AttemptQuestion, version: QuestionVersion, one: Judged, **more: Any) -> Grade:
    """A row for what was judged, not yet saved."""
    return Grade(
        attempt_question=question, version=version, answer=one.answer, score=one.outcome.score,
        notes=[asdict(note) for note in one.outcome.notes], **more,
    )  # fmt: skip


def grades_add(grades: Iterable[Grade]) -> None:
    """Keep the grades; from now on they are the ones that count."""
    made = Grade.objects.bulk_create(grades)
    for grade in made:
        grade.attempt_question.grade = grade
    AttemptQuestion.objects.bulk_update([grade.attempt_question for grade in made], ["grade"])


def attempt_rescore(attempt: Attempt) -> None:
    """The score from the grades that count now; none while a person still has to grade a question."""
    attempts_rescore([attempt])


def attempts_rescore(attempts: Sequence[Attempt]) -> None:
    """The scores of several attempts, in one reading and one writing."""
    drawn: dict[int, list[AttemptQuestion]] = defaultdict(list)
    for question in AttemptQuestion.objects.filter(attempt__in=attempts).select_related("grade"):
        drawn[question.attempt_id].append(question)
    for attempt in attempts:
        questions = drawn[attempt.pk]
        attempt.needs_grading = any(question.grade is not None and question.grade.score is None for question in questions)
        attempt.score = None if attempt.needs_grading else share_of_points(questions)
    Attempt.objects.bulk_update(attempts, ["score", "needs_grading"], batch_size=500)


def share_of_points(questions: Sequence[AttemptQuestion]) -> float:
    """Points reached as a share of the points there were."""
    possible = sum(question.points for question in questions)
    reached = sum(question.points * (question.grade.score or 0.0) for question in questions if question.grade)
    return min(1.0, reached / possible) if possible else 0.0


CERTAINTY_MARKS: Mapping[int, tuple[int, int]] = {1: (1, 0), 2: (2, -2), 3: (3, -6)}
"""Marks for a right and a wrong answer by how sure the person said to be (A. R. Gardner-Medwin, Confidence assessment in the
teaching of basic science, ALT-J 3(1), 1995): being honest pays, from 67 % sure for level 2 and from 80 % for level 3."""


def certainty_mark(certainty: int | None, score: float | None) -> int | None:
    """None where nobody said how sure they were, or nothing is graded. Right is the full score."""
    if certainty is None or score is None:
        return None
    right, wrong = CERTAINTY_MARKS[certainty]
    return right if score >= 1.0 else wrong
