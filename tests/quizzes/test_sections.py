"""Interviews go part by part, one-way quizzes question by question; the server keeps both, whatever the page asks for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from quizzes.errors import AnswersRefused, AttemptClosed
from quizzes.models import Answer, Attempt, AttemptSection
from quizzes.services.answers import Sent, answers_save
from quizzes.services.extra_time import time_grant
from quizzes.services.finish import attempt_expire_if_overdue, attempt_submit
from quizzes.services.sections import question_leave, section_end, section_open
from quizzes.services.start import attempt_start
from quizzes.tasks import expire_overdue_attempts
from tests.quizzes.bank import let_time_pass, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db

PARTS = [
    {"title": "First", "questions": ["one", "two"], "time_limit_s": 60, "intro": "Read calmly."},
    {"title": "Second", "questions": ["three"], "time_limit_s": 120},
]


def interview(**more: Any) -> Attempt:
    for slug in ("one", "two", "three"):
        question(slug)
    rules = {"mode": "interview", "sections": PARTS, "time_limit_s": None} | more
    return attempt_start(person(), quiz(**rules))


def page(attempt: Attempt) -> str:
    client = Client()
    client.force_login(attempt.user)
    return client.get(f"/attempts/{attempt.uuid}/").content.decode()


def test_before_a_part_is_opened_nothing_of_it_is_told_and_nothing_is_taken() -> None:
    attempt = interview()
    html = page(attempt)
    assert "Part 1 of 2" in html
    assert "Read calmly." in html
    assert "Stem of" not in html
    with pytest.raises(AnswersRefused, match="no such question"):
        answers_save(attempt, [Sent(1, 1, "1")])
    assert Answer.objects.count() == 0


def test_an_open_part_shows_its_questions_alone() -> None:
    attempt = interview()
    section_open(attempt, 1)
    html = page(attempt)
    assert "Stem of one" in html
    assert "Stem of two" in html
    assert "Stem of three" not in html
    assert answers_save(attempt, [Sent(1, 1, "1")]) == {"1:1": "kept"}


def test_the_next_part_ends_the_one_before() -> None:
    attempt = interview()
    section_open(attempt, 1)
    section_open(attempt, 2)
    assert answers_save(attempt, [Sent(1, 1, "1"), Sent(3, 1, "1")]) == {"1:1": "refused", "3:1": "kept"}
    assert "Stem of one" not in page(attempt)


def test_parts_are_opened_in_their_order_and_once() -> None:
    attempt = interview()
    with pytest.raises(AttemptClosed, match="one after the other"):
        section_open(attempt, 2)
    section_open(attempt, 1)
    opened = attempt.sections.get(position=1).opened_at
    section_open(attempt, 1)
    assert attempt.sections.get(position=1).opened_at == opened


def test_the_database_lets_one_part_be_open() -> None:
    attempt = interview()
    section_open(attempt, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        AttemptSection.objects.filter(attempt=attempt).update(opened_at=attempt.started_at)


def test_a_part_past_its_time_takes_nothing_and_the_next_one_waits() -> None:
    attempt = interview()
    section_open(attempt, 1)
    let_time_pass(attempt, 75)
    assert answers_save(attempt, [Sent(1, 1, "1")]) == {"1:1": "refused"}
    assert not attempt_expire_if_overdue(attempt)
    assert "Part 2 of 2" in page(attempt)
    section_open(attempt, 2)
    assert answers_save(attempt, [Sent(3, 1, "1")]) == {"3:1": "kept"}


def test_when_the_last_part_is_past_its_time_the_attempt_is_graded_by_what_arrived() -> None:
    attempt = interview()
    section_open(attempt, 1)
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    section_end(attempt, 1)
    section_open(attempt, 2)
    let_time_pass(attempt, 200)
    assert expire_overdue_attempts() == 1
    attempt.refresh_from_db()
    assert attempt.status == "expired"
    last = attempt.sections.get(position=2)
    assert last.closed_at == last.deadline_at  # not when somebody noticed
    assert attempt.score == pytest.approx(1 / 3)


def test_a_part_never_lasts_longer_than_the_quiz() -> None:
    attempt = interview(time_limit_s=200)
    let_time_pass(attempt, 100)
    section_open(attempt, 1)
    let_time_pass(attempt, 30)
    section_open(attempt, 2)
    assert attempt.sections.get(position=2).due_at == attempt.due_at


def test_handing_in_early_leaves_the_rest_unanswered() -> None:
    attempt = interview()
    section_open(attempt, 1)
    assert attempt_submit(attempt)
    assert (attempt.status, attempt.score) == ("submitted", 0.0)
    assert not attempt.sections.filter(opened_at__isnull=False, closed_at__isnull=True).exists()


def test_without_a_way_back_one_question_is_open_at_a_time() -> None:
    attempt = interview(one_way=True)
    section_open(attempt, 1)
    client = Client()
    client.force_login(attempt.user)
    assert "Stem of two" not in page(attempt)
    with pytest.raises(AnswersRefused, match="no such question"):
        answers_save(attempt, [Sent(2, 1, "1")])
    for _ in range(2):  # pressed twice
        client.post(f"/attempts/{attempt.uuid}/questions/1/leave/")
    html = page(attempt)
    assert "Stem of one" not in html
    assert "Stem of two" in html
    assert answers_save(attempt, [Sent(1, 1, "1"), Sent(2, 1, "1")]) == {"1:1": "refused", "2:1": "kept"}


def test_no_way_back_through_an_exam_of_several_parts() -> None:
    attempt = interview(mode="exam", one_way=True, sections=[{"questions": ["one"]}, {"questions": ["two", "three"]}])
    client = Client()
    client.force_login(attempt.user)
    for position in (1, 2):
        client.post(f"/attempts/{attempt.uuid}/questions/{position}/leave/")
    html = page(attempt)
    assert "Stem of three" in html
    assert "Hand in…" in html


def test_an_abandoned_attempt_is_used_up_and_not_graded() -> None:
    attempt = interview(mode="exam", sections=[{"questions": ["one"]}], time_limit_s=60, on_expiry="abandon")
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    let_time_pass(attempt, 75)
    assert expire_overdue_attempts() == 1
    attempt.refresh_from_db()
    assert (attempt.status, attempt.score, attempt.number) == ("abandoned", None, 1)
    assert "abandoned" in page(attempt)


def test_a_part_whose_questions_are_all_left_can_only_be_ended() -> None:
    attempt = interview(one_way=True)
    section_open(attempt, 1)
    for position in (1, 2):
        question_leave(attempt, position)
    html = page(attempt)
    assert "Stem of" not in html
    assert "are behind you" in html
    assert f"/attempts/{attempt.uuid}/sections/1/end/" in html
    assert f"/attempts/{attempt.uuid}/submit/" not in html


def test_handing_in_after_the_last_parts_time_wins_nothing() -> None:
    attempt = interview(on_expiry="abandon", sections=PARTS[:1])
    section_open(attempt, 1)
    let_time_pass(attempt, 75)
    assert not attempt_submit(attempt)
    assert (attempt.status, attempt.score) == ("abandoned", None)


def test_a_part_opened_while_time_was_granted_has_it() -> None:
    attempt = interview(time_limit_s=200)
    let_time_pass(attempt, 150)
    time_grant([attempt], 1)
    section_open(attempt, 1)  # `attempt` is as it was read before the grant
    opened = attempt.sections.get(position=1)
    assert opened.due_at
    assert opened.opened_at
    assert opened.due_at - opened.opened_at == timedelta(seconds=60)


def test_past_the_deadline_nothing_goes_forward() -> None:
    attempt = interview(time_limit_s=200, one_way=True)
    section_open(attempt, 1)
    let_time_pass(attempt, 300)
    for step in (section_open, section_end, question_leave):
        with pytest.raises(AttemptClosed, match="over"):
            step(attempt, 1)


def test_only_where_there_is_no_way_back_a_question_is_left_and_only_in_the_open_part() -> None:
    attempt = interview()
    section_open(attempt, 1)
    with pytest.raises(AttemptClosed, match="back and forth"):
        question_leave(attempt, 1)
    Attempt.objects.update(one_way=True)
    attempt.refresh_from_db()
    section_end(attempt, 1)
    attempt.questions.filter(position=1).update(closed_at=None)  # as if the end had missed it
    question_leave(attempt, 1)
    assert attempt.questions.filter(opened_at__isnull=False, closed_at__isnull=True).count() == 1
