"""Drawn numbers and blanks on the pages that show a question: attempt, review, a lesson's check, the admin's preview."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from quizzes.inline import inline_questions
from quizzes.models import Attempt, Question
from quizzes.services.answers import Sent, answers_save
from quizzes.services.finish import attempt_submit
from quizzes.services.inline import inline_check
from quizzes.services.start import attempt_start
from tests.quizzes.bank import DEFINITIONS, person, question, quiz, right_answer
from tests.quizzes.test_admin import form

pytestmark = pytest.mark.django_db
WORDS: dict[str, Any] = {"explanation": "Because {calls} in {= seconds * 1000} ms. See [[words]]."}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


def begun(kind: str) -> Attempt:
    question(kind, kind, **WORDS)
    return attempt_start(person(), quiz(sections=[{"questions": [kind]}]))


def told(number: float) -> str:
    return f"{number:,g}" if number >= 10_000 else f"{number:g}"


def page(client: Client, attempt: Attempt) -> str:
    client.force_login(attempt.user)
    return client.get(f"/attempts/{attempt.uuid}/").content.decode()


def test_each_attempt_reads_its_own_numbers_before_and_after(client: Client) -> None:
    attempt = begun("calculated")
    values = attempt.questions.get().frozen["values"]
    stem = f"{values['calls']:g} calls in {values['seconds']:g}\N{NO-BREAK SPACE}s?"
    running = page(client, attempt)
    assert stem in running
    assert "{calls}" not in running
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    attempt_submit(attempt)
    review = page(client, attempt)
    assert stem in review
    assert f"Because {values['calls']:g} in {told(values['seconds'] * 1000)}\N{NO-BREAK SPACE}ms" in review
    assert attempt.questions.get().grade.score == 1.0  # type: ignore[union-attr]


def test_a_near_miss_speaks_of_the_numbers_of_its_attempt(client: Client) -> None:
    attempt = begun("calculated")
    calls = attempt.questions.get().frozen["values"]["calls"]
    answers_save(attempt, [Sent(1, 1, f"{calls:g}")])
    attempt_submit(attempt)
    assert f"SECRET-NEVER-BEFORE-SUBMISSION {calls:g}</p>" in page(client, attempt)


def test_blanks_stand_in_the_stem_and_what_was_put_in_stands_in_the_review(client: Client) -> None:
    attempt = begun("cloze")
    running = page(client, attempt)
    assert running.count('data-field="') == 3
    assert "[[" not in running
    assert "Stem of" not in running
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1) | {"1": "<i>elsewhere</i>"})])
    attempt_submit(attempt)
    review = page(client, attempt)
    assert "&lt;i&gt;elsewhere&lt;/i&gt;" in review
    assert attempt.questions.get().grade.score == 0.5  # type: ignore[union-attr]


def test_a_lesson_draws_numbers_once_for_everybody(client: Client) -> None:
    question("drawn", "calculated", inline_allowed=True, **WORDS)
    check = inline_check("drawn")
    assert check is not None
    values = check.posed.frozen["values"]
    assert f"{values['calls']:g} calls in {values['seconds']:g}\N{NO-BREAK SPACE}s?" in inline_questions(["drawn"])["drawn"]
    key = values["calls"] * values["seconds"] + 131
    reply = client.post("/questions/drawn/check/", {"answer": f"{key:g} requests"}).content.decode()
    assert "✓ Right" in reply
    assert f"Because {values['calls']:g} in {told(values['seconds'] * 1000)}\N{NO-BREAK SPACE}ms" in reply


def test_a_lesson_takes_blanks_from_a_plain_form(client: Client) -> None:
    question("blanks", "cloze", inline_allowed=True)
    check = inline_check("blanks")
    assert check is not None
    state = check.posed.frozen["blanks"]["right-one"]["order"].index("unavailable") + 1
    sent = ["1", "Unavailable", "2", str(state), "3", "2227 s"]
    assert "✓ Right" in client.post("/questions/blanks/check/", {"answer": sent}).content.decode()
    part = client.post("/questions/blanks/check/", {"answer": ["1", "unavailable", "2", "", "3", ""]}).content.decode()
    assert "Partly right: 50 %" in part
    assert "2,227" not in part
    refused = client.post("/questions/blanks/check/", {"answer": ["1", "", "2", "", "3", "soon"]})
    assert (refused.status_code, "Blank 3: Write a number" in refused.content.decode()) == (422, True)
    assert client.post("/questions/blanks/check/", {"answer": ["1", "", "2", ""]}).status_code == 422
    assert "2,227 s" in client.post("/questions/blanks/check/", {"answer": ["1", ""], "reveal": "1"}).content.decode()


def written(kind: str, stem: str) -> dict[str, Any]:
    return form(kind=kind, stem=stem, definition=str(DEFINITIONS[kind]))  # YAML reads what Python writes of plain data


@pytest.mark.parametrize(
    ("kind", "stem", "words"),
    [
        ("cloze", "No [[words]] but [[right-one]].", "the stem has no blank [[numeric]]"),
        ("calculated", "{calls} calls?", "the stem does not tell {seconds}"),
    ],
)
def test_the_editor_says_when_stem_and_definition_part(instructor: Client, kind: str, stem: str, words: str) -> None:
    reply = instructor.post("/admin/quizzes/question/add/", written(kind, stem))
    assert words in reply.content.decode()
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("kind", "stem", "shown"),
    [
        ("cloze", "A [[words]], [[right-one]], [[numeric]].", 'aria-label="Blank 3 of 3, in s"'),
        ("calculated", "{calls} in {seconds} s", " in 7\N{NO-BREAK SPACE}s"),
        ("short-text", "What?", 'placeholder="A word or a few"'),
        ("true-false", "It holds.", "side-by-side"),
    ],
)
def test_the_preview_shows_each_kind_and_its_review(instructor: Client, kind: str, stem: str, shown: str) -> None:
    html = instructor.post("/admin/quizzes/question/as-learner/", written(kind, stem)).content.decode()
    assert shown in html.replace(" in 11\N{NO-BREAK SPACE}s", " in 7\N{NO-BREAK SPACE}s")
    assert "The review" in html
    assert "[[" not in html
