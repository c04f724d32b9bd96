"""An attempt's page in the admin: its parts and clocks, answers, tries, grades and extra time; lists without previews."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Question
from quizzes.services.answers import Aside, Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.checks import answer_check, hint_show
from quizzes.services.finish import attempt_submit
from quizzes.services.regrading import regrade_apply
from quizzes.services.sections import section_open
from quizzes.services.start import attempt_start
from quizzes.services.time_grants import time_grant_once
from tests.quizzes.bank import ESSAY, SINGLE, let_time_pass, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db


def words(client: Client, attempt: Attempt) -> str:
    reply = client.get(f"/admin/quizzes/attempt/{attempt.pk}/change/")
    assert reply.status_code == 200
    return " ".join(reply.content.decode().split())


def one(**more: Any) -> Attempt:
    question("one", hints=("Think.",))
    return attempt_start(person("ada"), quiz(**{"sections": [{"questions": ["one"]}]} | more))


def test_parts_show_their_clocks_and_the_minutes_that_were_given(instructor: Client) -> None:
    question("two")
    parts = [{"title": "Sizing", "questions": ["one"], "time_limit_s": 600}, {"questions": ["two"], "time_limit_s": 120}]
    attempt = one(mode="interview", sections=parts, time_limit_s=None)
    section_open(attempt, 1)
    time_grant_once([attempt], 5, reason="Fire alarm", by=None, seen=0)
    shown = words(instructor, attempt)
    assert "Sizing" in shown
    assert "open now; 10 min + 5 min extra" in shown
    assert "Not opened; 2 min." in shown
    assert "Fire alarm" in shown


def test_tries_hints_certainty_and_time_are_there(instructor: Client) -> None:
    attempt = one(mode="practice", certainty=True)
    let_time_pass(attempt, 60)
    wrong = attempt.questions.get().frozen["order"].index("wrong-one") + 1
    answers_save(attempt, [Sent(1, 1, str(wrong), 3)], Aside(active_ms={1: 42_000}))
    answer_check(attempt, 1, 1)
    hint_show(attempt, 1, 1)
    answers_save(attempt, [Sent(1, 2, right_answer(attempt, 1), 2)])
    answer_check(attempt, 1, 2)
    shown = words(instructor, attempt)
    for said in ("2 tries, 1 hint", "Retries: 0 %", "Fails fast: 100 %, after 1 hint", "2 of 3", "42 s"):
        assert said in shown, said


def test_grades_show_their_history_and_long_texts_are_folded(instructor: Client) -> None:
    attempt = one(sections=[{"questions": ["one"]}])
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    attempt_submit(attempt)
    changed = Content(kind="single-choice", stem="Another?", definition=SINGLE)
    regrade_apply(question_save(Question.objects.get(), changed), reason="A clearer stem", by=None)
    shown = words(instructor, attempt)
    assert "by the key of version 2: A clearer stem" in shown
    assert "by the key of version 1" in shown
    question("essay", "essay", ESSAY)
    essay = attempt_start(person("writer"), quiz("texts", sections=[{"questions": ["essay"]}]))
    answers_save(essay, [Sent(1, 1, "many words of it " * 60)])
    attempt_submit(essay)
    shown = words(instructor, essay)
    assert "<summary>240 words: many words" in shown
    assert f'href="/admin/quizzes/essayanswer/{essay.questions.get().pk}/change/">needs grading' in shown


def test_the_list_leaves_previews_out_until_they_are_asked_for(instructor: Client) -> None:
    attempt = one()
    preview = attempt_start(User.objects.get(username="instructor"), attempt.quiz, preview=True)

    def listed(query: str) -> set[int]:
        return {row.pk for row in instructor.get(f"/admin/quizzes/attempt/{query}").context["cl"].result_list}

    assert listed("") == {attempt.pk}
    assert listed("?preview=only") == {preview.pk}
    assert listed("?preview=all") == {attempt.pk, preview.pk}
    assert listed("?mode__exact=practice") == set()
    assert listed("?needs_grading__exact=0&status__exact=in_progress") == {attempt.pk}


def test_a_page_costs_as_much_for_many_questions_as_for_one(instructor: Client, django_assert_max_num_queries: Any) -> None:
    slugs = [f"q{number}" for number in range(6)]
    for slug in slugs:
        question(slug)
    attempt = attempt_start(person(), quiz(sections=[{"questions": slugs}]))
    answers_save(attempt, [Sent(place, 1, "1") for place in range(1, 7)])
    words(instructor, attempt)
    with django_assert_max_num_queries(16):
        words(instructor, attempt)
