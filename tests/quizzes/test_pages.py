"""Pages around the attempt: list, introduction, start, review by policy, visitors."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from courses.models import Course, Lesson, Module
from quizzes.models import Attempt, Quiz
from quizzes.services.bank import Content, question_save
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, SINGLE, bank, person, question, quiz, started

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    reply = client.get(path)
    assert reply.status_code == 200
    return str(reply.content.decode())


def test_a_visitor_is_invited_to_sign_in_and_comes_back(client: Client) -> None:
    bank()
    quiz()
    assert "/accounts/login/?next=/quizzes/breakers/" in page(client, "/quizzes/breakers/")
    assert "Breakers" in page(client, "/quizzes/")
    reply = client.post("/quizzes/breakers/start/")
    assert reply.status_code == 302
    assert reply["Location"].startswith("/accounts/login/")
    assert not Attempt.objects.exists()


def test_a_second_start_resumes(client: Client) -> None:
    attempt = started()
    client.force_login(attempt.user)
    assert "Resume" in page(client, "/quizzes/")
    assert f"/attempts/{attempt.uuid}/" in page(client, "/quizzes/breakers/")
    reply = client.post("/quizzes/breakers/start/")
    assert reply["Location"] == f"/attempts/{attempt.uuid}/"
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens_at": timedelta(hours=1)}, "opens on"),
        ({"closes_at": timedelta(hours=-1)}, "closed"),
        ({"sections": [{"pick": 99, "tags": ["breakers"]}]}, "cannot be drawn"),
    ],
)
def test_a_start_that_cannot_be_says_why(client: Client, fields: dict[str, Any], words: str) -> None:
    bank()
    now = timezone.now()
    values: dict[str, Any] = {n: now + value if isinstance(value, timedelta) else value for n, value in fields.items()}
    quiz(**values)
    client.force_login(person())
    reply = client.post("/quizzes/breakers/start/", follow=True)
    assert words in reply.content.decode()
    assert not Attempt.objects.exists()


def test_an_unpublished_quiz_does_not_exist(client: Client) -> None:
    bank()
    quiz(published=False)
    client.force_login(person())
    assert client.get("/quizzes/breakers/").status_code == 404
    assert client.post("/quizzes/breakers/start/").status_code == 404


def test_the_closing_time_shortens_the_limit() -> None:
    bank()
    closes = timezone.now() + timedelta(seconds=90)
    attempt = attempt_start(person(), quiz(closes_at=closes))
    assert attempt.due_at == closes


def test_a_draw_is_frozen_when_questions_and_rules_change(client: Client) -> None:
    attempt = started()
    client.force_login(attempt.user)
    before = page(client, f"/attempts/{attempt.uuid}/")
    drawn = attempt.questions.get(position=1).version
    question_save(drawn.question, Content(kind="single-choice", stem="A new wording", definition=SINGLE))
    Quiz.objects.update(sections=[{"questions": ["numeric"]}], time_limit_s=60, attempts_allowed=1)
    after = page(client, f"/attempts/{attempt.uuid}/")
    assert "Stem of single-choice?" in after
    assert "A new wording" not in after
    assert before.count("data-question=") == after.count("data-question=")
    attempt.refresh_from_db()
    assert attempt.attempt_limit == 2


def test_inline_questions_are_not_drawn_from_the_bank() -> None:
    for number in range(3):
        question(f"bank-{number}")
        question(f"inline-{number}", inline_allowed=True)
    attempt = attempt_start(person(), quiz(sections=[{"pick": 3, "tags": ["breakers"]}]))
    slugs = attempt.questions.values_list("version__question__slug", flat=True)
    assert set(slugs) == {"bank-0", "bank-1", "bank-2"}


KEY, FEEDBACK, MARKS = "Right answer", f"{SECRET} explanation", "Points"


@pytest.mark.parametrize(
    ("policy", "shown", "hidden"),
    [
        ({}, [KEY, FEEDBACK, MARKS], []),
        ({"right_answer": "attempts-used", "feedback": "attempts-used"}, [MARKS], [KEY, SECRET]),
        ({"marks": "closed", "correctness": "never", "right_answer": "never", "feedback": "never"}, [], [KEY, SECRET, MARKS]),
    ],
)
def test_the_review_shows_what_the_policy_opens(client: Client, policy: Any, shown: list[str], hidden: list[str]) -> None:
    attempt = started(review=policy)
    attempt_submit(attempt)
    client.force_login(attempt.user)
    source = page(client, f"/attempts/{attempt.uuid}/")
    assert all(words in source for words in shown)
    assert not any(words in source for words in hidden)


def test_answers_open_when_all_attempts_are_used(client: Client) -> None:
    first = started(review={"right_answer": "attempts-used", "feedback": "attempts-used"})
    attempt_submit(first)
    second = attempt_start(first.user, first.quiz)
    client.force_login(first.user)
    assert SECRET not in page(client, f"/attempts/{first.uuid}/")
    attempt_submit(second)
    assert SECRET in page(client, f"/attempts/{first.uuid}/")


def test_handing_in_twice_leads_to_the_review(client: Client) -> None:
    attempt = started()
    client.force_login(attempt.user)
    for _ in range(2):
        assert client.post(f"/attempts/{attempt.uuid}/submit/", follow=True).status_code == 200
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SUBMITTED


@pytest.mark.parametrize(
    ("review", "words"),
    [
        ({}, "You see your score and the right answers after handing in."),
        ({"marks": "never"}, "Your score: not shown. The right answers: after handing in."),
        ({"right_answer": "closed"}, "Your score: after handing in. The right answers: when the quiz has closed."),
        ({"marks": "never", "right_answer": "never"}, "Results are not shown here."),
    ],
)  # fmt: skip
def test_the_rules_promise_what_the_review_will_show(client: Client, review: dict[str, str], words: str) -> None:
    question("one")
    quiz(sections=[{"questions": ["one"]}], review=review)
    assert words in client.get("/quizzes/breakers/").content.decode()


def test_the_rules_of_an_interview_name_each_parts_time(client: Client) -> None:
    question("one"), question("two")
    parts = [{"title": "First", "questions": ["one"], "time_limit_s": 60}, {"questions": ["two"]}]
    quiz(mode="interview", time_limit_s=None, sections=parts)
    html = " ".join(strip_tags(client.get("/quizzes/breakers/").content.decode()).split())
    assert "First: 1 min, Part 2: no limit." in html
    assert "No time limit for the whole." in html


def test_quizzes_stand_by_module_and_each_once(client: Client) -> None:
    course = Course.objects.create(slug="c", title="C")
    module = Module.objects.create(course=course, slug="scale", title="Scale", position=1, quiz="timed")
    Lesson.objects.create(slug="pools", module=module, position=1, title="Pools", summary="s", body="b", quiz="pools-check")
    for slug in ("timed", "pools-check", "alone"):
        quiz(slug)
    found = {shelf.slug: [each.quiz.slug for each in shelf.standings] for shelf in client.get("/quizzes/").context["shelves"]}
    assert found == {"module-scale": ["pools-check", "timed"], "more": ["alone"]}
    assert "Scale" in page(client, "/quizzes/")
