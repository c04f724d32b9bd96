"""The pages of results in the admin, as instructors and others meet them."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from quizzes.models import Attempt, Question, Quiz
from quizzes.permissions import INSTRUCTOR_PERMISSIONS
from quizzes.services.bank import Content, question_save
from tests.quizzes.analysis.crowd import RIGHT, crowd, exam, someone
from tests.quizzes.analysis.test_reader import ROWS
from tests.quizzes.bank import DEFINITIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def instructor(client: Client) -> Client:
    user = someone("instructor")
    user.is_staff = True
    user.save()
    names = [name.removeprefix("quizzes.") for name in INSTRUCTOR_PERMISSIONS]
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="quizzes", codename__in=names))
    client.force_login(user)
    return client


def text_of(reply: Any) -> str:
    assert reply.status_code == 200, reply
    return " ".join(reply.content.decode().split())


def results(quiz: Quiz, more: str = "") -> str:
    return f"/admin/quizzes/quiz/{quiz.pk}/results/{more}"


def test_the_page_says_what_the_quiz_and_its_questions_do(instructor: Client) -> None:
    made = exam()
    crowd(made, ROWS)
    page = text_of(instructor.get(results(made)))
    for words in (
        "32 attempts",
        "71 %",
        "20 of 32",
        "KR-20",
        "an option nobody picks",
        "very good",
        "Nobody of 32 chose “Waits”",
    ):
        assert words in page, words
    up = [line.version.question.slug for _, line in instructor.get(results(made, "?o=-facility")).context["lines"]]
    assert up[0] == "numeric"
    assert 'aria-sort="descending"' in instructor.get(results(made, "?o=-facility")).content.decode()
    assert text_of(instructor.get(results(made, "?o=nonsense&attempts=best")))


def test_a_small_class_and_an_empty_quiz_are_told_in_words(instructor: Client) -> None:
    made = exam()
    assert "Nobody has taken it yet" in text_of(instructor.get(results(made)))
    crowd(made, [RIGHT] * 7)
    page = text_of(instructor.get(results(made)))
    assert "too few: 7 of at least 10" in page
    assert "too few: 7 of at least 30" in page
    assert "No attempt fits" in text_of(instructor.get(results(made, "?since=2199-01-01")))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2026-05-02&until=2026-05-01", "exchange the two"),
        ("since=yesterday", "Enter a valid date"),
        ("revision=77", "Select a valid choice"),
        ("attempts=none", "Select a valid choice"),
    ],
)
def test_a_filter_that_makes_no_sense_is_said(instructor: Client, query: str, words: str) -> None:
    made = exam()
    crowd(made, [RIGHT])
    assert words in text_of(instructor.get(results(made, f"?{query}")))


def test_a_question_has_a_page_in_its_quiz_and_one_of_its_own(instructor: Client) -> None:
    made = exam()
    crowd(made, ROWS)
    asked = Question.objects.get(slug="single-choice")
    page = text_of(instructor.get(results(made, f"{asked.pk}/")))
    assert "nobody picks it" in page
    assert "No answer" in page
    question_save(asked, Content(kind="single-choice", stem="Anew?", definition=DEFINITIONS["single-choice"]))
    page = text_of(instructor.get(f"/admin/quizzes/question/{asked.pk}/record/"))
    for words in (
        "Version 2",
        "<b>Stem</b>: <del>Stem of single-choice?</del> → <ins>Anew?</ins>",
        "No exam has asked this version",
        "listed by name",
        "Breakers",
    ):
        assert words in page, words
    assert "Not asked" in text_of(
        instructor.get(results(made, "?revision=&since=2199-01-01").replace("results/", f"results/{asked.pk}/"))
    )


def test_open_answers_are_shown_as_they_were_given(instructor: Client) -> None:
    made = exam()
    crowd(made, [("right-one", "17 <b>", "true"), ("right-one", "17", "true")])
    numeric = Question.objects.get(slug="numeric")
    page = text_of(instructor.get(results(made, f"{numeric.pk}/")))
    assert "17 requests" in page
    assert "<b>" not in page.split('class="items options"')[1].split("</table>")[0]


def test_files_hold_the_attempts_that_the_page_counts_or_those_selected(instructor: Client) -> None:
    made = exam()
    first, second = crowd(made, [RIGHT, RIGHT])
    Attempt.objects.filter(pk=second.pk).update(status="abandoned", score=None)

    def lines(reply: Any) -> list[dict[str, str]]:
        assert reply.streaming
        assert "no-store" in reply["Cache-Control"]
        return list(csv.DictReader(StringIO(b"".join(reply.streaming_content).decode("utf-8-sig"))))

    assert [row["attempt"] for row in lines(instructor.get(results(made, "csv/")))] == [str(first.uuid)]
    assert len(lines(instructor.get(results(made, "csv/?all=yes&excel=yes")))) == 2
    assert len(lines(instructor.get(results(made, "csv/?layout=answers")))) == 3
    selected = {"action": "csv_attempts", "_selected_action": [second.pk]}
    assert [row["attempt"] for row in lines(instructor.post("/admin/quizzes/attempt/", selected))] == [str(second.uuid)]
    quizzes = {"action": "csv_answers", "_selected_action": [made.pk]}
    assert len(lines(instructor.post("/admin/quizzes/quiz/", quizzes))) == 6


def test_who_may_not_look_at_attempts_sees_no_results(instructor: Client, client: Client) -> None:
    made = exam()
    crowd(made, [RIGHT])
    question = Question.objects.get(slug="numeric")
    pages = [
        results(made),
        results(made, "csv/"),
        results(made, f"{question.pk}/"),
        f"/admin/quizzes/question/{question.pk}/record/",
    ]
    assert {instructor.get(page).status_code for page in pages} == {200}
    assert {instructor.post(page).status_code for page in pages} == {405}
    nonsense = [
        results(made, "999999999999999999999/"),
        "/admin/quizzes/quiz/abc/results/",
        "/admin/quizzes/quiz/99999999999999999999/results/csv/",
    ]
    assert {instructor.get(page).status_code for page in nonsense} == {404}
    Permission.objects.get(codename="view_attempt").user_set.clear()
    assert {instructor.get(page).status_code for page in pages} == {403}
    assert "csv_attempts" not in instructor.get("/admin/quizzes/quiz/").content.decode()
    client.force_login(someone("learner"))
    assert {client.get(page).status_code for page in pages} == {302}
