"""Taking answers while an attempt runs, so that no race, resend or second window can do harm.

The save is one statement: it inserts where the attempt still runs and the database's clock is within the deadline, holding a
share lock on the attempt. Submitting and expiring update that row, so either the answer is in before they grade, or it is
refused. A row is named by (question, client sequence number): sent twice it is there once; late arrivals with a lower number
are kept but do not count. Nothing here touches the cache or the broker.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection, transaction

from quizzes.errors import AnswersRefused
from quizzes.kinds import AnswerError
from quizzes.models import Answer, Attempt, AttemptQuestion

MAX_SEQUENCE = 100_000

INSERT = """
INSERT INTO quizzes_answer (attempt_question_id, client_seq, value, received_at)
SELECT question.id, sent.seq, sent.value, clock_timestamp()
  FROM quizzes_attempt AS attempt
  JOIN quizzes_attemptquestion AS question ON question.attempt_id = attempt.id
  JOIN unnest(%s::int[], %s::int[], %s::jsonb[]) AS sent (position, seq, value) ON sent.position = question.position
 WHERE attempt.id = %s
   AND attempt.status = 'in_progress'
   AND (attempt.deadline_at IS NULL OR clock_timestamp() <= attempt.deadline_at)
   FOR SHARE OF attempt
ON CONFLICT (attempt_question_id, client_seq) DO NOTHING
"""

FLAG = """
UPDATE quizzes_attemptquestion AS question
   SET flagged = sent.flagged
  FROM unnest(%s::int[], %s::boolean[]) AS sent (position, flagged), quizzes_attempt AS attempt
 WHERE question.attempt_id = attempt.id AND sent.position = question.position
   AND attempt.id = %s AND attempt.status = 'in_progress'
"""

Fate = Literal["kept", "conflict", "refused"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer from a browser: to the question at `position`, the `seq`-th thing said about it."""

    position: int
    seq: int
    value: Any

    @property
    def name(self) -> str:
        return f"{self.position}:{self.seq}"


def answers_save(attempt: Attempt, sent: Sequence[Sent], flags: Mapping[int, bool] | None = None) -> dict[str, Fate]:
    """Keep answers and flags of a running attempt; what became of each, by "position:seq".

    kept: it is in the database, now or since an earlier sending. conflict: another value has that number, send again with a
    higher one. refused: the attempt is over. Raises `AnswersRefused` when one is no answer to its question; then nothing of
    the request is kept.
    """
    questions = {question.position: question for question in attempt.questions.select_related("version")}
    _check(questions, sent, flags or {})
    with transaction.atomic():
        if sent:
            _insert(attempt, sent)
        if flags:
            _flag(attempt, flags)
    return _fates(questions, sent)


def latest_answers(attempt: Attempt) -> dict[int, Answer]:
    """The answer that counts, by the id of its question: the one with the highest sequence number."""
    found = Answer.objects.filter(attempt_question__attempt=attempt).order_by("attempt_question_id", "-client_seq")
    return {answer.attempt_question_id: answer for answer in found.distinct("attempt_question_id")}


def _check(questions: Mapping[int, AttemptQuestion], sent: Iterable[Sent], flags: Mapping[int, bool]) -> None:
    problems = {one.name: problem for one in sent if (problem := _problem(questions.get(one.position), one))}
    problems |= {f"{position}:flag": "There is no such question." for position in flags if position not in questions}
    if problems:
        raise AnswersRefused(problems)


def _problem(question: AttemptQuestion | None, sent: Sent) -> str | None:
    if question is None:
        return "There is no such question in this attempt."
    if not 1 <= sent.seq <= MAX_SEQUENCE:
        return f"Sequence numbers run from 1 to {MAX_SEQUENCE:,}."
    try:
        question.version.kind_object.parse(question.version.parsed(), question.draw, sent.value)
    except AnswerError as error:
        return str(error)
    return None


def _insert(attempt: Attempt, sent: Sequence[Sent]) -> None:
    columns: list[list[Any]] = [
        [one.position for one in sent],
        [one.seq for one in sent],
        [json.dumps(one.value) for one in sent],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*columns, attempt.pk])


def _flag(attempt: Attempt, flags: Mapping[int, bool]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLAG, [list(flags), list(flags.values()), attempt.pk])


def _fates(questions: Mapping[int, AttemptQuestion], sent: Sequence[Sent]) -> dict[str, Fate]:
    """Read back what is there: an acknowledgement rests on a row, not on a hope."""
    ids = {questions[one.position].pk for one in sent}
    rows = Answer.objects.filter(attempt_question_id__in=ids, client_seq__in={one.seq for one in sent})
    there = {(row.attempt_question_id, row.client_seq): row.value for row in rows}
    return {one.name: _fate(there, questions[one.position].pk, one) for one in sent}


def _fate(there: Mapping[tuple[int, int], Any], question_id: int, sent: Sent) -> Fate:
    if (question_id, sent.seq) not in there:
        return "refused"
    return "kept" if there[question_id, sent.seq] == sent.value else "conflict"
