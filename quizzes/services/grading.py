"""Grading what arrived. Grades are added as rows that name the version whose key gave them, so a regrade keeps history."""

from collections.abc import Mapping
from dataclasses import asdict

from quizzes.kinds import AnswerError, Note, Outcome
from quizzes.models import Answer, Attempt, AttemptQuestion, Grade
from quizzes.services.answers import latest_answers


def attempt_grade(attempt: Attempt) -> None:
    """Grade every question of an ended attempt by its pinned version and set the score. Runs in the caller's transaction."""
    questions = list(attempt.questions.select_related("version"))
    answers = latest_answers(attempt)
    grades = Grade.objects.bulk_create([_grade(question, answers) for question in questions])
    for question, grade in zip(questions, grades, strict=True):
        question.grade = grade
    AttemptQuestion.objects.bulk_update(questions, ["grade"])
    attempt.score = _share(questions)
    attempt.save(update_fields=["score"])


def outcome_of(question: AttemptQuestion, answer: Answer | None) -> Outcome:
    """Score and remarks for an answer to a drawn question; no answer, or one taken back, scores 0."""
    kind, definition = question.version.kind_object, question.version.parsed()
    try:
        response = None if answer is None else kind.parse(definition, question.draw, answer.value)
    except AnswerError as error:  # answers are parsed on their way in; a stricter later kind must not stop the grading
        return Outcome(score=0.0, notes=(Note(text=str(error), right=False),))
    return Outcome(score=0.0) if response is None else kind.grade(definition, response)


def _grade(question: AttemptQuestion, answers: Mapping[int, Answer]) -> Grade:
    answer = answers.get(question.pk)
    outcome = outcome_of(question, answer)
    return Grade(
        attempt_question=question, version=question.version, answer=answer, score=outcome.score,
        notes=[asdict(note) for note in outcome.notes],
    )  # fmt: skip


def _share(questions: list[AttemptQuestion]) -> float:
    """Points reached as a share of the points there were."""
    possible = sum(question.points for question in questions)
    reached = sum(question.points * question.grade.score for question in questions if question.grade)
    return min(1.0, reached / possible) if possible else 0.0
