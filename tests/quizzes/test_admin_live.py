"""The live view of a running exam: who is where, who is in trouble, at a fixed price, and for instructors alone."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Quiz
from quizzes.presence import seen
from quizzes.services.answers import Aside, Sent, answers_save
from quizzes.services.finish import attempt_submit
from quizzes.services.live import live
from quizzes.services.sections import section_open
from quizzes.services.start import attempt_start
from quizzes.services.time_grants import time_grant_once
from tests.quizzes.bank import let_time_pass, person, question, quiz

pytestmark = pytest.mark.django_db


def exam(**more: Any) -> Quiz:
    question("one"), question("two")
    return quiz(**{"sections": [{"questions": ["one", "two"]}]} | more)


def page(made: Quiz, more: str = "") -> str:
    return f"/admin/quizzes/quiz/{made.pk}/live/{more}"


def words(client: Client, made: Quiz, more: str = "?table=1") -> str:
    reply = client.get(page(made, more))
    assert reply.status_code == 200
    return " ".join(reply.content.decode().split())


def lost(attempt: Attempt) -> None:
    """Heard of two minutes ago."""
    seen(attempt, 2)
    key = f"quizzes:presence:{attempt.pk}"
    cache.set(key, {"question": 2, "at": time.time() - 120})


def test_trouble_is_on_top_and_the_counts_say_how_much() -> None:
    made = exam()
    here, gone, silent, done = (attempt_start(person(name), made) for name in ("here", "gone", "silent", "done"))
    seen(here, 1)
    lost(gone)
    let_time_pass(silent, 90)
    attempt_submit(done)
    attempt_start(person("teacher"), made, preview=True)
    found = live(made)
    assert [(row.attempt, row.standing) for row in found.rows] == [
        (gone, "lost"), (silent, "never"), (here, "there"), (done, "ended"),
    ]  # fmt: skip
    assert (found.counts["running"], found.trouble, found.blind) == (3, 2, False)


def test_a_row_says_where_somebody_is_what_is_answered_and_base_and_extra(instructor: Client) -> None:
    made = exam()
    attempt = attempt_start(person("ada"), made)
    answers_save(attempt, [Sent(1, 1, "1"), Sent(2, 1, "2"), Sent(2, 2, None)], Aside(flags={2: True}))
    seen(attempt, 2)
    time_grant_once([attempt], 5, reason="Alarm", by=None, seen=0)
    (row,) = live(made).rows
    assert (row.place, row.answered, row.asked, row.flagged, row.base_s, row.extra_s) == (2, 1, 2, 1, 600, 300)
    assert row.left_s == pytest.approx(900, abs=20)
    shown = words(instructor, made)
    assert "question 2" in shown
    assert "10 min + 5 min extra" in shown
    assert "1 of 2" in shown


def test_the_clock_of_an_interview_is_its_part_s_and_nobody_is_missed_between_two() -> None:
    parts = [{"title": "Sizing", "questions": ["one"], "time_limit_s": 60}, {"questions": ["two"], "time_limit_s": 120}]
    made = exam(mode="interview", sections=parts, time_limit_s=None)
    attempt = attempt_start(person(), made)
    let_time_pass(attempt, 500)
    assert live(made).rows[0].standing == "between"
    section_open(attempt, 1)
    (row,) = live(made).rows
    assert (row.part and row.part.title, row.parts, row.base_s) == ("Sizing", 2, 60)
    assert row.left_s == pytest.approx(60, abs=20)
    let_time_pass(attempt, 100)
    assert live(made).rows[0].standing == "overdue"


def test_little_time_and_much_to_do_comes_first_among_those_who_are_here() -> None:
    made = exam()
    calm, short = attempt_start(person("a-calm"), made), attempt_start(person("b-short"), made)
    seen(calm, 1)
    seen(short, 1)
    let_time_pass(short, 400)
    assert [row.attempt for row in live(made).rows] == [short, calm]
    assert live(made).counts["short"] == 1


def test_without_the_cache_nobody_is_called_lost(instructor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exam()
    attempt = attempt_start(person(), made)
    let_time_pass(attempt, 120)
    monkeypatch.setattr("quizzes.presence.cache.get_many", lambda *_: {})
    shown = words(instructor, made)
    assert "The cache is away: nobody can be seen." in shown
    assert "cannot be seen" in shown
    assert "never seen</span>" not in shown


def test_many_people_cost_as_many_queries_as_one(instructor: Client, django_assert_num_queries: Any) -> None:
    made = exam()
    attempt_start(person("first"), made)
    words(instructor, made)
    with django_assert_num_queries(10):
        words(instructor, made)
    for number in range(5):
        attempt_start(User.objects.create(username=f"p{number}", email=f"p{number}@example.org"), made)
    with django_assert_num_queries(10):
        assert words(instructor, made).count("<tr id=") == 6


def test_the_page_says_when_nobody_is_there_and_is_for_instructors(instructor: Client) -> None:
    made = exam(published=False)
    assert "Nobody is taking it now" in words(instructor, made, "")
    assert "The quiz is not published" in words(instructor, made, "")
    learner = Client()
    learner.force_login(person("learner"))
    assert learner.get(page(made)).status_code == 302
    assert instructor.post(page(made)).status_code == 405
    assert instructor.get("/admin/quizzes/quiz/0/live/").status_code == 404
