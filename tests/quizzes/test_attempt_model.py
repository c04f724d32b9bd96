"""The attempt against a model of it: any order of starting, answering, resending, waiting, handing in and sweeping."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from quizzes.errors import StartRefused
from quizzes.models import Answer, Attempt, Grade
from quizzes.services.answers import Sent, answers_save
from quizzes.services.extra_time import time_grant
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from quizzes.tasks import expire_overdue_attempts
from tests.quizzes.bank import FOUR, bank, let_time_pass, person, quiz, right_answer

LIMIT_S, GRACE_S, ALLOWED = 100, 10, 2
GRANT_MINUTES = 7
STEPS_S = st.sampled_from([7, 21, 49, 77])  # sevens: no sum comes within two seconds of limit + grace, nor with 7 minutes more


class AttemptModel(RuleBasedStateMachine):
    """`answers` is what must be in the database, `elapsed_s` the age of the newest attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        self.person = person()
        self.quiz = quiz(time_limit_s=LIMIT_S, grace_s=GRACE_S, attempts_allowed=ALLOWED, sections=FOUR)
        self.attempt: Attempt | None = None
        self.status = ""
        self.used = 0
        self.elapsed_s = self.extra_s = 0
        self.answers: dict[int, Any] = {}
        self.right = ""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @property
    def in_time(self) -> bool:
        return self.elapsed_s <= LIMIT_S + GRACE_S + self.extra_s

    def end_if_overdue(self) -> None:
        if self.status == "in_progress" and not self.in_time:
            self.status = "expired"

    @rule()
    def start(self) -> None:
        self.end_if_overdue()
        if self.status == "in_progress":
            assert attempt_start(self.person, self.quiz) == self.attempt
        elif self.used == ALLOWED:
            with pytest.raises(StartRefused):
                attempt_start(self.person, self.quiz)
        else:
            self.attempt = attempt_start(self.person, self.quiz)
            self.used += 1
            self.status, self.elapsed_s, self.extra_s, self.answers = "in_progress", 0, 0, {}
            self.right = right_answer(self.attempt, 1)
            assert self.attempt.number == self.used

    @precondition(lambda self: self.attempt is not None)
    @rule(seq=st.integers(1, 4), value=st.sampled_from(["1", "2", "3", None]))
    def save(self, seq: int, value: Any) -> None:
        assert self.attempt is not None
        fates = answers_save(self.attempt, [Sent(1, seq, value)])
        if seq in self.answers:
            expected = "kept" if self.answers[seq] == value else "conflict"
        elif self.status == "in_progress" and self.in_time:
            expected = "kept"
            self.answers[seq] = value
        else:
            expected = "refused"
        assert fates == {f"1:{seq}": expected}

    @precondition(lambda self: self.attempt is not None)
    @rule(seconds=STEPS_S)
    def wait(self, seconds: int) -> None:
        assert self.attempt is not None
        let_time_pass(self.attempt, seconds)
        self.elapsed_s += seconds

    @precondition(lambda self: self.attempt is not None)
    @rule()
    def hand_in(self) -> None:
        assert self.attempt is not None
        done = attempt_submit(Attempt.objects.get(pk=self.attempt.pk))
        assert done is (self.status == "in_progress" and self.in_time)
        self.end_if_overdue()
        if done:
            self.status = "submitted"

    @precondition(lambda self: self.attempt is not None)
    @rule()
    def give_time(self) -> None:
        assert self.attempt is not None
        alive = self.status == "in_progress" and self.in_time
        assert len(time_grant([self.attempt], GRANT_MINUTES)) == int(alive)
        if alive:
            self.extra_s += 60 * GRANT_MINUTES

    @rule()
    def sweep(self) -> None:
        overdue = self.status == "in_progress" and not self.in_time
        assert expire_overdue_attempts() == int(overdue)
        self.end_if_overdue()

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        if self.attempt is None:
            assert not Attempt.objects.exists()
            return
        row = Attempt.objects.get(pk=self.attempt.pk)
        rows = Answer.objects.filter(attempt_question__attempt=row)
        assert row.status == self.status
        assert {answer.client_seq: answer.value for answer in rows} == self.answers
        assert Attempt.objects.filter(status="in_progress").count() <= 1
        assert Attempt.objects.count() == self.used

    @invariant()
    def an_attempt_is_graded_once_when_it_is_over(self) -> None:
        if self.attempt is None:
            return
        row = Attempt.objects.get(pk=self.attempt.pk)
        grades = Grade.objects.filter(attempt_question__attempt=row).count()
        if row.running:
            assert (row.score, grades) == (None, 0)
        else:
            latest = self.answers[max(self.answers)] if self.answers else None
            assert (row.score, grades) == (0.25 if latest == self.right else 0.0, 4)


@pytest.mark.slow
@pytest.mark.django_db
def test_no_order_of_events_parts_the_attempt_from_its_model() -> None:
    bank()  # once for all orders: no event changes a question
    run_state_machine_as_test(
        AttemptModel,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        ),
    )
