"""Taking answers while an attempt runs, so that no race, resend or second window can do harm.

A save locks the attempt's row and then inserts, in a statement of its own, where attempt, section and question still take
answers by the database's clock. Whatever ends or closes any of them takes the same lock, so either the answer is in before,
or it is refused. A row is named by (question, client sequence number): sent twice it is there once; late arrivals with a
lower number are kept but do not count. Nothing here touches the cache or the broker.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import connection, transaction

from quizzes.errors import AnswersRefused
from quizzes.kinds import AnswerError
from quizzes.models import Answer, Attempt, AttemptQuestion
from quizzes.services.sections import attempt_lock
from quizzes.services.witness import run_facts

MAX_SEQUENCE = 100_000

INSERT = """
INSERT INTO quizzes_answer (attempt_question_id, client_seq, value, certainty, facts, received_at)
SELECT question.id, sent.seq, sent.value, sent.certainty, sent.facts, clock_timestamp()
  FROM quizzes_attempt AS attempt
  JOIN quizzes_attemptquestion AS question ON question.attempt_id = attempt.id
  JOIN quizzes_attemptsection AS section ON section.id = question.section_id
  JOIN unnest(%s::int[], %s::int[], %s::jsonb[], %s::int[], %s::jsonb[]) AS sent (position, seq, value, certainty, facts)
    ON sent.position = question.position
 WHERE attempt.id = %s
   AND attempt.status = 'in_progress'
   AND (attempt.deadline_at IS NULL OR clock_timestamp() <= attempt.deadline_at)
   AND section.opened_at IS NOT NULL AND section.closed_at IS NULL
   AND (section.deadline_at IS NULL OR clock_timestamp() <= section.deadline_at)
   AND question.opened_at IS NOT NULL AND question.closed_at IS NULL
ON CONFLICT (attempt_question_id, client_seq) DO NOTHING
"""

FLAG = """
UPDATE quizzes_attemptquestion AS question
   SET flagged = sent.flagged
  FROM unnest(%s::int[], %s::boolean[]) AS sent (position, flagged), quizzes_attempt AS attempt
 WHERE question.attempt_id = attempt.id AND sent.position = question.position
   AND attempt.id = %s AND attempt.status = 'in_progress'
"""

ACTIVE = """
UPDATE quizzes_attemptquestion AS question
   SET active_ms = GREATEST(question.active_ms, LEAST(sent.active_ms,
                   (extract(epoch FROM COALESCE(question.closed_at, clock_timestamp()) - question.opened_at) * 1000)::bigint))
  FROM unnest(%s::int[], %s::bigint[]) AS sent (position, active_ms), quizzes_attempt AS attempt
 WHERE question.attempt_id = attempt.id AND sent.position = question.position AND question.opened_at IS NOT NULL
   AND attempt.id = %s AND attempt.status = 'in_progress'
"""

Fate = Literal["kept", "conflict", "refused"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer from a browser: to the question at `position`, the `seq`-th thing said about it. `certainty`: 1 to 3."""

    position: int
    seq: int
    value: Any
    certainty: int | None = None

    @property
    def name(self) -> str:
        return f"{self.position}:{self.seq}"


@dataclass(frozen=True, slots=True)
class Aside:
    """What a save says besides answers, by position: flags, and for how long questions were looked at, in all (ms)."""

    flags: Mapping[int, bool] = field(default_factory=dict)
    active_ms: Mapping[int, int] = field(default_factory=dict)


def answers_save(attempt: Attempt, sent: Sequence[Sent], aside: Aside | None = None) -> dict[str, Fate]:
    """Keep answers and flags of a running attempt; what became of each, by "position:seq".

    kept: it is in the database, now or since an earlier sending. conflict: another value has that number, send again with a
    higher one. refused: the attempt or its section is over, or the question is closed. Raises `AnswersRefused` when one is no
    answer to its question; then nothing of the request is kept.
    """
    aside = aside or Aside()
    named = {one.position for one in sent} | {*aside.flags, *aside.active_ms}
    found = attempt.questions.filter(position__in=named).select_related("version")
    questions = {question.position: question for question in found}
    facts = _checked(attempt, questions, sent, aside)
    if not questions:
        return {}
    with transaction.atomic():
        attempt_lock(attempt)
        if sent:
            _insert(attempt, sent, facts)
        for statement, said in ((FLAG, aside.flags), (ACTIVE, aside.active_ms)):
            if said:
                _note(statement, attempt, said)
    return _fates(questions, sent)


def latest_answers(attempt: Attempt) -> dict[int, Answer]:
    """The answer that counts, by the id of its question: the one with the highest sequence number."""
    found = Answer.objects.filter(attempt_question__attempt=attempt).counting()
    return {answer.attempt_question_id: answer for answer in found}


def _checked(attempt: Attempt, questions: Mapping[int, AttemptQuestion], sent: Iterable[Sent], aside: Aside) -> dict[str, Any]:
    """What was found out about the runs that answers name, by the answer's name."""
    problems: dict[str, str] = {}
    facts: dict[str, Any] = {}
    for one in sent:
        try:
            facts[one.name] = _facts(attempt, questions.get(one.position), one)
        except AnswerError as error:
            problems[one.name] = str(error)
    aimed = {*aside.flags, *aside.active_ms}
    problems |= {f"{position}:flag": "There is no such question." for position in aimed if position not in questions}
    if problems:
        raise AnswersRefused(problems)
    return facts


def _facts(attempt: Attempt, question: AttemptQuestion | None, sent: Sent) -> Any:
    """Raises `AnswerError` where this is no answer to the question. A question that is not open yet does not exist."""
    if question is None or question.opened_at is None:
        raise AnswerError("There is no such question in this attempt.")
    if not 1 <= sent.seq <= MAX_SEQUENCE:
        raise AnswerError(f"Sequence numbers run from 1 to {MAX_SEQUENCE:,}.")
    posed = question.posed
    response = posed.response(sent.value)
    cited = None if response is None else posed.kind.run_cited(response)
    return None if cited is None else run_facts(attempt, question, response)


def _insert(attempt: Attempt, sent: Sequence[Sent], facts: Mapping[str, Any]) -> None:
    columns: list[list[Any]] = [
        [one.position for one in sent],
        [one.seq for one in sent],
        [json.dumps(one.value) for one in sent],
        [one.certainty for one in sent],
        [None if facts[one.name] is None else json.dumps(facts[one.name]) for one in sent],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*columns, attempt.pk])


def _note(statement: str, attempt: Attempt, said: Mapping[int, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(said), list(said.values()), attempt.pk])


def _fates(questions: Mapping[int, AttemptQuestion], sent: Sequence[Sent]) -> dict[str, Fate]:
    """Read back what is there: an acknowledgement rests on a row, not on a hope."""
    ids = {questions[one.position].pk for one in sent}
    rows = Answer.objects.filter(attempt_question_id__in=ids, client_seq__in={one.seq for one in sent}).order_by()
    found = rows.values_list("attempt_question_id", "client_seq", "value", "certainty")
    there = {(question_id, seq): (value, certainty) for question_id, seq, value, certainty in found}
    return {one.name: _fate(there, questions[one.position].pk, one) for one in sent}


def _fate(there: Mapping[tuple[int, int], tuple[Any, int | None]], question_id: int, sent: Sent) -> Fate:
    if (question_id, sent.seq) not in there:
        return "refused"
    return "kept" if there[question_id, sent.seq] == (sent.value, sent.certainty) else "conflict"
