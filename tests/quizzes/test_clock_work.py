"""Attempts end by themselves, although nobody looks."""

import time

import pytest

from quizzes.models import Attempt
from quizzes.services.answers import Sent, answers_save
from quizzes.tasks import expire_attempt, expire_overdue_attempts
from tests.quizzes.bank import FOUR, let_time_pass, right_answer, started
from tests.site import Child


@pytest.mark.django_db
def test_the_sweep_ends_what_is_overdue_and_grades_what_arrived() -> None:
    attempt = started(sections=FOUR)
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1)), Sent(3, 1, right_answer(attempt, 3))])
    let_time_pass(attempt, 609)
    assert expire_overdue_attempts() == 0
    let_time_pass(attempt, 2)
    assert expire_overdue_attempts() == 1
    attempt.refresh_from_db()
    assert (attempt.status, attempt.score) == (Attempt.Status.EXPIRED, 0.5)
    assert attempt.submitted_at == attempt.deadline_at
    assert expire_overdue_attempts() == 0


@pytest.mark.django_db
def test_the_timer_of_one_attempt_may_ring_early_twice_or_for_nothing() -> None:
    attempt = started()
    assert not expire_attempt(attempt.pk)
    let_time_pass(attempt, 700)
    assert expire_attempt(attempt.pk)
    assert not expire_attempt(attempt.pk)
    assert not expire_attempt(attempt.pk + 1)


@pytest.mark.django_db
def test_without_a_limit_nothing_ends_by_itself() -> None:
    attempt = started(time_limit_s=None)
    assert attempt.deadline_at is None
    assert expire_overdue_attempts() == 0
    assert not expire_attempt(attempt.pk)
    assert answers_save(attempt, [Sent(1, 1, "1")]) == {"1:1": "kept"}


@pytest.mark.slow
def test_a_worker_ends_an_attempt_at_its_deadline(worker: Child) -> None:
    attempt = started(sections=FOUR, time_limit_s=10, grace_s=0)
    let_time_pass(attempt, 8.9)  # the timer was set for the true deadline; what is left of it is the sweep's
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    deadline = time.monotonic() + 30
    while Attempt.objects.get().running and time.monotonic() < deadline:
        time.sleep(0.2)
    ended = Attempt.objects.get()
    assert (ended.status, ended.score) == (Attempt.Status.EXPIRED, 0.25)
